//! What can stop a scenario.

use crate::{http::HttpError, wire::WireError};
use std::{fmt, io};

/// Why a scenario could not be measured.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BenchError {
    /// Files and processes.
    #[error("{0}: {1}")]
    Io(&'static str, #[source] io::Error),
    /// The server did not do what its command line promises.
    #[error("{0}")]
    Server(String),
    /// A WebSocket.
    #[error("a socket failed: {0}")]
    Wire(#[from] WireError),
    /// An HTTP connection.
    #[error("an HTTP request failed: {0}")]
    Http(#[from] HttpError),
    /// A bare database.
    #[error("the database: {0}")]
    Sql(String),
    /// The histograms.
    #[error("a histogram could not be made: {0}")]
    Histogram(#[from] hdrhistogram::CreationError),
    /// The pictures.
    #[error("a plot could not be drawn: {0}")]
    Plot(String),
    /// The machine or the options do not allow it.
    #[error("{0}")]
    Setup(String),
    /// A task of the generator itself.
    #[error("a task of the generator ended early: {0}")]
    Task(#[from] tokio::task::JoinError),
}

impl BenchError {
    /// For `map_err`: what was being done when the system said no.
    pub(crate) const fn io(doing: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |error| Self::Io(doing, error)
    }

    /// For `map_err`: a database in whichever error type.
    pub(crate) fn sql(error: impl fmt::Display) -> Self {
        Self::Sql(error.to_string())
    }
}
