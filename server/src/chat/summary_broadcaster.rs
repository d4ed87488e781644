//! Sends the summaries of changed chats, with their counts, to the members' sockets.

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

/// A changed chat's summary is sent within this time. The message itself is sent at once.
const PUBLISH_WITHIN: Duration = Duration::from_millis(250);
/// Under load, sending summaries takes at most one part in this many of the time.
const PUBLISH_SHARE: u32 = 20;
/// The longest time that a summary is delayed under load.
const PUBLISH_WITHIN_MAX: Duration = Duration::from_secs(5);

/// Sends the summaries of changed chats, independently of the request that changed them. If it
/// fails, the next `ready` frame brings the same information. Changes of one chat that follow each
/// other closely are sent as one summary, which is read at the time of sending.
#[derive(Clone)]
pub(super) struct SummaryBroadcaster(Arc<Pending>);

struct Pending {
    db: DbPool,
    live: Arc<Registry>,
    rules: Rules,
    /// The changes that are not sent yet. While there are any, a task is running that sends them.
    changed: Mutex<BTreeSet<(UserId, ChatId)>>,
    /// How long sending took the last time, in milliseconds.
    took_ms: AtomicU64,
}

impl SummaryBroadcaster {
    /// Reads summaries from `db` and sends them to the sockets of `live`.
    #[must_use]
    pub(super) fn new(db: DbPool, live: Arc<Registry>, rules: Rules) -> Self {
        Self(Arc::new(Pending { db, live, rules, changed: Mutex::default(), took_ms: AtomicU64::new(0) }))
    }

    /// Notes that a chat has changed for these members.
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
            // A stop does not wait for this task: clients that reconnect get a `ready` frame.
            tokio::spawn(async move {
                tokio::time::sleep(tellings.pause()).await;
                tellings.publish_all().await;
            });
        }
    }
}

impl Pending {
    /// How long changes are collected before they are sent.
    fn pause(&self) -> Duration {
        let took = Duration::from_millis(self.took_ms.load(Ordering::Relaxed));
        (took * PUBLISH_SHARE).clamp(PUBLISH_WITHIN, PUBLISH_WITHIN_MAX)
    }

    async fn publish_all(&self) {
        let begun = Instant::now();
        let changed = mem::take(&mut *self.changed.lock().unwrap_or_else(PoisonError::into_inner));
        let mut by_member = BTreeMap::<UserId, Vec<ChatId>>::new();
        for (user, chat) in changed {
            by_member.entry(user).or_default().push(chat);
        }
        for (member, chats) in by_member {
            if let Err(error) = self.publish(member, &chats).await {
                tracing::warn!(%error, "changed chats could not be published");
            }
        }
        let took_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.took_ms.store(took_ms, Ordering::Relaxed);
    }

    async fn publish(&self, member: UserId, chats: &[ChatId]) -> DbResult<()> {
        let mut conn = self.db.read().await?;
        for chat in summaries::list(&mut conn, self.rules, member, Which::Among(chats)).await? {
            self.live.deliver_here(&[member], &ServerFrame::Chat { chat: Box::new(chat) });
        }
        Ok(())
    }
}
