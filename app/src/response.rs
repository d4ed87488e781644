//! Cookies, status and headers that a server function or a page adds to its response.

use crate::protocol::Problem;
use http::{HeaderName, HeaderValue, Method, StatusCode, header, request::Parts};
use leptos::context::use_context;
use leptos_axum::ResponseOptions;
use server_fn::redirect::REDIRECT_HEADER;

/// Adds a `Set-Cookie` header with this value.
pub(crate) fn set_cookie(cookie: &str) {
    if let (Some(response), Ok(value)) = (use_context::<ResponseOptions>(), HeaderValue::from_str(cookie)) {
        response.append_header(header::SET_COOKIE, value);
    }
}

pub(crate) fn set_status(status: StatusCode) {
    if let Some(response) = use_context::<ResponseOptions>() {
        response.set_status(status);
    }
}

pub(crate) fn set_header(name: HeaderName, value: &str) {
    if let (Some(response), Ok(value)) = (use_context::<ResponseOptions>(), HeaderValue::from_str(value)) {
        response.insert_header(name, value);
    }
}

/// Sets the status and `Retry-After` for a problem. Does nothing for a plain form's post: the
/// response to that is a redirect to the form and must keep its own status.
pub(crate) fn set_problem(problem: &Problem) {
    if is_form_post() {
        return;
    }
    set_status(StatusCode::from_u16(problem.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR));
    if let Some(seconds) = problem.retry_after_s {
        set_header(header::RETRY_AFTER, &seconds.to_string());
    }
}

/// Redirects to `path`, with or without script.
pub(crate) fn redirect(path: &str) {
    set_header(header::LOCATION, path);
    if is_form_post() {
        set_status(StatusCode::SEE_OTHER);
    } else {
        set_header(HeaderName::from_static(REDIRECT_HEADER), "");
    }
}

/// Redirects a plain form's post to `path`. A page with script loads the next page itself.
pub(crate) fn redirect_form(path: &str) {
    if is_form_post() {
        redirect(path);
    }
}

/// A text as the user typed it. Forms send line ends as CR LF (HTML, "constructing the form data
/// set"); the user typed LF.
pub(crate) fn typed(text: String) -> String {
    text.replace("\r\n", "\n")
}

/// Whether this request is a form's post from a browser without script.
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

/// Sets the response's status and `Retry-After` if `result` is a problem.
pub(crate) fn respond<T>(result: Result<T, Problem>) -> Result<T, Problem> {
    result.inspect_err(set_problem)
}
