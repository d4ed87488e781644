//! The connection banner.

use crate::{
    components::clock::Clock,
    i18n::td_string,
    live::{Event, Link, Live},
    preferences::use_locale,
    takeover::pause,
};
use leptos::prelude::*;
use leptos_router::hooks::use_location;

/// A banner that says since when there is no connection; nothing while there is one.
#[component]
pub fn ConnectionBanner() -> impl IntoView {
    pause();
    let locale = use_locale();
    let (live, clock) = (Live::expect(), Clock::expect());
    let link = Memo::new(move |_| live.with(|state| state.link));
    let path = use_location().pathname;
    // After sign-in, the user returns to this page.
    let again = move || format!("/sign-in?next={}", path.get());
    let has_server_lost_history = Memo::new(move |_| live.with(|state| state.has_server_lost_history));
    view! {
        <div class="connection" role="status">
            {move || {
                has_server_lost_history
                    .get()
                    .then(|| {
                        view! {
                            <p class="connection-note">
                                {td_string!(locale, records_restored)} " "
                                <button class="link-button" on:click=move |_| live.apply(Event::DataLossAcknowledged)>
                                    {td_string!(locale, understood)}
                                </button>
                            </p>
                        }
                    })
            }}
            {move || match link.get() {
                Link::Connecting | Link::Online => None,
                Link::Offline(since) => {
                    let time = move || clock.time(since, locale);
                    Some(view! { <p class="connection-note">{move || td_string!(locale, offline_since, time = time()).to_string()}</p> }.into_any())
                }
                Link::Outdated => {
                    Some(
                        view! {
                            <p class="connection-note">
                                {td_string!(locale, page_outdated)} " "
                                <a href="" rel="external">
                                    {td_string!(locale, reload)}
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
                                {td_string!(locale, session_ended)} " "
                                <a href=again rel="external">
                                    {td_string!(locale, sign_in_again)}
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
