//! The events of a Socket.IO session: those that the client emits, and those that it receives.

use crate::{
    chat::send::Draft,
    db::{self, DbResult, message::Range},
    live::{CloseReason, Connection},
    socketio::session::{Caller, Session},
};
use app::protocol::{ChatId, ClientId, Message, MessageId, Problem, ProblemCode, Seq, ServerFrame, Timestamp, UserId};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use socketioxide::{
    SendError,
    adapter::LocalAdapter,
    extract::{AckSender, SocketRef, TryData},
    handler::{FromMessageParts, Value as Packet},
    socket::Socket,
};
use std::{
    collections::BTreeMap,
    convert::Infallible,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use uuid::Uuid;

/// The most frames taken from the queue at once.
const SEND_TOGETHER: usize = 64;
/// The most messages read from the database at once.
const CATCH_UP_TOGETHER: i64 = 50;
/// The pause between two attempts to emit to a client whose buffer is full.
const FULL_PAUSE: Duration = Duration::from_millis(20);

/// A row of `chat_message`, with the table's column names.
#[derive(Serialize)]
struct Row<'a> {
    id: MessageId,
    user_id: UserId,
    chat_id: ChatId,
    content: &'a str,
    is_ai: bool,
    created_at: Timestamp,
    seq: Seq,
}

impl<'a> From<&'a Message> for Row<'a> {
    fn from(message: &'a Message) -> Self {
        Self {
            id: message.id,
            user_id: message.sender_id,
            chat_id: message.chat_id,
            content: &message.content,
            is_ai: message.is_ai,
            created_at: message.created_at,
            seq: message.seq,
        }
    }
}

/// The reason why an event was refused, as sent to the client.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Refusal {
    /// Set in an acknowledgement only.
    #[serde(skip_serializing_if = "Option::is_none")]
    ok: Option<bool>,
    code: ProblemCode,
    detail: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after_ms: Option<u64>,
}

/// An id as programs write it: a number, or a number in a string, as taken from a page's address.
#[derive(Deserialize)]
#[serde(untagged)]
enum LooseId {
    Number(i64),
    Text(String),
}

impl LooseId {
    fn get(&self) -> Result<i64, Problem> {
        match self {
            Self::Number(id) => Ok(*id),
            Self::Text(text) => text.parse().map_err(|_| ProblemCode::InvalidFrame.into()),
        }
    }
}

/// The argument of `message:send`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewMessage {
    chat_id: LooseId,
    sender_id: Option<LooseId>,
    content: String,
    client_id: Option<ClientId>,
}

/// Sets up a client that connects to the namespace. The handlers are registered before the client
/// receives the confirmation, so that an event that it emits at once is handled.
pub(super) async fn authenticate(socket: SocketRef) -> Result<(), ProblemText> {
    let caller = socket.req_parts().extensions.get::<Caller>().ok_or(ProblemText(ProblemCode::Unauthenticated))?;
    let talk = Arc::new(EventHandler { session: Arc::clone(&caller.0), chats: Mutex::default() });
    let joins = Arc::clone(&talk);
    socket.on("join", move |TryData(chat): TryData<Value>, reply: Reply| {
        let chat = chat.ok();
        async move { joins.join(chat, reply).await }
    });
    let sends = Arc::clone(&talk);
    socket.on("message:send", move |TryData(message): TryData<Value>, reply: Reply| {
        // Submitted here and not in the future, so that one client's messages are stored in the
        // order of their arrival.
        sends.send(message.ok(), reply);
        async {}
    });
    let others = Arc::clone(&talk);
    socket.on_fallback(move |reply: Reply| {
        others.refuse(reply, &ProblemCode::InvalidFrame.into());
        async {}
    });
    let connection = Arc::clone(&talk.session.connection);
    socket.on_disconnect(move || {
        connection.gone();
        async {}
    });
    let tracker = talk.session.state.sockets.clone();
    tracker.spawn(async move { talk.send_messages(socket).await });
    Ok(())
}

/// The reason why a client may not connect, as sent to the client.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.as_str())]
pub(super) struct ProblemText(ProblemCode);

/// Handles one client's events, and emits messages to it.
struct EventHandler {
    session: Arc<Session>,
    /// The chats that the client has joined, and the `seq` up to which it has each.
    chats: Mutex<BTreeMap<ChatId, Seq>>,
}

