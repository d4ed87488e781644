//! Handles the frames that a client sends over a socket, within the socket's limits.

use crate::{
    auth::{Viewer, session::LastUse},
    chat::send::Draft,
    db::member::Mark,
    live::{CloseReason, Connection, registry::encode},
    state::AppState,
    ws::{limits::FRAME_MAX_BYTES, limits::SocketLimits},
};
use app::protocol::{ChatId, ClientFrame, ClientId, Message as Stored, Problem, ProblemCode, Seq, ServerFrame};
use axum::extract::ws::Message;
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use tokio::time::Instant;

/// `delivered` receipts are stored together, this long after the first.
const DELIVERED_WITHIN: Duration = Duration::from_millis(200);
/// The most chats whose `delivered` receipts are held back. When there are as many, all are stored
/// at once.
const DELIVERED_MAX_CHATS: usize = 64;

/// What the carrier of a socket does after a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Continues.
    GoOn,
    /// Closes the socket, with the reason that the connection holds.
    End,
    /// Stops without a close frame: the client has ended the connection.
    Gone,
}

/// Handles one socket's frames.
pub(super) struct FrameHandler {
    state: AppState,
    viewer: Viewer,
    replies: Arc<Replies>,
    last_use: LastUse,
    delivered: BTreeMap<ChatId, Seq>,
    delivered_due: Option<Instant>,
}

impl FrameHandler {
    pub(super) fn new(state: AppState, viewer: Viewer, connection: Arc<Connection>) -> Self {
        let limits = SocketLimits::new(state.config.limit_scale);
        Self {
            state,
            viewer,
            replies: Arc::new(Replies { connection, limits }),
            last_use: LastUse::default(),
            delivered: BTreeMap::new(),
            delivered_due: None,
        }
    }

    /// Whether another frame may be read. If not, there is room again when a send under way is
    /// answered.
    pub(super) fn has_room(&self) -> bool {
        self.replies.limits.has_room()
    }

    /// When [`Self::tick`] has to be called next; `None` if nothing is held back.
    pub(super) const fn due(&self) -> Option<Instant> {
        self.delivered_due
    }

    /// Stores the receipts that were held back, if it is time or if there are too many.
    pub(super) fn tick(&mut self, now: Instant) {
        if self.delivered_due.is_none_or(|due| now < due) && self.delivered.len() < DELIVERED_MAX_CHATS {
            return;
        }
        self.delivered_due = None;
        for (chat, seq) in std::mem::take(&mut self.delivered) {
            self.mark(chat, Mark::Delivered, seq);
        }
    }

    /// Handles a WebSocket message.
    pub(super) fn take(&mut self, message: Result<Message, axum::Error>) -> Verdict {
        match message {
            Ok(Message::Text(text)) if text.len() > FRAME_MAX_BYTES => return self.end(CloseReason::TooBig),
            Ok(Message::Binary(bytes)) if bytes.len() > FRAME_MAX_BYTES => return self.end(CloseReason::TooBig),
            Ok(Message::Text(text)) => match serde_json::from_str(&text) {
                Ok(frame) => match self.replies.limits.take_frame() {
                    Ok(()) => self.handle(frame),
                    Err(problem) => {
                        let client_id = match frame {
                            ClientFrame::Send { client_id, .. } => Some(client_id),
                            _ => None,
                        };
                        self.replies.fault(&problem, client_id);
                    }
                },
                Err(_) => self.replies.fault(&ProblemCode::InvalidFrame.into(), None),
            },
            Ok(Message::Binary(_)) => self.replies.fault(&ProblemCode::InvalidFrame.into(), None),
            Ok(Message::Ping(_) | Message::Pong(_)) => {}
            Err(error) if is_too_big(&error) => return self.end(CloseReason::TooBig),
            Ok(Message::Close(_)) | Err(_) => return Verdict::Gone,
        }
        if self.replies.connection.reason().is_some() { Verdict::End } else { Verdict::GoOn }
    }

    fn end(&self, reason: CloseReason) -> Verdict {
        self.replies.connection.end(reason);
        Verdict::End
    }

