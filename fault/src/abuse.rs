//! Measures what an honest patient notices while others abuse the server: strangers who withhold
//! announced bodies, members who do not read the answers they asked for, floods of frames, and
//! passwords that are expensive to check. Everything runs on this machine, against a server with
//! the default limits. A run takes less than three minutes.

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
/// Time between two measurements of the server's memory.
const CHECK_EVERY: Duration = Duration::from_millis(250);
/// 99 of 100 sends of honest users must be acknowledged within this time.
const SEND_WITHIN: Duration = Duration::from_secs(1);
/// The most memory that the server may use, in bytes. The program's own file, which is large in a
/// debug build, is not counted.
const MEMORY_MAX: u64 = 300_000_000;
/// Number of patients who abuse the server. They write to the honest patient's own doctor.
const ABUSERS: usize = 4;
/// Number of messages in the history that attackers request and do not read, and of replies to
/// them. Each has the maximum length.
const HISTORY: u64 = 200;
/// The length of the longest message, in characters. Each character takes four bytes.
pub(crate) const LONGEST_CHARS: usize = 10_000;

/// Runs all attacks. Returns whether honest users were served throughout.
pub(crate) async fn abuse(path: &Path) -> Result<bool, Failure> {
    let mut program = Program::new(path)?;
    let mut pairs = program.make_clinic(1 + ABUSERS).await?.into_iter();
    let pair = pairs.next().ok_or_else(|| Failure::Program("an empty clinic".to_owned()))?;
    // The clinic is filled without limits.
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
            tokio::time::sleep(CHECK_EVERY).await;
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
        ("bodies that never arrive", vec![WithheldBodies]),
        ("readers that don't read", vec![NonReaders]),
        ("a flood of messages", vec![Messages]),
        ("a flood of typing", vec![Typing]),
        ("passwords that are costly to judge", vec![CostlyPasswords]),
        ("all of these at once", vec![WithheldBodies, NonReaders, Messages, Typing, CostlyPasswords]),
    ]
}

/// The runtime of the attackers. Real attackers have their own machines, so these threads get a
/// lower priority than the server and the honest users: on Linux, `nice` applies to a single
/// thread.
struct Elsewhere(Option<Runtime>);

impl Elsewhere {
    fn new() -> Result<Self, Failure> {
        let out_of_the_way = || {
            // If this fails, the trial is only harder.
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
        // A blocking shutdown is not allowed here.
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// A patient who abuses the server, their chat with the honest patient's doctor, and a chat with a
/// long history.
#[derive(Clone)]
pub(crate) struct Abuser {
    token: String,
    chat: ChatId,
    history: ChatId,
}

/// Creates the abusers' chats with the honest patient's doctor. The first abuser also gets the
/// largest possible history.
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

/// A message of the maximum length.
pub(crate) fn longest() -> String {
    "\u{1f642}".repeat(LONGEST_CHARS)
}
