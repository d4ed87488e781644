//! A connection without an HTTP client, for unfinished requests and unread answers.

use super::{Client, DEADLINE};
use http::Method;
use std::fmt::Write;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
};

/// The size of the receive buffer of a client that does not read, in bytes.
const RECEIVE_BYTES: u32 = 4 * 1024;

/// A request that was begun, and the answer as far as it was read.
pub(crate) struct Raw {
    stream: TcpStream,
    answer: Vec<u8>,
}

impl Raw {
    /// Sends the head of a request with the client's cookie, and no body.
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

    /// Posts the head of a form or JSON request, and withholds the body when the server asks for
    /// it. Returns the status if the server refuses instead.
    pub(crate) async fn withhold(client: &Client, path: &str, headers: &[(&str, &str)]) -> Result<Self, u16> {
        let body = [("content-length", "9"), ("expect", "100-continue"), ("content-type", "application/json")];
        let mut begun = Self::begin(client, Method::POST, path, &[&body, headers].concat()).await;
        match begun.status().await {
            100 => Ok(begun),
            status => Err(status),
        }
    }

    /// Sends a part of the body, as far as the server reads it.
    pub(crate) async fn send(&mut self, more: &[u8]) {
        let _ = tokio::time::timeout(DEADLINE, self.stream.write_all(more)).await.expect("it is taken, or refused");
    }

    /// Waits for the head of the answer and returns its status.
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

    /// Reads the rest of the answer to the end of the connection. Returns the length of the whole
    /// answer in bytes.
    pub(crate) async fn take_rest(mut self) -> usize {
        let mut rest = Vec::new();
        // A connection that the server cuts may end with an error.
        let _ = tokio::time::timeout(DEADLINE, self.stream.read_to_end(&mut rest)).await.expect("an end");
        self.answer.len() + rest.len()
    }
}
