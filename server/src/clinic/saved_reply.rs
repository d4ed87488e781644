//! Saved replies: a doctor's own, which nobody else sees, and the clinic's, which the admin keeps for all doctors.

use super::service::Clinic;
use crate::{
    auth::Viewer,
    db::{self, saved_reply::Owner, time},
    domain::text::{fold, require_text},
};
use app::protocol::{
    NewSavedReply, Problem, ProblemCode, Role, SAVED_REPLY_MAX_CHARS, SAVED_REPLY_TITLE_MAX_CHARS, SavedReply,
    SavedReplyId,
};

/// Most replies of one owner: more than anybody looks through.
const REPLIES_MAX: i64 = 200;

impl Clinic {
    /// One's own and the clinic's, by title.
    pub async fn saved_replies(&self, viewer: &Viewer) -> Result<Vec<SavedReply>, Problem> {
        let owner = owner(viewer)?;
        let mut conn = self.db.read().await?;
        let mut replies = db::saved_reply::list(&mut conn, owner).await?;
        // No database folds titles like another.
        replies.sort_by_cached_key(|reply| (fold(&reply.title), reply.id));
        Ok(replies)
    }

    /// Keeps a reply.
    pub async fn add_saved_reply(&self, viewer: &Viewer, new: NewSavedReply) -> Result<SavedReply, Problem> {
        self.limits.change(viewer)?;
        let (owner, new) = (owner(viewer)?, check(&new)?);
        let service = self.clone();
        self.writes
            .run(async move {
                let mut conn = service.db.write().await?;
                let kept = new.clone();
                let id = conn
                    .transaction::<_, Problem>(|conn| {
                        Box::pin(async move {
                            if db::saved_reply::count(conn, owner).await? >= REPLIES_MAX {
                                return Err(ProblemCode::TooManySavedReplies.into());
                            }
                            Ok(db::saved_reply::insert(conn, owner, &new, time::now()).await?)
                        })
                    })
                    .await?;
                Ok(saved(id, owner, kept))
            })
            .await
    }

    /// Puts another text in a reply's place.
    pub async fn change_saved_reply(
        &self,
        viewer: &Viewer,
        id: SavedReplyId,
        new: NewSavedReply,
    ) -> Result<SavedReply, Problem> {
        self.limits.change(viewer)?;
        let (owner, new) = (owner(viewer)?, check(&new)?);
        let service = self.clone();
        self.writes
            .run(async move {
                let mut conn = service.db.write().await?;
                if !db::saved_reply::update(&mut conn, owner, id, &new).await? {
                    return Err(ProblemCode::SavedReplyNotFound.into());
                }
                Ok(saved(id, owner, new))
            })
            .await
    }

    /// Throws a reply away.
    pub async fn delete_saved_reply(&self, viewer: &Viewer, id: SavedReplyId) -> Result<(), Problem> {
        self.limits.change(viewer)?;
        let owner = owner(viewer)?;
        let service = self.clone();
        self.writes
            .run(async move {
                let mut conn = service.db.write().await?;
                if !db::saved_reply::delete(&mut conn, owner, id).await? {
                    return Err(ProblemCode::SavedReplyNotFound.into());
                }
                Ok(())
            })
            .await
    }
}

/// Whose replies a person changes: a doctor their own, an admin the clinic's.
fn owner(viewer: &Viewer) -> Result<Owner, Problem> {
    match viewer.user.role {
        Role::Doctor => Ok(Some(viewer.user.id)),
        Role::Admin => Ok(None),
        Role::Patient => Err(ProblemCode::StaffOnly.into()),
    }
}

/// Both texts, trimmed; everything that is wrong with them at once.
fn check(new: &NewSavedReply) -> Result<NewSavedReply, Problem> {
    let title = require_text("title", &new.title, SAVED_REPLY_TITLE_MAX_CHARS);
    let content = require_text("content", &new.content, SAVED_REPLY_MAX_CHARS);
    match (title, content) {
        (Ok(title), Ok(content)) => Ok(NewSavedReply { title: title.to_owned(), content: content.to_owned() }),
        (title, content) => {
            let problems = title.err().into_iter().chain(content.err());
            Err(Problem::fields(problems.flat_map(|problem| problem.errors).collect()))
        }
    }
}

fn saved(id: SavedReplyId, owner: Owner, NewSavedReply { title, content }: NewSavedReply) -> SavedReply {
    SavedReply { id, is_clinics: owner.is_none(), title, content }
}
