//! Metrics for operators: counts, but no names, texts or addresses. Served in Prometheus' text
//! format at a separate address (`BEDSIDE_METRICS_ADDR`), off by default.

use crate::live::CloseReason;
use axum::{Router, extract::State, response::IntoResponse, routing::get};
use deadpool::Status;
use http::header;
use prometheus_client::{
    encoding::{EncodeLabelSet, EncodeLabelValue, text::encode},
    metrics::{
        counter::Counter,
        family::Family,
        gauge::Gauge,
        histogram::{Histogram, exponential_buckets},
    },
    registry::Registry,
};
use std::{fmt, sync::Arc};

/// The content type of the text format (OpenMetrics 1.0).
const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// All metrics, each with what it counts.
pub struct Metrics {
    /// Sockets that are open now.
    pub sockets: Gauge,
    /// Sockets that have ended, by reason.
    pub sockets_ended: Family<Ended, Counter>,
    /// Messages stored since the start. A message sent again is not counted.
    pub messages_stored: Counter,
    /// Duration of a group commit's transaction, in seconds.
    pub commit_seconds: Histogram,
    /// Writes that share one transaction.
    pub commit_writes: Histogram,
    /// Calls and pages refused because the limit of concurrent requests was reached.
    pub refused_overloaded: Counter,
    /// Whether this node publishes to other nodes over the bus: 1 or 0. Also 0 if no bus is
    /// configured.
    pub bus_up: Gauge,
    /// Connections to the database, by pool and state.
    connections: Family<Connections, Gauge>,
    registry: Arc<Registry>,
}

/// Labels: one pool, one state. `Waiting` counts the tasks that wait for a connection.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Connections {
    pool: PoolName,
    state: ConnectionState,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelValue)]
enum PoolName {
    Read,
    Write,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelValue)]
enum ConnectionState {
    Busy,
    Idle,
    Waiting,
}

/// The label of ended sockets: the reason.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Ended {
    reason: Reason,
}

/// The reasons as labels: those of [`CloseReason`], and `Client` if the client closed the socket.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelValue)]
enum Reason {
    Client,
    GoingAway,
    Policy,
    TooBig,
    TooSlow,
    SessionEnded,
}

impl From<Option<CloseReason>> for Ended {
    fn from(reason: Option<CloseReason>) -> Self {
        let reason = match reason {
            None => Reason::Client,
            Some(CloseReason::GoingAway) => Reason::GoingAway,
            Some(CloseReason::Policy) => Reason::Policy,
            Some(CloseReason::TooBig) => Reason::TooBig,
            Some(CloseReason::TooSlow) => Reason::TooSlow,
            Some(CloseReason::SessionEnded) => Reason::SessionEnded,
        };
        Self { reason }
    }
}

impl Default for Metrics {
    fn default() -> Self {
        let (sockets, sockets_ended, messages_stored) = (Gauge::default(), Family::default(), Counter::default());
        let commit_seconds = Histogram::new(exponential_buckets(0.000_25, 2.0, 16));
        let commit_writes = Histogram::new(exponential_buckets(1.0, 2.0, 10));
        let mut registry = Registry::with_prefix("bedside");
        registry.register("sockets", "Sockets that are open now", sockets.clone());
        registry.register("sockets_ended", "Sockets that have ended, by reason", sockets_ended.clone());
        registry.register("messages_stored", "Messages stored since the start", messages_stored.clone());
        registry.register("commit_seconds", "Time of one group commit", commit_seconds.clone());
        registry.register("commit_writes", "Messages and marks in one group commit", commit_writes.clone());
        let (refused_overloaded, bus_up) = (Counter::default(), Gauge::default());
        registry.register(
            "refused_overloaded",
            "Calls and pages refused because too many were under way",
            refused_overloaded.clone(),
        );
        registry.register("bus_up", "1 if events reach other nodes over the bus", bus_up.clone());
        let connections = Family::default();
        registry.register(
            "database_connections",
            "Connections to the database, and who waits for one",
            connections.clone(),
        );
        let registry = Arc::new(registry);
        Self {
            sockets,
            sockets_ended,
            messages_stored,
            commit_seconds,
            commit_writes,
            refused_overloaded,
            bus_up,
            connections,
            registry,
        }
    }
}

impl Metrics {
    /// Updates the gauges of the read pool and the write pool, in this order.
    pub fn note_pools(&self, pools: [Status; 2]) {
        for (pool, status) in [PoolName::Read, PoolName::Write].into_iter().zip(pools) {
            let idle = status.available.min(status.size);
            let states = [
                (ConnectionState::Busy, status.size - idle),
                (ConnectionState::Idle, idle),
                (ConnectionState::Waiting, status.waiting),
            ];
            for (state, count) in states {
                let gauge = self.connections.get_or_create(&Connections { pool, state });
                gauge.set(i64::try_from(count).unwrap_or(i64::MAX));
            }
        }
    }

    /// The routes of the metrics' address.
    pub fn router(&self) -> Router {
        Router::new().route("/metrics", get(show)).with_state(Arc::clone(&self.registry))
    }
}

async fn show(State(registry): State<Arc<Registry>>) -> Result<impl IntoResponse, String> {
    let mut text = String::new();
    encode(&mut text, &registry).map_err(|fmt::Error| "the metrics could not be written".to_owned())?;
    Ok(([(header::CONTENT_TYPE, CONTENT_TYPE)], text))
}
