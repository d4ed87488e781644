//! A disk that is full: sends are refused, nothing is acked that isn't stored, and all goes on by itself once there
//! is room again.

use crate::{
    Failure,
    calls::Calls,
    program::{Pair, Program},
};
use app::{
    live::PageOf,
    protocol::{ClientId, Message, ProblemCode, Seq},
};
use std::{collections::BTreeMap, path::Path};

/// Messages sent at most until the disk is full: four times what it holds.
const SENDS_MAX: usize = 3_000;
/// Sends tried while it is full.
const SENDS_WHILE_FULL: usize = 20;

/// Fills the disk under a server and makes room again; whether everything held.
pub(crate) async fn full(program: &Path) -> Result<bool, Failure> {
    let mut program = Program::on_small_disk(program)?;
    program.start("").await?;
    let path = program.file("pairs").ok_or_else(|| Failure::Program("it is not running".to_owned()))?;
    let pairs = std::fs::read_to_string(path)?;
    let pair: Pair = serde_json::from_str(pairs.lines().next().unwrap_or_default())?;
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
    let stored = history(&calls, &pair).await?;
    let is_kept = acked.iter().all(|(id, seq)| stored.get(id) == Some(seq)) && stored.len() == acked.len();
    program.stop().await?;
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

async fn history(calls: &Calls, pair: &Pair) -> Result<BTreeMap<ClientId, Seq>, Failure> {
    let mut all: Vec<Message> = Vec::new();
    loop {
        let after = all.last().map_or(Seq(0), |message| message.seq);
        let page = calls.page(&pair.doctor_token, pair.chat_id, PageOf::After(after)).await?;
        if page.messages.is_empty() {
            return Ok(all.into_iter().map(|message| (message.client_id, message.seq)).collect());
        }
        all.extend(page.messages);
    }
}
