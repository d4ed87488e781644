//! A WebSocket server that sends back what it receives: what axum can do when nothing is stored.

use crate::{
    error::BenchError,
    frame,
    ids::ClientIds,
    process::{CpuMeter, CpuShare, Process},
    socket::Socket,
    stats::{Recorder, Summary, Window, as_f64},
    wire::WireError,
};
use axum::{
    Router,
    extract::{WebSocketUpgrade, ws::WebSocket},
    response::Response,
    routing::get,
    serve::ListenerExt,
};
use futures::{StreamExt, TryStreamExt, stream};
use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::{net::TcpListener, process::Command, task::JoinSet, time::sleep};

/// The subcommand that runs this server in its own process, so that its memory can be measured
/// separately.
pub(crate) const SUBCOMMAND: &str = "echo";
/// The size that the server also uses, in bytes.
const READ_BUFFER_BYTES: usize = 4 * 1024;
/// Number of connections in the closed loop.
const CONNECTIONS: u64 = 100;
/// Number of sockets that connect at the same time before memory is measured.
const CONNECTING: usize = 64;
/// Wait before memory is measured.
const PAUSE: Duration = Duration::from_secs(1);

/// Serves until it is stopped.
pub(crate) async fn serve() -> Result<(), BenchError> {
    let listener = TcpListener::bind("127.0.0.1:0").await.map_err(BenchError::io("listening"))?;
    let addr = listener.local_addr().map_err(BenchError::io("listening"))?;
    println!("listening on http://{addr}");
    let listener = listener.tap_io(|stream| {
        // Without this option small frames wait for each other (Nagle). If it fails, the result
        // shows it.
        let _ = stream.set_nodelay(true);
    });
    let router = Router::new().route("/ws", get(upgrade));
    axum::serve(listener, router).await.map_err(BenchError::io("serving"))
}

async fn upgrade(upgrade: WebSocketUpgrade) -> Response {
    upgrade.read_buffer_size(READ_BUFFER_BYTES).write_buffer_size(0).on_upgrade(echo)
}

async fn echo(mut socket: WebSocket) {
    while let Some(Ok(message)) = socket.recv().await {
        if socket.send(message).await.is_err() {
            return;
        }
    }
}

/// The result of the bare echo server.
#[derive(Debug)]
pub(crate) struct EchoResult {
    /// Round trips per second.
    pub(crate) per_second: f64,
    /// The duration of a round trip.
    pub(crate) latency: Summary,
    /// Memory of the echo server per idle socket, in kB.
    pub(crate) rss_kb_per_socket: f64,
    /// Processor time during the closed loop.
    pub(crate) cpu: CpuShare,
}

/// Measures the bare echo server: first a closed loop for this time, then this many idle sockets.
pub(crate) async fn measure(warm_up: Duration, measured: Duration, sockets: u32) -> Result<EchoResult, BenchError> {
    let program = std::env::current_exe().map_err(BenchError::io("finding this program"))?;
    let start = || async { Process::start(Command::new(&program).arg(SUBCOMMAND)).await };
    let server = start().await?;
    let meter = CpuMeter::start(server.pid)?;
    let (per_second, latency) = closed_loop(server.addr, Window::starting_now(warm_up, measured)).await?;
    let cpu = meter.share()?;
    server.stop().await?;
    // A new server, because a process does not return memory that load has used.
    let server = start().await?;
    let rss_kb_per_socket = idle_memory(&server, sockets).await?;
    server.stop().await?;
    Ok(EchoResult { per_second, latency, rss_kb_per_socket, cpu })
}

async fn closed_loop(addr: SocketAddr, window: Window) -> Result<(f64, Summary), BenchError> {
    let latency = Arc::new(Recorder::new()?);
    let done = Arc::new(AtomicU64::new(0));
    let mut tasks = JoinSet::new();
    for connection in 0..CONNECTIONS {
        let socket = Socket::upgrade(addr, None).await?;
        tasks.spawn(talk(socket, connection, window, Arc::clone(&latency), Arc::clone(&done)));
    }
    while let Some(ended) = tasks.join_next().await {
        ended??;
    }
    Ok((window.per_second(done.load(Ordering::Relaxed)), latency.summary()))
}

async fn talk(
    mut socket: Socket,
    connection: u64,
    window: Window,
    latency: Arc<Recorder>,
    done: Arc<AtomicU64>,
) -> Result<(), WireError> {
    let mut text = Vec::new();
    frame::write_send(&mut text, ClientIds::new(connection).id(0), 1);
    let mut sent = Instant::now();
    while sent < window.to {
        socket.queue(&text);
        socket.flush().await?;
        socket.receive().await?;
        let now = Instant::now();
        if window.counts(now) {
            latency.record(now - sent);
            done.fetch_add(1, Ordering::Relaxed);
        }
        sent = now;
    }
    Ok(())
}

async fn idle_memory(server: &Process, sockets: u32) -> Result<f64, BenchError> {
    let before = server.rss_kb()?;
    let idle: Vec<Socket> = stream::iter(0..sockets)
        .map(|_| Socket::upgrade(server.addr, None))
        .buffer_unordered(CONNECTING)
        .try_collect()
        .await?;
    sleep(PAUSE).await;
    let after = server.rss_kb()?;
    drop(idle);
    Ok(as_f64(after.saturating_sub(before)) / f64::from(sockets.max(1)))
}
