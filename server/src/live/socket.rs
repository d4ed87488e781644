//! `GET /ws`: one task reads a socket's frames, one writes its queue; either one's end ends both.

use super::{CloseReason, Connection, registry::encode};
use crate::{
    auth::{Viewer, session},
    chat,
    db::{self, member::Mark, time},
    http::{HttpProblem, check_socket_origin},
    state::AppState,
};
use app::protocol::{ClientFrame, Problem, ProblemCode, ServerFrame};
use axum::{
    extract::{
        State, WebSocketUpgrade,
        ws::{CloseFrame, Message, Utf8Bytes, WebSocket, rejection::WebSocketUpgradeRejection},
    },
    response::{IntoResponse, Response},
};
use futures::{SinkExt, Stream, StreamExt, stream::SplitSink};
use http::HeaderMap;
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{sync::mpsc, time::Instant};

/// Largest frame and message, in bytes (the contract).
const FRAME_MAX_BYTES: usize = 64 * 1024;
/// Read buffer of an idle socket, in bytes. The default of 128 KiB would make 10,000 idle sockets 1.3 GB.
const READ_BUFFER_BYTES: usize = 4 * 1024;
/// Where reading itself gives up, in bytes. Above the limit, so that a frame that is only somewhat too big
/// is read to its end and its sender gets to see the close frame that says so.
const READ_MAX_BYTES: usize = 4 * FRAME_MAX_BYTES;
/// Time between pings (the contract).
const PING_EVERY: Duration = Duration::from_secs(25);
/// A socket without a pong for this long is closed (the contract).
const PONG_WITHIN: Duration = Duration::from_secs(60);
/// Time given to a socket to take its close frame, and to answer it.
const CLOSE_WITHIN: Duration = Duration::from_secs(1);
/// Frames that make no sense, allowed within [`FAULTS_WINDOW`].
const FAULTS_MAX: u32 = 20;
/// After this long, faults are forgotten.
const FAULTS_WINDOW: Duration = Duration::from_secs(60);
/// A session's last use is written at most this often from one socket.
const TOUCH_EVERY: Duration = Duration::from_secs(60);

/// Upgrades a signed-in browser's request. 401 without a session, 403 from a foreign page.
pub async fn upgrade(
    State(state): State<AppState>,
    viewer: Result<Viewer, HttpProblem>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let viewer = match viewer {
        Ok(viewer) => viewer,
        Err(problem) => return problem.into_response(),
    };
    if let Err(problem) = check_socket_origin(&state.config, &headers) {
        return HttpProblem::from(problem).into_response();
    }
    match upgrade {
        Ok(upgrade) => upgrade
            .read_buffer_size(READ_BUFFER_BYTES)
            .write_buffer_size(0)
            .max_message_size(READ_MAX_BYTES)
            .max_frame_size(READ_MAX_BYTES)
            .on_upgrade(move |socket| {
                let sockets = state.sockets.clone();
                sockets.track_future(serve(state, viewer, socket))
            }),
        Err(_) => HttpProblem::from(ProblemCode::UpgradeRequired).into_response(),
    }
}

async fn serve(state: AppState, viewer: Viewer, socket: WebSocket) {
    let (sink, stream) = socket.split();
    // Registered before the snapshot is read: a message committed in between is queued, not lost.
    let (connection, frames) = state.live.join(&viewer);
    state.metrics.sockets.inc();
    let pongs = Arc::new(Pongs::new());
    match ready(&state, &viewer).await {
        Ok(first) => {
            let writer = write(sink, first, frames, Arc::clone(&connection), Arc::clone(&pongs));
            let reader = Reader {
                state: &state,
                viewer: &viewer,
                connection: &connection,
                pongs: &pongs,
                faults: Faults::default(),
                touched: Instant::now(),
            };
            tokio::join!(writer, reader.run(stream));
        }
        Err(problem) => {
            // Without a snapshot the client can't know what it missed: let it come back.
            tracing::warn!(code = problem.code.as_str(), "a socket's snapshot could not be read");
            connection.end(CloseReason::TooSlow);
            close(sink, connection.reason()).await;
        }
    }
    state.live.leave(&connection);
    state.metrics.sockets.dec();
    state.metrics.sockets_ended.get_or_create(&connection.reason().into()).inc();
}

