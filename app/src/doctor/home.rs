//! A doctor's home page: how many patients wait, and the one who has waited longest. On a phone only
//! the list of chats is shown.

use crate::{
    chats::{inbox::InboxFilter, list::rows::room_path},
    components::{clock::Clock, page_title::PageTitle},
    i18n::td_string,
    live::Live,
    preferences::use_locale,
    protocol::{ChatId, Role, Timestamp},
};
use leptos::prelude::*;

/// The patients who wait for an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Waiting {
    count: usize,
    /// The chat that has waited longest, its patient's name, and since when.
    longest: (ChatId, String, Timestamp),
}

/// `/doctor`
#[component]
pub fn DoctorHome() -> impl IntoView {
    let locale = use_locale();
    let (live, clock) = (Live::expect(), Clock::expect());
    // Known once the page is live: the list is fetched beside this part.
    let is_live = RwSignal::new(false);
    Effect::new(move |_| is_live.set(true));
    let waiting = Memo::new(move |_| {
        let now = clock.now();
        live.with(|state| {
            let chats = state.chats.values().filter(|chat| InboxFilter::Waiting.has(chat, now));
            let waits: Vec<(Timestamp, ChatId, String)> = chats
                .filter_map(|state| {
                    let chat = state.chat.as_ref()?;
                    Some((chat.status.waiting_since?, chat.chat_id, chat.peer.name.clone()))
                })
                .collect();
            let count = waits.len();
            waits.into_iter().min().map(|(since, chat, name)| Waiting { count, longest: (chat, name, since) })
        })
    });
    view! {
        <PageTitle words=|locale| td_string!(locale, patients) />
        <div class="doctor-home">
            <section class="blank">
                {move || match (is_live.get(), waiting.get()) {
                    (false, _) => {
                        view! {
                            <h1>{td_string!(locale, choose_chat)}</h1>
                            <p>{td_string!(locale, choose_chat_lead)}</p>
                        }
                            .into_any()
                    }
                    (true, None) => {
                        view! {
                            <h1>{td_string!(locale, nobody_waits_for_you)}</h1>
                            <p>{td_string!(locale, nobody_waits_for_you_lead)}</p>
                        }
                            .into_any()
                    }
                    (true, Some(Waiting { count, longest: (chat, name, since) })) => {
                        let time = clock.exact(since, locale);
                        let (heading, lead) = if count == 1 {
                            (
                                td_string!(locale, one_waits_for_you).to_string(),
                                td_string!(locale, waits_alone, name = name, time = time).to_string(),
                            )
                        } else {
                            (
                                td_string!(locale, count_wait_for_you, count = count.to_string()).to_string(),
                                td_string!(locale, waits_longest, name = name, time = time).to_string(),
                            )
                        };
                        view! {
                            <h1>{heading}</h1>
                            <p>{lead}</p>
                            <a class="button primary" href=room_path(Role::Doctor, chat)>
                                {td_string!(locale, open_chat)}
                            </a>
                        }
                            .into_any()
                    }
                }}
            </section>
        </div>
    }
}
