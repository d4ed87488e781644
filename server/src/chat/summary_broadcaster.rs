//! Tells members how their changed chats stand, with their counts.

use super::summaries;
use crate::{
    db::{DbPool, DbResult, summary::Which},
    domain::rules::Rules,
    live::Registry,
};
use app::protocol::{ChatId, ServerFrame, UserId};
use std::{
    collections::{BTreeMap, BTreeSet},
    mem,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

/// A changed chat is told within this. The message itself is told at once; this is the summary, with its counts.
const TELL_WITHIN: Duration = Duration::from_millis(250);
/// Where much changes, the telling is spread out so as to take no more than one part in this many of the time.
const TELL_SHARE: u32 = 20;
/// And no further than this.
const TELL_WITHIN_AT_MOST: Duration = Duration::from_secs(5);

/// Tells members how their changed chats stand now. Beside the caller's answer: what was committed is done,
/// whether or not this succeeds, and the next `ready` says the same. A chat that changes often is told once
/// in a while, as it stands then.
#[derive(Clone)]
pub(super) struct SummaryBroadcaster(Arc<Pending>);

struct Pending {
    db: DbPool,
    live: Arc<Registry>,
    rules: Rules,
    /// Changed and not told yet. While there are any, a task is under way that tells them.
    changed: Mutex<BTreeSet<(UserId, ChatId)>>,
    /// How long the last telling took, in milliseconds.
    took_ms: AtomicU64,
}

impl SummaryBroadcaster {
    /// Reads from `db`, tells the sockets of `live`.
    #[must_use]
    pub(super) fn new(db: DbPool, live: Arc<Registry>, rules: Rules) -> Self {
        Self(Arc::new(Pending { db, live, rules, changed: Mutex::default(), took_ms: AtomicU64::new(0) }))
    }

    /// Notes that a chat has changed for these of its members.
    pub(super) fn changed(&self, chat: ChatId, members: &[UserId]) {
        let connected: Vec<UserId> = members.iter().copied().filter(|user| self.0.live.is_connected(*user)).collect();
        if connected.is_empty() {
            return;
        }
        let mut changed = self.0.changed.lock().unwrap_or_else(PoisonError::into_inner);
        let was_idle = changed.is_empty();
        changed.extend(connected.into_iter().map(|user| (user, chat)));
        drop(changed);
        if was_idle {
            let tellings = Arc::clone(&self.0);
            // Nobody waits for it at a stop: whoever reconnects is told by `ready`.
            tokio::spawn(async move {
                tokio::time::sleep(tellings.pause()).await;
                tellings.tell_all().await;
            });
        }
    }
}

impl Pending {
    /// How long changes are gathered before they are told.
    fn pause(&self) -> Duration {
        let took = Duration::from_millis(self.took_ms.load(Ordering::Relaxed));
        (took * TELL_SHARE).clamp(TELL_WITHIN, TELL_WITHIN_AT_MOST)
    }

    async fn tell_all(&self) {
        let begun = Instant::now();
        let changed = mem::take(&mut *self.changed.lock().unwrap_or_else(PoisonError::into_inner));
        let mut by_member = BTreeMap::<UserId, Vec<ChatId>>::new();
        for (user, chat) in changed {
            by_member.entry(user).or_default().push(chat);
        }
        for (member, chats) in by_member {
            if let Err(error) = self.tell(member, &chats).await {
                tracing::warn!(%error, "changed chats could not be told");
            }
        }
        let took_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.took_ms.store(took_ms, Ordering::Relaxed);
    }

    async fn tell(&self, member: UserId, chats: &[ChatId]) -> DbResult<()> {
        let mut conn = self.db.read().await?;
        for chat in summaries::of(&mut conn, self.rules, member, Which::Among(chats)).await? {
            self.live.deliver_here(&[member], &ServerFrame::Chat { chat: Box::new(chat) });
        }
        Ok(())
    }
}
