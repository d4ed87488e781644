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

/// The rules of chats; cheap to clone.
#[derive(Clone)]
pub struct ChatService(Arc<ChatParts>);

/// What [`ChatService`] works with.
pub struct ChatParts {
    /// The clinic's database.
    pub db: DbPool,
    /// What the clinic has set.
    pub rules: Rules,
    /// Limits on people.
    pub limits: Arc<PersonLimits>,
    /// Tells sockets and other nodes what has changed.
    pub broadcaster: Broadcaster,
    /// The signs of an emergency.
    pub(super) clinic: Clinic,
    /// Stores messages and marks.
    pub(super) committer: Committer,
    /// Patients' messages that may call for an automatic notice.
    pub(super) auto_replies: AutoReplies,
    /// Writes under way, which a stop waits for.
    pub(super) writes: Writes,
}

impl ChatService {
    /// Starts the tasks that store messages: within a runtime.
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

/// The chat, if `user` is one of its two people; to anyone else it does not exist.
pub(super) async fn require_member(conn: &mut DbConn, chat: ChatId, user: UserId) -> Result<ChatRow, Problem> {
    db::chat::of_member(conn, chat, user).await?.ok_or_else(|| ProblemCode::ChatNotFound.into())
}

/// Why nobody writes to the other of a chat whose account is disabled: to the patient, or to the doctor.
pub(super) const fn peer_not_available(is_doctor: bool) -> ProblemCode {
    if is_doctor { ProblemCode::PatientNotAvailable } else { ProblemCode::DoctorNotAvailable }
}