impl EventHandler {
    fn chats(&self) -> MutexGuard<'_, BTreeMap<ChatId, Seq>> {
        self.chats.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn join(&self, chat: Option<Value>, reply: Reply) {
        match self.enter(chat).await {
            Ok(()) => reply.give(&json!({ "ok": true })),
            Err(problem) => self.refuse(reply, &problem),
        }
    }

    async fn enter(&self, chat: Option<Value>) -> Result<(), Problem> {
        self.check_rate()?;
        let id: LooseId = read(chat)?;
        let chat = self.session.state.chats.chat(&self.session.viewer, ChatId(id.get()?)).await?;
        // From here on, messages that other nodes commit arrive.
        self.session.state.live.reachable(self.session.viewer.user.id).await;
        // The client fetches the earlier messages itself.
        self.chats().entry(chat.chat_id).or_insert(chat.last_seq);
        Ok(())
    }

    fn send(&self, message: Option<Value>, reply: Reply) {
        let session = Arc::clone(&self.session);
        match self.draft(message) {
            Err(problem) => self.refuse(reply, &problem),
            Ok(draft) => {
                session.last_use.note(&session.state.accounts, &session.viewer.token_hash);
                session.limits.begin_send();
                let (answering, answered) = (Arc::clone(&session), reply.clone());
                let done = move |result: Result<&Message, Problem>| {
                    answering.limits.end_send();
                    match result {
                        Ok(message) => reply.give(&json!({ "ok": true, "message": message })),
                        Err(problem) => reply.refuse(&problem),
                    }
                };
                if let Err(problem) = session.state.chats.submit_message(&session.viewer, draft, done) {
                    session.limits.end_send();
                    answered.refuse(&problem);
                }
            }
        }
    }

    fn draft(&self, message: Option<Value>) -> Result<Draft, Problem> {
        self.check_rate()?;
        let message: NewMessage = read(message)?;
        if let Some(sender) = &message.sender_id
            && sender.get()? != self.session.viewer.user.id.0
        {
            return Err(ProblemCode::SenderMismatch.into());
        }
        if !self.session.limits.has_room() {
            return Err(Problem::overloaded());
        }
        let client_id = message.client_id.unwrap_or_else(Uuid::new_v4);
        Ok(Draft::new(ChatId(message.chat_id.get()?), client_id, message.content))
    }

    fn check_rate(&self) -> Result<(), Problem> {
        if self.session.connection.is_ending() {
            // Events that still arrive after the session has ended.
            return Err(ProblemCode::Unauthenticated.into());
        }
        self.session.limits.take_frame()
    }

    /// Refuses an event and counts a fault if it was invalid or came too fast. Too many faults end
    /// the session.
    fn refuse(&self, reply: Reply, problem: &Problem) {
        reply.refuse(problem);
        let is_fault = !problem.is_passing() || problem.code == ProblemCode::RateLimited;
        if is_fault && !self.session.limits.fault() {
            self.session.connection.end(CloseReason::Policy);
        }
    }

    /// Emits the messages of the joined chats, until the session ends.
    async fn send_messages(self: Arc<Self>, socket: SocketRef) {
        let connection = Arc::clone(&self.session.connection);
        let outcome = async {
            let mut batch = Vec::new();
            loop {
                connection.take(&mut batch, SEND_TOGETHER).await;
                for text in batch.drain(..) {
                    // Meanwhile frames wait in the connection's queue. A full queue ends the
                    // connection.
                    let outcome = match serde_json::from_str(&text) {
                        Ok(ServerFrame::Message { message }) => self.bring(&socket, message).await,
                        Ok(ServerFrame::Chat { chat }) => self.catch_up(&socket, chat.chat_id, chat.last_seq).await,
                        _ => Ok(()),
                    };
                    if let Err(error) = outcome {
                        tracing::warn!(%error, "messages could not be sent to a Socket.IO client");
                        // The client connects again and fetches what it missed.
                        connection.end(CloseReason::GoingAway);
                    }
                }
            }
        };
        tokio::select! {
            () = connection.ended() => {}
            () = outcome => {}
        }
        if matches!(connection.reason(), Some(CloseReason::SessionEnded | CloseReason::Policy)) {
            // Disconnected by a packet, the client does not connect again by itself.
            let _ = socket.disconnect();
        }
    }
}

