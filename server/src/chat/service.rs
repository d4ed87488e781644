//! The service for chats.

use super::broadcaster::Broadcaster;
use crate::{
    auth::limit::PersonLimits,
    chat::{
        auto_reply_queue::AutoReplies,
        group_commit::{Committer, Parts},
    },
    clinic::Clinic,
    db::{self, DbConn, DbPool, Writes, chat::ChatRow},
    domain::rules::Rules,
    live::Registry,
    metrics::Metrics,
};
use app::protocol::{ChatId, Problem, ProblemCode, UserId};
use std::{ops::Deref, sync::Arc};

/// The rules of chats. Cheap to clone.
#[derive(Clone)]
pub struct ChatService(Arc<ChatParts>);

/// The parts of a [`ChatService`].
pub struct ChatParts {
    /// The clinic's database.
    pub db: DbPool,
    /// The clinic's settings for chats.
    pub rules: Rules,
    /// Rate limits per user.
    pub limits: Arc<PersonLimits>,
    /// Publishes changes to sockets and other nodes.
    pub broadcaster: Broadcaster,
    /// The clinic's settings, with the signs of an emergency.
    pub(super) clinic: Clinic,
    /// Stores messages and receipts.
    pub(super) committer: Committer,
    /// The queue for automatic replies.
    pub(super) auto_replies: AutoReplies,
    /// Writes that have begun; a stop waits for them.
    pub(super) writes: Writes,
}

impl ChatService {
    /// Starts the tasks that store messages. Must be called within a Tokio runtime.
    #[must_use]
    pub fn start(clinic: Clinic, rules: Rules, live: Arc<Registry>, metrics: Arc<Metrics>) -> Self {
        let (db, limits, writes) = (clinic.db.clone(), Arc::clone(&clinic.limits), clinic.writes.clone());
        let broadcaster = Broadcaster::new(db.clone(), live, rules);
        let parts = Parts { db: db.clone(), metrics, broadcaster: broadcaster.clone(), writes: writes.clone() };
        let (committer, auto_replies) = (Committer::start(parts), AutoReplies::default());
        Self(Arc::new(ChatParts { db, rules, limits, broadcaster, clinic, committer, auto_replies, writes }))
    }
}

impl Deref for ChatService {
    type Target = ChatParts;

    fn deref(&self) -> &ChatParts {
        &self.0
    }
}

/// The chat, if `user` is a member. Fails with `ChatNotFound` for all other users.
pub(super) async fn require_member(conn: &mut DbConn, chat: ChatId, user: UserId) -> Result<ChatRow, Problem> {
    db::chat::find_for_member(conn, chat, user).await?.ok_or_else(|| ProblemCode::ChatNotFound.into())
}

/// The problem for writing to a peer whose account is disabled, by the sender's role.
pub(super) const fn peer_not_available(is_doctor: bool) -> ProblemCode {
    if is_doctor { ProblemCode::PatientNotAvailable } else { ProblemCode::DoctorNotAvailable }
}
