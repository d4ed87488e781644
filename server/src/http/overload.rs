//! Load shedding: what can't be done soon is refused at once (503 with `Retry-After`), so that what was taken on
//! is finished and memory stays bounded.

use app::protocol::Problem;
use axum::response::{Html, IntoResponse, Response};
use http::{HeaderName, Method, StatusCode, header};
use prometheus_client::metrics::counter::Counter;
use std::sync::{Arc, LazyLock};
use tokio::sync::{Semaphore, SemaphorePermit};

/// Lets so many requests through at a time.
#[derive(Clone)]
pub struct ConcurrencyLimit {
    places: Arc<Semaphore>,
    refused: Counter,
}

impl ConcurrencyLimit {
    /// For `count` at a time; counts those that it refuses.
    #[must_use]
    pub fn new(count: usize, refused: Counter) -> Self {
        Self { places: Arc::new(Semaphore::new(count)), refused }
    }

    /// A place, if there is one.
    pub fn enter(&self) -> Result<SemaphorePermit<'_>, Problem> {
        self.places.try_acquire().map_err(|_| {
            self.refused.inc();
            Problem::overloaded()
        })
    }
}

/// The answer to who asked for a page that is not rendered now: in words, in each language. Their browser tries again by
/// itself.
pub fn busy_page(problem: &Problem, method: &Method) -> Response {
    const REFRESH: HeaderName = HeaderName::from_static("refresh");
    static BUSY: LazyLock<String> = LazyLock::new(app::busy_page);
    let status = StatusCode::from_u16(problem.code.status()).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    let wait = problem.retry_after_s.unwrap_or(1).to_string();
    let mut response = (status, [(header::RETRY_AFTER, wait.clone())], Html(BUSY.as_str())).into_response();
    // A refresh is a GET.
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
    fn a_gate_lets_so_many_in_and_counts_whom_it_refuses() {
        let refused = Counter::default();
        let gate = ConcurrencyLimit::new(1, refused.clone());
        let place = gate.enter().unwrap();
        assert!(gate.enter().is_err());
        assert_eq!(refused.get(), 1);
        drop(place);
        assert!(gate.enter().is_ok());
    }

    #[tokio::test]
    async fn a_page_that_can_not_be_rendered_soon_is_a_page_that_says_so() {
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
