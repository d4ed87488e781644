//! The admin's overview of chats: which users wait for an answer and since when, and what members
//! report. It never contains the text of a message.

use crate::{
    auth::Viewer,
    chat::service::ChatService,
    db::{
        self, DbConn, DbResult,
        chat_status::{Change, Closing, change},
        report::Position,
        time,
    },
    domain::{
        paging::{check_limit, split_page},
        text::require_text,
    },
};
use app::protocol::{
    AdminOverview, CLOSE_REASON_MAX_CHARS, ChatId, FieldCode, Problem, ProblemCode, REPORTS_MAX_LIMIT, ReportId,
    ReportPage, ReportQuery, Role,
};

/// The most waiting chats that are read. Some of them may not be overdue by the doctor's office
/// hours.
const CANDIDATES: i64 = 2_000;
/// The most waiting chats in the answer: this many with doctors who can answer, and this many with
/// disabled doctors.
const LINES: i64 = 200;
/// The most chats with a disabled account in which no patient waits.
const UNATTENDED: i64 = 100;
/// The number of reports in a page if the request has no limit.
const REPORTS_DEFAULT_LIMIT: i64 = 50;
/// The page position before the first report.
const FIRST: Position = Position::Open(ReportId(0));

impl ChatService {
    /// The overview, with the first page of reports. Admins only.
    pub async fn admin_overview(&self, viewer: &Viewer) -> Result<AdminOverview, Problem> {
        viewer.require(Role::Admin)?;
        let mut conn = self.db.read().await?;
        let now = time::now_at(&mut conn).await?;
        // Working time never passes faster than real time, so later questions can't be overdue yet.
        let asked_before = app::protocol::Timestamp(now.0.saturating_sub(self.rules.waiting_ms));
        // Two queries, each with its own limit: many chats of one kind must not push out the other
        // kind. If the doctor's account is disabled, every wait counts as too long.
        let abandoned = db::report::waiting(&mut conn, now, true, LINES).await?;
        let waiting = db::report::waiting(&mut conn, asked_before, false, CANDIDATES).await?;
        let waits = waiting.iter().map(|(doctor, chat)| (*doctor, chat.waiting_since)).collect();
        let overdue = crate::chat::overdue::moments(&mut conn, self.rules, waits).await?;
        let waiting = waiting.into_iter().zip(overdue);
        let waiting = waiting.filter(|(_, due)| *due <= now).map(|((_, chat), _)| chat);
        let waiting = waiting.take(usize::try_from(LINES).unwrap_or(usize::MAX));
        let mut waiting: Vec<_> = waiting.chain(abandoned.into_iter().map(|(_, chat)| chat)).collect();
        waiting.sort_by_key(|chat| (!chat.is_urgent, chat.is_doctor_disabled, chat.waiting_since));
        let unattended = db::report::unattended(&mut conn, UNATTENDED).await?;
        let ReportPage { reports, next: next_reports } = page(&mut conn, FIRST, REPORTS_DEFAULT_LIMIT).await?;
        Ok(AdminOverview { waiting, unattended, reports, next_reports })
    }

    /// A page of the members' reports. Admins only.
    pub async fn reports(&self, viewer: &Viewer, query: ReportQuery) -> Result<ReportPage, Problem> {
        viewer.require(Role::Admin)?;
        let limit = check_limit(query.limit, REPORTS_DEFAULT_LIMIT, REPORTS_MAX_LIMIT)?;
        let after = match query.after.as_deref() {
            None | Some("") => FIRST,
            Some(after) => parse_position(after).ok_or_else(|| Problem::field("after", FieldCode::Malformed))?,
        };
        Ok(page(&mut self.db.read().await?, after, limit).await?)
    }
}

async fn page(conn: &mut DbConn, after: Position, limit: i64) -> DbResult<ReportPage> {
    let mut reports = db::report::list(conn, after, limit.saturating_add(1)).await?;
    let next = split_page(&mut reports, limit).map(|last| position_text(Position::after(last)));
    Ok(ReportPage { reports, next })
}

/// Writes a page position for `next`: `open-{id}` or `settled-{id}`.
fn position_text(position: Position) -> String {
    match position {
        Position::Open(id) => format!("open-{id}"),
        Position::Settled(id) => format!("settled-{id}"),
    }
}

/// Reads a page position that [`position_text`] wrote.
fn parse_position(text: &str) -> Option<Position> {
    let (kind, id) = text.split_once('-')?;
    let id = id.parse().ok()?;
    match kind {
        "open" => Some(Position::Open(id)),
        "settled" => Some(Position::Settled(id)),
        _ => None,
    }
}

impl ChatService {
    /// Closes a chat in which one member's account is disabled; an admin gets `ChatNotFound` for
    /// every other chat. If the chat is closed already, nothing changes.
    pub async fn close_for_clinic(&self, viewer: &Viewer, chat: ChatId, reason: String) -> Result<(), Problem> {
        self.limits.change(viewer)?;
        viewer.require(Role::Admin)?;
        let (service, reason) = (self.clone(), require_text("reason", &reason, CLOSE_REASON_MAX_CHARS)?.to_owned());
        self.writes
            .run(async move {
                let mut conn = service.db.write().await?;
                let closed = conn
                    .transaction::<_, Problem>(|conn| {
                        Box::pin(async move {
                            let row = db::chat::lock(conn, chat).await?.filter(|row| row.has_disabled_member);
                            let row = row.ok_or(ProblemCode::ChatNotFound)?;
                            if row.is_closed {
                                return Ok(None);
                            }
                            let at = time::now_at(conn).await?;
                            change(conn, &row, Change::Close(at, reason, Closing::ByClinic)).await?;
                            Ok(Some(row))
                        })
                    })
                    .await?;
                if let Some(row) = closed {
                    service.publish_status(conn, &row).await;
                }
                Ok(())
            })
            .await
    }

    /// Marks a report as settled. Admins only; fails with `NotFound` if there is no such report.
    pub async fn settle(&self, viewer: &Viewer, report: ReportId) -> Result<(), Problem> {
        self.limits.change(viewer)?;
        viewer.require(Role::Admin)?;
        let service = self.clone();
        self.writes
            .run(async move {
                let mut conn = service.db.write().await?;
                let at = time::now_at(&mut conn).await?;
                let is_there = db::report::settle(&mut conn, report, at).await?;
                if is_there { Ok(()) } else { Err(ProblemCode::NotFound.into()) }
            })
            .await
    }
}
