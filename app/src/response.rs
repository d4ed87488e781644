//! What a server function or a page adds to the response that is being made.

use crate::protocol::Problem;
use http::{HeaderName, HeaderValue, Method, StatusCode, header, request::Parts};
use leptos::context::use_context;
use leptos_axum::ResponseOptions;
use server_fn::redirect::REDIRECT_HEADER;

/// Sets a cookie.
pub(crate) fn set_cookie(cookie: &str) {
    if let (Some(response), Ok(value)) = (use_context::<ResponseOptions>(), HeaderValue::from_str(cookie)) {
        response.append_header(header::SET_COOKIE, value);
    }
}

/// Sets the status.
pub(crate) fn set_status(status: StatusCode) {
    if let Some(response) = use_context::<ResponseOptions>() {
        response.set_status(status);
    }
}

/// Sets a header.
pub(crate) fn set_header(name: HeaderName, value: &str) {
    if let (Some(response), Ok(value)) = (use_context::<ResponseOptions>(), HeaderValue::from_str(value)) {
        response.insert_header(name, value);
    }
}

/// Tells the status and when to come back. A plain form's post is answered by a redirect back to the
/// form, which has to keep its own status.
pub(crate) fn set_problem(problem: &Problem) {
    if is_form_post() {
        return;
    }
    set_status(StatusCode::from_u16(problem.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR));
    if let Some(seconds) = problem.retry_after_s {
        set_header(header::RETRY_AFTER, &seconds.to_string());
    }
}

/// Leads on, with script or without.
pub(crate) fn redirect(path: &str) {
    set_header(header::LOCATION, path);
    if is_form_post() {
        set_status(StatusCode::SEE_OTHER);
    } else {
        set_header(HeaderName::from_static(REDIRECT_HEADER), "");
    }
}

/// Leads a plain form on; a page with script loads the next page itself.
pub(crate) fn redirect_form(path: &str) {
    if is_form_post() {
        redirect(path);
    }
}

/// Whether a browser without script posts a form.
fn is_form_post() -> bool {
    use_context::<Parts>().is_some_and(|parts| {
        parts.method == Method::POST
            && parts
                .headers
                .get(header::ACCEPT)
                .and_then(|accept| accept.to_str().ok())
                .is_some_and(|accept| accept.contains("text/html"))
    })
}

/// Puts a problem's status and `Retry-After` on the response to this request.
pub(crate) fn respond<T>(result: Result<T, Problem>) -> Result<T, Problem> {
    result.inspect_err(set_problem)
}
