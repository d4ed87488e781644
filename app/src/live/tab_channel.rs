//! What a person's tabs say to each other: who is alive, where the person looks, and that they sign out.

use crate::{
    live::{TabFocus, TabId},
    protocol::UserId,
};
use wasm_bindgen::{JsCast, JsValue, prelude::Closure};
use web_sys::{BroadcastChannel, MessageEvent};

/// One thing said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TabMessage {
    /// "Is this tab alive?"
    Ask(TabId),
    /// "I am."
    Alive(TabId),
    /// "We are signing out."
    SigningOut,
    /// "Where does the person look?"
    WhoLooks,
    /// "In this tab, there."
    OtherTabs(TabId, TabFocus),
}

/// The channel between this browser's tabs of one person.
pub(super) struct TabChannel(Option<BroadcastChannel>);

impl TabChannel {
    /// Joins, and calls `heard` for what the others say.
    pub(super) fn join(user: UserId, heard: impl Fn(TabMessage) + 'static) -> Self {
        let Ok(channel) = BroadcastChannel::new(&format!("bedside:{user}")) else { return Self(None) };
        let listen = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
            if let Some(word) = event.data().as_string().as_deref().and_then(parse) {
                heard(word);
            }
        });
        channel.set_onmessage(Some(listen.as_ref().unchecked_ref()));
        // As long as the page.
        listen.forget();
        Self(Some(channel))
    }

    /// Says something to the others.
    pub(super) fn say(&self, word: TabMessage) {
        if let Some(channel) = &self.0 {
            // A closed channel means that the page goes away.
            let _ = channel.post_message(&JsValue::from_str(&text(word)));
        }
    }
}

fn text(word: TabMessage) -> String {
    match word {
        TabMessage::Ask(tab) => format!("ask {tab}"),
        TabMessage::Alive(tab) => format!("alive {tab}"),
        TabMessage::SigningOut => "signing-out".to_owned(),
        TabMessage::WhoLooks => "who-looks".to_owned(),
        TabMessage::OtherTabs(tab, TabFocus::Hidden) => format!("looks {tab} away"),
        TabMessage::OtherTabs(tab, TabFocus::Shown) => format!("looks {tab} here"),
        TabMessage::OtherTabs(tab, TabFocus::At(chat_id)) => format!("looks {tab} {chat_id}"),
    }
}

fn parse(text: &str) -> Option<TabMessage> {
    match text.split_once(' ') {
        Some(("ask", tab)) => tab.parse().ok().map(TabMessage::Ask),
        Some(("alive", tab)) => tab.parse().ok().map(TabMessage::Alive),
        Some(("looks", rest)) => {
            let (tab, look) = rest.split_once(' ')?;
            let look = match look {
                "away" => TabFocus::Hidden,
                "here" => TabFocus::Shown,
                chat => TabFocus::At(chat.parse().ok()?),
            };
            tab.parse().ok().map(|tab| TabMessage::OtherTabs(tab, look))
        }
        None if text == "signing-out" => Some(TabMessage::SigningOut),
        None if text == "who-looks" => Some(TabMessage::WhoLooks),
        _ => None,
    }
}
