//! What an honest patient feels while others abuse the server: strangers who withhold what they announced, members who
//! don't read what they asked for, floods, and passwords that are costly to judge. All of it on this machine, against a
//! server with a clinic's own limits; ends by itself in less than three minutes.

mod attack;
mod honest;
mod wire;

use crate::{
    Failure,
    calls::Calls,
    program::{Pair, Program},
};
use app::protocol::{ChatId, ClientId};
use attack::{Attack, Target};
use futures::{StreamExt, TryStreamExt, stream};
use honest::{Felt, Honest};
use serde_json::json;
use std::{
    path::Path,
    time::{Duration, Instant},
};
use tokio::{runtime::Runtime, task::JoinHandle};

/// How long each attack lasts.
const PHASE: Duration = Duration::from_secs(15);
/// How often the server's memory is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// Of a hundred sends of honest people, 99 are acknowledged within this.
const SEND_WITHIN: Duration = Duration::from_secs(1);
/// What the server may take up, in bytes, beside the program's own file, which is large in a build for trying.
const MEMORY_MAX: u64 = 300_000_000;
/// Patients who abuse the server. They write to the honest patient's own doctor.
const ABUSERS: usize = 4;
/// Messages in the history that is asked for and not read, and as many that answer them: the longest there are.
const HISTORY: u64 = 200;
/// The longest message: each character takes four bytes.
pub(crate) const LONGEST_CHARS: usize = 10_000;

/// Runs it; whether honest people were served all the same.
pub(crate) async fn abuse(path: &Path) -> Result<bool, Failure> {
    let mut program = Program::new(path)?;
    let mut pairs = program.make_clinic(1 + ABUSERS).await?.into_iter();
    let pair = pairs.next().ok_or_else(|| Failure::Program("an empty clinic".to_owned()))?;
    // Prepared without limits.
    program.launch("").await?;
    let calls = Calls::new(program.addr)?;
    let abusers = prepare(&calls, &pair, pairs).await?;
    program.end().await?;
    program.set("BEDSIDE_LIMIT_SCALE", "1");
    program.launch("").await?;

    let target = Target { addr: program.addr, abusers };
    let elsewhere = Elsewhere::new()?;
    let honest = Honest::begin(program.addr, &pair);
    let mut memory = 0;
    println!("{:<34}{}  memory", "", Felt::HEADINGS);
    for (name, attacks) in phases() {
        let (begun, mut most) = (Instant::now(), 0);
        let running: Vec<_> = attacks.iter().filter_map(|&attack| elsewhere.start(attack, target.clone())).collect();
        while begun.elapsed() < PHASE {
            tokio::time::sleep(LOOK_EVERY).await;
            most = most.max(program.memory()?);
        }
        memory = memory.max(most);
        for attack in running {
            attack.abort();
        }
        println!("{name:<34}{}{:>5} MB", honest.felt(begun, Instant::now()), most / 1_000_000);
        if program.has_died() {
            println!("the server has ended");
            return Ok(false);
        }
    }
    let all = honest.end().await;
    drop(elsewhere);
    println!("{:<34}{all}", "all of it");
    println!("{:<34}{:>6} MB at most", "the server's memory", memory / 1_000_000);
    program.kill().await?;
    Ok(all.is_served_within(SEND_WITHIN) && memory <= MEMORY_MAX)
}

fn phases() -> [(&'static str, Vec<Attack>); 7] {
    use Attack::{CostlyPasswords, Messages, NonReaders, Typing, WithheldBodies};
    [
        ("in peace", vec![]),
        ("bodies that never come", vec![WithheldBodies]),
        ("readers that don't read", vec![NonReaders]),
        ("a flood of messages", vec![Messages]),
        ("a flood of typing", vec![Typing]),
        ("passwords that are costly to judge", vec![CostlyPasswords]),
        ("all of these at once", vec![WithheldBodies, NonReaders, Messages, Typing, CostlyPasswords]),
    ]
}

/// Where the attackers run. They would have machines of their own, so they get out of the way of the server and of the
/// honest: `nice` is a thread's own on Linux.
struct Elsewhere(Option<Runtime>);

impl Elsewhere {
    fn new() -> Result<Self, Failure> {
        let out_of_the_way = || {
            // Otherwise it is only a harder trial.
            let _ = rustix::process::nice(10);
        };
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        Ok(Self(Some(builder.worker_threads(2).enable_all().on_thread_start(out_of_the_way).build()?)))
    }

    fn start(&self, attack: Attack, target: Target) -> Option<JoinHandle<()>> {
        self.0.as_ref().map(|runtime| runtime.spawn(attack.run(target)))
    }
}

impl Drop for Elsewhere {
    fn drop(&mut self) {
        // Without waiting, which can't be done here.
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// One who abuses the server, their chat with the honest patient's doctor, and one with a long history.
#[derive(Clone)]
pub(crate) struct Abuser {
    token: String,
    chat: ChatId,
    history: ChatId,
}

/// Abusers start chats with the honest patient's doctor; the first also has a history as large as can be.
async fn prepare(calls: &Calls, honest: &Pair, pairs: impl Iterator<Item = Pair>) -> Result<Vec<Abuser>, Failure> {
    let mut abusers = Vec::new();
    for pair in pairs {
        let chat = calls.initiate(&pair.patient_token, honest.doctor_id).await?;
        abusers.push(Abuser { token: pair.patient_token, chat, history: pair.chat_id });
    }
    let Some(first) = abusers.first() else { return Ok(abusers) };
    let content = longest();
    let send = |reply_to: Option<u64>| {
        let body = json!({ "clientId": ClientId::new_v4(), "content": content, "replyTo": reply_to });
        calls.send_body(&first.token, first.history, body)
    };
    for answers in [false, true] {
        let sends = (1..=HISTORY).map(|seq| send(answers.then_some(seq)));
        stream::iter(sends).buffered(8).try_collect::<Vec<_>>().await?;
    }
    Ok(abusers)
}

/// The longest message.
pub(crate) fn longest() -> String {
    "\u{1f642}".repeat(LONGEST_CHARS)
}
