//! A full disk, and a disk that becomes read-only. The server refuses sends, acks nothing that is
//! not stored, and recovers when there is space again or the disk is writable.

use crate::{
    Failure,
    calls::{self, Calls},
    program::{Disk, Program},
};
use app::{
    live::PageOf,
    protocol::{ClientId, ProblemCode, Seq},
};
use std::{collections::BTreeMap, path::Path};

/// The most messages that are sent until the disk is full: four times as many as fit.
const SENDS_MAX: usize = 3_000;
/// Number of sends tried while the disk is full.
const SENDS_WHILE_FULL: usize = 20;
/// Number of messages sent before the disk becomes read-only, and tried after.
const SENDS: usize = 50;

/// Fills the disk of a server and frees space again. Returns whether all invariants hold.
pub(crate) async fn full(program: &Path) -> Result<bool, Failure> {
    let mut program = Program::on(Disk::Small, program)?;
    program.launch("").await?;
    let pair = program.only_pair()?;
    let calls = Calls::new(program.addr)?;
    let send = async |client_id: ClientId| {
        let content = format!("{client_id} {}", "x".repeat(9_000));
        calls.send(&pair.patient_token, pair.chat_id, client_id, &content).await
    };
    let mut acked = BTreeMap::<ClientId, Seq>::new();
    let mut refused = Vec::new();
    let mut others = 0;
    while refused.len() < SENDS_WHILE_FULL && acked.len() < SENDS_MAX {
        let client_id = ClientId::new_v4();
        match send(client_id).await {
            Ok(message) => {
                acked.insert(client_id, message.seq);
            }
            Err(problem) if problem.code == ProblemCode::Unavailable => refused.push(client_id),
            Err(_) => others += 1,
        }
    }
    // Stored messages can still be read.
    let readable = calls.page(&pair.doctor_token, pair.chat_id, PageOf::Newest).await.is_ok();
    if let Some(filler) = program.file("filler") {
        std::fs::remove_file(filler)?;
    }
    let mut late = 0;
    for client_id in &refused {
        match send(*client_id).await {
            Ok(message) => {
                acked.insert(*client_id, message.seq);
            }
            Err(_) => late += 1,
        }
    }
    let stored = calls::history(&calls, &pair.doctor_token, pair.chat_id).await?;
    let is_kept = acked.iter().all(|(id, seq)| stored.get(id) == Some(seq)) && stored.len() == acked.len();
    program.end().await?;
    println!(
        "a full disk: {} messages stored, {} refused while it was full ({others} otherwise), {late} of them still after",
        acked.len(),
        refused.len()
    );
    let is_good = refused.len() == SENDS_WHILE_FULL && others == 0 && readable && late == 0 && is_kept;
    if !is_good {
        println!("a full disk: NOT as it should be (readable: {readable}, what was acked is kept: {is_kept})");
    }
    Ok(is_good)
}

/// Makes the disk of a server read-only, kills the server, mounts the disk again and starts the
/// server on it. Returns whether all invariants hold.
pub(crate) async fn read_only(program: &Path) -> Result<bool, Failure> {
    let mut program = Program::on(Disk::Own, program)?;
    program.launch("").await?;
    let pair = program.only_pair()?;
    let calls = Calls::new(program.addr)?;
    let send = async |calls: &Calls, client_id: ClientId| {
        calls.send(&pair.patient_token, pair.chat_id, client_id, &client_id.to_string()).await
    };
    let mut acked = BTreeMap::<ClientId, Seq>::new();
    for _ in 0..SENDS {
        let client_id = ClientId::new_v4();
        acked.insert(client_id, send(&calls, client_id).await?.seq);
    }
    program.make_read_only().await?;
    let mut refused = Vec::new();
    let mut otherwise = 0;
    for _ in 0..SENDS {
        let client_id = ClientId::new_v4();
        match send(&calls, client_id).await {
            Err(problem) if problem.code == ProblemCode::Unavailable => refused.push(client_id),
            _ => otherwise += 1,
        }
    }
    let readable = calls.page(&pair.doctor_token, pair.chat_id, PageOf::Newest).await.is_ok();
    program.kill().await?;
    program.launch("").await?;
    let calls = Calls::new(program.addr)?;
    for client_id in &refused {
        acked.insert(*client_id, send(&calls, *client_id).await?.seq);
    }
    let stored = calls::history(&calls, &pair.doctor_token, pair.chat_id).await?;
    let is_kept = stored == acked;
    program.end().await?;
    println!(
        "a disk that became read-only: {SENDS} messages stored, {} refused while it was ({otherwise} otherwise), \
         {} stored after a start on the disk mounted again",
        refused.len(),
        stored.len()
    );
    let is_good = otherwise == 0 && readable && is_kept;
    if !is_good {
        println!("a read-only disk: NOT as it should be (readable: {readable}, what was acked is kept: {is_kept})");
    }
    Ok(is_good)
}
