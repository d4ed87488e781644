//! The messages between a user's tabs: which tabs are alive, which chat has the focus, and that the
//! user signs out.

use crate::{
    live::{TabFocus, TabId},
    protocol::UserId,
};
use wasm_bindgen::{JsCast, JsValue, prelude::Closure};
use web_sys::{BroadcastChannel, MessageEvent};

/// A message between tabs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TabMessage {
    /// Asks whether this tab is alive.
    Ask(TabId),
    /// The answer: this tab is alive.
    Alive(TabId),
    /// The user is signing out.
    SigningOut,
    /// Asks every tab for its focus.
    AskFocus,
    /// The focus of this tab.
    Focus(TabId, TabFocus),
}

/// The channel between a user's tabs in this browser. Does nothing if the browser has no
/// `BroadcastChannel`.
pub(super) struct TabChannel(Option<BroadcastChannel>);

impl TabChannel {
    /// Opens the channel, and calls `set_focus` for each message from the other tabs.
    pub(super) fn join(user: UserId, set_focus: impl Fn(TabMessage) + 'static) -> Self {
        let Ok(channel) = BroadcastChannel::new(&format!("bedside:{user}")) else { return Self(None) };
        let listen = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
            if let Some(word) = event.data().as_string().as_deref().and_then(parse) {
                set_focus(word);
            }
        });
        channel.set_onmessage(Some(listen.as_ref().unchecked_ref()));
        // The listener lives as long as the page.
        listen.forget();
        Self(Some(channel))
    }

    /// Sends a message to the other tabs.
    pub(super) fn say(&self, word: TabMessage) {
        if let Some(channel) = &self.0 {
            // A closed channel means that the page is being unloaded.
            let _ = channel.post_message(&JsValue::from_str(&text(word)));
        }
    }
}

fn text(word: TabMessage) -> String {
    match word {
        TabMessage::Ask(tab) => format!("ask {tab}"),
        TabMessage::Alive(tab) => format!("alive {tab}"),
        TabMessage::SigningOut => "signing-out".to_owned(),
        TabMessage::AskFocus => "who-looks".to_owned(),
        TabMessage::Focus(tab, TabFocus::Hidden) => format!("looks {tab} away"),
        TabMessage::Focus(tab, TabFocus::Shown) => format!("looks {tab} here"),
        TabMessage::Focus(tab, TabFocus::At(chat_id)) => format!("looks {tab} {chat_id}"),
    }
}

fn parse(text: &str) -> Option<TabMessage> {
    match text.split_once(' ') {
        Some(("ask", tab)) => tab.parse().ok().map(TabMessage::Ask),
        Some(("alive", tab)) => tab.parse().ok().map(TabMessage::Alive),
        Some(("looks", rest)) => {
            let (tab, focus) = rest.split_once(' ')?;
            let focus = match focus {
                "away" => TabFocus::Hidden,
                "here" => TabFocus::Shown,
                chat => TabFocus::At(chat.parse().ok()?),
            };
            tab.parse().ok().map(|tab| TabMessage::Focus(tab, focus))
        }
        None if text == "signing-out" => Some(TabMessage::SigningOut),
        None if text == "who-looks" => Some(TabMessage::AskFocus),
        _ => None,
    }
}
