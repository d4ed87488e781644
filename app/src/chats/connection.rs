//! The connection banner.

use crate::{
    components::clock::Clock,
    i18n::{t_string, use_i18n},
    live::{Event, Link, Live},
    takeover::pause,
};
use leptos::prelude::*;

/// A banner that says since when there is no connection; nothing while there is one.
#[component]
pub fn ConnectionBanner() -> impl IntoView {
    pause();
    let i18n = use_i18n();
    let (live, clock) = (Live::expect(), Clock::expect());
    let link = Memo::new(move |_| live.with(|state| state.link));
    let has_server_lost_history = Memo::new(move |_| live.with(|state| state.has_server_lost_history));
    view! {
        <div class="connection" role="status">
            {move || {
                has_server_lost_history
                    .get()
                    .then(|| {
                        view! {
                            <p class="connection-note">
                                {move || t_string!(i18n, records_restored)} " "
                                <button class="link-button" on:click=move |_| live.apply(Event::DataLossAcknowledged)>
                                    {move || t_string!(i18n, understood)}
                                </button>
                            </p>
                        }
                    })
            }}
            {move || match link.get() {
                Link::Connecting | Link::Online => None,
                Link::Offline(since) => {
                    let time = move || clock.time(since, i18n.get_locale());
                    Some(view! { <p class="connection-note">{move || t_string!(i18n, offline_since, time = time()).to_string()}</p> }.into_any())
                }
                Link::Outdated => {
                    Some(
                        view! {
                            <p class="connection-note">
                                {move || t_string!(i18n, page_outdated)} " "
                                <a href="" rel="external">
                                    {move || t_string!(i18n, reload)}
                                </a>
                            </p>
                        }
                            .into_any(),
                    )
                }
                Link::Ended => {
                    Some(
                        view! {
                            <p class="connection-note ended">
                                {move || t_string!(i18n, session_ended)} " "
                                <a href="/sign-in" rel="external">
                                    {move || t_string!(i18n, sign_in_again)}
                                </a>
                            </p>
                        }
                            .into_any(),
                    )
                }
            }}
        </div>
    }
}
