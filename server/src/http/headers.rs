//! The one place that sets headers for everything: security and caching.

use crate::state::AppState;
use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use http::{HeaderMap, HeaderName, HeaderValue, header};

/// What no page of ours asks a browser for. (Notifications, sound and the clipboard are used.)
const PERMISSIONS: &str = "accelerometer=(), browsing-topics=(), camera=(), display-capture=(), \
    encrypted-media=(), fullscreen=(), gamepad=(), geolocation=(), gyroscope=(), hid=(), idle-detection=(), \
    local-fonts=(), magnetometer=(), microphone=(), midi=(), payment=(), picture-in-picture=(), \
    publickey-credentials-get=(), screen-wake-lock=(), serial=(), sync-xhr=(), usb=(), window-management=(), \
    xr-spatial-tracking=()";
/// What a browser forgets at sign-out beside its session: what it cached, also the pages that it keeps to go back to. Not
/// its storage: there other people of this browser keep what they have not sent yet, and what notifications may say
/// outlives signing out. The page removes what is the person's own.
const FORGET: &str = "\"cache\"";
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
        bind_cookies_to_https(headers);
    }
    if signs_out(headers, &state.config.cookie().clear()) {
        headers.insert(HeaderName::from_static("clear-site-data"), HeaderValue::from_static(FORGET));
    }
    response
}

/// Whether an answer removes the session's cookie.
fn signs_out(headers: &HeaderMap, removal: &str) -> bool {
    headers.get_all(header::SET_COOKIE).iter().any(|cookie| cookie == removal)
}

/// Makes every cookie `Secure`, whoever set it.
fn bind_cookies_to_https(headers: &mut HeaderMap) {
    let cookies: Vec<HeaderValue> = headers.get_all(header::SET_COOKIE).iter().cloned().collect();
    headers.remove(header::SET_COOKIE);
    for cookie in cookies {
        headers.append(header::SET_COOKIE, secure(&cookie).unwrap_or(cookie));
    }
}

/// The cookie with `Secure`; `None` if it has it.
fn secure(cookie: &HeaderValue) -> Option<HeaderValue> {
    let text = cookie.to_str().ok()?;
    let is_secure = text.split(';').skip(1).any(|attribute| attribute.trim().eq_ignore_ascii_case("secure"));
    if is_secure { None } else { HeaderValue::from_str(&format!("{text}; Secure")).ok() }
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