    fn handle(&mut self, frame: ClientFrame) {
        match frame {
            ClientFrame::Send { client_id, chat_id, content, reply_to, corrects, is_urgent } => {
                self.last_use.note(&self.state.accounts, &self.viewer.token_hash);
                self.send(Draft { chat: chat_id, client_id, content, reply_to, corrects, is_urgent });
            }
            ClientFrame::Read { chat_id, seq } => {
                self.last_use.note(&self.state.accounts, &self.viewer.token_hash);
                self.mark(chat_id, Mark::Read, seq);
            }
            ClientFrame::Delivered { chat_id, seq } => {
                let held = self.delivered.entry(chat_id).or_insert(seq);
                *held = seq.max(*held);
                let now = Instant::now();
                self.delivered_due.get_or_insert(now + DELIVERED_WITHIN);
                self.tick(now);
            }
            ClientFrame::Typing { chat_id } => {
                if self.state.chats.typing_if_known(&self.viewer, &self.replies.connection, chat_id) {
                    return;
                }
                let (state, viewer, replies) = (self.state.clone(), self.viewer.clone(), Arc::clone(&self.replies));
                tokio::spawn(async move {
                    let sent = state.chats.typing(&viewer, &replies.connection, chat_id).await;
                    if let Err(problem) = sent {
                        replies.refuse(&problem, None);
                    }
                });
            }
            ClientFrame::Ping {} => self.replies.push(&ServerFrame::Pong {}),
        }
    }

    fn send(&self, draft: Draft) {
        let client_id = draft.client_id;
        self.replies.limits.begin_send();
        let replies = Arc::clone(&self.replies);
        let done = move |result: Result<&Stored, Problem>| replies.answer(client_id, result);
        if let Err(problem) = self.state.chats.submit_message(&self.viewer, draft, done) {
            self.replies.answer(client_id, Err(problem));
        }
    }

    fn mark(&self, chat: ChatId, mark: Mark, seq: Seq) {
        let replies = Arc::clone(&self.replies);
        let failed = move |problem| replies.refuse(&problem, None);
        if let Err(problem) = self.state.chats.submit_mark(&self.viewer, chat, mark, seq, failed) {
            self.replies.refuse(&problem, None);
        }
    }
}

/// The replies to one socket's frames. Shared with the tasks that finish the frames.
struct Replies {
    connection: Arc<Connection>,
    limits: SocketLimits,
}

impl Replies {
    /// Answers a `send` frame with `ack`, `rejected` or `error`.
    fn answer(&self, client_id: ClientId, result: Result<&Stored, Problem>) {
        self.limits.end_send();
        match result {
            Ok(message) => self.push(&ServerFrame::Ack {
                client_id,
                chat_id: message.chat_id,
                seq: message.seq,
                id: message.id,
                created_at: message.created_at,
            }),
            // The browser keeps a message pending after a passing problem, and sends it again.
            Err(problem) if problem.is_passing() => self.refuse(&problem, Some(client_id)),
            Err(problem) => {
                let detail = problem.explain();
                self.push(&ServerFrame::Rejected { client_id, code: problem.code, detail });
            }
        }
    }

    /// Sends an `error` frame. A problem that is not passing also counts as a fault.
    fn refuse(&self, problem: &Problem, client_id: Option<ClientId>) {
        if problem.is_passing() {
            self.error(problem, client_id);
        } else {
            self.fault(problem, client_id);
        }
    }

    /// Sends an `error` frame and counts a fault: the frame was invalid or came too fast. Too many
    /// faults end the connection.
    fn fault(&self, problem: &Problem, client_id: Option<ClientId>) {
        self.error(problem, client_id);
        if !self.limits.fault() {
            self.connection.end(CloseReason::Policy);
        }
    }

    fn error(&self, problem: &Problem, client_id: Option<ClientId>) {
        self.push(&ServerFrame::Error {
            code: problem.code,
            detail: problem.explain(),
            client_id,
            retry_after_ms: problem.retry_after_ms(),
        });
    }

    fn push(&self, frame: &ServerFrame) {
        if let Some(text) = encode(frame) {
            self.connection.push(text);
        }
    }
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
