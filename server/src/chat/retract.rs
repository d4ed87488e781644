//! Retracting a message: the text is deleted for both members at once, and a placeholder remains.

use super::{broadcaster::Change, service::ChatService};
use crate::{
    auth::Viewer,
    chat::status::reconsider,
    db::{self, time},
};
use app::protocol::{ChangeSeq, ChatId, Message, Problem, ProblemCode, Retracted, Seq};
use std::iter;

impl ChatService {
    /// Retracts one of the viewer's own messages and returns it as it is stored now. If it is
    /// retracted already, nothing changes.
    pub async fn retract(&self, viewer: &Viewer, chat: ChatId, seq: Seq) -> Result<Message, Problem> {
        self.limits.change(viewer)?;
        let (service, user) = (self.clone(), viewer.user.id);
        self.writes
            .run(async move {
                let mut conn = service.db.write().await?;
                let now = time::now_at(&mut conn).await?;
                let since = service.rules.changeable_since(now);
                let (message, is_new) = conn
                    .transaction::<_, Problem>(|conn| {
                        Box::pin(async move {
                            let row = db::chat::lock_of_member(conn, chat, user).await?;
                            let row = row.ok_or(ProblemCode::ChatNotFound)?;
                            let message = db::message::at(conn, chat, &[seq]).await?.pop();
                            let message = message.ok_or(ProblemCode::MessageNotFound)?;
                            if message.sender_id != user {
                                return Err(ProblemCode::NotOnesMessage.into());
                            }
                            if message.retracted.is_some() {
                                return Ok((message, None));
                            }
                            // Messages of a reported chat must remain until the admin has settled
                            // the report. Inserting a report takes the same lock.
                            if db::report::is_any_unsettled(conn, chat).await? {
                                return Err(ProblemCode::ChatOnHold.into());
                            }
                            // A message dated in the future (by a wrong clock) would otherwise stay
                            // retractable for too long.
                            if message.created_at < since || time::is_ahead(message.created_at, now) {
                                return Err(ProblemCode::TooLateToChange.into());
                            }
                            // The search indexer may have just read the unretracted text: wait for
                            // its lock.
                            db::search::lock(conn, chat).await?;
                            let was_read = db::member::find(conn, chat, row.other(user)).await?.read_seq >= seq;
                            let change = ChangeSeq(row.last_change.0 + 1);
                            let retracted = Retracted { at: now, was_read };
                            let message = db::message::retract(conn, message, retracted, change).await?;
                            db::chat::note_change(conn, chat, change, time::following(row.updated_at, now)).await?;
                            reconsider(conn, &row).await?;
                            Ok((message, Some(row.members())))
                        })
                    })
                    .await?;
                if is_new.is_some() {
                    service.broadcaster.announce(&mut conn, iter::once((chat, seq))).await;
                }
                drop(conn);
                if let Some(members) = is_new {
                    service.broadcaster.publish(&members, Change::Changed(message.clone()));
                }
                Ok(message)
            })
            .await
    }
}
