//! Handles the clicks in all messages.

use crate::{live::Live, room::context::RoomContext};
use leptos::ev;

/// Handles a click anywhere in the list: on a button for options, or on a link to another message.
#[cfg(feature = "hydrate")]
pub fn press(event: &ev::MouseEvent, live: Live, room: RoomContext) {
    use crate::protocol::Seq;
    use leptos::prelude::*;
    use wasm_bindgen::JsCast;
    let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    let named = |name: &str| -> Option<Seq> {
        let pressed = target.as_ref()?.closest(&format!("[{name}]")).ok()??;
        pressed.get_attribute(name)?.parse().ok()
    };
    if let Some(seq) = named("data-options") {
        let key = live
            .peek_chat(room.chat_id, |chat| chat.message(seq).map(|message| (message.sender_id, message.client_id)))
            .flatten();
        room.selected.update(|selected| *selected = key.filter(|key| *selected != Some(*key)));
    } else if let Some(seq) = named("data-leads-to") {
        event.prevent_default();
        room.jump.set(Some(seq));
    }
}

/// The stub for the server, where no one clicks.
#[cfg(not(feature = "hydrate"))]
pub const fn press(_: &ev::MouseEvent, _: Live, _: RoomContext) {}

/// Sets `aria-expanded` at the button of the message whose options are shown: the button is written
/// as HTML text and has no subscription.
#[cfg(feature = "hydrate")]
pub(super) fn follow_open(room: RoomContext) {
    use leptos::prelude::*;
    Effect::new(move |before: Option<Option<String>>| {
        let now = room.selected.get().map(|(_, client_id)| format!("#m-{client_id} [data-options]"));
        let say = |button: &str, is_open: &str| {
            if let Ok(Some(button)) = document().query_selector(button) {
                let _ = button.set_attribute("aria-expanded", is_open);
            }
        };
        if let Some(before) = before.flatten() {
            say(&before, "false");
        }
        if let Some(now) = &now {
            say(now, "true");
        }
        now
    });
}

/// The stub for the server.
#[cfg(not(feature = "hydrate"))]
pub(super) const fn follow_open(_: RoomContext) {}
