//! Reads a request's body within a limit of bytes and time, before the request is handled.

use super::fair_pool::Permit;
use app::protocol::{Problem, ProblemCode};
use axum::body::{Body, HttpBody};
use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// A body must be complete within this time …
const WITHIN: Duration = Duration::from_secs(10);
/// … plus one second for each such number of bytes received, up to the body's limit. A long form
/// over a slow network needs the time.
const BYTES_PER_S: usize = 4 * 1024;
/// A body over its limit is read up to this size, in bytes, so that the client receives the error
/// instead of a broken connection.
const READ_MAX_BYTES: usize = 1024 * 1024;
/// With [`Excess::Kept`], a body of up to this many times its limit is kept, to be shown again.
const KEPT_TIMES: usize = 2;

/// A body that was refused.
#[derive(Debug)]
pub struct Refused {
    /// The reason.
    pub problem: Problem,
    /// The complete body, if it was received and the caller asked to keep it.
    pub body: Option<Bytes>,
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        Self { problem, body: None }
    }
}

/// What to do with a body over the limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Excess {
    /// Discard it.
    Dropped,
    /// Keep it to show it to the sender, up to twice the limit.
    Kept,
}

/// Reads a body of at most `max` bytes. The bytes held in memory count on `permit`.
pub async fn read(body: Body, max: usize, excess: Excess, permit: &mut Permit) -> Result<Bytes, Refused> {
    if body.is_end_stream() {
        return Ok(Bytes::new());
    }
    let too_large = Problem::from(ProblemCode::TooLarge);
    if body.size_hint().lower() > READ_MAX_BYTES as u64 {
        return Err(too_large.into());
    }
    let begun = Instant::now();
    let keeps = if excess == Excess::Kept { max.saturating_mul(KEPT_TIMES) } else { max };
    let (mut stream, mut kept, mut count) = (body.into_data_stream(), BytesMut::new(), 0_usize);
    loop {
        let more = Duration::from_secs((count.min(max) / BYTES_PER_S) as u64);
        // A broken body has no client left to answer, so the error code does not matter.
        let chunk = match timeout_at(begun + WITHIN + more, stream.next()).await {
            Ok(None) => break,
            Ok(Some(Ok(chunk))) => chunk,
            Ok(Some(Err(_))) | Err(_) => return Err(Problem::from(ProblemCode::RequestTimeout).into()),
        };
        count = count.saturating_add(chunk.len());
        if count > READ_MAX_BYTES {
            return Err(too_large.into());
        }
        if count > keeps {
            kept = BytesMut::new();
        } else if permit.take(chunk.len()) {
            kept.extend_from_slice(&chunk);
        } else {
            return Err(Problem::overloaded().into());
        }
    }
    match count {
        count if count <= max => Ok(kept.freeze()),
        count if count <= keeps => Err(Refused { problem: too_large, body: Some(kept.freeze()) }),
        _ => Err(too_large.into()),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test")]
mod tests {
    use super::{
        super::fair_pool::{Caller, FairPool, Permit},
        *,
    };
    use futures::stream;

    fn permit_for(max: usize) -> Permit {
        FairPool::new(max).permit(Caller::Address(None), max)
    }

    /// A body that sends `bytes` every second, `times` times.
    fn trickle(bytes: usize, times: usize) -> Body {
        Body::from_stream(stream::iter(0..times).then(move |_| async move {
            tokio::time::sleep(Duration::from_secs(1)).await;
            Ok::<_, std::io::Error>(Bytes::from(vec![b'x'; bytes]))
        }))
    }

    #[tokio::test(start_paused = true)]
    async fn slow_body_is_refused_and_a_steady_one_is_read() {
        let mut permit = permit_for(1 << 20);
        let begun = Instant::now();
        let withheld = Body::from_stream(stream::pending::<Result<Bytes, std::io::Error>>());
        let refused = read(withheld, 1_000, Excess::Dropped, &mut permit).await.unwrap_err();
        assert_eq!(refused.problem.code, ProblemCode::RequestTimeout);
        assert!(begun.elapsed() <= Duration::from_secs(11));
        let refused = read(trickle(1_000, 60), 100_000, Excess::Dropped, &mut permit).await.unwrap_err();
        assert_eq!(refused.problem.code, ProblemCode::RequestTimeout);
        assert!(begun.elapsed() <= Duration::from_secs(30));
        let whole = read(trickle(5_000, 30), 160 * 1024, Excess::Dropped, &mut permit).await.unwrap();
        assert_eq!(whole.len(), 150_000);
        let begun = Instant::now();
        let most = stream::once(async { Ok::<_, std::io::Error>(Bytes::from(vec![b'x'; 1_000_000])) });
        let never_ends = Body::from_stream(most.chain(stream::pending()));
        let refused = read(never_ends, 64 * 1024, Excess::Dropped, &mut permit).await.unwrap_err();
        assert_eq!(refused.problem.code, ProblemCode::RequestTimeout);
        assert!(begun.elapsed() <= Duration::from_secs(27), "what is too much buys no time");
    }

    #[tokio::test]
    async fn too_large_body_is_kept_only_to_be_shown_again() {
        let body = || Body::from_stream(stream::iter([Ok::<_, std::io::Error>("12345"), Ok("678901")]));
        let mut permit = permit_for(1_000);
        assert_eq!(read(body(), 11, Excess::Dropped, &mut permit).await.unwrap(), "12345678901");
        let refused = read(body(), 10, Excess::Dropped, &mut permit).await.unwrap_err();
        assert_eq!((refused.problem.code, refused.body), (ProblemCode::TooLarge, None));
        let refused = read(body(), 10, Excess::Kept, &mut permit).await.unwrap_err();
        assert_eq!((refused.problem.code, refused.body.unwrap()), (ProblemCode::TooLarge, "12345678901".into()));
        let refused = read(body(), 5, Excess::Kept, &mut permit).await.unwrap_err();
        assert_eq!((refused.problem.code, refused.body), (ProblemCode::TooLarge, None), "far too large");
        let endless = Body::from_stream(stream::repeat_with(|| Ok::<_, std::io::Error>("12345")));
        let refused = read(endless, 10, Excess::Kept, &mut permit_for(1 << 30)).await.unwrap_err();
        assert_eq!((refused.problem.code, refused.body), (ProblemCode::TooLarge, None), "within limits");
    }

    #[tokio::test]
    async fn body_is_refused_when_its_pool_is_exhausted() {
        let mut permit = permit_for(10);
        let body = Body::from_stream(stream::iter([Ok::<_, std::io::Error>("12345"), Ok("678901")]));
        let refused = read(body, 1_000, Excess::Dropped, &mut permit).await.unwrap_err();
        assert_eq!(refused.problem.code, ProblemCode::Overloaded);
    }
}
