//! One Socket.IO session as the program sees it: whose it is, and its place among the connected sockets.

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

/// Time given to a client to take the packet that says goodbye.
const GOODBYE_WITHIN: Duration = Duration::from_secs(1);

/// Lives as long as the session does, in the extensions of the request that opened it.
#[derive(Clone)]
pub(super) struct Caller(pub(super) Arc<Session>);

/// See [`Caller`].
pub(super) struct Session {
    pub(super) state: AppState,
    pub(super) viewer: Viewer,
    pub(super) connection: Arc<Connection>,
    pub(super) limits: SocketLimits,
    pub(super) last_use: LastUse,
    /// Whether a WebSocket has taken over from polling, or is about to.
    pub(super) is_socket: AtomicBool,
    /// Cancelled: its transport is to be cut.
    pub(super) cut: CancellationToken,
}

impl Caller {
    /// Registers the session: from now on it gets its user's frames.
    pub(super) fn register(state: &AppState, viewer: Viewer) -> Self {
        // It does not render pages.
        let viewer = Viewer { outbox_key: None, ..viewer };
        let connection = state.live.join(viewer.user.id, &viewer.token_hash);
        state.metrics.sockets.inc();
        if !state.live.has_room(viewer.user.id, state.config.sockets_per_user + 1) {
            // Several came in at once, past the check before.
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

    /// What waits for the session's end and then cuts its transport. Does not keep it alive.
    pub(super) fn watch(&self) -> impl Future<Output = ()> + Send + use<> {
        let (connection, cut) = (Arc::clone(&self.0.connection), self.0.cut.clone());
        async move {
            connection.ended().await;
            if matches!(connection.reason(), Some(CloseReason::SessionEnded | CloseReason::Policy)) {
                // These are told not to come back, and need the line for it.
                tokio::time::sleep(GOODBYE_WITHIN).await;
            }
            cut.cancel();
        }
    }
}

impl Session {
    /// For its line.
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
