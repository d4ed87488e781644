//! The session cookie: its name, its form, and finding it in a request.

use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use http::HeaderMap;
use std::time::Duration;

/// Makes and reads the session cookie.
#[derive(Debug, Clone, Copy)]
pub struct SessionCookie {
    /// Whether people reach the clinic over https: then the cookie is `Secure` and `__Host-`
    /// (RFC 6265bis, section 4.1.3.2), which no subdomain and no plain-http page can set.
    pub https: bool,
    /// How long the browser keeps it.
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

    /// The `Set-Cookie` value that signs it out.
    #[must_use]
    pub fn clear(self) -> String {
        self.build("", 0)
    }

    /// The token in a request, if there is one.
    #[must_use]
    pub fn token(self, headers: &HeaderMap) -> Option<String> {
        CookieJar::from_headers(headers).get(self.name()).map(|cookie| cookie.value().to_owned())
    }

    fn build(self, value: &str, max_age_s: i64) -> String {
        let cookie = Cookie::build((self.name(), value))
            .http_only(true)
            .same_site(SameSite::Lax)
            .path("/")
            .secure(self.https)
            .build();
        format!("{cookie}; Max-Age={max_age_s}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn on_https_the_cookie_is_bound_to_the_host() {
        let cookie = SessionCookie { https: true, lifetime: Duration::from_mins(1) };
        let set = cookie.set("token");
        for part in ["__Host-bedside_session=token", "HttpOnly", "SameSite=Lax", "Path=/", "Secure", "Max-Age=60"] {
            assert!(set.contains(part), "{set} lacks {part}");
        }
        assert!(!set.contains("Domain"));
    }
}
