//! The chat status apart from messages: no reply needed, closed, blocked, archived; and who may
//! change it.

use crate::{
    auth::Viewer,
    chat::{
        broadcaster,
        service::{ChatService, peer_not_available},
    },
    db::{
        self, DbConn, DbResult,
        chat::ChatRow,
        chat_status::{Change, Closing, change},
        time,
    },
    domain::text::require_text,
};
use app::protocol::{
    CLOSE_REASON_MAX_CHARS, Chat, ChatAction, ChatId, Problem, ProblemCode, REPORT_MAX_CHARS, Role, Seq, UserId,
};
use std::iter;

/// The most unsettled reports of one member about one chat.
const REPORTS_MAX: i64 = 3;
/// When a member with too many unsettled reports should try again, in seconds.
const REPORT_AGAIN_AFTER_S: u64 = 3_600;

impl ChatService {
    /// Changes the status, publishes it to both members and returns the chat as it is then.
    pub async fn act(&self, viewer: &Viewer, chat: ChatId, act: ChatAction) -> Result<Chat, Problem> {
        self.limits.change(viewer)?;
        let (service, user, role) = (self.clone(), viewer.user.id, viewer.user.role);
        self.writes
            .run(async move {
                let mut conn = service.db.write().await?;
                let row = conn
                    .transaction::<_, Problem>(|conn| {
                        Box::pin(async move {
                            let row = db::chat::lock_of_member(conn, chat, user).await?;
                            let row = row.ok_or(ProblemCode::ChatNotFound)?;
                            let is_doctor = row.doctor == user && role == Role::Doctor;
                            if let Some(made) = decide(conn, &row, user, is_doctor, act).await? {
                                change(conn, &row, made).await?;
                            }
                            Ok(row)
                        })
                    })
                    .await?;
                service.publish_status(conn, &row).await;
                Ok(())
            })
            .await?;
        self.chat(viewer, chat).await
    }

    /// Publishes a chat's new status to its members, on all nodes.
    pub(super) async fn publish_status(&self, mut conn: DbConn, row: &ChatRow) {
        self.broadcaster.announce(&mut conn, iter::once((row.chat_id, Seq(0)))).await;
        drop(conn);
        self.broadcaster.publish(&row.members(), broadcaster::Change::ChatStatus(row.chat_id));
    }
}

/// The change that an action makes; `None` if it changes nothing.
async fn decide(
    conn: &mut DbConn,
    row: &ChatRow,
    user: UserId,
    is_doctor: bool,
    act: ChatAction,
) -> Result<Option<Change>, Problem> {
    let doctors = || if is_doctor { Ok(()) } else { Err(Problem::from(ProblemCode::DoctorsOnly)) };
    let change = match act {
        ChatAction::Done { seq } => {
            doctors()?;
            (seq >= row.last_seq && row.last_seq > Seq(0)).then_some(Change::Done(row.last_seq))
        }
        ChatAction::NotDone {} => {
            doctors()?;
            let (since, is_urgent) = db::chat_status::waiting(conn, row, Seq(0)).await?;
            Some(Change::NotDone(since, is_urgent))
        }
        ChatAction::Close { reason, may_reopen } => {
            doctors()?;
            let reason = require_text("reason", &reason, CLOSE_REASON_MAX_CHARS)?;
            Some(Change::Close(time::now_at(conn).await?, reason.to_owned(), Closing::ByDoctor { may_reopen }))
        }
        ChatAction::Reopen {} if !row.is_closed => None,
        ChatAction::Reopen {} if row.has_disabled_member => return Err(peer_not_available(is_doctor).into()),
        ChatAction::Reopen {} => {
            if !is_doctor && !db::chat_status::may_reopen(conn, row.chat_id).await? {
                return Err(ProblemCode::DoctorsOnly.into());
            }
            Some(Change::Reopen)
        }
        ChatAction::Block {} => db::chat_status::blockers(conn, row, user, true).await?.map(Change::Block),
        ChatAction::Unblock {} => db::chat_status::blockers(conn, row, user, false).await?.map(Change::Block),
        ChatAction::Archive { seq } if seq < row.last_seq => None,
        ChatAction::Archive { .. } => {
            let held = db::chat_status::archived(conn, row.chat_id, user).await?;
            (held != Some(row.last_seq)).then_some(Change::Archive(user, Some(row.last_seq)))
        }
        ChatAction::Unarchive {} => {
            let held = db::chat_status::archived(conn, row.chat_id, user).await?;
            held.map(|_| Change::Archive(user, None))
        }
    };
    Ok(change)
}

/// Recomputes who has to answer after a message was retracted, as if it had never been sent. Runs
/// in the transaction that retracts it, under the lock of the chat's row.
pub(super) async fn reconsider(conn: &mut DbConn, row: &ChatRow) -> DbResult<()> {
    let done = db::chat_status::done(conn, row.chat_id).await?;
    let (since, is_urgent) = db::chat_status::waiting(conn, row, done).await?;
    if (since, is_urgent) == (row.waiting_since, row.is_urgent) {
        return Ok(());
    }
    change(conn, row, Change::Waiting(since, is_urgent)).await
}

impl ChatService {
    /// Reports a chat to the clinic's admin, with a reason in the member's own words. The other
    /// member gets no notification.
    pub async fn report(&self, viewer: &Viewer, chat: ChatId, reason: String) -> Result<(), Problem> {
        self.limits.change(viewer)?;
        let reason = require_text("reason", &reason, REPORT_MAX_CHARS)?.to_owned();
        let (service, user) = (self.clone(), viewer.user.id);
        self.writes
            .run(async move {
                let mut conn = service.db.write().await?;
                conn.transaction::<_, Problem>(|conn| {
                    Box::pin(async move {
                        // Under the lock, so that concurrent reports count each other.
                        let row = db::chat::lock_of_member(conn, chat, user).await?;
                        row.ok_or(ProblemCode::ChatNotFound)?;
                        if db::report::unsettled(conn, chat, user).await? >= REPORTS_MAX {
                            return Err(Problem::rate_limited(REPORT_AGAIN_AFTER_S));
                        }
                        let at = time::now_at(conn).await?;
                        Ok(db::report::insert(conn, chat, user, &reason, at).await?)
                    })
                })
                .await
            })
            .await
    }
}
