//! Sets the security and caching headers of all responses. No other module sets them.

use crate::state::AppState;
use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use http::{HeaderMap, HeaderName, HeaderValue, header};

/// Browser features that no page uses. (Pages use notifications, sound and the clipboard.)
const PERMISSIONS: &str = "accelerometer=(), browsing-topics=(), camera=(), display-capture=(), \
    encrypted-media=(), fullscreen=(), gamepad=(), geolocation=(), gyroscope=(), hid=(), idle-detection=(), \
    local-fonts=(), magnetometer=(), microphone=(), midi=(), payment=(), picture-in-picture=(), \
    publickey-credentials-get=(), screen-wake-lock=(), serial=(), sync-xhr=(), usb=(), window-management=(), \
    xr-spatial-tracking=()";
/// What a browser deletes at sign-out besides its session cookie: its cache, including the pages it
/// keeps for the back button. It must not delete its storage, which holds unsent messages of other
/// users of this browser and notification preferences that outlive a sign-out. The page itself
/// deletes the data of the user who signs out.
const FORGET: &str = "\"cache\"";
/// Two years, as the browsers' preload lists require.
const HSTS: &str = "max-age=63072000; includeSubDomains";
/// The content security policy of every response that isn't a page. Pages set their own policy,
/// with a nonce.
const DEFAULT_CSP: &str = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'";
/// The caching policy of files with a hash in their name: their content never changes.
const IMMUTABLE: &str = "public, max-age=31536000, immutable";
/// The caching policy of files without a hash in their name: the browser asks again after an hour.
const FOR_AN_HOUR: &str = "public, max-age=3600";

/// Middleware that sets security headers on every response, and `no-store` on all but the site's
/// own files.
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
    // After a form post, the server redirects to the form's page, which it takes from `Referer`.
    // Other sites get no `Referer`.
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

/// Whether a response removes the session cookie.
fn signs_out(headers: &HeaderMap, removal: &str) -> bool {
    headers.get_all(header::SET_COOKIE).iter().any(|cookie| cookie == removal)
}

/// Makes every cookie `Secure`, regardless of which code set it.
fn bind_cookies_to_https(headers: &mut HeaderMap) {
    let cookies: Vec<HeaderValue> = headers.get_all(header::SET_COOKIE).iter().cloned().collect();
    headers.remove(header::SET_COOKIE);
    for cookie in cookies {
        headers.append(header::SET_COOKIE, secure(&cookie).unwrap_or(cookie));
    }
}

/// The cookie with `Secure` added; `None` if it already has that attribute.
fn secure(cookie: &HeaderValue) -> Option<HeaderValue> {
    let text = cookie.to_str().ok()?;
    let is_secure = text.split(';').skip(1).any(|attribute| attribute.trim().eq_ignore_ascii_case("secure"));
    if is_secure { None } else { HeaderValue::from_str(&format!("{text}; Secure")).ok() }
}

/// Middleware for `/pkg`, whose files have a hash in their name: the browser may keep them for a
/// year.
pub async fn immutable(request: Request, next: Next) -> Response {
    cache(next.run(request).await, IMMUTABLE)
}

/// Middleware for files without a hash in their name: the browser may keep them for an hour.
pub async fn for_an_hour(request: Request, next: Next) -> Response {
    cache(next.run(request).await, FOR_AN_HOUR)
}

fn cache(mut response: Response, policy: &'static str) -> Response {
    if response.status().is_success() || response.status() == http::StatusCode::NOT_MODIFIED {
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(policy));
    }
    response
}
