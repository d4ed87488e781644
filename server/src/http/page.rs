//! Pages: who may see which, decided before anything is rendered.

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

/// The role a page belongs to, by its first path segment.
fn owner(path: &str) -> Option<Role> {
    match path.trim_start_matches('/').split('/').next() {
        Some("patient") => Some(Role::Patient),
        Some("doctor") => Some(Role::Doctor),
        Some("admin") => Some(Role::Admin),
        _ => None,
    }
}

/// Leads strangers to sign-in, and signed-in people away from other roles' pages to their own (303).
pub async fn gate(State(state): State<AppState>, request: Request, next: Next) -> ApiResult<Response> {
    use axum::extract::FromRequestParts;

    let (mut parts, body) = request.into_parts();
    let viewer = match MaybeViewer::from_request_parts(&mut parts, &state).await {
        Ok(MaybeViewer(viewer)) => viewer,
        Err(HttpProblem(problem)) => {
            // A person gets a page that says so, not a program's answer.
            parts.extensions.insert(MaybeViewer(None));
            parts.extensions.insert(Trouble(problem));
            return Ok(next.run(Request::from_parts(parts, body)).await);
        }
    };
    let path = parts.uri.path();
    let role = viewer.as_ref().map(|viewer| viewer.user.role);
    let redirect = match (owner(path), role) {
        // Where to go afterwards is in the query; ids in it are no secret to whoever typed them.
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
