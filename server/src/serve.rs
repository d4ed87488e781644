//! The accept loop: HTTP/1.1 with upgrades, time limits for receiving a request's head and for
//! sending a response, and a stop that loses no accepted write.

mod pace;

use crate::{
    config::Pace,
    live::{bus, permit::ConnectionPermit},
    router,
    state::AppState,
    tasks,
};
use axum::{Router, extract::ConnectInfo};
use http::Request;
use hyper::body::Incoming;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto, graceful::GracefulShutdown},
};
use pace::Paced;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use socket2::SockRef;
use std::{future::Future, net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    io::AsyncWriteExt,
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, mpsc},
};
use tower::{Service, ServiceExt};

/// A request's head must be complete within this time (slowloris).
const HEAD_WITHIN: Duration = Duration::from_secs(10);
/// Time for running requests and sockets to end when the program stops.
const STOP_WITHIN: Duration = Duration::from_secs(6);
/// Time for writes to end after that.
const FINISH_WRITES_WITHIN: Duration = Duration::from_secs(3);
/// File descriptors reserved for the database and everything else that isn't a connection.
const RESERVED_FILES: u64 = 128;
/// Refused connections that may be answered at a time. Further ones are only closed.
const TURNED_AWAY_MAX: usize = 64;
/// Time for a refused connection to take the answer.
const TURN_AWAY_WITHIN: Duration = Duration::from_secs(1);
/// The answer to a connection over the limit.
const FULL: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/problem+json\r\nretry-after: 5\r\n\
    connection: close\r\ncontent-length: 53\r\n\r\n{\"code\":\"overloaded\",\"status\":503,\"title\":\"Too busy\"}";
/// Largest head of a request, in bytes, and roughly the most that a connection buffers of a
/// response that the client does not take.
const BUFFER_MAX_BYTES: usize = 64 * 1024;
/// Bytes that the kernel accepts beyond those under way in the network. With a small limit, the
/// speed at which the kernel accepts bytes shows how fast the client takes them.
const UNSENT_MAX_BYTES: u32 = 16 * 1024;
/// Pause after a failed accept (no file descriptors left), so that the loop does not spin.
const ACCEPT_RETRY: Duration = Duration::from_millis(100);

/// Serves until `stop` resolves. Then it closes sockets with 1001 and finishes running requests and
/// writes. `incoming` receives the events of other nodes; `None` without a bus.
pub async fn serve(
    state: AppState,
    incoming: Option<mpsc::Receiver<bus::Incoming>>,
    listener: TcpListener,
    stop: impl Future<Output = ()> + Send,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let router = router::build(&state)?;
    let graceful = GracefulShutdown::new();
    let background = tasks::spawn_all(&state, incoming);
    let (room, permits) = (Arc::new(Semaphore::new(connections_max())), Arc::new(Semaphore::new(TURNED_AWAY_MAX)));
    tokio::pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => match Arc::clone(&room).try_acquire_owned() {
                    Ok(permit) => connection(paced(stream, state.config.pace), peer, &router, &graceful, permit),
                    Err(_) => turn_away(stream, &permits),
                },
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(ACCEPT_RETRY).await;
                }
            },
        }
    }
    drop(listener);
    for task in background {
        task.abort();
    }
    state.live.close_all();
    state.sockets.close();
    state.writes.close();
    let connections = async { tokio::join!(graceful.shutdown(), state.sockets.wait()) };
    if tokio::time::timeout(STOP_WITHIN, connections).await.is_err() {
        tracing::warn!(seconds = STOP_WITHIN.as_secs(), "stopping although some connections did not end in time");
    }
    // A write that has begun is finished even if its client has disconnected.
    if tokio::time::timeout(FINISH_WRITES_WITHIN, state.writes.wait()).await.is_err() {
        tracing::error!("stopping although a write did not end in time");
    }
    Ok(())
}

/// The number of connections for which there are file descriptors. The soft limit is first raised
/// to the hard one, because a usual soft limit of 1,024 is enough only for a small clinic.
fn connections_max() -> usize {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    let files = match setrlimit(Resource::Nofile, raised) {
        Ok(()) => limit.maximum,
        Err(error) => {
            tracing::warn!(%error, "the limit on open files could not be raised");
            limit.current
        }
    };
    // Without a limit on files, the semaphore's own maximum applies.
    let files = files.and_then(|files| usize::try_from(files.saturating_sub(RESERVED_FILES)).ok());
    files.unwrap_or(Semaphore::MAX_PERMITS).clamp(1, Semaphore::MAX_PERMITS)
}

/// Answers a connection over the limit with 503.
fn turn_away(mut stream: TcpStream, permits: &Arc<Semaphore>) {
    if let Ok(permit) = Arc::clone(permits).try_acquire_owned() {
        tokio::spawn(async move {
            // Best effort: the client may have disconnected.
            let _ = tokio::time::timeout(TURN_AWAY_WITHIN, stream.write_all(FULL)).await;
            drop(permit);
        });
    }
}

fn paced(stream: TcpStream, pace: Pace) -> Paced<TcpStream> {
    // Small frames must not wait for each other (Nagle).
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY could not be set");
    }
    if let Err(error) = SockRef::from(&stream).set_tcp_notsent_lowat(UNSENT_MAX_BYTES) {
        tracing::debug!(%error, "TCP_NOTSENT_LOWAT could not be set");
    }
    Paced::new(stream, pace)
}

fn connection(
    stream: Paced<TcpStream>,
    peer: SocketAddr,
    router: &Router,
    graceful: &GracefulShutdown,
    permit: OwnedSemaphorePermit,
) {
    let (router, permit) = (router.clone(), ConnectionPermit::new(permit));
    let service = hyper::service::service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        // An upgraded socket keeps its permit for as long as it is open.
        request.extensions_mut().insert(permit.clone());
        let mut router = router.clone();
        async move { router.as_service().ready().await?.call(request).await }
    });
    let mut builder = auto::Builder::new(TokioExecutor::new()).http1_only();
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_WITHIN).max_buf_size(BUFFER_MAX_BYTES);
    let connection = builder.serve_connection_with_upgrades(TokioIo::new(stream), service).into_owned();
    let connection = graceful.watch(connection);
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(error, "a connection ended early");
        }
    });
}
