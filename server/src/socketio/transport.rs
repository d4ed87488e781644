//! The HTTP side of Socket.IO: who may open a session, and which session a request belongs to. The
//! crate `socketioxide` implements the protocol itself.

use crate::{
    auth::{Viewer, session::Credential},
    http::{ApiResult, HttpProblem, check_socket_origin, extract::MaybeViewer},
    live::permit::ConnectionPermit,
    socketio::{
        FRAME_MAX_BYTES, PATH,
        abortable_stream::{AbortHandle, AbortableStream},
        session::{Caller, Session},
    },
    state::AppState,
};
use app::protocol::{Problem, ProblemCode};
use axum::{
    Extension, Json, Router,
    body::Body,
    extract::{FromRequestParts, Query, Request, State},
    response::{IntoResponse, Response},
};
use dashmap::DashMap;
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use serde_json::json;
use socketioxide::service::SocketIoService;
use std::sync::{Arc, Weak, atomic::Ordering};
use tower::ServiceExt;
use tungstenite::handshake::derive_accept_key;

/// When a user over the limit of sockets may try again, in seconds.
const RETRY_AFTER_S: u64 = 30;
/// Ended sessions are removed from the map each time it has grown by this number of entries.
const FORGET_EVERY: usize = 256;

/// The protocol's service. Its inner router has no routes, so other requests get 404.
type Service = SocketIoService<Router>;

/// The protocol's service, and the polling sessions that are open.
#[derive(Clone)]
pub(super) struct Transport {
    service: Service,
    polling: Arc<DashMap<String, Weak<Session>>>,
}

/// The query parameters that the server checks. The protocol handles the others.
#[derive(Deserialize)]
pub(super) struct HandshakeQuery {
    sid: Option<String>,
    transport: Option<String>,
    #[serde(rename = "EIO")]
    version: Option<String>,
}

impl Transport {
    pub(super) fn new(service: Service) -> Self {
        Self { service, polling: Arc::default() }
    }

    /// The open polling session with this id.
    fn session(&self, sid: &str) -> Option<Arc<Session>> {
        self.polling.get(sid).and_then(|session| session.upgrade())
    }

    fn remember(&self, sid: &str, caller: &Caller) {
        if self.polling.len() % FORGET_EVERY == FORGET_EVERY - 1 {
            self.polling.retain(|_, session| session.strong_count() > 0);
        }
        self.polling.insert(sid.to_owned(), Arc::downgrade(&caller.0));
    }

    async fn call(&self, mut request: Request) -> Response {
        // Removed so that `socketioxide` can't upgrade the connection itself: an upgrade must use
        // an [`AbortableStream`].
        request.extensions_mut().remove::<OnUpgrade>();
        match self.service.clone().oneshot(request).await {
            Ok(response) => response.into_response(),
            Err(never) => match never {},
        }
    }

    /// Ends a polling session in the protocol, by posting a close packet on the client's behalf.
    async fn close(&self, sid: &str) {
        self.polling.remove(sid);
        let uri = format!("{PATH}/?EIO=4&transport=polling&sid={sid}");
        let body = Body::from("1");
        let request = http::Request::builder().method(Method::POST).uri(uri);
        if let Ok(request) = request.header(header::CONTENT_TYPE, "text/plain;charset=UTF-8").body(body) {
            // A session that has switched to WebSocket can't be closed like this. It ends when its
            // stream is cut.
            self.call(request).await;
        }
    }
}

/// Handles every request of a Socket.IO client. 401 without a session, 403 from a foreign page, 429
/// over the limit of sockets.
pub(super) async fn handshake(
    State(state): State<AppState>,
    Extension(door): Extension<Transport>,
    Query(ask): Query<HandshakeQuery>,
    request: Request,
) -> ApiResult<Response> {
    let (mut parts, body) = request.into_parts();
    check_socket_origin(&state.config, &parts.headers)?;
    let is_websocket = match ask.transport.as_deref() {
        Some("websocket") => true,
        Some("polling") => false,
        _ => return Err(ProblemCode::NotFound.into()),
    };
    // The protocol parses the address again. It must not find anything there that was not checked
    // here.
    parts.uri = address(&ask, is_websocket).ok_or(ProblemCode::NotFound)?;
    let Some(sid) = ask.sid else {
        let MaybeViewer(viewer) = MaybeViewer::from_request_parts(&mut parts, &state).await?;
        let viewer = viewer.ok_or(ProblemCode::Unauthenticated)?;
        if !state.live.has_room(viewer.user.id, state.config.sockets_per_user) {
            return Err(Problem::rate_limited(RETRY_AFTER_S).into());
        }
        let request = Request::from_parts(parts, body);
        return if is_websocket {
            open_socket(&state, &door, viewer, request)
        } else {
            Ok(open(&state, &door, viewer, request).await)
        };
    };
    // Clients poll even while their user is away, so polling does not count as a use of the
    // session.
    let viewer = match Credential::from_headers(&parts.headers, state.config.cookie()) {
        Some(credential) => state.accounts.viewer_by_itself(&credential).await?,
        None => None,
    };
    let viewer = viewer.ok_or(ProblemCode::Unauthenticated)?;
    match door.session(&sid) {
        Some(session) if session.viewer.token_hash == viewer.token_hash => {
            let request = Request::from_parts(parts, body);
            if is_websocket { upgrade(&door, &session, request) } else { Ok(door.call(request).await) }
        }
        // Another user's session gets the same answer as an unknown one.
        _ => Ok(unknown_session()),
    }
}

