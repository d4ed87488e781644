//! Saved replies: each doctor's own, which only that doctor sees, and the clinic's, which the admin
//! edits for all doctors.

use super::service::Clinic;
use crate::{
    auth::Viewer,
    db::{self, saved_reply::Owner, time},
    domain::text::{fold_to_latin, require_text},
};
use app::protocol::{
    NewSavedReply, Problem, ProblemCode, Role, SAVED_REPLY_MAX_CHARS, SAVED_REPLY_TITLE_MAX_CHARS, SavedReply,
    SavedReplyId,
};

/// The most replies of one owner: more than a doctor looks through.
const REPLIES_MAX: i64 = 200;

impl Clinic {
    /// The viewer's own replies and the clinic's, sorted by title. Fails with `StaffOnly` for
    /// patients.
    pub async fn saved_replies(&self, viewer: &Viewer) -> Result<Vec<SavedReply>, Problem> {
        let owner = owner(viewer)?;
        let mut conn = self.db.read().await?;
        let mut replies = db::saved_reply::list(&mut conn, owner).await?;
        // Sorted here, because databases fold_to_latin titles differently.
        replies.sort_by_cached_key(|reply| (fold_to_latin(&reply.title), reply.id));
        Ok(replies)
    }

    /// Stores a new reply. Fails with `TooManySavedReplies` if the owner has too many.
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

    /// Replaces the title and text of a reply. Fails with `SavedReplyNotFound` for another owner's
    /// reply.
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

    /// Deletes a reply. Fails with `SavedReplyNotFound` for another owner's reply.
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

/// The owner of the replies that the viewer edits: a doctor's own, or `None` for the clinic's.
fn owner(viewer: &Viewer) -> Result<Owner, Problem> {
    match viewer.user.role {
        Role::Doctor => Ok(Some(viewer.user.id)),
        Role::Admin => Ok(None),
        Role::Patient => Err(ProblemCode::StaffOnly.into()),
    }
}

/// Trims and validates both texts. Fails with the errors of both.
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
