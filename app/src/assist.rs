//! The program on a form page. It has no views there: it notifies the user of new messages, counts
//! them in the title, and shows when the session has ended.

use crate::{
    components::viewer::PageFacts,
    layout::account_menu::leave,
    live::{self, Link, Live, LiveState},
    notifications::context::{NotificationContext, notify},
    protocol::{Role, User},
};
use any_spawner::Executor;
use hydration_context::HydrateSharedContext;
use leptos::{ev, prelude::*};
use std::sync::Arc;
use wasm_bindgen::JsCast;
use web_sys::HtmlFormElement;

/// Starts the program beside a form page.
pub fn assist() {
    // Fails only if an executor is set already, which then is the right one.
    let _ = Executor::init_wasm_bindgen();
    let owner = Owner::new_root(Some(Arc::new(HydrateSharedContext::new())));
    owner.with(|| {
        let facts = PageFacts::provide();
        let Some(viewer) = facts.viewer.clone().filter(|viewer| viewer.role != Role::Admin) else { return };
        run(&facts, &viewer);
    });
    // It runs as long as the page is open.
    std::mem::forget(owner);
}

fn run(facts: &PageFacts, viewer: &User) {
    let live = Live::provide(viewer.id, facts.outbox_key.as_deref());
    live::connect(live);
    NotificationContext::provide(viewer.id);
    let open = |chat: String| {
        let _ = window().location().assign(&chat);
    };
    // The page shows no chat.
    notify(Signal::stored(String::new()), open, facts.rendered_at, viewer.role);
    count_in_title(live);
    show_end(live);
    let _ = window_event_listener(ev::submit, move |event| {
        let form = event.target().and_then(|target| target.dyn_into::<HtmlFormElement>().ok());
        if let Some(question) = form.and_then(|form| form.get_attribute("data-question")) {
            leave(&event, Some(live), &question);
        }
    });
}

fn count_in_title(live: Live) {
    let title = document().title();
    let unread = Memo::new(move |_| live.with(LiveState::unread));
    Effect::new(move |_| match unread.get() {
        0 => document().set_title(&title),
        count @ 1..100 => document().set_title(&format!("({count}) {title}")),
        _ => document().set_title(&format!("(99+) {title}")),
    });
}

/// The style sheet shows the note about the end of the session while this attribute is set.
fn show_end(live: Live) {
    let is_over = Memo::new(move |_| live.with(|state| state.link == Link::Ended));
    Effect::new(move |_| {
        if let Some(body) = document().body().filter(|_| is_over.get()) {
            // A literal name can't be refused.
            let _ = body.set_attribute("data-ended", "");
        }
    });
}
