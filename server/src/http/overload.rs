//! Load shedding: what can't be done soon is refused at once (503 with `Retry-After`), so that what was taken on
//! is finished and memory stays bounded.

use super::HttpProblem;
use app::protocol::Problem;
use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{Html, IntoResponse, Response},
};
use http::{HeaderName, StatusCode, header};
use prometheus_client::metrics::counter::Counter;
use std::sync::{Arc, LazyLock};
use tokio::sync::{Semaphore, SemaphorePermit};

/// Lets so many requests through at a time.
#[derive(Clone)]
pub struct Gate {
    places: Arc<Semaphore>,
    refused: Counter,
}

impl Gate {
    /// For `count` at a time; counts those that it refuses.
    #[must_use]
    pub fn new(count: usize, refused: Counter) -> Self {
        Self { places: Arc::new(Semaphore::new(count)), refused }
    }

    fn enter(&self) -> Option<SemaphorePermit<'_>> {
        let place = self.places.try_acquire().ok();
        if place.is_none() {
            self.refused.inc();
        }
        place
    }
}

/// Answers 503 `overloaded` when the gate is full.
pub async fn shed(State(gate): State<Gate>, request: Request, next: Next) -> Response {
    match gate.enter() {
        Some(_place) => next.run(request).await,
        None => HttpProblem::from(Problem::overloaded()).into_response(),
    }
}

/// The same for pages: people are told in words, in each language, and their browser tries again by itself.
pub async fn shed_page(State(gate): State<Gate>, request: Request, next: Next) -> Response {
    const REFRESH: HeaderName = HeaderName::from_static("refresh");
    static BUSY: LazyLock<String> = LazyLock::new(app::busy_page);
    let Some(_place) = gate.enter() else {
        let wait = Problem::overloaded().retry_after_s.unwrap_or(1).to_string();
        let headers = [(header::RETRY_AFTER, wait.clone()), (REFRESH, wait)];
        return (StatusCode::SERVICE_UNAVAILABLE, headers, Html(BUSY.as_str())).into_response();
    };
    next.run(request).await
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test")]
mod tests {
    use super::{Counter, Gate, shed_page};
    use axum::{Router, body::Body, middleware, routing::get};
    use http::{Request, StatusCode};
    use tower::ServiceExt;

    #[tokio::test]
    async fn a_page_that_can_not_be_rendered_soon_is_a_page_that_says_so() {
        let refused = Counter::default();
        let router = Router::new()
            .route("/", get(|| async { "a page" }))
            .layer(middleware::from_fn_with_state(Gate::new(0, refused.clone()), shed_page));
        let reply = router.oneshot(Request::get("/").body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(reply.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(refused.get(), 1);
        let of = |name: &str| reply.headers().get(name).unwrap().to_str().unwrap().to_owned();
        assert!(of("content-type").starts_with("text/html"));
        assert_eq!(of("refresh"), of("retry-after"));
        let body = axum::body::to_bytes(reply.into_body(), 10_000).await.unwrap();
        let body = String::from_utf8_lossy(&body);
        assert!(body.contains("busy") && body.contains(r#"<p lang="es">"#), "{body}");
    }
}