async fn ready(state: &AppState, viewer: &Viewer) -> Result<Utf8Bytes, Problem> {
    let mut conn = state.db.read().await?;
    let chats = db::chat::counters(&mut conn, viewer.user.id).await?;
    let frame = ServerFrame::Ready { user_id: viewer.user.id, server_time: time::now(), chats };
    encode(&frame).ok_or_else(|| ProblemCode::Internal.into())
}

/// When the other side last answered a ping.
struct Pongs {
    since: Instant,
    last_ms: AtomicU64,
}

impl Pongs {
    fn new() -> Self {
        Self { since: Instant::now(), last_ms: AtomicU64::new(0) }
    }

    fn note(&self) {
        let elapsed_ms = u64::try_from(self.since.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.last_ms.store(elapsed_ms, Ordering::Relaxed);
    }

    fn deadline(&self) -> Instant {
        self.since + Duration::from_millis(self.last_ms.load(Ordering::Relaxed)) + PONG_WITHIN
    }
}

type Sink = SplitSink<WebSocket, Message>;

/// Writes the queue to the network until the connection ends, then a close frame.
async fn write(
    mut sink: Sink,
    first: Utf8Bytes,
    mut frames: mpsc::Receiver<Utf8Bytes>,
    connection: Arc<Connection>,
    pongs: Arc<Pongs>,
) {
    let mut next_ping = Instant::now() + PING_EVERY;
    let mut next = Some(Message::Text(first));
    loop {
        let message = if let Some(first) = next.take() {
            first
        } else {
            tokio::select! {
                biased;
                () = connection.ended() => break,
                () = tokio::time::sleep_until(next_ping.min(pongs.deadline())) => {
                    if Instant::now() >= pongs.deadline() {
                        connection.gone();
                        break;
                    }
                    next_ping += PING_EVERY;
                    Message::Ping(bytes::Bytes::new())
                }
                frame = frames.recv() => match frame {
                    Some(frame) => Message::Text(frame),
                    None => break,
                },
            }
        };
        tokio::select! {
            sent = sink.send(message) => {
                if sent.is_err() {
                    connection.gone();
                    return;
                }
            }
            // A network that takes nothing must not keep an ended socket open.
            () = connection.ended() => break,
            () = tokio::time::sleep_until(pongs.deadline()) => {
                connection.gone();
                break;
            }
        }
    }
    // A stop of the server is no reason to lose what was queued before it.
    if connection.reason() == Some(CloseReason::GoingAway) {
        let flush = async {
            while let Ok(frame) = frames.try_recv() {
                sink.send(Message::Text(frame)).await?;
            }
            Ok::<(), axum::Error>(())
        };
        let _ = tokio::time::timeout(CLOSE_WITHIN, flush).await;
    }
    close(sink, connection.reason()).await;
}

async fn close(mut sink: Sink, reason: Option<CloseReason>) {
    let frame = reason.map(|reason| CloseFrame { code: reason as u16, reason: Utf8Bytes::default() });
    // Best effort: the other side may be gone already.
    let _ = tokio::time::timeout(CLOSE_WITHIN, sink.send(Message::Close(frame))).await;
}

/// Counts frames that make no sense.
struct Faults {
    count: u32,
    since: Instant,
}

impl Default for Faults {
    fn default() -> Self {
        Self { count: 0, since: Instant::now() }
    }
}

impl Faults {
    /// Counts one; whether there were too many lately.
    fn too_many(&mut self) -> bool {
        if self.since.elapsed() > FAULTS_WINDOW {
            *self = Self::default();
        }
        self.count += 1;
        self.count > FAULTS_MAX
    }
}

struct Reader<'a> {
    state: &'a AppState,
    viewer: &'a Viewer,
    connection: &'a Connection,
    pongs: &'a Pongs,
    faults: Faults,
    touched: Instant,
}

