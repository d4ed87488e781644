//! Turns an internal failure into a `Problem`. The failure is logged once, with all its causes; the
//! client gets only a code.

use app::protocol::{Problem, ProblemCode};
use std::error::Error;
use tokio::task::JoinError;

/// When a client should try again after a failure of the database, in seconds.
const RETRY_AFTER_S: u64 = 2;

/// Logs a failure with its chain of causes.
pub(crate) fn log(error: &dyn Error) {
    let mut chain = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        chain = format!("{chain}: {cause}");
        source = cause.source();
    }
    tracing::error!(error = chain, "a request failed");
}

/// The request can't be served now; it may succeed later.
pub(crate) fn unavailable() -> Problem {
    Problem { retry_after_s: Some(RETRY_AFTER_S), ..ProblemCode::Unavailable.into() }
}

/// The request took too long and was aborted.
pub(crate) fn timed_out() -> Problem {
    tracing::error!("a request was not answered in time");
    unavailable()
}

/// The problem for a task that panicked or was cancelled by a stop.
#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
pub(crate) fn stopped(error: JoinError) -> Problem {
    log(&error);
    ProblemCode::Internal.into()
}
