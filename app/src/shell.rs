//! The HTML around the app, and its Content-Security-Policy.

use crate::{
    App,
    api::{Backend, response::set_header},
    i18n::{Locale, td_string},
};
use http::header;
use leptos::{nonce::use_nonce, prelude::*};
use leptos_i18n::Locale as _;
use leptos_meta::{HashedStylesheet, MetaTags};
use std::sync::Arc;

/// A whole page. Server only.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    set_header(header::CONTENT_SECURITY_POLICY, &policy(&options));
    view! {
        <!DOCTYPE html>
        <html>
            <head>
                <meta charset="utf-8" />
                <meta
                    name="viewport"
                    content="width=device-width, initial-scale=1, interactive-widget=resizes-content"
                />
                <meta name="color-scheme" content="light dark" />
                <meta name="theme-color" content="#f6f8f8" media="(prefers-color-scheme: light)" />
                <meta name="theme-color" content="#101617" media="(prefers-color-scheme: dark)" />
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                <HashedStylesheet options=options.clone() id="bedside-style" />
                <AutoReload options=options.clone() />
                <HydrationScripts options />
                <MetaTags />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}

/// The page of a server that has no time to render one, in every language: whose it is isn't looked up.
#[must_use]
pub fn busy_page() -> String {
    let words = Locale::get_all().iter().fold(String::new(), |words, locale| {
        let (language, text) = (locale.as_str(), td_string!(*locale, problem_unavailable));
        format!("{words}<p lang=\"{language}\">{text}</p>")
    });
    format!(
        "<!DOCTYPE html><html><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <meta name=\"color-scheme\" content=\"light dark\"><title>503</title></head><body>{words}</body></html>"
    )
}

/// Only our own files, our own scripts by nonce, and our own socket.
fn policy(options: &LeptosOptions) -> String {
    let nonce = use_nonce().map(|nonce| format!(" 'nonce-{nonce}'")).unwrap_or_default();
    // While cargo-leptos watches the sources, its own socket tells the page to reload.
    let reload = std::env::var_os("LEPTOS_WATCH")
        .map(|_| format!(" ws://127.0.0.1:{}", options.reload_port))
        .unwrap_or_default();
    // Browsers before CSP level 3 don't count a socket as 'self'.
    let sockets =
        use_context::<Arc<dyn Backend>>().map(|backend| backend.socket_origins().join(" ")).unwrap_or_default();
    format!(
        "default-src 'none'; script-src 'self'{nonce} 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; \
         font-src 'self'; connect-src 'self' {sockets}{reload}; manifest-src 'self'; form-action 'self'; \
         frame-ancestors 'none'; base-uri 'none'; object-src 'none'"
    )
}
