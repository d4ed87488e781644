//! How a user is notified: the user's preferences, the browser's permission, and the channels that
//! follow from both. Pure.

use serde::{Deserialize, Serialize};

/// The maximum length of the part of a message that a notification shows, in characters.
const TEXT_MAX_CHARS: usize = 120;

/// The user's choices for notifications in this browser. Stored in `localStorage` as JSON, with the
/// key [`NotificationPreferences::key`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[expect(clippy::struct_excessive_bools, reason = "each is a box to tick")]
pub struct NotificationPreferences {
    /// Whether the page has asked the user about notifications.
    pub is_asked: bool,
    /// Whether to show system notifications.
    pub notifications: bool,
    /// Whether to play a sound.
    pub sound: bool,
    /// Whether notifications contain the sender's name.
    pub names: bool,
    /// Whether notifications contain the message's text.
    pub text: bool,
}

impl NotificationPreferences {
    /// The key of a user's preferences in `localStorage`. They stay after a sign-out, because they
    /// contain no health data.
    #[must_use]
    pub fn key(viewer: crate::protocol::UserId) -> String {
        format!("bedside-notify:{viewer}")
    }

    /// Parses stored preferences. Returns the defaults, without any channel, if there are none or
    /// they can't be parsed.
    #[must_use]
    pub fn read(kept: Option<&str>) -> Self {
        kept.and_then(|kept| serde_json::from_str(kept).ok()).unwrap_or_default()
    }
}

/// Whether the browser allows notifications.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// The browser does not support notifications.
    Unsupported,
    /// The page's address is not https, where browsers allow no notifications.
    Insecure,
    /// The user, or the administrator of the device, has blocked notifications.
    Blocked,
    /// The browser has not asked the user yet.
    NotAsked,
    /// Notifications are allowed.
    Allowed,
}

/// A channel for notifications. Push and e-mail, which reach users without an open page, can be
/// added here. `components/page_title` always shows the count in the page's title.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// A system notification.
    Notification,
    /// A sound.
    Sound,
}

/// The channels that the user wants and the browser allows.
#[must_use]
pub fn channels(preferences: NotificationPreferences, permit: Permission) -> Vec<Channel> {
    let notification = (preferences.notifications && permit == Permission::Allowed).then_some(Channel::Notification);
    let sound = preferences.sound.then_some(Channel::Sound);
    notification.into_iter().chain(sound).collect()
}

/// The notification's text below the title. It is empty unless the user wants more.
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

/// The kinds of browsers with different instructions for allowing notifications.
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

/// The kind of browser with this `navigator.userAgent`.
#[must_use]
pub fn family(agent: &str) -> BrowserFamily {
    // Every user agent contains "Safari", and most contain "Chrome", so the order matters.
    let kinds = [
        ("Firefox/", BrowserFamily::Firefox),
        ("Chrome/", BrowserFamily::Chromium),
        ("Safari/", BrowserFamily::Safari),
    ];
    kinds.into_iter().find(|(name, _)| agent.contains(name)).map_or(BrowserFamily::Other, |(_, family)| family)
}
