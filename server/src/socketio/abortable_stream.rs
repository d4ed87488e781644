//! A stream that the server can cut. A client whose stream breaks connects again by itself; a
//! client that receives Socket.IO's disconnect packet does not.

use crate::live::{Connection, permit::ConnectionPermit};
use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

/// What a stream needs of its session. It does not keep the session alive.
pub(super) struct AbortHandle {
    /// Cancelled when the stream has to be cut.
    pub(super) cut: CancellationToken,
    pub(super) connection: Arc<Connection>,
}

/// A stream that works until it is cut. Dropping it ends the session too, because `socketioxide`
/// does not end a session whose WebSocket broke during the upgrade.
pub(super) struct AbortableStream<S> {
    stream: S,
    cut: Pin<Box<WaitForCancellationFutureOwned>>,
    connection: Arc<Connection>,
    /// The stream's connection permit.
    #[expect(dead_code, reason = "releases the permit when it is dropped")]
    permit: Option<ConnectionPermit>,
}

impl<S> Drop for AbortableStream<S> {
    fn drop(&mut self) {
        self.connection.gone();
    }
}

impl<S> AbortableStream<S> {
    pub(super) fn new(stream: S, session: AbortHandle, permit: Option<ConnectionPermit>) -> Self {
        let AbortHandle { cut, connection } = session;
        Self { stream, cut: Box::pin(cut.cancelled_owned()), connection, permit }
    }

    fn check(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        match self.cut.as_mut().poll(cx) {
            Poll::Ready(()) => Err(io::ErrorKind::ConnectionAborted.into()),
            Poll::Pending => Ok(()),
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for AbortableStream<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.check(cx)?;
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for AbortableStream<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.check(cx)?;
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check(cx)?;
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test")]
mod tests {
    use super::*;
    use app::protocol::UserId;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    #[tokio::test]
    async fn pending_read_fails_when_the_stream_is_cut() {
        let (near, mut far) = tokio::io::duplex(64);
        let cut = CancellationToken::new();
        let connection = Arc::new(Connection::new(1, UserId(1), String::new()));
        let mut stream =
            AbortableStream::new(near, AbortHandle { cut: cut.clone(), connection: Arc::clone(&connection) }, None);
        far.write_all(b"before").await.unwrap();
        let mut buffer = [0; 6];
        stream.read_exact(&mut buffer).await.unwrap();
        assert_eq!(&buffer, b"before");
        let waiting = tokio::spawn(async move { stream.read_u8().await });
        cut.cancel();
        assert_eq!(waiting.await.unwrap().unwrap_err().kind(), io::ErrorKind::ConnectionAborted);
        assert!(connection.is_ending(), "without its line the session is over");
    }
}
