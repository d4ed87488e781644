//! The HTTP calls of a page, through the proxy or directly to the server.

use crate::Failure;
use app::{
    live::PageOf,
    protocol::{
        ChangePage, ChangeSeq, Chat, ChatAction, ChatId, ChatPage, ClientId, MESSAGES_MAX_LIMIT, Message, MessagePage,
        Problem, ProblemCode, Seq, User, UserId,
    },
};
use rand::seq::IndexedRandom;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::json;
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    time::{Duration, Instant},
};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{client::IntoClientRequest, http::HeaderValue},
};

/// A call that takes longer than this has failed.
const WITHIN: Duration = Duration::from_secs(3);

/// A send that is not stored within this time has failed.
const STORED_WITHIN: Duration = Duration::from_secs(15);
/// Pause before a call is repeated.
const TRY_AGAIN: Duration = Duration::from_millis(100);

/// A socket.
pub(crate) type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// A client for these addresses. Each call uses any of them.
#[derive(Clone)]
pub(crate) struct Calls {
    addrs: Vec<SocketAddr>,
    client: reqwest::Client,
}

#[derive(Deserialize)]
struct Viewer {
    user: User,
}

#[derive(Deserialize)]
struct Stored {
    message: Message,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Initiated {
    chat_id: ChatId,
}

impl Calls {
    /// A client for one address. Each call opens its own connection, so that the proxy treats each
    /// call differently.
    pub(crate) fn new(addr: SocketAddr) -> Result<Self, Failure> {
        Self::to_any(vec![addr])
    }

    /// A client for any of these addresses.
    pub(crate) fn to_any(addrs: Vec<SocketAddr>) -> Result<Self, Failure> {
        let client = reqwest::Client::builder().timeout(WITHIN).pool_max_idle_per_host(0).no_proxy().build()?;
        Ok(Self { addrs, client })
    }

    fn url(&self, scheme: &str, path: &str) -> String {
        let addr = self.addrs.choose(&mut rand::rng()).map(ToString::to_string).unwrap_or_default();
        format!("{scheme}://{addr}{path}")
    }

    async fn get<T: DeserializeOwned>(&self, token: &str, path: &str) -> Result<T, Problem> {
        let answer = self
            .client
            .get(self.url("http", path))
            .header("cookie", cookie(token))
            .send()
            .await
            .map_err(unreachable)?;
        read(answer).await
    }

    async fn post<T: DeserializeOwned>(&self, token: &str, path: &str, body: serde_json::Value) -> Result<T, Problem> {
        let request = self.client.post(self.url("http", path));
        let request = request.header("cookie", cookie(token)).header("content-type", "application/json");
        read(request.body(body.to_string()).send().await.map_err(unreachable)?).await
    }

    /// The first page of the list of chats.
    pub(crate) async fn list(&self, token: &str) -> Result<ChatPage, Problem> {
        self.get(token, "/api/chats").await
    }

    /// Loads one chat.
    pub(crate) async fn chat(&self, token: &str, chat: ChatId) -> Result<Chat, Problem> {
        self.get(token, &format!("/api/chats/{chat}")).await
    }

    /// A page of a history.
    pub(crate) async fn page(&self, token: &str, chat: ChatId, of: PageOf) -> Result<MessagePage, Problem> {
        let query = match of {
            PageOf::Newest => String::new(),
            PageOf::Before(seq) => format!("?before={seq}"),
            PageOf::After(seq) => format!("?after={seq}&limit={MESSAGES_MAX_LIMIT}"),
            PageOf::Around(seq) => format!("?around={seq}"),
        };
        self.get(token, &format!("/api/chats/{chat}/messages{query}")).await
    }

    /// The changes of a chat's messages after a position.
    pub(crate) async fn changes(&self, token: &str, chat: ChatId, after: ChangeSeq) -> Result<ChangePage, Problem> {
        self.get(token, &format!("/api/chats/{chat}/changes?after={after}")).await
    }

    /// Retracts a message.
    pub(crate) async fn retract(&self, token: &str, chat: ChatId, seq: Seq) -> Result<Message, Problem> {
        let stored: Stored = self.post(token, &format!("/api/chats/{chat}/messages/{seq}/retract"), json!({})).await?;
        Ok(stored.message)
    }

