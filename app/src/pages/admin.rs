//! The admin's start. Accounts are managed on the command line so far.

use crate::{
    i18n::{t_string, td_string, use_i18n},
    ui::{app_bar::AppBar, page_title::PageTitle},
};
use leptos::prelude::*;

/// `/admin`
#[component]
pub fn Admin() -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <PageTitle words=|locale| td_string!(locale, admin_title) />
        <AppBar />
        <main id="content" class="entry" tabindex="-1">
            <section class="card">
                <h1>{move || t_string!(i18n, admin_title)}</h1>
                <p class="lead">{move || t_string!(i18n, admin_lead)}</p>
            </section>
        </main>
    }
}
