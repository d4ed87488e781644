//! The server functions of the bar: sign-out, and the choice of language and theme.

#![expect(missing_docs, reason = "`#[server]` makes a public struct of each function's arguments, without docs")]

use crate::protocol::{Problem, TextJson};
#[cfg(feature = "ssr")]
use crate::{
    backend::backend,
    i18n::Locale,
    preferences::{LANGUAGE_COOKIE, THEME_COOKIE, Theme, preference_cookie},
    response::{self, respond},
};
use leptos::prelude::*;
#[cfg(feature = "ssr")]
use leptos_i18n::Locale as _;

/// Signs out and goes to the sign-in page.
#[server(prefix = "/fn", endpoint = "account/sign-out", output = TextJson)]
pub async fn sign_out() -> Result<(), Problem> {
    let cookie = respond(backend()?.sign_out().await)?;
    response::set_cookie(&cookie);
    response::redirect("/sign-in");
    Ok(())
}

/// Stores the chosen language and colours in cookies for a year and returns to the page.
#[server(prefix = "/fn", endpoint = "account/preferences", output = TextJson)]
pub async fn set_preferences(language: Option<String>, theme: Option<String>) -> Result<(), Problem> {
    if let Some(language) = language.filter(|tag| Locale::get_all().iter().any(|known| known.as_str() == tag)) {
        response::set_cookie(&preference_cookie(LANGUAGE_COOKIE, &language));
    }
    if let Some(theme) = theme.as_deref().map(Theme::from_name) {
        response::set_cookie(&preference_cookie(THEME_COOKIE, theme.name()));
    }
    Ok(())
}
