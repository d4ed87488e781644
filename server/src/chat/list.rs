//! One's chats, newest activity first.

use super::{
    check_limit,
    directory::split_page,
    summaries::{self, Rules},
};
use crate::{
    auth::Viewer,
    db::{DbPool, DbResult, chat::Place, summary::Which},
    live::Registry,
    state::AppState,
};
use app::{
    api::ChatQuery,
    protocol::{CHATS_MAX_LIMIT, Chat, ChatId, ChatPage, FieldCode, Problem, ServerFrame, Timestamp, UserId},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    mem,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

/// Chats in a page when no limit is given.
const DEFAULT_LIMIT: i64 = 50;
/// A changed chat is told within this. The message itself is told at once; this is the summary, with its counts.
const TELL_WITHIN: Duration = Duration::from_millis(250);
/// Where much changes, the telling is spread out so as to take no more than one part in this many of the time.
const TELL_SHARE: u32 = 20;
/// And no further than this.
const TELL_WITHIN_AT_MOST: Duration = Duration::from_secs(5);

/// A page of the viewer's chats.
pub async fn list_chats(state: &AppState, viewer: &Viewer, query: ChatQuery) -> Result<ChatPage, Problem> {
    let limit = check_limit(query.limit, DEFAULT_LIMIT, CHATS_MAX_LIMIT)?;
    let after = match query.after.as_deref() {
        None | Some("") => None,
        Some(after) => Some(parse_place(after).ok_or_else(|| Problem::field("after", FieldCode::Malformed))?),
    };
    let which = after.map_or(Which::Newest(limit + 1), |place| Which::After(place, limit + 1));
    let mut conn = state.db.read().await?;
    let mut chats = summaries::of(&mut conn, state.config.rules(), viewer.user.id, which).await?;
    let next = split_page(&mut chats, limit).map(|last| format!("{}-{}", last.updated_at.0, last.chat_id));
    Ok(ChatPage { chats, next })
}

/// One of the viewer's chats.
pub async fn chat(state: &AppState, viewer: &Viewer, chat: ChatId) -> Result<Chat, Problem> {
    let mut conn = state.db.read().await?;
    let chat = summaries::of(&mut conn, state.config.rules(), viewer.user.id, Which::One(chat)).await?.pop();
    chat.ok_or_else(|| app::protocol::ProblemCode::ChatNotFound.into())
}

/// Tells members how their changed chats stand now. Beside the caller's answer: what was committed is done,
/// whether or not this succeeds, and the next `ready` says the same. A chat that changes often is told once
/// in a while, as it stands then.
#[derive(Clone)]
pub struct Teller(Arc<Tellings>);

struct Tellings {
    db: DbPool,
    live: Arc<Registry>,
    rules: Rules,
    /// Changed and not told yet. While there are any, a task is under way that tells them.
    changed: Mutex<BTreeSet<(UserId, ChatId)>>,
    /// How long the last telling took, in milliseconds.
    took_ms: AtomicU64,
}

impl Teller {
    /// Reads from `db`, tells the sockets of `live`.
    #[must_use]
    pub fn new(db: DbPool, live: Arc<Registry>, rules: Rules) -> Self {
        Self(Arc::new(Tellings { db, live, rules, changed: Mutex::default(), took_ms: AtomicU64::new(0) }))
    }

    /// Notes that a chat has changed for these of its members.
    pub fn changed(&self, chat: ChatId, members: &[UserId]) {
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

impl Tellings {
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

/// Reads a place as `next` writes it: `{updated_at in ms}-{chat_id}`.
fn parse_place(text: &str) -> Option<Place> {
    let (updated_at, chat_id) = text.split_once('-')?;
    Some(Place { updated_at: Timestamp(updated_at.parse().ok()?), chat_id: chat_id.parse().ok()? })
}
