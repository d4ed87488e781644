//! A WebSocket connection that costs the generator little: it reuses two buffers, reads all
//! available frames with one system call, and answers pings by itself.

use crate::{
    frame::{self, Incoming},
    ids::Seeded,
    wire::{self, Opcode, WireError},
};
use bytes::{Buf, BytesMut};
use std::{
    future::poll_fn,
    net::SocketAddr,
    ops::Range,
    pin::{Pin, pin},
    sync::atomic::{AtomicU64, Ordering},
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    time::timeout,
};

/// Space reserved for each read, in bytes. It is larger than what usually waits: a read that does
/// not fill its buffer shows the runtime that nothing is left, which saves a second system call.
const READ_BYTES: usize = 4 * 1024;
/// The size of the system's send buffer for a socket, in bytes: more than a browser's page ever
/// sends at once. A larger buffer would be a second queue that hides overload.
const SEND_BUFFER_BYTES: u32 = 8 * 1024;
/// The largest head of an answer, in bytes.
const HEAD_MAX_BYTES: usize = 16 * 1024;
/// An upgrade that takes longer than this has failed.
const UPGRADE_WITHIN: Duration = Duration::from_secs(30);
/// The key of RFC 6455, section 1.3, and its answer. Keys protect from proxies that answer from a
/// cache, and here is no proxy.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const ACCEPT: &[u8] = b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/// Counts opened sockets, so that each gets different masks.
static OPENED: AtomicU64 = AtomicU64::new(0);

/// An open socket.
#[derive(Debug)]
pub(crate) struct Socket {
    stream: TcpStream,
    inbox: BytesMut,
    /// The number of bytes at the start of the inbox that were returned already.
    taken: usize,
    outbox: BytesMut,
    masks: Seeded,
}

impl Socket {
    /// Connects and upgrades, with a session cookie if there is a token.
    pub(crate) async fn upgrade(addr: SocketAddr, token: Option<&str>) -> Result<Self, WireError> {
        timeout(UPGRADE_WITHIN, Self::try_upgrade(addr, token))
            .await
            .unwrap_or(Err(WireError::Protocol("nothing in answer to an upgrade for 30 s")))
    }

    async fn try_upgrade(addr: SocketAddr, token: Option<&str>) -> Result<Self, WireError> {
        let socket = TcpSocket::new_v4()?;
        socket.set_send_buffer_size(SEND_BUFFER_BYTES)?;
        let mut stream = socket.connect(addr).await?;
        stream.set_nodelay(true)?;
        let cookie = token.map(|token| format!("Cookie: bedside_session={token}\r\n")).unwrap_or_default();
        let request = format!(
            "GET /ws HTTP/1.1\r\nHost: {addr}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {KEY}\r\n{cookie}\r\n"
        );
        stream.write_all(request.as_bytes()).await?;
        let mut inbox = BytesMut::with_capacity(READ_BYTES);
        let head = loop {
            if let Some(end) = inbox.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                break inbox.split_to(end + 4);
            }
            if inbox.len() > HEAD_MAX_BYTES {
                return Err(WireError::Protocol("an endless head"));
            }
            if stream.read_buf(&mut inbox).await? == 0 {
                return Err(WireError::Closed(None));
            }
        };
        check_upgraded(&head)?;
        let masks = Seeded::new(OPENED.fetch_add(1, Ordering::Relaxed));
        Ok(Self { stream, inbox, taken: 0, outbox: BytesMut::new(), masks })
    }

    /// Connects as the session's user and waits for `ready`.
    pub(crate) async fn open(addr: SocketAddr, token: &str) -> Result<Self, WireError> {
        let mut socket = Self::upgrade(addr, Some(token)).await?;
        match timeout(UPGRADE_WITHIN, socket.receive()).await {
            Ok(Ok(text)) if frame::read(text) == Incoming::Ready => Ok(socket),
            Ok(Ok(_)) => Err(WireError::Protocol("a first frame that is not `ready`")),
            Ok(Err(error)) => Err(error),
            Err(_) => Err(WireError::Protocol("no `ready` for 30 s")),
        }
    }

    /// Queues a text frame; [`Self::poll_flush`] sends it.
    pub(crate) fn queue(&mut self, text: &[u8]) {
        self.queue_frame(Opcode::Text, text);
    }

    fn queue_frame(&mut self, opcode: Opcode, payload: &[u8]) {
        wire::write(&mut self.outbox, opcode, self.masks.mask(), payload);
    }

    /// Whether queued bytes are not sent yet.
    pub(crate) fn is_blocked(&self) -> bool {
        !self.outbox.is_empty()
    }

    /// Writes the queued bytes.
    pub(crate) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), WireError>> {
        while !self.outbox.is_empty() {
            let written = ready!(Pin::new(&mut self.stream).poll_write(cx, &self.outbox))?;
            self.outbox.advance(written);
        }
        Poll::Ready(Ok(()))
    }

    /// Writes the queued bytes.
    pub(crate) async fn flush(&mut self) -> Result<(), WireError> {
        poll_fn(|cx| self.poll_flush(cx)).await
    }

    /// Reads the available bytes once.
    pub(crate) fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), WireError>> {
        self.forget_taken();
        self.inbox.reserve(READ_BYTES);
        let read = pin!(self.stream.read_buf(&mut self.inbox));
        match ready!(read.poll(cx))? {
            0 => Poll::Ready(Err(WireError::Closed(None))),
            _ => Poll::Ready(Ok(())),
        }
    }

    /// The next text among the bytes that were read.
    pub(crate) fn take_text(&mut self) -> Result<Option<&[u8]>, WireError> {
        Ok(match self.locate_text()? {
            Some(range) => self.inbox.get(range),
            None => None,
        })
    }

    /// Waits for the next text.
    pub(crate) async fn receive(&mut self) -> Result<&[u8], WireError> {
        let range = loop {
            if let Some(range) = self.locate_text()? {
                break range;
            }
            if self.is_blocked() {
                self.flush().await?;
            }
            poll_fn(|cx| self.poll_fill(cx)).await?;
        };
        Ok(self.inbox.get(range).unwrap_or_default())
    }

    /// Calls `each` with every text that has arrived; pending when none has. Answers pings.
    pub(crate) fn poll_texts(
        &mut self,
        cx: &mut Context<'_>,
        mut each: impl FnMut(&[u8]),
    ) -> Poll<Result<(), WireError>> {
        let filled = self.poll_fill(cx)?;
        // This runs even if nothing arrived just now, because frames may have arrived together with
        // `ready`.
        let mut any = filled.is_ready();
        while let Some(text) = self.take_text()? {
            each(text);
            any = true;
        }
        if self.is_blocked() {
            // Pending is fine: the waker is set, and the caller polls again.
            let _ = self.poll_flush(cx)?;
        }
        if any { Poll::Ready(Ok(())) } else { Poll::Pending }
    }

    fn locate_text(&mut self) -> Result<Option<Range<usize>>, WireError> {
        loop {
            self.forget_taken();
            let Some(located) = wire::locate(&self.inbox)? else { return Ok(None) };
            self.taken = located.payload.end;
            match located.opcode {
                Opcode::Text => return Ok(Some(located.payload)),
                Opcode::Pong => {}
                Opcode::Ping => {
                    let payload = self.inbox.get(located.payload).unwrap_or_default();
                    wire::write(&mut self.outbox, Opcode::Pong, self.masks.mask(), payload);
                }
                Opcode::Close => {
                    let payload = self.inbox.get(located.payload).unwrap_or_default();
                    return Err(WireError::Closed(wire::close_code(payload)));
                }
            }
        }
    }

    fn forget_taken(&mut self) {
        self.inbox.advance(self.taken);
        self.taken = 0;
    }
}

