//! The session cookie and the device cookie: their names and attributes, and reading them from a
//! request.

use super::device::KNOWN_DAYS;
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use http::HeaderMap;
use std::time::Duration;

/// A day, in seconds.
const DAY_S: i64 = 86_400;

/// Creates and reads the session cookie.
#[derive(Debug, Clone, Copy)]
pub struct SessionCookie {
    /// Whether the clinic is reached over https. Then the cookie is `Secure` and has the prefix
    /// `__Host-` (RFC 6265bis, section 4.1.3.2), so that no subdomain and no plain-http page can
    /// set it.
    pub https: bool,
    /// How long the browser keeps the cookie.
    pub lifetime: Duration,
}

impl SessionCookie {
    /// The cookie's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        if self.https { "__Host-bedside_session" } else { "bedside_session" }
    }

    /// The `Set-Cookie` value that signs a browser in.
    #[must_use]
    pub fn set(self, token: &str) -> String {
        let lifetime = i64::try_from(self.lifetime.as_secs()).unwrap_or(i64::MAX);
        self.build(token, lifetime)
    }

    /// The `Set-Cookie` value that removes the cookie.
    #[must_use]
    pub fn clear(self) -> String {
        self.build("", 0)
    }

    /// The token in a request, if there is one.
    #[must_use]
    pub fn token(self, headers: &HeaderMap) -> Option<String> {
        value(headers, self.name())
    }

    fn build(self, value: &str, max_age_s: i64) -> String {
        build(self.name(), value, max_age_s, self.https)
    }
}

/// Creates and reads the cookie of a device that has signed in before. It is kept after sign-out.
#[derive(Debug, Clone, Copy)]
pub struct DeviceCookie {
    /// Like [`SessionCookie::https`].
    pub https: bool,
}

impl DeviceCookie {
    /// The cookie's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        if self.https { "__Host-bedside_device" } else { "bedside_device" }
    }

    /// The `Set-Cookie` value that stores the cookie.
    #[must_use]
    pub fn set(self, value: &str) -> String {
        build(self.name(), value, i64::from(KNOWN_DAYS) * DAY_S, self.https)
    }

    /// The cookie's value in a request, if there is one.
    #[must_use]
    pub fn value(self, headers: &HeaderMap) -> Option<String> {
        value(headers, self.name())
    }
}

fn value(headers: &HeaderMap, name: &str) -> Option<String> {
    CookieJar::from_headers(headers).get(name).map(|cookie| cookie.value().to_owned())
}

fn build(name: &str, value: &str, max_age_s: i64, https: bool) -> String {
    let cookie = Cookie::build((name, value)).http_only(true).same_site(SameSite::Lax).path("/").secure(https).build();
    format!("{cookie}; Max-Age={max_age_s}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_are_bound_to_the_host_on_https() {
        let session = SessionCookie { https: true, lifetime: Duration::from_mins(1) }.set("token");
        let device = DeviceCookie { https: true }.set("value");
        for (set, own) in [
            (session, ["__Host-bedside_session=token", "Max-Age=60"]),
            (device, ["__Host-bedside_device=value", "Max-Age=34560000"]),
        ] {
            for part in ["HttpOnly", "SameSite=Lax", "Path=/", "Secure"].into_iter().chain(own) {
                assert!(set.contains(part), "{set} lacks {part}");
            }
            assert!(!set.contains("Domain"));
        }
    }
}
