//! The NATS server, which a run kills and starts again. It has no state.

use crate::Failure;
use std::{net::SocketAddr, process::Stdio, time::Duration};
use tokio::{
    net::{TcpListener, TcpStream},
    process::{Child, Command},
};

/// A start that takes longer than this has failed.
const START_WITHIN: Duration = Duration::from_secs(10);
/// Time between two checks of whether the server listens.
const CHECK_EVERY: Duration = Duration::from_millis(20);

/// A NATS server on its own port.
pub(super) struct Nats {
    pub(super) addr: SocketAddr,
    child: Child,
}

impl Nats {
    /// Starts a server.
    pub(super) async fn start() -> Result<Self, Failure> {
        let free = TcpListener::bind("127.0.0.1:0").await?;
        let addr = free.local_addr()?;
        drop(free);
        Ok(Self { addr, child: launch(addr).await? })
    }

    /// Kills the server.
    pub(super) async fn kill(&mut self) -> Result<(), Failure> {
        Ok(self.child.kill().await?)
    }

    /// Starts the server on the same port again.
    pub(super) async fn start_again(&mut self) -> Result<(), Failure> {
        self.child = launch(self.addr).await?;
        Ok(())
    }
}

async fn launch(addr: SocketAddr) -> Result<Child, Failure> {
    let port = addr.port().to_string();
    let child = Command::new("nats-server")
        .args(["-a", "127.0.0.1", "-p", &port])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| Failure::Program(format!("nats-server (scripts/nats.sh installs it): {error}")))?;
    let listening = async {
        while TcpStream::connect(addr).await.is_err() {
            tokio::time::sleep(CHECK_EVERY).await;
        }
    };
    let within = tokio::time::timeout(START_WITHIN, listening).await;
    within.map_err(|_| Failure::Program("nats-server did not listen in time".to_owned()))?;
    Ok(child)
}
