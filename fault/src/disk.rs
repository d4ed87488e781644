//! A disk that is full, and one that has become read-only: sends are refused, nothing is acked that isn't stored, and
//! all goes on once there is room again, or the disk is back.

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

/// Messages sent at most until the disk is full: four times what it holds.
const SENDS_MAX: usize = 3_000;
/// Sends tried while it is full.
const SENDS_WHILE_FULL: usize = 20;
/// Messages sent before a disk becomes read-only, and tried after.
const SENDS: usize = 50;

/// Fills the disk under a server and makes room again; whether everything held.
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
    // What is stored can still be read.
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

/// Makes the disk read-only under a server, kills it, and starts it on the same disk, mounted anew; whether
/// everything held.
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
         {} stored after a start on the disk mounted anew",
        refused.len(),
        stored.len()
    );
    let is_good = otherwise == 0 && readable && is_kept;
    if !is_good {
        println!("a read-only disk: NOT as it should be (readable: {readable}, what was acked is kept: {is_kept})");
    }
    Ok(is_good)
}
