//! The facts that the server has about the page and its viewer, sent to the browser in the page.

use crate::{
    i18n::Locale,
    preferences::Theme,
    protocol::{Problem, Timestamp, User},
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// Facts that hold as long as the page is open: sign-in and sign-out load a new page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageFacts {
    /// The signed-in user.
    pub viewer: Option<User>,
    /// The key of the browser's outbox (32 bytes in hex).
    pub outbox_key: Option<String>,
    /// Why the page can't be shown at all, if so.
    pub trouble: Option<Problem>,
    /// The chosen colours.
    pub theme: Theme,
    /// The language.
    pub locale: Locale,
    /// The clinic's time zone (IANA name).
    pub time_zone: String,
    /// For how long a sender may change a message after it was stored, in milliseconds.
    pub changeable_ms: i64,
    /// When the page was rendered.
    pub rendered_at: Timestamp,
}

impl PageFacts {
    /// Reads the facts on the server or from the page in the browser, and provides them as context.
    pub fn provide() -> Self {
        let facts = SharedValue::new(find).into_inner();
        provide_context(facts.clone());
        provide_context(facts.locale);
        facts
    }
}

/// The signed-in user of this page.
pub fn use_viewer() -> Option<User> {
    use_context::<PageFacts>().and_then(|facts| facts.viewer)
}

#[cfg(feature = "ssr")]
fn find() -> PageFacts {
    let backend = crate::backend::backend().ok();
    PageFacts {
        viewer: backend.as_ref().and_then(|backend| backend.known_viewer()),
        outbox_key: backend.as_ref().and_then(|backend| backend.outbox_key()),
        trouble: backend.as_ref().and_then(|backend| backend.trouble()),
        theme: crate::preferences::theme_of_request(),
        locale: crate::preferences::locale_of_request(),
        changeable_ms: backend.as_ref().map_or(0, |backend| backend.changeable_ms()),
        time_zone: backend.map_or_else(|| "UTC".to_owned(), |backend| backend.time_zone().name().to_owned()),
        rendered_at: Timestamp(chrono::Utc::now().timestamp_millis()),
    }
}

/// Only used if the page came without facts, which the server never sends.
#[cfg(not(feature = "ssr"))]
fn find() -> PageFacts {
    PageFacts {
        viewer: None,
        outbox_key: None,
        trouble: None,
        theme: Theme::System,
        locale: Locale::default(),
        time_zone: "UTC".to_owned(),
        changeable_ms: 0,
        rendered_at: Timestamp(0),
    }
}