fn address(ask: &HandshakeQuery, is_websocket: bool) -> Option<Uri> {
    let is_plain = |sid: &str| sid.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    let version = ask.version.as_deref().filter(|version| version.bytes().all(|byte| byte.is_ascii_digit()))?;
    let transport = if is_websocket { "websocket" } else { "polling" };
    let sid = match ask.sid.as_deref() {
        None => String::new(),
        Some(sid) if is_plain(sid) => format!("&sid={sid}"),
        Some(_) => return None,
    };
    format!("{PATH}/?EIO={version}&transport={transport}{sid}").parse().ok()
}

/// The answer that the protocol's own servers give.
fn unknown_session() -> Response {
    (StatusCode::BAD_REQUEST, Json(json!({ "code": 1, "message": "Session ID unknown" }))).into_response()
}

/// Opens a polling session, and stores it under the id that the protocol gave it.
async fn open(state: &AppState, door: &Transport, viewer: Viewer, mut request: Request) -> Response {
    #[derive(Deserialize)]
    struct Opened {
        sid: String,
    }
    let caller = Caller::register(state, viewer);
    request.extensions_mut().insert(caller.clone());
    let (parts, body) = door.call(request).await.into_parts();
    let Ok(body) = axum::body::to_bytes(body, FRAME_MAX_BYTES).await else {
        return HttpProblem::from(ProblemCode::Internal).into_response();
    };
    // An open packet: its kind, `0`, and its data in JSON.
    let opened = body.strip_prefix(b"0").and_then(|packet| serde_json::from_slice::<Opened>(packet).ok());
    if let Some(Opened { sid }) = opened {
        door.remember(&sid, &caller);
        let (door, watch) = (door.clone(), caller.watch());
        state.sockets.spawn(async move {
            watch.await;
            door.close(&sid).await;
        });
    }
    Response::from_parts(parts, Body::from(body))
}

/// Opens a session that uses a WebSocket from the start.
fn open_socket(state: &AppState, door: &Transport, viewer: Viewer, mut request: Request) -> ApiResult<Response> {
    let switch = Switch::take(&mut request)?;
    let caller = Caller::register(state, viewer);
    state.sockets.spawn(caller.watch());
    let hold = caller.0.hold();
    request.extensions_mut().insert(caller);
    Ok(switch.run(door, request, hold))
}

/// Switches a polling session to a WebSocket.
fn upgrade(door: &Transport, session: &Session, mut request: Request) -> ApiResult<Response> {
    let switch = Switch::take(&mut request)?;
    if session.is_socket.swap(true, Ordering::AcqRel) {
        return Err(ProblemCode::UpgradeRequired.into());
    }
    Ok(switch.run(door, request, session.hold()))
}

/// A request to switch to WebSocket (RFC 6455, section 4.2.1).
struct Switch {
    on_upgrade: OnUpgrade,
    accept: HeaderValue,
}

impl Switch {
    fn take(request: &mut Request) -> Result<Self, ProblemCode> {
        let headers = request.headers();
        let key = headers.get(header::SEC_WEBSOCKET_KEY).filter(|_| is_handshake(request.method(), headers));
        let accept = key.and_then(|key| HeaderValue::try_from(derive_accept_key(key.as_bytes())).ok());
        let on_upgrade = request.extensions_mut().remove::<OnUpgrade>();
        match (on_upgrade, accept) {
            (Some(on_upgrade), Some(accept)) => Ok(Self { on_upgrade, accept }),
            _ => Err(ProblemCode::UpgradeRequired),
        }
    }

    /// Answers 101, and passes the upgraded connection to the protocol.
    fn run(self, door: &Transport, request: Request, hold: AbortHandle) -> Response {
        let Self { on_upgrade, accept } = self;
        let (mut service, request) = (door.service.clone(), request.map(drop));
        let permit = request.extensions().get::<ConnectionPermit>().cloned();
        tokio::spawn(async move {
            match on_upgrade.await {
                Ok(upgraded) => {
                    let stream = AbortableStream::new(TokioIo::new(upgraded), hold, permit);
                    // The protocol serves the stream in a task of its own from here.
                    if let Err(error) = tower::Service::call(&mut service, (stream, request)).await {
                        tracing::debug!(%error, "a Socket.IO request could not be read");
                    }
                }
                Err(error) => {
                    hold.connection.gone();
                    tracing::debug!(%error, "a connection could not be upgraded to a WebSocket");
                }
            }
        });
        let headers = [
            (header::CONNECTION, HeaderValue::from_static("upgrade")),
            (header::UPGRADE, HeaderValue::from_static("websocket")),
            (header::SEC_WEBSOCKET_ACCEPT, accept),
        ];
        (StatusCode::SWITCHING_PROTOCOLS, headers).into_response()
    }
}

fn is_handshake(method: &Method, headers: &HeaderMap) -> bool {
    let has = |name, token: &str| {
        let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
        values.flat_map(|value| value.split(',')).any(|value| value.trim().eq_ignore_ascii_case(token))
    };
    method == Method::GET
        && has(header::CONNECTION, "upgrade")
        && has(header::UPGRADE, "websocket")
        && has(header::SEC_WEBSOCKET_VERSION, "13")
}
