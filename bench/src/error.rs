//! The errors that can stop a scenario.

use crate::{http::HttpError, wire::WireError};
use std::{fmt, io};

/// Why a scenario could not be measured.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BenchError {
    /// An operation on a file or a process.
    #[error("{0}: {1}")]
    Io(&'static str, #[source] io::Error),
    /// The server behaved unlike its command line promises.
    #[error("{0}")]
    Server(String),
    /// A WebSocket connection.
    #[error("a socket failed: {0}")]
    Wire(#[from] WireError),
    /// An HTTP connection.
    #[error("an HTTP request failed: {0}")]
    Http(#[from] HttpError),
    /// A database without a server around it.
    #[error("the database: {0}")]
    Sql(String),
    /// A histogram.
    #[error("a histogram could not be made: {0}")]
    Histogram(#[from] hdrhistogram::CreationError),
    /// A plot.
    #[error("a plot could not be drawn: {0}")]
    Plot(String),
    /// The machine or the options do not allow the measurement.
    #[error("{0}")]
    Setup(String),
    /// A task of the generator ended early.
    #[error("a task of the generator ended early: {0}")]
    Task(#[from] tokio::task::JoinError),
}

impl BenchError {
    /// For `map_err`: `doing` says what the generator was doing when the system reported the error.
    pub(crate) const fn io(doing: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |error| Self::Io(doing, error)
    }

    /// For `map_err`: a database error of any type.
    pub(crate) fn sql(error: impl fmt::Display) -> Self {
        Self::Sql(error.to_string())
    }
}