impl Reader<'_> {
    /// Obeys the socket's frames, one after the other, until it or the server ends it.
    async fn run(mut self, mut stream: impl Stream<Item = Result<Message, axum::Error>> + Unpin) {
        loop {
            let message = tokio::select! {
                biased;
                () = self.connection.ended() => break,
                message = stream.next() => message,
            };
            match message {
                Some(Ok(Message::Text(text))) if text.len() > FRAME_MAX_BYTES => {
                    self.connection.end(CloseReason::TooBig);
                    break;
                }
                Some(Ok(Message::Binary(bytes))) if bytes.len() > FRAME_MAX_BYTES => {
                    self.connection.end(CloseReason::TooBig);
                    break;
                }
                Some(Ok(Message::Text(text))) => match serde_json::from_str(&text) {
                    Ok(frame) => self.obey(frame).await,
                    Err(_) => self.fault(ProblemCode::InvalidFrame),
                },
                Some(Ok(Message::Binary(_))) => self.fault(ProblemCode::InvalidFrame),
                Some(Ok(Message::Pong(_))) => self.pongs.note(),
                Some(Ok(Message::Ping(_))) => {}
                Some(Ok(Message::Close(_))) | None => {
                    self.connection.gone();
                    return;
                }
                Some(Err(error)) => {
                    if is_too_big(&error) {
                        self.connection.end(CloseReason::TooBig);
                    } else {
                        self.connection.gone();
                    }
                    break;
                }
            }
        }
        // Read on until the other side has answered the close: closing over unread bytes would reset the
        // connection, and the close frame could be lost with it.
        let drain = async { while let Some(Ok(_)) = stream.next().await {} };
        let _ = tokio::time::timeout(CLOSE_WITHIN, drain).await;
    }

    async fn obey(&mut self, frame: ClientFrame) {
        let (state, viewer) = (self.state, self.viewer);
        let result = match frame {
            ClientFrame::Send { client_id, chat_id, content } => {
                self.touch().await;
                match chat::send::send(state, viewer, chat_id, client_id, content).await {
                    Ok(message) => {
                        self.push(&ServerFrame::Ack {
                            client_id,
                            chat_id,
                            seq: message.seq,
                            id: message.id,
                            created_at: message.created_at,
                        });
                        Ok(())
                    }
                    // What may work later stays pending in the browser, which sends it again.
                    Err(problem) if problem.is_passing() => Err(problem),
                    Err(problem) => {
                        let detail = explain(&problem);
                        self.push(&ServerFrame::Rejected { client_id, code: problem.code, detail });
                        Ok(())
                    }
                }
            }
            ClientFrame::Read { chat_id, seq } => {
                self.touch().await;
                chat::mark::mark(state, viewer, chat_id, Mark::Read, seq).await
            }
            ClientFrame::Delivered { chat_id, seq } => {
                chat::mark::mark(state, viewer, chat_id, Mark::Delivered, seq).await
            }
            ClientFrame::Typing { chat_id } => chat::typing::typing(state, viewer, chat_id).await,
        };
        if let Err(problem) = result {
            if problem.is_passing() {
                self.push(&ServerFrame::Error { code: problem.code, detail: explain(&problem) });
            } else {
                self.fault(problem.code);
            }
        }
    }

    /// Tells the socket that a frame could not be obeyed, and ends it when that happens too often.
    fn fault(&mut self, code: ProblemCode) {
        self.push(&ServerFrame::Error { code, detail: code.detail().to_owned() });
        if self.faults.too_many() {
            self.connection.end(CloseReason::Policy);
        }
    }

    fn push(&self, frame: &ServerFrame) {
        if let Some(text) = encode(frame) {
            self.connection.push(text);
        }
    }

    /// Notes that the session is in use: by a send or a read, not by heartbeats or typing.
    async fn touch(&mut self) {
        if self.touched.elapsed() < TOUCH_EVERY {
            return;
        }
        self.touched = Instant::now();
        if let Err(error) = session::touch(self.state, &self.viewer.token_hash).await {
            tracing::warn!(%error, "a session's last use could not be noted");
        }
    }
}

/// In words, with what is wrong in which field.
fn explain(problem: &Problem) -> String {
    problem.errors.iter().fold(problem.code.detail().to_owned(), |text, error| {
        format!("{text} {}: {}", error.field, error.code.detail())
    })
}

fn is_too_big(error: &axum::Error) -> bool {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if let Some(tungstenite::Error::Capacity(_)) = error.downcast_ref::<tungstenite::Error>() {
            return true;
        }
        cause = error.source();
    }
    false
}
