//! What the clinic's admin sees of chats: who waits for whom and since when, and what members report. Never what was
//! said.

use crate::{
    auth::Viewer,
    db::{self, time},
    state::AppState,
};
use app::protocol::{Oversight, Problem, ProblemCode, ReportId, Role};

/// Waits looked at, of which some may not be too long by the doctors' hours.
const CANDIDATES: i64 = 2_000;
/// Most lines of each kind; of waits, for doctors who can answer and for those who can't.
const LINES: i64 = 200;

/// What there is to look after.
pub async fn oversight(state: &AppState, viewer: &Viewer) -> Result<Oversight, Problem> {
    require_admin(viewer)?;
    let now = time::now();
    let mut conn = state.db.read().await?;
    // Working time passes no faster than time.
    let asked_before = app::protocol::Timestamp(now.0.saturating_sub(state.config.rules().waiting_ms));
    // Each by itself: those that nobody can end must not be left out for the many that somebody may, nor the other way
    // round.
    let abandoned = db::report::waiting(&mut conn, asked_before, true, LINES).await?;
    let waiting = db::report::waiting(&mut conn, asked_before, false, CANDIDATES).await?;
    let waits = waiting.iter().map(|(doctor, chat)| (*doctor, chat.waiting_since)).collect();
    let overdue = super::overdue::moments(&mut conn, state.config.rules(), waits).await?;
    let waiting = waiting.into_iter().zip(overdue);
    let waiting = waiting.filter(|(_, due)| *due <= now).map(|((_, chat), _)| chat);
    let waiting = waiting.take(usize::try_from(LINES).unwrap_or(usize::MAX));
    let mut waiting: Vec<_> = waiting.chain(abandoned.into_iter().map(|(_, chat)| chat)).collect();
    waiting.sort_by_key(|chat| (!chat.is_urgent, chat.is_doctor_disabled, chat.waiting_since));
    let reports = db::report::list(&mut conn, LINES).await?;
    Ok(Oversight { waiting, reports })
}

/// Notes that a report was dealt with.
pub async fn settle(state: &AppState, viewer: &Viewer, report: ReportId) -> Result<(), Problem> {
    state.person_limits.change(viewer)?;
    require_admin(viewer)?;
    let task_state = state.clone();
    state
        .write(async move {
            let mut conn = task_state.db.write().await?;
            let is_there = db::report::settle(&mut conn, report, time::now()).await?;
            if is_there { Ok(()) } else { Err(ProblemCode::NotFound.into()) }
        })
        .await
}

fn require_admin(viewer: &Viewer) -> Result<(), Problem> {
    match viewer.user.role {
        Role::Admin => Ok(()),
        Role::Patient | Role::Doctor => Err(ProblemCode::AdminsOnly.into()),
    }
}
