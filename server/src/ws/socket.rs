//! `GET /ws`: the upgrade, and the task that carries a socket's frames in both directions until the
//! socket ends.

use super::limits::FRAME_MAX_BYTES;
use crate::{
    auth::Viewer,
    db::{self, time},
    http::{HttpProblem, check_socket_origin},
    live::{CloseReason, Connection, permit::ConnectionPermit, registry::encode},
    state::AppState,
    ws::frame_handler::{FrameHandler, Verdict},
};
use app::protocol::{PROTOCOL_VERSION, Problem, ProblemCode, ServerFrame};
use axum::{
    Extension,
    extract::{
        State, WebSocketUpgrade,
        ws::{CloseFrame, Message, Utf8Bytes, WebSocket, rejection::WebSocketUpgradeRejection},
    },
    response::{IntoResponse, Response},
};
use futures::{SinkExt, StreamExt};
use http::HeaderMap;
use std::{pin::Pin, sync::Arc, time::Duration};
use tokio::time::{Instant, Sleep};

/// Read buffer of an idle socket, in bytes: a usual frame fits. For a larger frame the buffer grows
/// while that frame is read. With the default of 128 KiB, 10,000 idle sockets would take 1.3 GB.
const READ_BUFFER_BYTES: usize = 1024;
/// Size at which reading a frame fails, in bytes. It is above the limit, so that a frame slightly
/// over the limit is read to its end and its sender receives the close frame with the reason.
const READ_MAX_BYTES: usize = 4 * FRAME_MAX_BYTES;
/// Frames are written to the network together up to this size, in bytes.
const WRITE_TOGETHER_BYTES: usize = 16 * 1024;
/// The most frames taken from the queue at once.
const WRITE_TOGETHER: usize = 64;
/// The server pings a socket after this time without a frame from it (the contract).
const PING_EVERY: Duration = Duration::from_secs(25);
/// The server closes a socket from which nothing came for this time, not even a pong (the
/// contract).
const PONG_WITHIN: Duration = Duration::from_mins(1);
/// The server closes a socket that takes nothing of what is written for this time, however little
/// waits. As long as for a silent socket.
const TAKE_WITHIN: Duration = PONG_WITHIN;
/// Time for a client to take its close frame and to answer it.
const CLOSE_WITHIN: Duration = Duration::from_secs(1);
/// When a user over the limit of sockets may try again, in seconds.
const RETRY_AFTER_S: u64 = 30;

/// Upgrades a signed-in browser's request. 401 without a session, 403 from a foreign page, 429 over
/// the limit of sockets, 426 if the request is no upgrade.
pub async fn upgrade(
    State(state): State<AppState>,
    viewer: Result<Viewer, HttpProblem>,
    headers: HeaderMap,
    permit: Option<Extension<ConnectionPermit>>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let viewer = match viewer {
        Ok(viewer) => viewer,
        Err(problem) => return problem.into_response(),
    };
    if let Err(problem) = check_socket_origin(&state.config, &headers) {
        return HttpProblem::from(problem).into_response();
    }
    if !state.live.has_room(viewer.user.id, state.config.sockets_per_user) {
        return HttpProblem::from(Problem::rate_limited(RETRY_AFTER_S)).into_response();
    }
    match upgrade {
        Ok(upgrade) => upgrade
            .read_buffer_size(READ_BUFFER_BYTES)
            .write_buffer_size(WRITE_TOGETHER_BYTES)
            .max_message_size(READ_MAX_BYTES)
            .max_frame_size(READ_MAX_BYTES)
            .on_upgrade(move |socket| {
                let sockets = state.sockets.clone();
                // Boxed, because the upgrade keeps its closure on the heap for good: it must not
                // hold the socket's large future twice.
                sockets.track_future(Box::pin(async move {
                    serve(state, viewer, socket).await;
                    drop(permit);
                }))
            }),
        Err(_) => HttpProblem::from(ProblemCode::UpgradeRequired).into_response(),
    }
}

async fn serve(state: AppState, viewer: Viewer, mut socket: WebSocket) {
    // A socket renders no pages, so it needs no outbox key.
    let viewer = Viewer { outbox_key: None, ..viewer };
    // Registered before the snapshot is read: a message committed in between is queued, not lost.
    let connection = state.live.join(viewer.user.id, &viewer.token_hash);
    state.metrics.sockets.inc();
    if !state.live.has_room(viewer.user.id, state.config.sockets_per_user + 1) {
        // Several sockets were opened at once and passed the check before the upgrade.
        connection.end(CloseReason::Policy);
    }
    // Boxed, so that the socket's task frees the memory that only the snapshot needs.
    match Box::pin(ready(&state, &viewer)).await {
        Ok(first) => {
            // The queued frames follow `ready`.
            let mut reader = FrameHandler::new(state.clone(), viewer, Arc::clone(&connection));
            Carrier::new(&mut socket, &connection).run(first, &mut reader).await;
        }
        Err(problem) => {
            // Without a snapshot the client can't determine what it missed, so it has to connect
            // again.
            tracing::warn!(code = problem.code.as_str(), "a socket's snapshot could not be read");
            connection.end(CloseReason::TooSlow);
            Carrier::new(&mut socket, &connection).close().await;
        }
    }
    state.live.leave(&connection);
    state.metrics.sockets.dec();
    state.metrics.sockets_ended.get_or_create(&connection.reason().into()).inc();
}

