//! One Socket.IO session: its user, and its registration among the connected sockets.

use crate::{
    auth::{Viewer, session::LastUse},
    live::{CloseReason, Connection},
    socketio::abortable_stream::AbortHandle,
    state::AppState,
    ws::limits::SocketLimits,
};
use std::{
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};
use tokio_util::sync::CancellationToken;

/// Time for a client to take the packet that disconnects it.
const GOODBYE_WITHIN: Duration = Duration::from_secs(1);

/// The session, held in the extensions of the request that opened it. It lives as long as the
/// protocol keeps that request.
#[derive(Clone)]
pub(super) struct Caller(pub(super) Arc<Session>);

/// The state of a session; see [`Caller`].
pub(super) struct Session {
    pub(super) state: AppState,
    pub(super) viewer: Viewer,
    pub(super) connection: Arc<Connection>,
    pub(super) limits: SocketLimits,
    pub(super) last_use: LastUse,
    /// Whether a WebSocket has replaced polling, or is about to.
    pub(super) is_socket: AtomicBool,
    /// Cancelled when the session's transport has to be cut.
    pub(super) cut: CancellationToken,
}

impl Caller {
    /// Registers the session. From now on its user's frames are queued for it.
    pub(super) fn register(state: &AppState, viewer: Viewer) -> Self {
        // A session renders no pages, so it needs no outbox key.
        let viewer = Viewer { outbox_key: None, ..viewer };
        let connection = state.live.join(viewer.user.id, &viewer.token_hash);
        state.metrics.sockets.inc();
        if !state.live.has_room(viewer.user.id, state.config.sockets_per_user + 1) {
            // Several sessions were opened at once and passed the earlier check.
            connection.end(CloseReason::Policy);
        }
        Self(Arc::new(Session {
            limits: SocketLimits::new(state.config.limit_scale),
            state: state.clone(),
            viewer,
            connection,
            last_use: LastUse::default(),
            is_socket: AtomicBool::new(false),
            cut: CancellationToken::new(),
        }))
    }

    /// A future that waits for the session's end and then cuts its transport. It does not keep the
    /// session alive.
    pub(super) fn watch(&self) -> impl Future<Output = ()> + Send + use<> {
        let (connection, cut) = (Arc::clone(&self.0.connection), self.0.cut.clone());
        async move {
            connection.ended().await;
            if matches!(connection.reason(), Some(CloseReason::SessionEnded | CloseReason::Policy)) {
                // These clients must not connect again. They receive a disconnect packet, for which
                // the transport has to stay open.
                tokio::time::sleep(GOODBYE_WITHIN).await;
            }
            cut.cancel();
        }
    }
}

impl Session {
    /// The handle that the session's stream needs.
    pub(super) fn hold(&self) -> AbortHandle {
        AbortHandle { cut: self.cut.clone(), connection: Arc::clone(&self.connection) }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.connection.gone();
        self.state.live.leave(&self.connection);
        self.state.metrics.sockets.dec();
        self.state.metrics.sockets_ended.get_or_create(&self.connection.reason().into()).inc();
    }
}
