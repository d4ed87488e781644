//! A NATS server of one test.

use super::DEADLINE;
use std::{net::SocketAddr, process::Stdio};
use tokio::{
    net::{TcpListener, TcpStream},
    process::{Child, Command},
};
use url::Url;

/// A NATS server on its own port. It stops when this is dropped.
pub(crate) struct Nats {
    addr: SocketAddr,
    child: Child,
}

impl Nats {
    /// Starts a server that accepts any client.
    pub(crate) async fn start() -> Self {
        let addr = free_addr().await;
        Self { addr, child: launch(addr, &[]).await }
    }

    /// Starts a server that accepts only this user. Returns its address with the user and the
    /// password.
    pub(crate) async fn start_for(user: &str, password: &str) -> (Self, Url) {
        let addr = free_addr().await;
        let nats = Self { addr, child: launch(addr, &["--user", user, "--pass", password]).await };
        let mut url = nats.url();
        url.set_username(user).unwrap();
        url.set_password(Some(password)).unwrap();
        (nats, url)
    }

    /// The server's address.
    pub(crate) fn url(&self) -> Url {
        format!("nats://{}", self.addr).parse().unwrap()
    }

    /// Kills the server.
    pub(crate) async fn stop(&mut self) {
        self.child.kill().await.unwrap();
    }

    /// Starts the server on the same port again. It has no state.
    pub(crate) async fn start_again(&mut self) {
        self.child = launch(self.addr, &[]).await;
    }
}

async fn free_addr() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap()
}

async fn launch(addr: SocketAddr, more: &[&str]) -> Child {
    let port = addr.port().to_string();
    let child = Command::new("nats-server")
        .args(["-a", "127.0.0.1", "-p", &port])
        .args(more)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .expect("nats-server is installed (scripts/nats.sh does that)");
    let listening = async {
        while TcpStream::connect(addr).await.is_err() {
            tokio::time::sleep(super::CHECK_EVERY).await;
        }
    };
    tokio::time::timeout(DEADLINE, listening).await.expect("nats-server listens");
    child
}
