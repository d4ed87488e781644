//! The frame of a signed-in user's form page: the bar, a heading, and the links to its sister pages.

use crate::{
    components::page_title::PageTitle,
    i18n::{Locale, td_string},
    layout::app_bar::AppBar,
    preferences::use_locale,
};
use leptos::prelude::*;

/// A text in a language.
type Text = fn(Locale) -> &'static str;

/// A doctor's page, which leads back to the chats.
#[component]
pub fn DoctorPage(
    /// The page's title.
    title: Text,
    children: Children,
) -> impl IntoView {
    let locale = use_locale();
    view! {
        <PageTitle words=title />
        <AppBar />
        <main id="content" class="form-page" tabindex="-1">
            <header class="page-head">
                <a class="back-link" href="/doctor">
                    {td_string!(locale, back_to_chats)}
                </a>
                <h1>{title(locale)}</h1>
            </header>
            <SessionEnded />
            {children()}
        </main>
    }
}

/// The note that the session has ended; hidden until it has.
#[component]
fn SessionEnded() -> impl IntoView {
    let locale = use_locale();
    view! {
        <p class="session-ended" role="alert">
            {td_string!(locale, session_ended)} " "
            <a href="/sign-in" target="_blank">
                {td_string!(locale, sign_in_again)}
            </a>
        </p>
    }
}

/// The sections of the admin's console: their paths and names.
const SECTIONS: [(&str, Text); 4] = [
    ("/admin", |locale| td_string!(locale, overview)),
    ("/admin/reports", |locale| td_string!(locale, reports)),
    ("/admin/safety", |locale| td_string!(locale, safety)),
    ("/admin/replies", |locale| td_string!(locale, saved_replies)),
];

/// A page of the admin's console.
#[component]
pub fn AdminPage(
    /// The page's path, one of the console's sections.
    path: &'static str,
    children: Children,
) -> impl IntoView {
    let locale = use_locale();
    let title = SECTIONS.iter().find(|(section, _)| *section == path).map_or(SECTIONS[0].1, |(_, title)| *title);
    view! {
        <PageTitle words=title />
        <AppBar />
        <div class="console">
            <nav class="console-nav" aria-label=td_string!(locale, admin_title)>
                {SECTIONS
                    .map(|(section, name)| {
                        view! {
                            <a href=section aria-current=(section == path).then_some("page")>
                                {name(locale)}
                            </a>
                        }
                    })
                    .collect_view()}
            </nav>
            <main id="content" class="form-page" tabindex="-1">
                <header class="page-head">
                    <h1>{title(locale)}</h1>
                </header>
                {children()}
            </main>
        </div>
    }
}
