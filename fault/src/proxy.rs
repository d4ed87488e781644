//! An unreliable network: a TCP proxy that cuts, delays and splits connections, lets them overtake
//! each other, and drops one direction. The run's seed determines what happens to each connection.
//! In front of several servers it is a load balancer: a connection goes to any server that accepts
//! it. Between two programs it is a link that can be cut and held.

use crate::counts::Counts;
use rand::{Rng, SeedableRng, rngs::StdRng, seq::SliceRandom};
use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::sync::watch;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
};
use tokio_util::sync::CancellationToken;

/// The most bytes carried at a time.
const BUFFER_BYTES: usize = 16 * 1024;

/// A handle on the proxy.
#[derive(Clone)]
pub(crate) struct Proxy {
    /// The address to which clients connect.
    pub(crate) addr: SocketAddr,
    inner: Arc<Inner>,
}

/// The state of a link.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Gate {
    /// The link carries data.
    #[default]
    Open,
    /// The link refuses new connections.
    Shut,
    /// The link accepts connections and carries nothing, as after a network partition. Data sent
    /// meanwhile arrives when the link is open again.
    Held,
}

struct Inner {
    servers: Vec<SocketAddr>,
    gate: watch::Sender<Gate>,
    is_bad: AtomicBool,
    rng: Mutex<StdRng>,
    /// Cancelled to end every open connection.
    cut: Mutex<CancellationToken>,
    counts: Arc<Counts>,
}

/// What the proxy does to a connection.
#[derive(Clone, Copy, Debug)]
struct Fate {
    /// Delay before anything is carried, so that later connections overtake.
    wait: Duration,
    /// Delay of each piece in each direction.
    delay: Duration,
    /// Largest piece, in bytes.
    slice: usize,
    /// How the connection ends, after this many bytes in one direction.
    end: Option<(usize, End)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// The proxy resets the connection.
    Cut,
    /// The proxy drops all further data in this direction. The other direction still works.
    Swallow,
}

impl Fate {
    const GOOD: Self = Self { wait: Duration::ZERO, delay: Duration::ZERO, slice: BUFFER_BYTES, end: None };
}

impl Proxy {
    /// Listens on a free port and forwards to these servers until the runtime ends.
    pub(crate) async fn start(servers: Vec<SocketAddr>, seed: u64, counts: Arc<Counts>) -> std::io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let addr = listener.local_addr()?;
        let inner = Arc::new(Inner {
            servers,
            gate: watch::Sender::default(),
            is_bad: AtomicBool::new(false),
            rng: Mutex::new(StdRng::seed_from_u64(seed)),
            cut: Mutex::new(CancellationToken::new()),
            counts,
        });
        let proxy = Self { addr, inner };
        let carrier = proxy.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(carrier.clone().carry(client));
            }
        });
        Ok(proxy)
    }

    /// A link to one server, without faults of its own.
    pub(crate) async fn link(server: SocketAddr) -> std::io::Result<Self> {
        Self::start(vec![server], 0, Arc::default()).await
    }

    /// Opens, shuts or holds the link. Shutting it cuts the open connections.
    pub(crate) fn set_gate(&self, gate: Gate) {
        self.inner.gate.send_replace(gate);
        if gate == Gate::Shut {
            self.cut_all();
        }
    }

    /// Sets whether new connections get faults.
    pub(crate) fn set_bad(&self, is_bad: bool) {
        self.inner.is_bad.store(is_bad, Ordering::SeqCst);
    }

    /// Cuts every connection.
    pub(crate) fn cut_all(&self) {
        let mut cut = self.inner.cut.lock().unwrap_or_else(PoisonError::into_inner);
        cut.cancel();
        *cut = CancellationToken::new();
    }

    fn fate(&self) -> Fate {
        if !self.inner.is_bad.load(Ordering::SeqCst) {
            return Fate::GOOD;
        }
        let mut rng = self.inner.rng.lock().unwrap_or_else(PoisonError::into_inner);
        let mut fate = Fate::GOOD;
        let counts = &self.inner.counts;
        if rng.random_bool(0.3) {
            counts.add("connections overtaken");
            fate.wait = Duration::from_millis(rng.random_range(1..300));
        }
        if rng.random_bool(0.3) {
            counts.add("connections delayed");
            fate.delay = Duration::from_millis(rng.random_range(1..40));
        }
        if rng.random_bool(0.2) {
            counts.add("connections sliced");
            fate.slice = rng.random_range(1..60);
        }
        if rng.random_bool(0.35) {
            let end = if rng.random_bool(0.6) { End::Cut } else { End::Swallow };
            fate.end = Some((rng.random_range(0..6_000), end));
        }
        fate
    }

    /// Connects to any server that accepts.
    async fn connect(&self) -> Option<TcpStream> {
        let mut servers = self.inner.servers.clone();
        servers.shuffle(&mut *self.inner.rng.lock().unwrap_or_else(PoisonError::into_inner));
        for server in servers {
            if let Ok(stream) = TcpStream::connect(server).await {
                return Some(stream);
            }
        }
        None
    }

    async fn carry(self, client: TcpStream) {
        if *self.inner.gate.borrow() == Gate::Shut {
            return;
        }
        let fate = self.fate();
        let cut = self.inner.cut.lock().unwrap_or_else(PoisonError::into_inner).clone();
        tokio::time::sleep(fate.wait).await;
        // No server accepts, so the client sees its connection close.
        let Some(server) = self.connect().await else { return };
        let (_, _) = (client.set_nodelay(true), server.set_nodelay(true));
        let ((client_in, client_out), (server_in, server_out)) = (client.into_split(), server.into_split());
        // Only one direction gets the drawn end. A second one would have no further effect.
        let is_upward = self.inner.rng.lock().unwrap_or_else(PoisonError::into_inner).random_bool(0.5);
        let (up, down) =
            if is_upward { (fate, Fate { end: None, ..fate }) } else { (Fate { end: None, ..fate }, fate) };
        tokio::select! {
            () = cut.cancelled() => {}
            () = self.pump(client_in, server_out, up) => {}
            () = self.pump(server_in, client_out, down) => {}
        }
    }

    /// Carries one direction. Returns when the whole connection must end.
    async fn pump(&self, mut from: OwnedReadHalf, mut to: OwnedWriteHalf, fate: Fate) {
        let mut buffer = vec![0; BUFFER_BYTES];
        let mut carried = 0;
        let mut gate = self.inner.gate.subscribe();
        loop {
            let count = match from.read(&mut buffer).await {
                Ok(0) | Err(_) => return,
                Ok(count) => count,
            };
            for piece in buffer.get(..count).unwrap_or_default().chunks(fate.slice.max(1)) {
                match fate.end {
                    Some((after, End::Cut)) if carried >= after => return self.inner.counts.add("connections cut"),
                    Some((after, End::Swallow)) if carried >= after => {
                        self.inner.counts.add("directions swallowed");
                        while !matches!(from.read(&mut buffer).await, Ok(0) | Err(_)) {}
                        return std::future::pending().await;
                    }
                    _ => {}
                }
                if !fate.delay.is_zero() {
                    tokio::time::sleep(fate.delay).await;
                }
                if gate.wait_for(|gate| *gate != Gate::Held).await.is_err() || to.write_all(piece).await.is_err() {
                    return;
                }
                carried += piece.len();
            }
        }
    }
}
