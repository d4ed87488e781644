//! The server functions of sign-up and sign-in.

#![expect(missing_docs, reason = "`#[server]` makes a public struct of each function's arguments, without docs")]

use crate::protocol::{Problem, TextJson};
#[cfg(feature = "ssr")]
use crate::{
    backend::{SignedIn, backend},
    response::{self, respond},
};
use leptos::prelude::*;

/// Creates a patient's account, signs in and goes to `next` or home.
#[server(prefix = "/fn", endpoint = "account/sign-up", output = TextJson)]
pub async fn sign_up(name: String, email: String, password: String, next: Option<String>) -> Result<String, Problem> {
    let signed_in = respond(backend()?.sign_up(name, email, password).await)?;
    Ok(arrive(&signed_in, next))
}

/// Signs in and goes to `next` or home.
#[server(prefix = "/fn", endpoint = "account/sign-in", output = TextJson)]
pub async fn sign_in(email: String, password: String, next: Option<String>) -> Result<String, Problem> {
    let signed_in = respond(backend()?.sign_in(email, password).await)?;
    Ok(arrive(&signed_in, next))
}

/// Sets the cookies and leads on: a form without JavaScript by a redirect, a page with it by the
/// returned path.
#[cfg(feature = "ssr")]
fn arrive(signed_in: &SignedIn, next: Option<String>) -> String {
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
