//! The HTML around the app, and its Content-Security-Policy.

mod busy;

pub use busy::{RefusedForm, busy_page, refused_form_page};

use crate::{
    App,
    backend::{Backend, backend},
    form_pages::FormPages,
    protocol::Role,
    response::set_header,
};
use http::header;
use leptos::{nonce::use_nonce, prelude::*};
use leptos_meta::MetaTags;
use std::{fs, sync::Arc, sync::OnceLock};

/// Which of the two interfaces a page belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageKind {
    /// The browser's program hydrates the page ([`App`]).
    Live,
    /// The page is a plain form ([`FormPages`]).
    Form,
}

/// A whole page. Server only.
pub fn shell(options: LeptosOptions, kind: PageKind) -> impl IntoView {
    set_header(header::CONTENT_SECURITY_POLICY, &policy(&options));
    let body = match kind {
        PageKind::Live => view! { <App /> }.into_any(),
        PageKind::Form => view! { <FormPages /> }.into_any(),
    };
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
                <meta name="theme-color" content="#ffffff" media="(prefers-color-scheme: light)" />
                <meta name="theme-color" content="#151d1e" media="(prefers-color-scheme: dark)" />
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                <link rel="apple-touch-icon" href="/apple-touch-icon.png" />
                <link rel="manifest" href="/manifest.webmanifest" />
                <Files options=options.clone() kind />
                <AutoReload options />
                <MetaTags />
            </head>
            <body>{body}</body>
        </html>
    }
}

/// The names of the site's files, which contain a hash of the content.
#[derive(Debug, Default)]
pub(crate) struct FileNames {
    pub(crate) css: String,
    js: String,
    wasm: String,
}

impl FileNames {
    /// Reads the names that cargo-leptos wrote beside the program. Read once, because they don't
    /// change while the server runs.
    pub(crate) fn read(options: &LeptosOptions) -> &'static Self {
        static NAMES: OnceLock<FileNames> = OnceLock::new();
        NAMES.get_or_init(|| {
            let beside =
                std::env::current_exe().ok().and_then(|exe| Some(exe.parent()?.to_owned())).unwrap_or_default();
            let hashes = if options.hash_files {
                fs::read_to_string(beside.join(&*options.hash_file)).unwrap_or_default()
            } else {
                String::new()
            };
            let name = |kind: &str| {
                let hash = hashes.lines().filter_map(|line| line.split_once(':')).find(|(of, _)| of.trim() == kind);
                let hash = hash.map(|(_, hash)| format!(".{}", hash.trim())).unwrap_or_default();
                format!("/{}/{}{hash}.{kind}", options.site_pkg_dir, options.output_name)
            };
            Self { css: name("css"), js: name("js"), wasm: name("wasm") }
        })
    }
}

/// The style sheet, and the page's script.
#[component]
fn Files(options: LeptosOptions, kind: PageKind) -> impl IntoView {
    let FileNames { css, js, wasm } = FileNames::read(&options);
    let role = backend().ok().and_then(|backend| backend.known_viewer()).map(|viewer| viewer.role);
    let has_chats = matches!(role, Some(Role::Doctor | Role::Patient));
    let script = match kind {
        PageKind::Live if has_chats => format!("const js={js:?},wasm={wasm:?};{LOADER_SCRIPT}"),
        PageKind::Live | PageKind::Form => {
            let is_stranger = role.is_none();
            format!("const files=[{js:?},{wasm:?}],isStranger={is_stranger},hasChats={has_chats};{FORMS_SCRIPT}")
        }
    };
    view! {
        <link rel="stylesheet" id="bedside-style" href=css.as_str() />
        <script type="module" nonce=use_nonce()>
            {script}
        </script>
    }
}

/// The script that fetches the program and starts hydration.
const LOADER_SCRIPT: &str = include_str!("loader.js");

/// The script of the form pages.
const FORMS_SCRIPT: &str = include_str!("forms.js");

/// The Content-Security-Policy: only the site's files, its scripts by nonce, and its socket.
pub(crate) fn policy(options: &LeptosOptions) -> String {
    let nonce = use_nonce().map(|nonce| format!(" 'nonce-{nonce}'")).unwrap_or_default();
    // While cargo-leptos watches the sources, its own socket makes the page reload.
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
