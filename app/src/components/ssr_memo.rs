//! Values that are worked out of others.

use leptos::prelude::*;

/// A value that is worked out anew when what it depends on changes, and tells only when it is
/// another one.
///
/// On the server, where nothing changes, it is worked out each time it is read: a memo costs more
/// than the few reads of one rendering.
pub fn ssr_memo<T>(work_out: impl Fn() -> T + Send + Sync + 'static) -> Signal<T>
where
    T: PartialEq + Clone + Send + Sync + 'static,
{
    #[cfg(feature = "hydrate")]
    return Memo::new(move |_| work_out()).into();
    #[cfg(not(feature = "hydrate"))]
    return Signal::derive(work_out);
}

/// The same for a value that is read many times in one rendering: on the server it is worked out
/// once, at once.
pub fn ssr_memo_stored<T>(work_out: impl Fn() -> T + Send + Sync + 'static) -> Signal<T>
where
    T: PartialEq + Clone + Send + Sync + 'static,
{
    #[cfg(feature = "hydrate")]
    return Memo::new(move |_| work_out()).into();
    #[cfg(not(feature = "hydrate"))]
    return Signal::stored(work_out());
}
