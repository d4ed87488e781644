//! Socket.IO for programs written for it (docs/contract.md), with the services, sessions, rules and
//! limits of `/ws`. Each of its sessions is a [`Connection`](crate::live::Connection) in the
//! registry, as each WebSocket is. So everything that any node publishes reaches it in the same
//! way.

mod abortable_stream;
mod events;
mod session;
mod transport;

use crate::state::AppState;
use axum::{Extension, Router, extract::DefaultBodyLimit, routing::any};
use http::StatusCode;
use socketioxide::{SocketIo, handler::ConnectHandler};
use std::time::Duration;
use tower_http::timeout::TimeoutLayer;

/// The path that clients connect to.
const PATH: &str = "/socket.io";
/// Largest message, and largest body of a polling request, in bytes (the contract's limit for
/// frames).
const FRAME_MAX_BYTES: usize = 64 * 1024;
/// Read buffer of a socket, in bytes, as for `/ws`.
const READ_BUFFER_BYTES: usize = 1024;
/// The most packets that wait for a client's network.
const PACKETS_MAX: usize = 256;
/// A client must join the namespace within this time after its transport is open.
const CONNECT_WITHIN: Duration = Duration::from_secs(10);
/// Interval of pings, as for `/ws`. A client that doesn't answer within [`PONG_WITHIN`] is
/// disconnected.
const PING_EVERY: Duration = Duration::from_secs(25);
const PONG_WITHIN: Duration = Duration::from_secs(20);
/// The longest time for answering a polling request. A poll waits for a packet, at the latest for
/// the next ping.
const ANSWER_WITHIN: Duration = Duration::from_mins(1);

/// The routes of Socket.IO.
pub fn router() -> Router<AppState> {
    let (service, io) = SocketIo::builder()
        .req_path(PATH)
        .max_payload(FRAME_MAX_BYTES as u64)
        .ws_max_message_size(FRAME_MAX_BYTES)
        .ws_max_frame_size(FRAME_MAX_BYTES)
        .ws_read_buffer_size(READ_BUFFER_BYTES)
        .max_buffer_size(PACKETS_MAX)
        .connect_timeout(CONNECT_WITHIN)
        .ping_interval(PING_EVERY)
        .ping_timeout(PONG_WITHIN)
        .build_with_inner_svc(Router::new());
    io.ns("/", (async || {}).with(events::authenticate));
    Router::new()
        .route("/socket.io/", any(transport::handshake))
        .route("/socket.io", any(transport::handshake))
        .layer(Extension(transport::Transport::new(service)))
        .layer(DefaultBodyLimit::max(FRAME_MAX_BYTES))
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, ANSWER_WITHIN))
}
