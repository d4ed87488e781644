//! A browser with JavaScript off: pages, plain forms, cookies and redirects.

use super::{Ask, Client, Reply};
use http::{Method, header};

/// A browser of one user. It keeps the session cookie, and follows redirects only through `follow`.
pub(crate) struct Browser {
    client: Client,
}

/// The `Accept` header of a browser's page request.
const ACCEPT: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

impl Browser {
    /// A browser with the session cookie of `client`, if it has one.
    pub(crate) fn of(client: &Client) -> Self {
        Self { client: client.clone() }
    }

    /// Opens a page.
    pub(crate) async fn open(&self, path: &str) -> Reply {
        self.open_in(path, "en").await
    }

    /// Opens a page with this `Accept-Language`.
    pub(crate) async fn open_in(&self, path: &str, language: &str) -> Reply {
        let request = self.client.request(Method::GET, path).header(header::ACCEPT, ACCEPT);
        request.header(header::ACCEPT_LANGUAGE, language).reply().await
    }

    /// Submits a form of the page `from`, and keeps the session cookie that it sets.
    pub(crate) async fn submit(&mut self, from: &str, action: &str, fields: &[(&str, &str)]) -> Reply {
        let base = self.client.base().to_owned();
        let request = self
            .client
            .request(Method::POST, action)
            .header(header::ACCEPT, ACCEPT)
            .header(header::REFERER, format!("{base}{from}"))
            .header(header::ORIGIN, base)
            .header("sec-fetch-site", "same-origin");
        let reply = request.form(fields).reply().await;
        if reply.headers.contains_key(header::SET_COOKIE) {
            self.client = self.client.with_cookie(reply.cookie());
        }
        reply
    }

    /// Opens the target of a redirect.
    pub(crate) async fn follow(&self, reply: &Reply) -> Reply {
        let location = reply.header("location");
        let path = location.strip_prefix(self.client.base()).unwrap_or(location);
        assert!(path.starts_with('/'), "a redirect within the clinic, not to {location:?} ({})", reply.status);
        self.open(path).await
    }

    /// The client behind the browser, for calls that need no page.
    pub(crate) const fn client(&self) -> &Client {
        &self.client
    }
}
