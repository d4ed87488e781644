//! A part of a page that is fetched first.

use crate::{
    components::problem::ProblemNote,
    i18n::{t_string, use_i18n},
    protocol::Problem,
};
use leptos::prelude::*;
use serde::{Serialize, de::DeserializeOwned};

/// Shows the fetched value. After a failure, shows the problem with a button to try again.
pub fn resource_view<T, V>(
    from: Resource<Result<T, Problem>>,
    show: impl Fn(T) -> V + Clone + Send + Sync + 'static,
) -> impl IntoView
where
    T: Serialize + DeserializeOwned + Clone + Send + Sync + 'static,
    V: IntoView + 'static,
{
    let i18n = use_i18n();
    view! {
        <Suspense fallback=move || {
            view! { <p role="status">{move || t_string!(i18n, loading)}</p> }
        }>
            {move || {
                let show = show.clone();
                Suspend::new(async move {
                    match from.await {
                        Ok(found) => show(found).into_any(),
                        Err(problem) => {
                            view! {
                                <ProblemNote problem=Signal::stored(Some(problem)) />
                                <button type="button" class="button" on:click=move |_| from.refetch()>
                                    {move || t_string!(i18n, try_again)}
                                </button>
                            }
                                .into_any()
                        }
                    }
                })
            }}
        </Suspense>
    }
}
