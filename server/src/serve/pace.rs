//! A connection that ends when the client does not take what the server sends.
//!
//! The limit applies to the time without enough progress, not to the total time of a response. So a
//! slow phone can go on, and a connection on which nothing waits may stay idle. A connection whose
//! client does not read is closed and frees its memory.

use crate::config::Pace;
use std::{
    io::{Error, ErrorKind, IoSlice, Result},
    pin::Pin,
    task::{Context, Poll, ready},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, Sleep, sleep},
};

/// A stream whose writes fail once they are slower than its pace.
pub(super) struct Paced<S> {
    stream: S,
    pace: Pace,
    /// Set while something waits to be sent.
    delay: Option<Delay>,
}

struct Delay {
    end: Pin<Box<Sleep>>,
    taken: usize,
}

impl<S> Paced<S> {
    /// Limits how slowly the stream's bytes may be taken.
    pub(super) const fn new(stream: S, pace: Pace) -> Self {
        Self { stream, pace, delay: None }
    }

    /// Counts what a write attempt sent, or waits if it sent nothing.
    fn watch(&mut self, written: Poll<Result<usize>>, context: &mut Context<'_>) -> Poll<Result<usize>> {
        match &written {
            Poll::Ready(Ok(count)) => {
                if let Some(delay) = &mut self.delay {
                    delay.taken = delay.taken.saturating_add(*count);
                }
                written
            }
            Poll::Ready(Err(_)) => written,
            Poll::Pending => self.wait(context),
        }
    }

    fn wait(&mut self, context: &mut Context<'_>) -> Poll<Result<usize>> {
        let Pace { window, least_bytes } = self.pace;
        let delay = self.delay.get_or_insert_with(|| Delay { end: Box::pin(sleep(window)), taken: 0 });
        loop {
            ready!(delay.end.as_mut().poll(context));
            if delay.taken < least_bytes {
                return Poll::Ready(Err(Error::new(ErrorKind::TimedOut, "what is sent is not taken")));
            }
            delay.taken = 0;
            delay.end.as_mut().reset(Instant::now() + window);
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Paced<S> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Paced<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.watch(written, context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.watch(written, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        // The writer flushes when it has nothing left to write.
        let flushed = ready!(Pin::new(&mut self.stream).poll_flush(context));
        self.delay = None;
        Poll::Ready(flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test")]
mod tests {
    use super::{ErrorKind, Instant, Pace, Paced, sleep};
    use std::time::Duration;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

    const PACE: Pace = Pace { window: Duration::from_secs(30), least_bytes: 1_000 };

    fn pair() -> (Paced<DuplexStream>, DuplexStream) {
        let (ours, theirs) = duplex(500);
        (Paced::new(ours, PACE), theirs)
    }

    /// Reads so many bytes every ten seconds.
    async fn take(mut theirs: DuplexStream, bytes: usize) {
        let mut buffer = vec![0; bytes];
        while theirs.read_exact(&mut buffer).await.is_ok() {
            sleep(Duration::from_secs(10)).await;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn connection_ends_when_nobody_reads() {
        let (mut ours, _theirs) = pair();
        let begun = Instant::now();
        let failed = ours.write_all(&[0; 10_000]).await.unwrap_err();
        assert_eq!(failed.kind(), ErrorKind::TimedOut);
        assert_eq!(begun.elapsed().as_secs(), 30);
    }

    #[tokio::test(start_paused = true)]
    async fn connection_ends_below_the_pace_and_continues_above_it() {
        let (mut ours, theirs) = pair();
        tokio::spawn(take(theirs, 100));
        let failed = ours.write_all(&[0; 10_000]).await.unwrap_err();
        assert_eq!(failed.kind(), ErrorKind::TimedOut);

        let (mut ours, theirs) = pair();
        tokio::spawn(take(theirs, 500));
        let begun = Instant::now();
        ours.write_all(&vec![0; 20_000]).await.unwrap();
        ours.flush().await.unwrap();
        assert!(begun.elapsed() > Duration::from_mins(6), "however long it takes");
    }

    #[tokio::test(start_paused = true)]
    async fn connection_without_waiting_bytes_may_stay_idle() {
        let (mut ours, mut theirs) = pair();
        for _ in 0..3 {
            ours.write_all(&[0; 400]).await.unwrap();
            ours.flush().await.unwrap();
            sleep(Duration::from_hours(1)).await;
            theirs.read_exact(&mut [0; 400]).await.unwrap();
        }
    }
}
