//! `/.well-known/security.txt` (RFC 9116): the contact for security reports.

use crate::{config::Config, db::time};
use axum::{Router, routing::get};
use http::{StatusCode, header};

/// How long the file is valid, in milliseconds. RFC 9116 recommends less than a year. The server
/// computes the expiry for each request, so the operator does not have to renew it.
const HOLDS_FOR_MS: i64 = 180 * 24 * 3_600 * 1_000;

/// Serves the file, or 404 if the clinic set no contact.
pub fn router<S: Clone + Send + Sync + 'static>(config: &Config) -> Router<S> {
    let lines = config.security_contact.as_ref().map(|contact| {
        // The file's official address, if the public address is https.
        let canonical = config.origins.first().filter(|_| config.https);
        let canonical = canonical.map(|origin| format!("Canonical: {origin}/.well-known/security.txt\n"));
        format!("Contact: {contact}\nPreferred-Languages: en, es\n{}", canonical.unwrap_or_default())
    });
    let show = async move || {
        let lines = lines.ok_or(StatusCode::NOT_FOUND)?;
        let until = app::protocol::Timestamp(time::now().0.saturating_add(HOLDS_FOR_MS));
        let text = format!("{lines}Expires: {}\n", until.to_rfc3339());
        Ok::<_, StatusCode>(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text))
    };
    Router::new().route("/.well-known/security.txt", get(show))
}
