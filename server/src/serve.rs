//! The accept loop: HTTP/1.1 with upgrades, a limit on how long a request's head may take, and a stop that
//! loses nothing.

use crate::{live::sweep, router, state::AppState};
use axum::{Router, extract::ConnectInfo};
use http::Request;
use hyper::body::Incoming;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto, graceful::GracefulShutdown},
};
use std::{future::Future, net::SocketAddr, time::Duration};
use tokio::net::{TcpListener, TcpStream};
use tower::{Service, ServiceExt};

/// A request's head must be complete within this (slowloris).
const HEAD_WITHIN: Duration = Duration::from_secs(10);
/// Time given to running requests and sockets when the program stops.
const STOP_WITHIN: Duration = Duration::from_secs(6);
/// Time given to writes after that.
const FINISH_WRITES_WITHIN: Duration = Duration::from_secs(3);
/// Pause after a failed accept (no file descriptors left), so as not to spin.
const ACCEPT_RETRY: Duration = Duration::from_millis(100);

/// Serves until `stop` resolves, then closes sockets with 1001 and finishes running requests and writes.
pub async fn serve(
    state: AppState,
    listener: TcpListener,
    stop: impl Future<Output = ()> + Send,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let router = router::build(&state)?;
    let graceful = GracefulShutdown::new();
    let sweep = tokio::spawn(sweep::run(state.clone()));
    tokio::pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => connection(stream, peer, &router, &graceful),
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(ACCEPT_RETRY).await;
                }
            },
        }
    }
    drop(listener);
    sweep.abort();
    state.live.close_all();
    state.sockets.close();
    state.writes.close();
    let connections = async { tokio::join!(graceful.shutdown(), state.sockets.wait()) };
    if tokio::time::timeout(STOP_WITHIN, connections).await.is_err() {
        tracing::warn!(seconds = STOP_WITHIN.as_secs(), "stopping although some connections did not end in time");
    }
    // A write that was begun is finished, whoever hung up meanwhile.
    if tokio::time::timeout(FINISH_WRITES_WITHIN, state.writes.wait()).await.is_err() {
        tracing::error!("stopping although a write did not end in time");
    }
    Ok(())
}

fn connection(stream: TcpStream, peer: SocketAddr, router: &Router, graceful: &GracefulShutdown) {
    // Small frames must not wait for each other (Nagle).
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY could not be set");
    }
    let router = router.clone();
    let service = hyper::service::service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        let mut router = router.clone();
        async move { router.as_service().ready().await?.call(request).await }
    });
    let mut builder = auto::Builder::new(TokioExecutor::new()).http1_only();
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_WITHIN);
    let connection = builder.serve_connection_with_upgrades(TokioIo::new(stream), service).into_owned();
    let connection = graceful.watch(connection);
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(error, "a connection ended early");
        }
    });
}
