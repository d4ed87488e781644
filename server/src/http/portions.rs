//! A response body that is handed over in portions. The connection takes the next portion only when
//! it has room for it.

use axum::body::HttpBody;
use bytes::Bytes;
use hyper::body::{Frame, SizeHint};
use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
};

/// Size of one portion, in bytes. It is small, so that a connection whose client does not read
/// holds little memory.
const PORTION_BYTES: usize = 16 * 1024;

/// A complete body, and a value (such as a permit) that is held until the body is sent.
pub struct Portions<H> {
    rest: Bytes,
    #[expect(dead_code, reason = "is given back when the body is dropped")]
    held: H,
}

impl<H> Portions<H> {
    /// A body that keeps `held` until it is dropped.
    pub const fn new(body: Bytes, held: H) -> Self {
        Self { rest: body, held }
    }
}

impl<H: Unpin> HttpBody for Portions<H> {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.rest.is_empty() {
            return Poll::Ready(None);
        }
        let portion = self.rest.len().min(PORTION_BYTES);
        // A copy, because a slice would keep the whole body in memory until the connection has sent
        // that slice.
        let copy = Bytes::copy_from_slice(&self.rest.split_to(portion));
        Poll::Ready(Some(Ok(Frame::data(copy))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.rest.len() as u64)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test")]
mod tests {
    use super::{Bytes, PORTION_BYTES, Portions};
    use axum::body::Body;
    use futures::TryStreamExt;

    #[tokio::test]
    async fn portion_does_not_keep_the_whole_body_in_memory() {
        let whole: Vec<u8> = (0..=250).cycle().take(PORTION_BYTES * 2 + 1).collect();
        let mut body = Body::new(Portions::new(Bytes::from(whole.clone()), ())).into_data_stream();
        let mut taken = Vec::new();
        while let Some(portion) = body.try_next().await.unwrap() {
            assert!(portion.is_unique() && portion.len() <= PORTION_BYTES);
            taken.extend_from_slice(&portion);
        }
        assert_eq!(taken, whole);
    }
}
