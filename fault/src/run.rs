//! One run: many tabs on an unreliable network, servers that are killed again and again, and the
//! oracle's checks.

use crate::{
    Failure, actors,
    browser::{Browser, Typed},
    calls::Calls,
    counts::Counts,
    deployment::Deployment,
    oracle::{Truth, Violation},
    proxy::Proxy,
    tab::{Flaw, Tab, TabAction},
};
use app::{
    live::{BrowserSignal, Link, LiveState, OutgoingState, SendingTab},
    protocol::{Awaiting, ChatAction, ChatId, Seq},
};
use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

/// Least time between two occasions on which a crowd of sockets connects again.
const CROWD_EVERY: Duration = Duration::from_secs(12);
/// Time between two checks of whether everything is at rest.
const CHECK_EVERY: Duration = Duration::from_millis(200);

/// The parameters of a run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spec<'a> {
    /// The seed of all random choices.
    pub(crate) seed: u64,
    /// How long faults occur.
    pub(crate) time: Duration,
    /// Number of patients, and of doctors. Each patient has two chats.
    pub(crate) pairs: usize,
    /// Number of sockets that connect at the same time.
    pub(crate) crowd: usize,
    /// How long clients and servers may take to come to rest afterwards.
    pub(crate) patience: Duration,
    /// Failpoints that are armed in the server all the time.
    pub(crate) failpoints: &'a str,
    /// The flaw of the tabs.
    pub(crate) flaw: Flaw,
}

/// The result of a run.
pub(crate) struct Outcome {
    pub(crate) violations: Vec<Violation>,
    pub(crate) counts: BTreeMap<&'static str, u64>,
    pub(crate) slowest_start: Duration,
}

/// Runs it.
pub(crate) async fn run(deployment: &mut impl Deployment, spec: Spec<'_>) -> Result<Outcome, Failure> {
    let mut rng = StdRng::seed_from_u64(spec.seed);
    let counts = Arc::new(Counts::default());
    let pairs = deployment.fill(spec.pairs).await?;
    deployment.start(spec.failpoints).await?;
    let straight = Calls::to_any(deployment.addrs())?;
    let browsers = clinic(&straight, &pairs).await?;
    let proxy = Proxy::start(deployment.addrs(), rng.random(), Arc::clone(&counts)).await?;
    let bad = Calls::new(proxy.addr)?;
    let mut tabs = Vec::new();
    for browser in browsers.iter().chain(browsers.iter().step_by(3)) {
        let tab = Tab::open(browser, &bad, rng.random(), spec.flaw);
        // Most users open a room first.
        if let Some(&chat) = browser.chats.choose(&mut rng) {
            tab.act(TabAction::Open(chat));
        }
        tabs.push(tab);
    }
    proxy.set_bad(true);
    let until = Instant::now() + spec.time;
    let mut chaos_rng = StdRng::seed_from_u64(rng.random());
    let (raged, ()) = tokio::join!(
        deployment.run_chaos(&proxy, &counts, &mut chaos_rng, (until, spec.failpoints)),
        live(&mut tabs, &browsers, (&bad, &straight), &counts, (&mut rng, until, spec)),
    );
    raged?;
    // All faults have ended.
    proxy.set_bad(false);
    deployment.end_faults(spec.failpoints).await?;
    let mut violations = wait_until_idle(&straight, &browsers, &tabs, spec.patience).await?;
    if violations.is_empty() {
        // Each user sends one more message. No page reconnects and compares now, so the server must
        // publish these.
        reopen_chats(&straight, &browsers).await?;
        for tab in &tabs {
            for &chat in &tab.browser.chats {
                tab.act(TabAction::Type(chat, format!("user {} ends with {}", tab.browser.user, rng.random::<u64>())));
            }
        }
        violations = wait_until_idle(&straight, &browsers, &tabs, spec.patience).await?;
    }
    if violations.is_empty() {
        // After this the doctors have nothing left to answer.
        finish(&straight, &browsers).await?;
        violations = wait_until_idle(&straight, &browsers, &tabs, spec.patience).await?;
    }
    let came = actors::crowd(&browsers, &straight, spec.crowd).await;
    if came < spec.crowd {
        violations.push(("I4", format!("of a crowd of {} sockets, {came} reconnected", spec.crowd)));
    }
    let (typed, acked, stored) = tally(&browsers);
    let given_up = browsers.iter().map(|browser| browser.record().given_up.len()).sum::<usize>();
    counts.add_many("messages given up for want of an answer", u64::try_from(given_up).unwrap_or_default());
    let retracted = browsers.iter().map(|browser| browser.record().retracted.len()).sum::<usize>();
    counts.add_many("messages retracted", u64::try_from(retracted).unwrap_or_default());
    let status_actions = browsers.iter().map(|browser| browser.record().status_actions).sum();
    counts.add_many("chat status actions", status_actions);
    let is_answer = |typed: &&Typed| typed.about.reply_to.is_some();
    counts.add_many("messages typed that answer another", count_typed(&browsers, is_answer));
    let is_correction = |typed: &&Typed| typed.about.corrects.is_some();
    counts.add_many("messages typed that correct another", count_typed(&browsers, is_correction));
    counts.add_many("messages typed", typed);
    counts.add_many("messages acked", acked);
    counts.add_many("messages stored (not given up, not kept)", stored);
    for tab in tabs {
        tab.crash().await;
    }
    deployment.stop().await?;
    Ok(Outcome { violations, counts: counts.all(), slowest_start: deployment.slowest_start() })
}

