//! Where an internal failure becomes a `Problem`: logged once, with its whole chain, and told without it.

use app::protocol::{Problem, ProblemCode};
use std::error::Error;
use tokio::task::JoinError;

/// How long a client should wait when the database is in the way.
const RETRY_AFTER_S: u64 = 2;

/// Logs a failure with its causes.
pub(crate) fn log(error: &dyn Error) {
    let mut chain = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        chain = format!("{chain}: {cause}");
        source = cause.source();
    }
    tracing::error!(error = chain, "a request failed");
}

/// What was asked for can't be done now; the same request may succeed later.
pub(crate) fn unavailable() -> Problem {
    Problem { retry_after_s: Some(RETRY_AFTER_S), ..ProblemCode::Unavailable.into() }
}

/// What was asked for took too long, and is given up.
pub(crate) fn timed_out() -> Problem {
    tracing::error!("a request was not answered in time");
    unavailable()
}

/// A task panicked, or the program is stopping.
#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
pub(crate) fn stopped(error: JoinError) -> Problem {
    log(&error);
    ProblemCode::Internal.into()
}
