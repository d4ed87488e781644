//! `/styleguide`: every component in every state, for people who work on Bedside's look. It exists
//! only in builds for development and tests (the feature `styleguide`). The server renders it
//! without any script, and the browser's program does not contain it.
//!
//! It shows the real components. What they need from a page (the viewer, the time, the chats) is
//! made up and never changes, so that screenshots can be compared.

mod chats;
mod clinic;
mod composing;
mod controls;
mod dialogs;
mod fixtures;
mod forms;
mod foundations;
mod messages;
mod notices;
mod people;
mod sheet;
pub mod specimen;
mod stage;
mod tokens;

pub use sheet::sheet;

use crate::{
    preferences::{Theme, locale_of_request, theme_of_request},
    response::set_header,
    shell::policy,
};
use http::header;
use leptos::prelude::*;
use leptos_i18n::Locale as _;
use leptos_meta::{Html, MetaTags, Title, provide_meta_context};

/// The page's address.
pub const PATH: &str = "/styleguide";
/// The address of its style sheet.
pub const SHEET_PATH: &str = "/styleguide/style.css";

/// The sections: anchor and title.
const SECTIONS: [(&str, &str); 17] = [
    ("colours", "Colours"),
    ("type", "Type"),
    ("space", "Space and corners"),
    ("buttons", "Buttons"),
    ("fields", "Fields"),
    ("avatars", "Avatars, badges and tags"),
    ("bars", "Bars"),
    ("doctors", "Doctors and their availability"),
    ("chats", "Lists of chats"),
    ("messages", "Messages"),
    ("delivery", "Delivery status"),
    ("composer", "Composer"),
    ("chat-status", "Chat status"),
    ("dialogs", "Dialogs and menus"),
    ("notices", "Problems, notices and skeletons"),
    ("empty", "Empty states"),
    ("forms", "Settings and the admin's lists"),
];

/// The whole page.
pub fn page(options: LeptosOptions) -> impl IntoView {
    set_header(header::CONTENT_SECURITY_POLICY, &policy(&options));
    view! {
        <!DOCTYPE html>
        <html>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                <link rel="stylesheet" href=SHEET_PATH />
                <MetaTags />
            </head>
            <body>
                <Styleguide />
            </body>
        </html>
    }
}

#[component]
fn Styleguide() -> impl IntoView {
    provide_meta_context();
    let theme = theme_of_request();
    provide_context(RwSignal::new(theme));
    let locale = locale_of_request();
    provide_context(locale);
    view! {
            <Html attr:lang=locale.as_str() attr:data-theme=(theme != Theme::System).then(|| theme.name()) />
            <div class="sg">
                <header class="sg-head">
                    <h1>"Styleguide"</h1>
                    <p>"Every component in every state. Tokens: style/tokens.css. Colours follow the device or the theme chosen in Settings."</p>
                    <nav class="sg-nav" aria-label="Sections">
                        {SECTIONS.map(|(id, name)| view! { <a href=format!("#{id}")>{name}</a> }).collect_view()}
                    </nav>
                </header>
                {SECTIONS
                    .map(|(id, name)| {
                        view! {
                            <section class="sg-section" id=id aria-labelledby=format!("{id}-name")>
                                <h2 id=format!("{id}-name")>{name}</h2>
                                {section(id)}
                            </section>
                        }
                    })
                    .collect_view()}
            </div>
            <Title text="Styleguide · Bedside" />
    }
}

/// The content of the section with this anchor.
fn section(id: &str) -> AnyView {
    match id {
        "colours" => foundations::colours(),
        "type" => foundations::sizes(),
        "space" => foundations::space(),
        "buttons" => controls::buttons(),
        "fields" => controls::fields(),
        "avatars" => controls::avatars(),
        "bars" => controls::bars(),
        "doctors" => chats::doctors(),
        "chats" => chats::lists(),
        "messages" => messages::messages(),
        "delivery" => messages::delivery(),
        "composer" => composing::composer(),
        "chat-status" => composing::status(),
        "dialogs" => dialogs::dialogs(),
        "notices" => notices::notices(),
        "empty" => notices::empty(),
        _ => forms::forms(),
    }
}
