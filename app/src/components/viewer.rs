//! What the server knows about a page's visitor, told to the browser with the page.

use crate::{
    preferences::Theme,
    protocol::{Problem, Timestamp, User},
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// Facts that hold as long as the page is open: signing in or out loads a new one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageFacts {
    /// Who is signed in.
    pub viewer: Option<User>,
    /// Opens what their browser keeps of messages that are not sent (32 bytes in hex).
    pub outbox_key: Option<String>,
    /// Why the page can't be shown at all, if so.
    pub trouble: Option<Problem>,
    /// The colours they chose.
    pub theme: Theme,
    /// The clinic's time zone (IANA name).
    pub time_zone: String,
    /// For how long after it was stored a message can be changed by its sender, in milliseconds.
    pub changeable_ms: i64,
    /// When the page was rendered.
    pub rendered_at: Timestamp,
}

impl PageFacts {
    /// Finds them out on the server, takes them over in the browser, and provides them to
    /// everything below.
    pub fn provide() -> Self {
        let facts = SharedValue::new(find).into_inner();
        provide_context(facts.clone());
        facts
    }
}

/// Who is signed in on this page.
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
        changeable_ms: backend.as_ref().map_or(0, |backend| backend.changeable_ms()),
        time_zone: backend.map_or_else(|| "UTC".to_owned(), |backend| backend.time_zone().name().to_owned()),
        rendered_at: Timestamp(chrono::Utc::now().timestamp_millis()),
    }
}

/// Only when the page came without them, which the server never does.
#[cfg(not(feature = "ssr"))]
fn find() -> PageFacts {
    PageFacts {
        viewer: None,
        outbox_key: None,
        trouble: None,
        theme: Theme::System,
        time_zone: "UTC".to_owned(),
        changeable_ms: 0,
        rendered_at: Timestamp(0),
    }
}
