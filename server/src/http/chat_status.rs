//! `/api/chats/{chatId}/standing`, `/report` and `/close`, `/api/oversight`, `/api/reports`

use crate::{
    auth::Viewer,
    http::{
        ApiJson, ApiPath, ApiQuery, ApiResult,
        openapi::{BadBody, BadQuery, ChatPath, ForeignPage, NeedsSession, NotAMember},
        problem::ProblemBody,
    },
    state::AppState,
};
use app::protocol::{AdminOverview, Chat, ChatAction, ChatId, ReportId, ReportPage, ReportQuery};
use axum::{Json, extract::State};
use http::StatusCode;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

/// A report to the clinic's admin.
#[derive(Deserialize, ToSchema)]
pub struct NewReport {
    /// The reason, in the reporting member's words.
    #[serde(default)]
    #[schema(required, min_length = 1, max_length = 1_000)]
    reason: String,
}

/// The clinic's reason to close a chat.
#[derive(Deserialize, ToSchema)]
pub struct NewClosing {
    /// The reason, which the chat's members can read.
    #[serde(default)]
    #[schema(required, min_length = 1, max_length = 500)]
    reason: String,
}

/// The path parameter that identifies a report.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "describes what `ApiPath` reads")]
pub struct ReportPath {
    /// The report.
    #[param(minimum = 1)]
    report_id: i64,
}

/// Changes a chat's status: no reply needed, closed, blocked or archived.
#[utoipa::path(
    post, path = "/chats/{chat_id}/standing", operation_id = "changeStanding", tag = "Chats", params(ChatPath),
    request_body = ChatAction,
    responses(
        (status = 200, description = "The chat with its new status.", body = Chat),
        (status = 403, description = "`doctors_only`, or `cross_origin` from another site's page", body = ProblemBody,
         content_type = "application/problem+json"),
        (status = 409, description = "`doctor_not_available`, `patient_not_available`: on `reopen`",
         body = ProblemBody, content_type = "application/problem+json"),
        NotAMember, BadBody, NeedsSession,
    )
)]
pub async fn act(
    State(state): State<AppState>,
    viewer: Viewer,
    ApiPath(chat): ApiPath<ChatId>,
    ApiJson(act): ApiJson<ChatAction>,
) -> ApiResult<Json<Chat>> {
    Ok(Json(state.chats.act(&viewer, chat, act).await?))
}

/// Reports a chat to the clinic's admin. The other member is not notified.
#[utoipa::path(
    post, path = "/chats/{chat_id}/report", operation_id = "reportChat", tag = "Chats", params(ChatPath),
    request_body = NewReport,
    responses(
        (status = 204, description = "The report is stored for the admin."), NotAMember, BadBody, NeedsSession, ForeignPage,
    )
)]
pub async fn report(
    State(state): State<AppState>,
    viewer: Viewer,
    ApiPath(chat): ApiPath<ChatId>,
    ApiJson(new): ApiJson<NewReport>,
) -> ApiResult<StatusCode> {
    state.chats.report(&viewer, chat, new.reason).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Shows which patients wait too long for an answer, and what members have reported: names and
/// times, but no messages.
#[utoipa::path(
    get, path = "/oversight", operation_id = "showOversight", tag = "Administration",
    responses(
        (status = 200, description = "The chats and reports that need the admin.", body = AdminOverview),
        (status = 403, description = "`admins_only`", body = ProblemBody, content_type = "application/problem+json"),
        NeedsSession,
    )
)]
pub async fn admin_overview(State(state): State<AppState>, viewer: Viewer) -> ApiResult<Json<AdminOverview>> {
    Ok(Json(state.chats.admin_overview(&viewer).await?))
}

/// Lists the reports of members: open ones first, oldest first, then the settled ones, newest
/// first.
#[utoipa::path(
    get, path = "/reports", operation_id = "listReports", tag = "Administration", params(ReportQuery),
    responses(
        (status = 200, description = "A page of the reports.", body = ReportPage),
        (status = 403, description = "`admins_only`", body = ProblemBody, content_type = "application/problem+json"),
        BadQuery, NeedsSession,
    )
)]
pub async fn reports(
    State(state): State<AppState>,
    viewer: Viewer,
    ApiQuery(query): ApiQuery<ReportQuery>,
) -> ApiResult<Json<ReportPage>> {
    Ok(Json(state.chats.reports(&viewer, query).await?))
}

/// Closes a chat in which a member's account is disabled. The other member sees the reason.
#[utoipa::path(
    post, path = "/chats/{chat_id}/close", operation_id = "closeChat", tag = "Administration", params(ChatPath),
    request_body = NewClosing,
    responses(
        (status = 204, description = "The chat is closed."),
        (status = 403, description = "`admins_only`, or `cross_origin` from another site's page", body = ProblemBody,
         content_type = "application/problem+json"),
        (status = 404, description = "`chat_not_found`: no such chat, or both accounts are open", body = ProblemBody,
         content_type = "application/problem+json"),
        BadBody, NeedsSession,
    )
)]
pub async fn close(
    State(state): State<AppState>,
    viewer: Viewer,
    ApiPath(chat): ApiPath<ChatId>,
    ApiJson(new): ApiJson<NewClosing>,
) -> ApiResult<StatusCode> {
    state.chats.close_for_clinic(&viewer, chat, new.reason).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Marks a report as settled.
#[utoipa::path(
    post, path = "/reports/{report_id}/settle", operation_id = "settleReport", tag = "Administration",
    params(ReportPath),
    responses(
        (status = 204, description = "Stored."),
        (status = 403, description = "`admins_only`, or `cross_origin` from another site's page", body = ProblemBody,
         content_type = "application/problem+json"),
        (status = 404, description = "`not_found`", body = ProblemBody, content_type = "application/problem+json"),
        NeedsSession,
    )
)]
pub async fn settle(
    State(state): State<AppState>,
    viewer: Viewer,
    ApiPath(report): ApiPath<ReportId>,
) -> ApiResult<StatusCode> {
    state.chats.settle(&viewer, report).await?;
    Ok(StatusCode::NO_CONTENT)
}
