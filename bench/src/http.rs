//! A keep-alive HTTP/1.1 connection. It reads every body to its end, and decompresses none.

use bytes::{Buf, BytesMut};
use std::{io, net::SocketAddr, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

/// Space reserved for each read, in bytes.
const READ_BYTES: usize = 32 * 1024;
/// The longest line of a head or of a chunk's size, and the largest head, in bytes.
const HEAD_MAX_BYTES: usize = 32 * 1024;
/// An answer that takes longer than this has failed.
const ANSWER_WITHIN: Duration = Duration::from_mins(1);

/// An error of a connection.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HttpError {
    /// The network failed.
    #[error("the connection failed: {0}")]
    Io(#[from] io::Error),
    /// The server closed the connection within an answer.
    #[error("the server hung up")]
    Closed,
    /// The answer is not HTTP/1.1 as this client supports it.
    #[error("the server sent {0}")]
    Protocol(&'static str),
    /// The answer has another status than expected.
    #[error("status {0}")]
    Status(u16),
    /// The body has other content than expected.
    #[error("the answer holds {0}")]
    Body(&'static str),
}

/// A GET request's text.
pub(crate) fn get(path: &str, token: &str, encodings: Option<&str>) -> String {
    let encodings = encodings.map(|names| format!("Accept-Encoding: {names}\r\n")).unwrap_or_default();
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nCookie: bedside_session={token}\r\n{encodings}\r\n")
}

/// The text of a POST request with a JSON body.
pub(crate) fn post(path: &str, token: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nCookie: bedside_session={token}\r\n\
         Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    )
}

/// A connection.
#[derive(Debug)]
pub(crate) struct Http {
    stream: TcpStream,
    inbox: BytesMut,
    body: Vec<u8>,
}

impl Http {
    /// Opens a connection.
    pub(crate) async fn connect(addr: SocketAddr) -> Result<Self, HttpError> {
        let stream = TcpStream::connect(addr).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, inbox: BytesMut::with_capacity(READ_BYTES), body: Vec::new() })
    }

    /// Sends a request that [`get`] or [`post`] created, and reads the answer. Returns the body of
    /// a 200; any other status is an error.
    pub(crate) async fn ask(&mut self, request: &str) -> Result<&[u8], HttpError> {
        self.stream.write_all(request.as_bytes()).await?;
        let status = timeout(ANSWER_WITHIN, self.answer())
            .await
            .unwrap_or(Err(HttpError::Protocol("no complete response within 60 s")))?;
        if status == 200 { Ok(&self.body) } else { Err(HttpError::Status(status)) }
    }

    async fn answer(&mut self) -> Result<u16, HttpError> {
        self.body.clear();
        let end = self.find(b"\r\n\r\n").await?;
        let head = parse_head(self.inbox.get(..end).unwrap_or_default())?;
        self.inbox.advance(end + 4);
        match head.length {
            Length::None => return Err(HttpError::Protocol("an answer without a length")),
            Length::Bytes(length) => self.take(length).await?,
            Length::Chunked => self.take_chunks().await?,
        }
        Ok(head.status)
    }

    async fn take_chunks(&mut self) -> Result<(), HttpError> {
        loop {
            let end = self.find(b"\r\n").await?;
            let line = std::str::from_utf8(self.inbox.get(..end).unwrap_or_default()).unwrap_or_default();
            let size = usize::from_str_radix(line, 16).map_err(|_| HttpError::Protocol("a chunk without a size"))?;
            self.inbox.advance(end + 2);
            self.take(size).await?;
            // An empty line follows each chunk, and also the last one, because there are no
            // trailers.
            if self.find(b"\r\n").await? != 0 {
                return Err(HttpError::Protocol("a chunk of another size than it says"));
            }
            self.inbox.advance(2);
            if size == 0 {
                return Ok(());
            }
        }
    }

    /// Reads until the inbox contains `pattern`. Returns its offset.
    async fn find(&mut self, pattern: &[u8]) -> Result<usize, HttpError> {
        loop {
            if let Some(place) = self.inbox.windows(pattern.len()).position(|bytes| bytes == pattern) {
                return Ok(place);
            }
            if self.inbox.len() > HEAD_MAX_BYTES {
                return Err(HttpError::Protocol("an endless head"));
            }
            self.fill().await?;
        }
    }

    /// Moves `length` bytes from the inbox to the body.
    async fn take(&mut self, mut length: usize) -> Result<(), HttpError> {
        while length > 0 {
            if self.inbox.is_empty() {
                self.fill().await?;
            }
            let part = length.min(self.inbox.len());
            self.body.extend_from_slice(self.inbox.get(..part).unwrap_or_default());
            self.inbox.advance(part);
            length -= part;
        }
        Ok(())
    }

    async fn fill(&mut self) -> Result<(), HttpError> {
        self.inbox.reserve(READ_BYTES);
        match self.stream.read_buf(&mut self.inbox).await? {
            0 => Err(HttpError::Closed),
            _ => Ok(()),
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Length {
    None,
    Bytes(usize),
    Chunked,
}

#[derive(Debug, PartialEq, Eq)]
struct Head {
    status: u16,
    length: Length,
}

fn parse_head(bytes: &[u8]) -> Result<Head, HttpError> {
    let text = std::str::from_utf8(bytes).map_err(|_| HttpError::Protocol("a head that is no text"))?;
    let mut lines = text.split("\r\n");
    let status = lines
        .next()
        .and_then(|line| line.strip_prefix("HTTP/1.1 "))
        .and_then(|rest| rest.get(..3))
        .and_then(|code| code.parse().ok())
        .ok_or(HttpError::Protocol("what is not HTTP/1.1"))?;
    let mut length = Length::None;
    for line in lines {
        let (name, value) = line.split_once(':').ok_or(HttpError::Protocol("a header without a colon"))?;
        if name.eq_ignore_ascii_case("content-length") {
            let bytes = value.trim().parse().map_err(|_| HttpError::Protocol("a length that is no number"))?;
            length = Length::Bytes(bytes);
        } else if name.eq_ignore_ascii_case("transfer-encoding") {
            length = Length::Chunked;
        }
    }
    Ok(Head { status, length })
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpListener;

    /// Sends a request to a server that answers with these pieces, one write each.
    async fn ask(pieces: &[&str]) -> Result<Vec<u8>, HttpError> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let mut http = Http::connect(listener.local_addr()?).await?;
        let server = async {
            let (mut stream, _) = listener.accept().await?;
            for piece in pieces {
                stream.write_all(piece.as_bytes()).await?;
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            Ok::<_, io::Error>(())
        };
        let (answer, written) = tokio::join!(http.ask("GET / HTTP/1.1\r\n\r\n"), server);
        written?;
        answer.map(<[u8]>::to_vec)
    }

    #[tokio::test]
    async fn body_with_a_length_is_read_to_its_end() {
        let answer = ask(&["HTTP/1.1 200 OK\r\nContent-", "Length: 5\r\n\r\nab", "cde"]).await;
        assert!(answer.is_ok_and(|body| body == b"abcde"));
    }

    #[tokio::test]
    async fn chunked_body_is_joined() {
        let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
        let answer = ask(&[head, "3\r\nabc\r", "\n2\r\nde\r\n0\r\n", "\r\n"]).await;
        assert!(answer.is_ok_and(|body| body == b"abcde"));
    }

    #[tokio::test]
    async fn unexpected_status_is_an_error() {
        let answer = ask(&["HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n"]).await;
        assert!(matches!(answer, Err(HttpError::Status(503))));
    }
}
