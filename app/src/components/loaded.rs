//! A part of a form page that the server fetches before it renders the page.

use crate::{
    backend::{Backend, backend},
    components::failed::Failed,
    protocol::Problem,
};
use leptos::prelude::*;
use std::sync::Arc;

/// Shows what `fetch` returns, or its problem in place of the part.
pub fn loaded<T, F, V>(
    fetch: impl FnOnce(Arc<dyn Backend>) -> F + Send + 'static,
    show: impl FnOnce(T) -> V + Send + 'static,
) -> impl IntoView
where
    T: Send + 'static,
    F: Future<Output = Result<T, Problem>> + Send + 'static,
    V: IntoView + 'static,
{
    let backend = backend();
    let part = Suspend::new(async move {
        let found = match backend {
            Ok(backend) => fetch(backend).await,
            Err(problem) => Err(problem),
        };
        match found {
            Ok(found) => show(found).into_any(),
            Err(problem) => view! { <Failed problem /> }.into_any(),
        }
    });
    view! { <Suspense fallback=|| ()>{part}</Suspense> }
}