fn check_upgraded(head: &[u8]) -> Result<(), WireError> {
    let status = head.get(9..12).and_then(|code| std::str::from_utf8(code).ok()).and_then(|code| code.parse().ok());
    match status {
        Some(101) if head.windows(ACCEPT.len()).any(|part| part == ACCEPT) => Ok(()),
        Some(101) => Err(WireError::Protocol("an upgrade without the key's answer")),
        Some(code) => Err(WireError::Refused(code)),
        None => Err(WireError::Protocol("what is not HTTP/1.1")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpListener;

    /// A socket connected to a plain TCP stream that has answered the upgrade.
    async fn socket() -> Result<(Socket, TcpStream), WireError> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let addr = listener.local_addr()?;
        let server = async {
            let (mut stream, _) = listener.accept().await?;
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                request.push(stream.read_u8().await?);
            }
            let accept = String::from_utf8_lossy(ACCEPT).into_owned();
            let head = format!("HTTP/1.1 101 Switching Protocols\r\nsec-websocket-accept: {accept}\r\n\r\n");
            stream.write_all(head.as_bytes()).await?;
            Ok::<_, WireError>(stream)
        };
        let (socket, stream) = tokio::join!(Socket::upgrade(addr, Some("token")), server);
        Ok((socket?, stream?))
    }

    #[tokio::test]
    async fn split_frames_arrive_complete() -> Result<(), WireError> {
        let (mut socket, mut server) = socket().await?;
        server.write_all(&[0x81, 2, b'a', b'b', 0x81, 3, b'c']).await?;
        assert_eq!(socket.receive().await?, b"ab");
        server.write_all(b"de").await?;
        assert_eq!(socket.receive().await?, b"cde");
        Ok(())
    }

    #[tokio::test]
    async fn ping_is_answered_and_not_returned() -> Result<(), WireError> {
        let (mut socket, mut server) = socket().await?;
        server.write_all(&[0x89, 1, b'!', 0x81, 1, b'x']).await?;
        assert_eq!(socket.receive().await?, b"x");
        socket.flush().await?;
        let mut pong = [0; 7];
        server.read_exact(&mut pong).await?;
        let [first, second, k, _, _, _, payload] = pong;
        assert_eq!((first, second, payload ^ k), (0x8A, 0x81, b'!'));
        Ok(())
    }

    #[tokio::test]
    async fn close_frame_returns_its_code() -> Result<(), WireError> {
        let (mut socket, mut server) = socket().await?;
        server.write_all(&[0x88, 2, 0x03, 0xF5]).await?;
        assert!(matches!(socket.receive().await, Err(WireError::Closed(Some(1013)))));
        Ok(())
    }

    #[test]
    fn refused_upgrade_returns_its_status() {
        assert!(matches!(check_upgraded(b"HTTP/1.1 401 Unauthorized\r\n\r\n"), Err(WireError::Refused(401))));
        assert!(check_upgraded(b"HTTP/1.1 101 Switching Protocols\r\n\r\n").is_err());
    }
}