async fn ready(state: &AppState, viewer: &Viewer) -> Result<Utf8Bytes, Problem> {
    // From here on, messages that other nodes commit are queued too.
    state.live.reachable(viewer.user.id).await;
    let epoch = state.db.epoch()?;
    let mut conn = state.db.read().await?;
    let chats = db::chat::counters(&mut conn, viewer.user.id).await?;
    let frame = ServerFrame::Ready {
        user_id: viewer.user.id,
        server_time: time::now(),
        protocol: PROTOCOL_VERSION,
        epoch,
        chats,
    };
    encode(&frame).ok_or_else(|| ProblemCode::Internal.into())
}

/// Carries frames between the network and the connection's queue.
struct Carrier<'a> {
    socket: &'a mut WebSocket,
    connection: &'a Connection,
    /// When the server last sent a ping.
    pinged: Instant,
    /// When anything last came from the client.
    received_at: Instant,
}

impl<'a> Carrier<'a> {
    fn new(socket: &'a mut WebSocket, connection: &'a Connection) -> Self {
        let now = Instant::now();
        Self { socket, connection, pinged: now, received_at: now }
    }

    /// When the next ping is due. A socket from which something came lately needs none.
    fn next_ping(&self) -> Instant {
        self.pinged.max(self.received_at) + PING_EVERY
    }

    /// Carries frames until the connection ends, then sends the close frame.
    async fn run(mut self, first: Utf8Bytes, reader: &mut FrameHandler) {
        let connection = self.connection;
        let ended = connection.ended();
        tokio::pin!(ended);
        let mut timer = Box::pin(tokio::time::sleep_until(self.next_ping()));
        let mut batch = vec![first];
        loop {
            if !batch.is_empty() {
                let written = tokio::select! {
                    biased;
                    () = &mut ended => break,
                    written = tokio::time::timeout(TAKE_WITHIN, write(self.socket, &mut batch)) => written,
                };
                match written {
                    Ok(Ok(())) => {}
                    Ok(Err(_)) => {
                        self.connection.gone();
                        return;
                    }
                    Err(_) => {
                        self.connection.end(CloseReason::TooSlow);
                        break;
                    }
                }
            }
            let due = self.next_ping().min(self.received_at + PONG_WITHIN);
            let due = reader.due().map_or(due, |reader| reader.min(due));
            set_timer(&mut timer, due);
            tokio::select! {
                biased;
                () = &mut ended => break,
                () = connection.take(&mut batch, WRITE_TOGETHER) => {}
                message = self.socket.next(), if reader.has_room() => {
                    let verdict = message.map_or(Verdict::Gone, |message| reader.take(message));
                    match verdict {
                        // Any frame shows that the client is still connected, as a pong does.
                        Verdict::GoOn => self.received_at = Instant::now(),
                        Verdict::End => break,
                        Verdict::Gone => {
                            self.connection.gone();
                            return;
                        }
                    }
                }
                () = &mut timer => {
                    let now = Instant::now();
                    if now >= self.received_at + PONG_WITHIN {
                        self.connection.gone();
                        break;
                    }
                    reader.tick(now);
                    if now >= self.next_ping() {
                        self.pinged = now;
                        let ping = tokio::time::timeout(CLOSE_WITHIN, self.socket.send(Message::Ping(bytes::Bytes::new())));
                        // If the network takes nothing, the pong will be missing, and that ends the
                        // socket.
                        if let Ok(Err(_)) = ping.await {
                            self.connection.gone();
                            return;
                        }
                    }
                }
            }
        }
        self.close().await;
    }

    /// Sends the close frame with the reason, and reads until the client has answered. Closing with
    /// unread bytes would reset the connection, and the close frame could be lost.
    async fn close(self) {
        let reason = self.connection.reason();
        let frame = reason.map(|reason| CloseFrame { code: reason as u16, reason: Utf8Bytes::default() });
        let goodbye = async {
            if self.socket.send(Message::Close(frame)).await.is_ok() {
                while let Some(Ok(_)) = self.socket.next().await {}
            }
        };
        // Best effort: the client may be gone already.
        let _ = tokio::time::timeout(CLOSE_WITHIN, goodbye).await;
    }
}

/// Writes the frames, together where they fit.
async fn write(socket: &mut WebSocket, batch: &mut Vec<Utf8Bytes>) -> Result<(), axum::Error> {
    for frame in batch.drain(..) {
        socket.feed(Message::Text(frame)).await?;
    }
    socket.flush().await
}

/// Sets a timer so that it fires at `at` at the latest. A timer that fires earlier is left
/// unchanged: the due time moves with every frame, and setting a timer costs more than an
/// occasional early wake-up.
fn set_timer(timer: &mut Pin<Box<Sleep>>, at: Instant) {
    if at < timer.deadline() || timer.is_elapsed() {
        timer.as_mut().reset(at);
    }
}
