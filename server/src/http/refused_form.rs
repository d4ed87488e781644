//! Refused plain forms: the answer is a page that shows what the user typed, so that the user can
//! send it again.

use app::{RefusedForm, protocol::Problem};
use axum::response::Response;
use bytes::Bytes;
use http::{HeaderValue, Method, StatusCode, Uri, header, request::Parts};
use leptos::config::LeptosOptions;
use url::{Url, form_urlencoded};

/// The page's content security policy: no script, the site's own style sheets, and forms that post
/// only to this site.
const CSP: &str = "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
/// The path prefix that forms are posted to.
const FORMS: &str = "/fn/";
/// The query parameter that holds the page that the form was on, when the refusal page sends it
/// again.
const BACK: &str = "back";
/// The most fields that are shown again. The largest form, a doctor's week, has fewer.
const FIELDS_MAX: usize = 400;

/// The head of a form post by a browser without script.
#[derive(Clone)]
pub struct PlainForm(Parts);

impl PlainForm {
    /// The form of this request; `None` if the request is not a plain form post.
    pub fn from_request(parts: &Parts) -> Option<Self> {
        let accept = parts.headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
        let is_forms = parts.method == Method::POST && parts.uri.path().starts_with(FORMS);
        let is_plain = is_forms && accept.is_some_and(|accept| accept.contains("text/html"));
        is_plain.then(|| Self(parts.clone()))
    }

    /// The page that shows the reason of the refusal, and the form's fields if `body` is known.
    pub fn refuse(&self, problem: Problem, body: Option<&Bytes>, options: &LeptosOptions) -> Response<Bytes> {
        let status = StatusCode::from_u16(problem.code.status()).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
        let wait = problem.retry_after_s;
        let back = self.came_from();
        let query = form_urlencoded::Serializer::new(String::new()).append_pair(BACK, &back).finish();
        let action = format!("{}?{query}", self.0.uri.path());
        let form = RefusedForm { problem, action, back, fields: body.and_then(fields) };
        let page = app::refused_form_page(form, options, self.0.clone());
        let mut response = Response::new(Bytes::from(page));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CSP));
        if let Some(seconds) = wait {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }

    /// The path of the page that the form was on; the start page if it is unknown.
    fn came_from(&self) -> String {
        let referer = self.0.headers.get(header::REFERER).and_then(|referer| referer.to_str().ok());
        let page = || Some(referer?.parse::<Uri>().ok()?.path().to_owned());
        back(&self.0.uri).or_else(|| page().filter(|page| is_page(page))).unwrap_or_else(|| "/".to_owned())
    }
}

/// Sets `Referer` to the page that the form was first on. The refusal page, from which the form is
/// sent again, has an address that accepts no GET, and the redirect after the post follows
/// `Referer`.
pub fn lead_back(parts: &mut Parts) {
    let referer = parts.headers.get(header::REFERER).and_then(|referer| referer.to_str().ok());
    let page = || referer?.parse::<Url>().ok()?.join(&back(&parts.uri)?).ok();
    if let Some(page) = page().and_then(|page| HeaderValue::from_str(page.as_str()).ok()) {
        parts.headers.insert(header::REFERER, page);
    }
}

fn back(uri: &Uri) -> Option<String> {
    let mut query = form_urlencoded::parse(uri.query()?.as_bytes());
    query.find(|(name, _)| name == BACK).map(|(_, page)| page.into_owned()).filter(|page| is_page(page))
}

/// Whether `path` is the path of one of the site's pages. A path that could lead to another site is
/// not.
fn is_page(path: &str) -> bool {
    path.starts_with('/')
        && !path.starts_with("//")
        && !path.starts_with(FORMS)
        && path.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '/' | '-' | '_'))
}

fn fields(body: &Bytes) -> Option<Vec<(String, String)>> {
    let fields: Vec<_> = form_urlencoded::parse(body).into_owned().take(FIELDS_MAX + 1).collect();
    (fields.len() <= FIELDS_MAX).then_some(fields)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test")]
mod tests {
    use super::{Parts, PlainForm, header, lead_back};
    use http::Request;

    fn parts(uri: &str, referer: &str) -> Parts {
        let request = Request::post(uri).header("referer", referer).header("accept", "text/html");
        request.body(()).unwrap().into_parts().0
    }

    #[test]
    fn resent_form_returns_to_its_first_page_on_this_site() {
        let send = "/fn/message/send";
        let own = "https://clinic.example/fn/message/send?back=%2Fpatient%2Fchat%2F1";
        for (uri, referer, leads_to, came_from) in [
            (send.to_owned(), "https://clinic.example/patient/chat/1?x=y", None, "/patient/chat/1"),
            (
                format!("{send}?back=/patient/chat/1"),
                own,
                Some("https://clinic.example/patient/chat/1"),
                "/patient/chat/1",
            ),
            (format!("{send}?back=//evil.example"), own, None, "/"),
            (format!("{send}?back=https://evil.example/"), own, None, "/"),
            (format!("{send}?back=/\\evil.example"), own, None, "/"),
            (format!("{send}?back=/fn/message/send"), own, None, "/"),
            (format!("{send}?back=/a%0d%0aset-cookie:x"), own, None, "/"),
        ] {
            let mut parts = parts(&uri, referer);
            assert_eq!(PlainForm::from_request(&parts).unwrap().came_from(), came_from, "{uri}");
            lead_back(&mut parts);
            assert_eq!(parts.headers.get(header::REFERER).unwrap(), leads_to.unwrap_or(referer), "{uri}");
        }
    }
}
