//! A doctor's home page: beside the list of chats; on a phone only the list is shown.

use crate::{components::page_title::PageTitle, i18n::td_string, preferences::use_locale};
use leptos::prelude::*;

/// `/doctor`
#[component]
pub fn DoctorHome() -> impl IntoView {
    let locale = use_locale();
    view! {
        <PageTitle words=|locale| td_string!(locale, patients) />
        <div class="doctor-home">
        <section class="blank">
            <svg class="blank-art" viewBox="0 0 96 72" aria-hidden="true">
                <path d="M10 8h52a6 6 0 0 1 6 6v24a6 6 0 0 1-6 6H28l-12 10V44h-6a6 6 0 0 1-6-6V14a6 6 0 0 1 6-6Z" />
                <path d="M76 26h10a6 6 0 0 1 6 6v18a6 6 0 0 1-6 6h-4v9l-10-9H48" />
                <path d="M20 21h32M20 31h20" />
            </svg>
            <h1>{td_string!(locale, choose_chat)}</h1>
            <p>{td_string!(locale, choose_chat_lead)}</p>
            <a class="button" href="/doctor/settings" rel="external">
                {td_string!(locale, your_settings)}
            </a>
        </section>
        <p class="doctor-links">
            <a href="/doctor/replies" class="button quiet" rel="external">
                {td_string!(locale, saved_replies)}
            </a>
        </p>
        </div>
    }
}
