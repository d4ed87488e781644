//! Load shedding: what can't be done soon is refused at once (503 with `Retry-After`), so that what was taken on
//! is finished and memory stays bounded.

use super::HttpProblem;
use app::protocol::Problem;
use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Lets so many requests through at a time.
#[derive(Clone)]
pub struct Gate(Arc<Semaphore>);

impl Gate {
    /// For `count` at a time.
    #[must_use]
    pub fn new(count: usize) -> Self {
        Self(Arc::new(Semaphore::new(count)))
    }
}

/// Answers 503 `overloaded` when the gate is full.
pub async fn shed(State(gate): State<Gate>, request: Request, next: Next) -> Response {
    match gate.0.try_acquire() {
        Ok(_place) => next.run(request).await,
        Err(_) => HttpProblem::from(Problem::overloaded()).into_response(),
    }
}
