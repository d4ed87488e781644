//! The one place that sets headers for everything: security and caching.

use crate::state::AppState;
use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use http::{HeaderName, HeaderValue, header};

/// What no page of ours asks a browser for.
const PERMISSIONS: &str = "camera=(), microphone=(), geolocation=(), payment=(), usb=(), interest-cohort=()";
/// Two years, as the browsers' preload lists ask.
const HSTS: &str = "max-age=63072000; includeSubDomains";
/// The policy of everything that isn't a page; pages set their own, with a nonce.
const DEFAULT_CSP: &str = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'";
/// Hashed names never change what they hold.
const IMMUTABLE: &str = "public, max-age=31536000, immutable";
/// Names without a hash: ask again after an hour.
const FOR_AN_HOUR: &str = "public, max-age=3600";

/// Sets security headers on every response, and `no-store` on all but the site's own files.
pub async fn set(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let mut set = |name: HeaderName, value: &'static str| {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    };
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::X_FRAME_OPTIONS, "DENY");
    // Our own pages' forms come back to where they were sent from, other sites learn nothing.
    set(header::REFERRER_POLICY, "same-origin");
    set(HeaderName::from_static("permissions-policy"), PERMISSIONS);
    set(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    set(HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    set(header::CONTENT_SECURITY_POLICY, DEFAULT_CSP);
    set(header::CACHE_CONTROL, "no-store");
    if state.config.https {
        set(header::STRICT_TRANSPORT_SECURITY, HSTS);
    }
    response
}

/// Marks a file of `/pkg`, whose names carry a hash, as good for ever.
pub async fn immutable(request: Request, next: Next) -> Response {
    cache(next.run(request).await, IMMUTABLE)
}

/// Marks a file whose name carries no hash.
pub async fn for_an_hour(request: Request, next: Next) -> Response {
    cache(next.run(request).await, FOR_AN_HOUR)
}

fn cache(mut response: Response, policy: &'static str) -> Response {
    if response.status().is_success() || response.status() == http::StatusCode::NOT_MODIFIED {
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(policy));
    }
    response
}
