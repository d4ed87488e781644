//! Decides which pages a viewer may open, before the page is rendered.

use super::{
    ApiResult, HttpProblem,
    extract::{MaybeViewer, Trouble},
};
use crate::state::AppState;
use app::protocol::Role;
use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};

/// The role that a page belongs to, by the first segment of its path.
fn owner(path: &str) -> Option<Role> {
    match path.trim_start_matches('/').split('/').next() {
        Some("patient") => Some(Role::Patient),
        Some("doctor") => Some(Role::Doctor),
        Some("admin") => Some(Role::Admin),
        _ => None,
    }
}

/// Middleware that redirects (303) visitors without a session to sign-in, and signed-in users from
/// pages of other roles to their own home page.
pub async fn gate(State(state): State<AppState>, request: Request, next: Next) -> ApiResult<Response> {
    use axum::extract::FromRequestParts;

    let (mut parts, body) = request.into_parts();
    let viewer = match MaybeViewer::from_request_parts(&mut parts, &state).await {
        Ok(MaybeViewer(viewer)) => viewer,
        Err(HttpProblem(problem)) => {
            // A browser gets a page that shows the problem, not JSON.
            parts.extensions.insert(MaybeViewer(None));
            parts.extensions.insert(Trouble(problem));
            return Ok(next.run(Request::from_parts(parts, body)).await);
        }
    };
    let path = parts.uri.path();
    let role = viewer.as_ref().map(|viewer| viewer.user.role);
    let redirect = match (owner(path), role) {
        // The query holds the page to open after sign-in. The ids in it are no secret to the
        // visitor who entered them.
        (Some(_), None) => Some(format!("/sign-in?next={path}")),
        (Some(owner), Some(role)) if owner != role => Some(role.home().to_owned()),
        (None, Some(role)) if matches!(path, "/" | "/sign-in" | "/create-account") => Some(role.home().to_owned()),
        (None, None) if path == "/" => Some("/sign-in".to_owned()),
        _ => None,
    };
    match redirect {
        Some(to) => Ok(Redirect::to(&to).into_response()),
        None => Ok(next.run(Request::from_parts(parts, body)).await),
    }
}
