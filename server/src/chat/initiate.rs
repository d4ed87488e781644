//! Starting a chat: patients only, one per pair, ever.

use super::{broadcaster::Change, service::ChatService};
use crate::{
    auth::Viewer,
    db::{self, profile::Stand, time},
};
use app::protocol::{ChatId, Problem, ProblemCode, Role, UserId};

impl ChatService {
    /// The chat of this patient with this doctor, made if there is none. The same id every time, also when
    /// many requests race. None with a doctor whose account is disabled: nobody answers there.
    pub async fn initiate(&self, viewer: &Viewer, doctor: UserId) -> Result<ChatId, Problem> {
        viewer.require(Role::Patient)?;
        let patient = viewer.user.id;
        {
            let mut conn = self.db.read().await?;
            if db::profile::stand(&mut conn, doctor).await? == Some(Stand::Disabled) {
                return Err(ProblemCode::DoctorNotAvailable.into());
            }
            if let Some(chat) = db::chat::of_pair(&mut conn, doctor, patient).await? {
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
                            if let Some(chat) = db::chat::of_pair(conn, doctor, patient).await? {
                                return Ok((chat, false));
                            }
                            match db::profile::stand(conn, doctor).await? {
                                None => Err(ProblemCode::DoctorNotFound.into()),
                                Some(Stand::Disabled) => Err(ProblemCode::DoctorNotAvailable.into()),
                                Some(Stand::NotAccepting) => Err(ProblemCode::DoctorNotAccepting.into()),
                                Some(Stand::Accepting) => {
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