/// The users. Each patient has chats with two doctors.
async fn clinic(calls: &Calls, pairs: &[crate::program::Pair]) -> Result<Vec<Browser>, Failure> {
    let mut chats: Vec<(usize, usize, ChatId)> = Vec::new();
    for (index, pair) in pairs.iter().enumerate() {
        chats.push((index, index, pair.chat_id));
        let next = (index + 1) % pairs.len();
        if let Some(doctor) = pairs.get(next).filter(|_| next != index) {
            chats.push((index, next, calls.initiate(&pair.patient_token, doctor.doctor_id).await?));
        }
    }
    let of = |pick: &dyn Fn(&(usize, usize, ChatId)) -> bool| -> Vec<ChatId> {
        chats.iter().filter(|chat| pick(chat)).map(|chat| chat.2).collect()
    };
    Ok(pairs
        .iter()
        .enumerate()
        .flat_map(|(index, pair)| {
            let patient = of(&|chat| chat.0 == index);
            let doctor = of(&|chat| chat.1 == index);
            [
                Browser::new(pair.patient_id, pair.patient_token.clone(), (patient, false)),
                Browser::new(pair.doctor_id, pair.doctor_token.clone(), (doctor, true)),
            ]
        })
        .collect())
}

/// Users do what users do, and some clients misbehave.
async fn live(
    tabs: &mut Vec<Tab>,
    browsers: &[Browser],
    (bad, straight): (&Calls, &Calls),
    counts: &Counts,
    (rng, until, spec): (&mut StdRng, Instant, Spec<'_>),
) {
    let mut crowded = Instant::now();
    let mut number = 0_u64;
    while Instant::now() < until {
        tokio::time::sleep(Duration::from_millis(rng.random_range(1..8))).await;
        number += 1;
        let index = rng.random_range(0..tabs.len());
        let Some(tab) = tabs.get(index) else { continue };
        let Some(&chat) = tab.browser.chats.choose(rng) else { continue };
        match rng.random_range(0..1_000) {
            0..500 => tab.act(TabAction::Type(chat, format!("user {} says {number}", tab.browser.user))),
            500..550 => tab.act(TabAction::Answer(chat, format!("user {} answers {number}", tab.browser.user))),
            550..575 => tab.act(TabAction::Correct(chat, format!("user {} corrects {number}", tab.browser.user))),
            575..600 => tab.act(TabAction::StatusAct(chat)),
            600..700 => tab.act(TabAction::Open(chat)),
            700..780 => tab.act(TabAction::ReadNewest(chat)),
            780..820 => tab.act(TabAction::Retract(chat)),
            820..840 => tab.act(TabAction::LoadBefore(chat)),
            840..880 => tab.act(TabAction::ResolveUnsent { discard: rng.random_bool(0.3) }),
            880..920 => {
                let sign = [BrowserSignal::Offline, BrowserSignal::Wake, BrowserSignal::SuspectDead]
                    .choose(rng)
                    .copied()
                    .unwrap_or(BrowserSignal::Wake);
                tab.act(TabAction::Notice(sign));
            }
            920..940 => {
                let browser = tab.browser.clone();
                let gone = tabs.swap_remove(index);
                if rng.random_bool(0.5) {
                    counts.add("tabs crashed");
                    gone.crash().await;
                } else {
                    counts.add("tabs reloaded");
                    gone.leave().await;
                }
                tabs.push(Tab::open(&browser, bad, rng.random(), spec.flaw));
            }
            940..960 => {
                if let Some(browser) = browsers.choose(rng) {
                    actors::duplicate_sender(browser, straight, rng, number, counts).await;
                }
            }
            960..970 => {
                if let Some(browser) = browsers.choose(rng) {
                    counts.add("bursts over one socket");
                    actors::burst_sender(browser, straight, rng, number).await;
                }
            }
            970..975 => {
                counts.add("sockets that are not read");
                tokio::spawn(actors::stalled_reader(tab.browser.clone(), straight.clone(), Duration::from_secs(5)));
            }
            _ if spec.crowd > 0 && crowded.elapsed() > CROWD_EVERY => {
                crowded = Instant::now();
                let came = actors::crowd(browsers, straight, spec.crowd).await;
                counts.add("crowds");
                counts.add_many("sockets of crowds", u64::try_from(came).unwrap_or_default());
            }
            _ => {}
        }
    }
}

/// Reopens and unblocks every chat.
async fn reopen_chats(calls: &Calls, browsers: &[Browser]) -> Result<(), Failure> {
    for browser in browsers {
        for &chat in &browser.chats {
            calls.act(&browser.token, chat, &ChatAction::Unblock {}).await?;
            if browser.is_doctor {
                calls.act(&browser.token, chat, &ChatAction::Reopen {}).await?;
            }
        }
    }
    Ok(())
}

/// Marks every chat as needing no reply, as its doctor.
async fn finish(calls: &Calls, browsers: &[Browser]) -> Result<(), Failure> {
    for browser in browsers.iter().filter(|browser| browser.is_doctor) {
        for &chat in &browser.chats {
            let status_actions = calls.act(&browser.token, chat, &ChatAction::Done { seq: Seq(i64::MAX) }).await?;
            if status_actions.status.brief.awaiting != Awaiting::Nobody {
                return Err(Failure::Program(format!("chat {chat} could not be marked as done")));
            }
        }
    }
    Ok(())
}

/// Waits until everything is at rest and all invariants hold. Returns the violations that remain
/// after `patience`.
async fn wait_until_idle(
    calls: &Calls,
    browsers: &[Browser],
    tabs: &[Tab],
    patience: Duration,
) -> Result<Vec<Violation>, Failure> {
    let until = Instant::now() + patience;
    loop {
        tokio::time::sleep(CHECK_EVERY).await;
        let restless = tabs.iter().filter(|tab| !is_at_rest(&tab.state())).count();
        let mut violations = Vec::new();
        if restless > 0 {
            violations.push(("I4", format!("{restless} tabs kept sending commands")));
        }
        if restless == 0 || Instant::now() >= until {
            violations.extend(Truth::read(calls, browsers).await?.judge(browsers, tabs));
            // Receipts arrive slightly later than messages.
            if violations.is_empty() || Instant::now() >= until {
                return Ok(violations);
            }
        }
    }
}

/// Whether a tab has nothing left to do or to wait for.
fn is_at_rest(state: &LiveState) -> bool {
    let mut outgoing = state.chats.values().flat_map(|chat| &chat.outgoing);
    state.link == Link::Online
        && state.needs().is_empty()
        && outgoing.all(|message| {
            matches!(message.state, OutgoingState::NotSent(_)) || message.holder == SendingTab::Elsewhere
        })
}

fn count_typed(browsers: &[Browser], is_one: impl Fn(&&Typed) -> bool) -> u64 {
    let count = browsers.iter().map(|browser| browser.record().typed.iter().filter(&is_one).count()).sum::<usize>();
    u64::try_from(count).unwrap_or_default()
}

/// The numbers of messages typed, acked, and stored as far as the users can see.
fn tally(browsers: &[Browser]) -> (u64, u64, u64) {
    let count = |number: usize| u64::try_from(number).unwrap_or_default();
    browsers.iter().fold((0, 0, 0), |(typed, acked, stored), browser| {
        let record = browser.record();
        let open = browser.kept().len() + record.discarded.len();
        (
            typed + count(record.typed.len()),
            acked + count(record.acked.len()),
            stored + count(record.typed.len().saturating_sub(open)),
        )
    })
}
