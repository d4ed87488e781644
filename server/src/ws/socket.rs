//! `GET /ws`: the upgrade, and the task that carries a socket's frames both ways until it ends.

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

/// Read buffer of an idle socket, in bytes: a usual frame fits. A larger one grows it for as long as it takes. The
/// default of 128 KiB would make 10,000 idle sockets 1.3 GB.
const READ_BUFFER_BYTES: usize = 1024;
/// Where reading itself gives up, in bytes. Above the limit, so that a frame that is only somewhat too big
/// is read to its end and its sender gets to see the close frame that says so.
const READ_MAX_BYTES: usize = 4 * FRAME_MAX_BYTES;
/// Frames are gathered up to this size before they go to the network together, in bytes.
const WRITE_TOGETHER_BYTES: usize = 16 * 1024;
/// Frames taken from the queue at once.
const WRITE_TOGETHER: usize = 64;
/// Silence after which a socket is pinged (the contract).
const PING_EVERY: Duration = Duration::from_secs(25);
/// A socket that nothing came from for this long, not even a pong, is closed (the contract).
const PONG_WITHIN: Duration = Duration::from_mins(1);
/// A socket that takes nothing of what is written for this long is closed, however little waits for it. As long as
/// one that says nothing.
const TAKE_WITHIN: Duration = PONG_WITHIN;
/// Time given to a socket to take its close frame, and to answer it.
const CLOSE_WITHIN: Duration = Duration::from_secs(1);
/// A user's next try after the cap on sockets was met, in seconds.
const RETRY_AFTER_S: u64 = 30;

/// Upgrades a signed-in browser's request. 401 without a session, 403 from a foreign page, 429 over the cap.
pub async fn upgrade(
    State(state): State<AppState>,
    viewer: Result<Viewer, HttpProblem>,
    headers: HeaderMap,
    place: Option<Extension<ConnectionPermit>>,
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
                // Boxed: what the upgrade itself leaves on the heap for good must not hold all of this twice.
                sockets.track_future(Box::pin(async move {
                    serve(state, viewer, socket).await;
                    drop(place);
                }))
            }),
        Err(_) => HttpProblem::from(ProblemCode::UpgradeRequired).into_response(),
    }
}

async fn serve(state: AppState, viewer: Viewer, mut socket: WebSocket) {
    // It does not render pages.
    let viewer = Viewer { outbox_key: None, ..viewer };
    // Registered before the snapshot is read: a message committed in between is queued, not lost.
    let connection = state.live.join(viewer.user.id, &viewer.token_hash);
    state.metrics.sockets.inc();
    if !state.live.has_room(viewer.user.id, state.config.sockets_per_user + 1) {
        // Several came in at once, past the check before the upgrade.
        connection.end(CloseReason::Policy);
    }
    // Boxed, so that a socket does not go on taking up what only its beginning needs.
    match Box::pin(ready(&state, &viewer)).await {
        Ok(first) => {
            // Queued frames follow it.
            let mut reader = FrameHandler::new(state.clone(), viewer, Arc::clone(&connection));
            Carrier::new(&mut socket, &connection).run(first, &mut reader).await;
        }
        Err(problem) => {
            // Without a snapshot the client can't know what it missed: let it come back.
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
    // From here on, what other nodes commit is queued too.
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

/// Carries frames between the network and the program.
struct Carrier<'a> {
    socket: &'a mut WebSocket,
    connection: &'a Connection,
    /// When it was last asked whether it is there.
    pinged: Instant,
    /// When anything last came from it.
    heard: Instant,
}

impl<'a> Carrier<'a> {
    fn new(socket: &'a mut WebSocket, connection: &'a Connection) -> Self {
        let now = Instant::now();
        Self { socket, connection, pinged: now, heard: now }
    }

    /// A socket that said something lately need not be asked.
    fn next_ping(&self) -> Instant {
        self.pinged.max(self.heard) + PING_EVERY
    }

    /// Carries until the connection ends, then says goodbye.
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
            let due = self.next_ping().min(self.heard + PONG_WITHIN);
            let due = reader.due().map_or(due, |reader| reader.min(due));
            wake_at(&mut timer, due);
            tokio::select! {
                biased;
                () = &mut ended => break,
                () = connection.take(&mut batch, WRITE_TOGETHER) => {}
                message = self.socket.next(), if reader.has_room() => {
                    let verdict = message.map_or(Verdict::Gone, |message| reader.take(message));
                    match verdict {
                        // Whatever comes shows that the other side is there, as a pong does.
                        Verdict::GoOn => self.heard = Instant::now(),
                        Verdict::End => break,
                        Verdict::Gone => {
                            self.connection.gone();
                            return;
                        }
                    }
                }
                () = &mut timer => {
                    let now = Instant::now();
                    if now >= self.heard + PONG_WITHIN {
                        self.connection.gone();
                        break;
                    }
                    reader.tick(now);
                    if now >= self.next_ping() {
                        self.pinged = now;
                        let ping = tokio::time::timeout(CLOSE_WITHIN, self.socket.send(Message::Ping(bytes::Bytes::new())));
                        // A network that takes nothing: the pong that stays out will say so.
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

    /// Says why, and reads on until the other side has answered: closing over unread bytes would reset the
    /// connection, and the close frame could be lost with it.
    async fn close(self) {
        let reason = self.connection.reason();
        let frame = reason.map(|reason| CloseFrame { code: reason as u16, reason: Utf8Bytes::default() });
        let goodbye = async {
            if self.socket.send(Message::Close(frame)).await.is_ok() {
                while let Some(Ok(_)) = self.socket.next().await {}
            }
        };
        // Best effort: the other side may be gone already.
        let _ = tokio::time::timeout(CLOSE_WITHIN, goodbye).await;
    }
}

/// Writes frames, together where they fit.
async fn write(socket: &mut WebSocket, batch: &mut Vec<Utf8Bytes>) -> Result<(), axum::Error> {
    for frame in batch.drain(..) {
        socket.feed(Message::Text(frame)).await?;
    }
    socket.flush().await
}

/// Sets a timer so that it wakes by then. One that wakes earlier is left as it is: what is due moves on with every
/// frame, and setting a timer costs more than waking for nothing once in a while.
fn wake_at(timer: &mut Pin<Box<Sleep>>, at: Instant) {
    if at < timer.deadline() || timer.is_elapsed() {
        timer.as_mut().reset(at);
    }
}
