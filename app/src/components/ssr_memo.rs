//! Derived values that are cheap to render on the server.

use leptos::prelude::*;

/// A derived value that notifies only when it is different.
///
/// On the server, where nothing changes, it is computed at each read: a memo costs more than the
/// few reads of one rendering.
pub fn ssr_memo<T>(work_out: impl Fn() -> T + Send + Sync + 'static) -> Signal<T>
where
    T: PartialEq + Clone + Send + Sync + 'static,
{
    #[cfg(feature = "hydrate")]
    return Memo::new(move |_| work_out()).into();
    #[cfg(not(feature = "hydrate"))]
    return Signal::derive(work_out);
}

/// Like [`ssr_memo`], for a value that one rendering reads many times: the server computes it once,
/// at once.
pub fn ssr_memo_stored<T>(work_out: impl Fn() -> T + Send + Sync + 'static) -> Signal<T>
where
    T: PartialEq + Clone + Send + Sync + 'static,
{
    #[cfg(feature = "hydrate")]
    return Memo::new(move |_| work_out()).into();
    #[cfg(not(feature = "hydrate"))]
    return Signal::stored(work_out());
}
