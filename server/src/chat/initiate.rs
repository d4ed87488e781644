//! Starting a chat: only patients can, and there is one chat per pair.

use super::{broadcaster::Change, service::ChatService};
use crate::{
    auth::Viewer,
    db::{self, profile::Acceptance, time},
};
use app::protocol::{ChatId, Problem, ProblemCode, Role, UserId};

impl ChatService {
    /// Returns the chat of the viewer with this doctor and creates it if there is none. The id is
    /// always the same, even if many requests race. Fails with `DoctorNotAvailable`, also for an
    /// existing chat, if the doctor's account is disabled.
    pub async fn initiate(&self, viewer: &Viewer, doctor: UserId) -> Result<ChatId, Problem> {
        viewer.require(Role::Patient)?;
        let patient = viewer.user.id;
        {
            let mut conn = self.db.read().await?;
            if db::profile::acceptance(&mut conn, doctor).await? == Some(Acceptance::Disabled) {
                return Err(ProblemCode::DoctorNotAvailable.into());
            }
            if let Some(chat) = db::chat::find_by_pair(&mut conn, doctor, patient).await? {
                return Ok(chat);
            }
        }
        self.limits.change(viewer)?;
        let service = self.clone();
        self.writes
            .run(async move {
                let mut conn = service.db.write().await?;
                let (chat, is_new) = conn
                    .transaction::<_, Problem>(|conn| {
                        Box::pin(async move {
                            if let Some(chat) = db::chat::find_by_pair(conn, doctor, patient).await? {
                                return Ok((chat, false));
                            }
                            match db::profile::acceptance(conn, doctor).await? {
                                None => Err(ProblemCode::DoctorNotFound.into()),
                                Some(Acceptance::Disabled) => Err(ProblemCode::DoctorNotAvailable.into()),
                                Some(Acceptance::NotAccepting) => Err(ProblemCode::DoctorNotAccepting.into()),
                                Some(Acceptance::Accepting) => {
                                    let now = time::now_at(conn).await?;
                                    Ok((db::chat::insert(conn, doctor, patient, now).await?, true))
                                }
                            }
                        })
                    })
                    .await?;
                drop(conn);
                if is_new {
                    service.broadcaster.publish(&[doctor, patient], Change::ChatStatus(chat));
                }
                Ok(chat)
            })
            .await
    }
}