impl EventHandler {
    /// Emits a message of a joined chat, after all earlier ones that the client lacks.
    async fn bring(&self, socket: &SocketRef, message: Message) -> DbResult<()> {
        let known = self.chats().get(&message.chat_id).copied();
        if known.is_some_and(|known| known.next() == message.seq) {
            self.send_message(socket, &message).await;
            return Ok(());
        }
        self.catch_up(socket, message.chat_id, message.seq).await
    }

    /// Emits all messages of a joined chat that the client lacks, up to the position `to`. Each is
    /// emitted once and in order, even if several arrive at a time or some frames were lost.
    async fn catch_up(&self, socket: &SocketRef, chat: ChatId, to: Seq) -> DbResult<()> {
        loop {
            let known = self.chats().get(&chat).copied();
            let Some(known) = known.filter(|known| *known < to) else { return Ok(()) };
            let mut conn = self.session.state.db.read().await?;
            let page = db::message::page(&mut conn, chat, Range::After(known), CATCH_UP_TOGETHER).await?;
            drop(conn);
            if page.is_empty() {
                // The last messages of the chat were deleted from the database.
                self.chats().insert(chat, to);
            }
            for message in &page {
                self.send_message(socket, message).await;
            }
        }
    }

    async fn send_message(&self, socket: &SocketRef, message: &Message) {
        emit(socket, "message:receive", &Row::from(message)).await;
        self.chats().insert(message.chat_id, message.seq);
    }
}

fn read<T: serde::de::DeserializeOwned>(value: Option<Value>) -> Result<T, Problem> {
    value.and_then(|value| serde_json::from_value(value).ok()).ok_or_else(|| ProblemCode::InvalidFrame.into())
}

/// Emits an event. If the client's buffer is full, or its connection to the namespace is not
/// complete, the function waits and tries again.
async fn emit(socket: &SocketRef, event: &'static str, argument: &impl Serialize) {
    while let Err(SendError::Socket(_)) = socket.emit(event, argument) {
        tokio::time::sleep(FULL_PAUSE).await;
    }
}

/// The reply to an event: its acknowledgement, if the client asked for one.
#[derive(Clone)]
struct Reply {
    socket: SocketRef,
    ack: Arc<Mutex<Option<AckSender>>>,
    is_asked: bool,
}

impl FromMessageParts<LocalAdapter> for Reply {
    type Error = Infallible;

    fn from_message_parts(
        socket: &Arc<Socket<LocalAdapter>>,
        packet: &mut Packet,
        ack_id: &Option<i64>,
    ) -> Result<Self, Infallible> {
        let ack = AckSender::from_message_parts(socket, packet, ack_id)?;
        let socket = SocketRef::from_message_parts(socket, packet, ack_id)?;
        Ok(Self { socket, ack: Arc::new(Mutex::new(Some(ack))), is_asked: ack_id.is_some() })
    }
}

impl Reply {
    fn connection(&self) -> Option<Arc<Connection>> {
        self.socket.req_parts().extensions.get::<Caller>().map(|caller| Arc::clone(&caller.0.connection))
    }

    fn give(&self, answer: &impl Serialize) {
        let ack = self.ack.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(Err(error)) = ack.map(|ack| ack.send(answer)) {
            // The client does not take its packets. It connects again and asks whether the message
            // was stored.
            tracing::debug!(%error, "an acknowledgement could not be sent");
            if let Some(connection) = self.connection() {
                connection.end(CloseReason::TooSlow);
            }
        }
    }

    /// Refuses in the acknowledgement, or with an `error` event if the client asked for none.
    fn refuse(&self, problem: &Problem) {
        let refusal = Refusal {
            ok: self.is_asked.then_some(false),
            code: problem.code,
            detail: problem.explain(),
            retry_after_ms: problem.retry_after_ms(),
        };
        if self.is_asked {
            self.give(&refusal);
        } else {
            let Some(connection) = self.connection() else { return };
            let socket = self.socket.clone();
            tokio::spawn(async move {
                tokio::select! {
                    () = connection.ended() => {}
                    () = emit(&socket, "error", &refusal) => {}
                }
            });
        }
    }
}