    /// Changes a chat's status. Returns the changed chat.
    pub(crate) async fn act(&self, token: &str, chat: ChatId, act: &ChatAction) -> Result<Chat, Problem> {
        self.post(token, &format!("/api/chats/{chat}/standing"), json!(act)).await
    }

    /// The user of a session; `None` when the session has ended.
    pub(crate) async fn viewer(&self, token: &str) -> Result<Option<UserId>, Problem> {
        match self.get::<Viewer>(token, "/api/session").await {
            Ok(viewer) => Ok(Some(viewer.user.id)),
            Err(problem) if problem.code == ProblemCode::Unauthenticated => Ok(None),
            Err(problem) => Err(problem),
        }
    }

    /// Starts a chat.
    pub(crate) async fn initiate(&self, token: &str, doctor: UserId) -> Result<ChatId, Problem> {
        let initiated: Initiated = self.post(token, "/api/chats/initiate", json!({ "doctorId": doctor })).await?;
        Ok(initiated.chat_id)
    }

    /// Sends a message by REST.
    pub(crate) async fn send(
        &self,
        token: &str,
        chat: ChatId,
        client_id: ClientId,
        content: &str,
    ) -> Result<Message, Problem> {
        self.send_body(token, chat, json!({ "clientId": client_id, "content": content })).await
    }

    /// Sends a message by REST, with a complete body.
    pub(crate) async fn send_body(
        &self,
        token: &str,
        chat: ChatId,
        body: serde_json::Value,
    ) -> Result<Message, Problem> {
        let stored: Stored = self.post(token, &format!("/api/chats/{chat}/messages"), body).await?;
        Ok(stored.message)
    }

    /// Opens a socket.
    pub(crate) async fn socket(&self, token: &str) -> Result<Socket, Failure> {
        let mut request = self.url("ws", "/ws").into_client_request()?;
        let cookie = HeaderValue::from_str(&cookie(token)).map_err(|_| Failure::Program("a token".to_owned()))?;
        request.headers_mut().insert("cookie", cookie);
        let (socket, _) = connect_async(request).await?;
        Ok(socket)
    }
}

/// A stored send, and the number of tries that it took.
pub(crate) struct Sent {
    pub(crate) message: Message,
    pub(crate) tries: usize,
}

/// Repeats a send until it is stored, as any client does. Returns `None` when that takes too long.
pub(crate) async fn until_stored(
    calls: &Calls,
    token: &str,
    chat: ChatId,
    client_id: ClientId,
    content: &str,
) -> Option<Sent> {
    let begun = Instant::now();
    let mut tries = 0;
    while begun.elapsed() < STORED_WITHIN {
        tries += 1;
        match calls.send(token, chat, client_id, content).await {
            Ok(message) => return Some(Sent { message, tries }),
            Err(_) => tokio::time::sleep(TRY_AGAIN).await,
        }
    }
    None
}

/// The positions of all messages of a chat.
pub(crate) async fn history(calls: &Calls, token: &str, chat: ChatId) -> Result<BTreeMap<ClientId, Seq>, Failure> {
    Ok(whole_history(calls, token, chat).await?.into_iter().map(|message| (message.client_id, message.seq)).collect())
}

/// All messages of a chat, loaded page by page.
pub(crate) async fn whole_history(calls: &Calls, token: &str, chat: ChatId) -> Result<Vec<Message>, Failure> {
    let mut all: Vec<Message> = Vec::new();
    loop {
        let after = all.last().map_or(Seq(0), |message| message.seq);
        let page = calls.page(token, chat, PageOf::After(after)).await?;
        if page.messages.is_empty() {
            return Ok(all);
        }
        all.extend(page.messages);
    }
}

fn cookie(token: &str) -> String {
    format!("bedside_session={token}")
}

fn unreachable(_: reqwest::Error) -> Problem {
    ProblemCode::Unreachable.into()
}

async fn read<T: DeserializeOwned>(answer: reqwest::Response) -> Result<T, Problem> {
    let is_good = answer.status().is_success();
    let body = answer.text().await.map_err(unreachable)?;
    if is_good {
        return serde_json::from_str(&body).map_err(|_| ProblemCode::Unreachable.into());
    }
    Err(serde_json::from_str::<Problem>(&body).unwrap_or_else(|_| ProblemCode::Unreachable.into()))
}
