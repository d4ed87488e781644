//! Handles the clicks in all messages.

use crate::{live::Live, room::context::RoomContext};
use leptos::ev;

/// Handles a click anywhere in the list: on a button for options, on a link to another message, or
/// on a message by touch, which shows its options too.
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
    if let Some(seq) = named("data-options").or_else(|| target.as_ref().and_then(touched)) {
        let key = live
            .peek_chat(room.chat_id, |chat| chat.message(seq).map(|message| (message.sender_id, message.client_id)))
            .flatten();
        room.selected.update(|selected| *selected = key.filter(|key| *selected != Some(*key)));
    } else if let Some(seq) = named("data-leads-to") {
        event.prevent_default();
        room.jump.set(Some(seq));
    }
}

/// The message whose bubble was touched. A touch on a link, or one that selects text, is none.
#[cfg(feature = "hydrate")]
fn touched(target: &web_sys::Element) -> Option<crate::protocol::Seq> {
    use leptos::prelude::window;
    let bubble = target.closest(".bubble").ok()??;
    let is_touch = window().match_media("(pointer: coarse)").ok()??.matches();
    let is_link = target.closest("a, button").ok()?.is_some();
    let is_selecting = window().get_selection().ok()?.is_some_and(|selection| !selection.is_collapsed());
    let button = bubble.parent_element()?.query_selector("[data-options]").ok()??;
    let seq = button.get_attribute("data-options")?;
    (is_touch && !is_link && !is_selecting).then_some(seq)?.parse().ok()
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
