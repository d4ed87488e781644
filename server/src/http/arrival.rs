//! Reading a request's body: bounded in bytes and in time, before anything is done for it.

use super::fair_pool::Permit;
use app::protocol::{Problem, ProblemCode};
use axum::body::{Body, HttpBody};
use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// A body must be complete within this …
const WITHIN: Duration = Duration::from_secs(10);
/// … and a second more for each so many bytes of the limit that have come: a long form over a slow network takes its time.
const BYTES_PER_S: usize = 4 * 1024;
/// A body that is too large is read up to here, so that whoever sends it hears so and doesn't just lose the connection.
const READ_MAX_BYTES: usize = 1024 * 1024;
/// Of a body that is too large so many times the limit are kept, where it is to be shown.
const KEPT_TIMES: usize = 2;

/// A body that is not taken.
#[derive(Debug)]
pub struct Refused {
    /// Why.
    pub problem: Problem,
    /// The whole of it, if it is known and was to be kept all the same.
    pub body: Option<Bytes>,
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        Self { problem, body: None }
    }
}

/// What becomes of a body over the limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Excess {
    /// Nobody asks for it.
    Dropped,
    /// It is shown to whoever sent it, up to a little more than the limit.
    Kept,
}

/// Reads a body of `max` bytes at most; what is held of it counts on `permit`.
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
        // One that broke off is nobody's any more.
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

    /// So many bytes every second, `times` over.
    fn trickle(bytes: usize, times: usize) -> Body {
        Body::from_stream(stream::iter(0..times).then(move |_| async move {
            tokio::time::sleep(Duration::from_secs(1)).await;
            Ok::<_, std::io::Error>(Bytes::from(vec![b'x'; bytes]))
        }))
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_is_withheld_or_trickles_in_is_given_up_and_one_that_goes_on_coming_is_not() {
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
    async fn what_is_too_large_is_kept_only_if_it_is_to_be_shown() {
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
    async fn what_bodies_hold_together_is_bounded() {
        let mut permit = permit_for(10);
        let body = Body::from_stream(stream::iter([Ok::<_, std::io::Error>("12345"), Ok("678901")]));
        let refused = read(body, 1_000, Excess::Dropped, &mut permit).await.unwrap_err();
        assert_eq!(refused.problem.code, ProblemCode::Overloaded);
    }
}
