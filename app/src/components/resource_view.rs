//! A part of a page that is fetched first.

use crate::{components::problem::ProblemNote, i18n::td_string, preferences::use_locale, protocol::Problem};
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
    let locale = use_locale();
    view! {
        <Suspense fallback=move || {
            view! { <p role="status">{td_string!(locale, loading)}</p> }
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
                                    {td_string!(locale, try_again)}
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
