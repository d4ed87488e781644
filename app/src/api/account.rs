//! Signing up, in and out.

use crate::protocol::{Problem, User};
use leptos::prelude::*;

/// Who is signed in; asked when a page is rendered.
#[server(prefix = "/fn", endpoint = "account/viewer", input = server_fn::codec::Json)]
pub async fn viewer() -> Result<Option<User>, Problem> {
    super::backend()?.viewer().await
}

/// Makes a patient's account, signs in and goes to `next` or home.
#[server(prefix = "/fn", endpoint = "account/sign-up")]
pub async fn sign_up(name: String, email: String, password: String, next: Option<String>) -> Result<String, Problem> {
    let signed_in = super::backend()?.sign_up(name, email, password).await.map_err(respond)?;
    Ok(arrive(&signed_in, next))
}

/// Signs in and goes to `next` or home.
#[server(prefix = "/fn", endpoint = "account/sign-in")]
pub async fn sign_in(email: String, password: String, next: Option<String>) -> Result<String, Problem> {
    let signed_in = super::backend()?.sign_in(email, password).await.map_err(respond)?;
    Ok(arrive(&signed_in, next))
}

/// Signs out and goes to the sign-in page.
#[server(prefix = "/fn", endpoint = "account/sign-out")]
pub async fn sign_out() -> Result<(), Problem> {
    let cookie = super::backend()?.sign_out().await.map_err(respond)?;
    response::set_cookie(&cookie);
    response::redirect("/sign-in");
    Ok(())
}

/// Remembers the language and the colours a person chose, for a year, and comes back.
#[server(prefix = "/fn", endpoint = "account/preferences")]
pub async fn set_preferences(language: Option<String>, theme: Option<String>) -> Result<(), Problem> {
    use crate::preferences::{LANGUAGE_COOKIE, THEME_COOKIE, Theme, preference_cookie};
    if let Some(language) =
        language.filter(|tag| crate::i18n::Locale::get_all().iter().any(|known| known.as_str() == tag))
    {
        response::set_cookie(&preference_cookie(LANGUAGE_COOKIE, &language));
    }
    if let Some(theme) = theme.as_deref().map(Theme::from_name) {
        response::set_cookie(&preference_cookie(THEME_COOKIE, theme.name()));
    }
    Ok(())
}

#[cfg(feature = "ssr")]
use super::response;
#[cfg(feature = "ssr")]
use super::response::respond;
#[cfg(feature = "ssr")]
use leptos_i18n::Locale as _;

/// Sets the cookies and leads on: a form without script by a redirect, a page with script by the
/// returned path.
#[cfg(feature = "ssr")]
fn arrive(signed_in: &super::SignedIn, next: Option<String>) -> String {
    for cookie in &signed_in.cookies {
        response::set_cookie(cookie);
    }
    let home = signed_in.user.role.home();
    // Only a path of this role's own pages: anything else could lead to another site.
    let to = next.filter(|path| {
        path.strip_prefix(home).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            && path.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '/' | '-' | '_'))
    });
    let to = to.unwrap_or_else(|| home.to_owned());
    response::redirect_form(&to);
    to
}
