//! How a person is told: what they wish, what the browser allows, and the ways that remain. Pure.

use serde::{Deserialize, Serialize};

/// What is shown of a message at most, in characters.
const TEXT_MAX_CHARS: usize = 120;

/// What a person chose in this browser. Kept in `localStorage` as JSON, under [`NotificationPreferences::key`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[expect(clippy::struct_excessive_bools, reason = "each is a box to tick")]
pub struct NotificationPreferences {
    /// Whether they were asked whether they want to be told at all.
    pub is_asked: bool,
    /// The system's notifications.
    pub notifications: bool,
    /// A sound.
    pub sound: bool,
    /// In notifications: who wrote.
    pub names: bool,
    /// In notifications: what was written.
    pub text: bool,
}

impl NotificationPreferences {
    /// Where a person's are kept. Not with what signing out removes: they say nothing about health.
    #[must_use]
    pub fn key(viewer: crate::protocol::UserId) -> String {
        format!("bedside-notify:{viewer}")
    }

    /// As kept; nothing is wished where nothing readable was.
    #[must_use]
    pub fn read(kept: Option<&str>) -> Self {
        kept.and_then(|kept| serde_json::from_str(kept).ok()).unwrap_or_default()
    }
}

/// What the browser says to notifications.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// It has none.
    Unsupported,
    /// Not at an address without https.
    Insecure,
    /// The person, or whoever manages the device, said no.
    Blocked,
    /// Nobody was asked.
    NotAsked,
    /// Yes.
    Allowed,
}

/// A way to tell. Push and mail, which reach people without an open page, will be further ones. (The count in the
/// title is always there: `ui/page_title`.)
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// The system's notification.
    Notification,
    /// A sound.
    Sound,
}

/// The ways that are wished and possible.
#[must_use]
pub fn channels(preferences: NotificationPreferences, permit: Permission) -> Vec<Channel> {
    let notification = (preferences.notifications && permit == Permission::Allowed).then_some(Channel::Notification);
    let sound = preferences.sound.then_some(Channel::Sound);
    notification.into_iter().chain(sound).collect()
}

/// What a notification says below "New message": nothing, unless the person wishes more.
#[must_use]
pub fn body(preferences: NotificationPreferences, name: Option<&str>, text: Option<&str>) -> String {
    let name = name.filter(|_| preferences.names);
    let text = text.filter(|_| preferences.text).map(|text| {
        let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        line.chars().take(TEXT_MAX_CHARS).collect::<String>()
    });
    match (name, text) {
        (Some(name), Some(text)) => format!("{name}: {text}"),
        (Some(name), None) => name.to_owned(),
        (None, text) => text.unwrap_or_default(),
    }
}

/// Browsers that are told alike how to allow notifications.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BrowserFamily {
    /// Firefox.
    Firefox,
    /// Chrome, Edge, and others of their kind.
    Chromium,
    /// Safari.
    Safari,
    /// Any other.
    Other,
}

/// Which one this is, by how it names itself (`navigator.userAgent`).
#[must_use]
pub fn family(agent: &str) -> BrowserFamily {
    // All call themselves Safari, and most Chrome.
    let kinds = [
        ("Firefox/", BrowserFamily::Firefox),
        ("Chrome/", BrowserFamily::Chromium),
        ("Safari/", BrowserFamily::Safari),
    ];
    kinds.into_iter().find(|(name, _)| agent.contains(name)).map_or(BrowserFamily::Other, |(_, family)| family)
}
