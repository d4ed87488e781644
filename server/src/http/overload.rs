//! Load shedding: the server refuses at once what it can't do soon (503 with `Retry-After`). So it
//! finishes the requests that it has accepted, and its memory stays bounded.

use app::protocol::Problem;
use axum::response::{Html, IntoResponse, Response};
use http::{HeaderName, Method, StatusCode, header};
use prometheus_client::metrics::counter::Counter;
use std::sync::{Arc, LazyLock};
use tokio::sync::{Semaphore, SemaphorePermit};

/// Limits how many requests run at a time.
#[derive(Clone)]
pub struct ConcurrencyLimit {
    permits: Arc<Semaphore>,
    refused: Counter,
}

impl ConcurrencyLimit {
    /// A limit of `count` requests at a time. `refused` counts the requests that it refuses.
    #[must_use]
    pub fn new(count: usize, refused: Counter) -> Self {
        Self { permits: Arc::new(Semaphore::new(count)), refused }
    }

    /// Takes a permit, or returns `overloaded` if none is free.
    pub fn enter(&self) -> Result<SemaphorePermit<'_>, Problem> {
        self.permits.try_acquire().map_err(|_| {
            self.refused.inc();
            Problem::overloaded()
        })
    }
}

/// The page that is sent instead of a page that can't be rendered now. It explains this in every
/// language. For GET, the browser tries again by itself after `Retry-After`.
pub fn busy_page(problem: &Problem, method: &Method) -> Response {
    const REFRESH: HeaderName = HeaderName::from_static("refresh");
    static BUSY: LazyLock<String> = LazyLock::new(app::busy_page);
    let status = StatusCode::from_u16(problem.code.status()).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    let wait = problem.retry_after_s.unwrap_or(1).to_string();
    let mut response = (status, [(header::RETRY_AFTER, wait.clone())], Html(BUSY.as_str())).into_response();
    // A browser refreshes with GET, which would lose a posted form.
    if matches!(*method, Method::GET | Method::HEAD)
        && let Ok(wait) = wait.parse()
    {
        response.headers_mut().insert(REFRESH, wait);
    }
    response
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test")]
mod tests {
    use super::{ConcurrencyLimit, Counter, Method, StatusCode, busy_page};

    #[test]
    fn limit_refuses_and_counts_requests_over_its_maximum() {
        let refused = Counter::default();
        let gate = ConcurrencyLimit::new(1, refused.clone());
        let permit = gate.enter().unwrap();
        assert!(gate.enter().is_err());
        assert_eq!(refused.get(), 1);
        drop(permit);
        assert!(gate.enter().is_ok());
    }

    #[tokio::test]
    async fn busy_page_explains_itself_and_refreshes_after_get() {
        let problem = ConcurrencyLimit::new(0, Counter::default()).enter().unwrap_err();
        let reply = busy_page(&problem, &Method::GET);
        assert_eq!(reply.status(), StatusCode::SERVICE_UNAVAILABLE);
        let of = |name: &str| reply.headers().get(name).unwrap().to_str().unwrap().to_owned();
        assert!(of("content-type").starts_with("text/html"));
        assert_eq!(of("refresh"), of("retry-after"));
        let body = axum::body::to_bytes(reply.into_body(), 10_000).await.unwrap();
        let body = String::from_utf8_lossy(&body);
        assert!(body.contains("busy") && body.contains(r#"<p lang="es">"#), "{body}");
        assert_eq!(busy_page(&problem, &Method::POST).headers().get("refresh"), None, "what was posted is no page");
    }
}
