//! A response's body, handed over in portions: the connection takes the next one only when it has room.

use axum::body::HttpBody;
use bytes::Bytes;
use hyper::body::{Frame, SizeHint};
use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
};

/// One portion. Little enough that a connection that nobody reads from holds few of them.
const PORTION_BYTES: usize = 16 * 1024;

/// A whole body, and what is held for as long as it is on its way.
pub struct Portions<H> {
    rest: Bytes,
    #[expect(dead_code, reason = "is given back when the body is dropped")]
    held: H,
}

impl<H> Portions<H> {
    /// Of this body.
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
        // A copy: a part of the whole would keep all of it for as long as the connection has not sent that part.
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
    async fn a_portion_on_its_way_does_not_keep_the_whole_body() {
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
