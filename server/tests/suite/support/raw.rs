//! A connection without an HTTP client: for requests that break off and answers that nobody takes.

use super::{Client, DEADLINE};
use http::Method;
use std::fmt::Write;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
};

/// What a client that doesn't read leaves to the network.
const RECEIVE_BYTES: u32 = 4 * 1024;

/// A request that was begun, and what has come back of the answer.
pub(crate) struct Raw {
    stream: TcpStream,
    answer: Vec<u8>,
}

impl Raw {
    /// Sends the head of a request in this client's name. A body that is said to come does not.
    pub(crate) async fn begin(client: &Client, method: Method, path: &str, headers: &[(&str, &str)]) -> Self {
        let host = client.base().strip_prefix("http://").unwrap();
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(RECEIVE_BYTES).unwrap();
        let mut stream = socket.connect(host.parse().unwrap()).await.unwrap();
        let mut head = format!("{method} {path} HTTP/1.1\r\nhost: {host}\r\n");
        for (name, value) in headers.iter().copied().chain(client.cookie().map(|cookie| ("cookie", cookie))) {
            write!(head, "{name}: {value}\r\n").unwrap();
        }
        stream.write_all(format!("{head}\r\n").as_bytes()).await.unwrap();
        Self { stream, answer: Vec::new() }
    }

    /// Posts a form or JSON and withholds its body, once the server waits for it; the status if it is refused instead.
    pub(crate) async fn withhold(client: &Client, path: &str, headers: &[(&str, &str)]) -> Result<Self, u16> {
        let body = [("content-length", "9"), ("expect", "100-continue"), ("content-type", "application/json")];
        let mut begun = Self::begin(client, Method::POST, path, &[&body, headers].concat()).await;
        match begun.status().await {
            100 => Ok(begun),
            status => Err(status),
        }
    }

    /// Sends more of the body, as far as the server takes it.
    pub(crate) async fn send(&mut self, more: &[u8]) {
        let _ = tokio::time::timeout(DEADLINE, self.stream.write_all(more)).await.expect("it is taken, or refused");
    }

    /// The status, once it has come; no more of the answer is read than comes with it.
    pub(crate) async fn status(&mut self) -> u16 {
        while !self.answer.windows(4).any(|end| end == b"\r\n\r\n") {
            let mut more = [0; 512];
            let read = tokio::time::timeout(DEADLINE, self.stream.read(&mut more)).await.expect("an answer begins");
            let count = read.unwrap();
            assert!(count > 0, "the connection ended before an answer came");
            self.answer.extend_from_slice(&more[..count]);
        }
        String::from_utf8_lossy(&self.answer[9..12]).parse().unwrap()
    }

    /// Takes what else comes, to the end of the connection: how long all of it is.
    pub(crate) async fn take_rest(mut self) -> usize {
        let mut rest = Vec::new();
        // A connection that was cut may end with an error.
        let _ = tokio::time::timeout(DEADLINE, self.stream.read_to_end(&mut rest)).await.expect("an end");
        self.answer.len() + rest.len()
    }
}
