//! Dialogs over the two panes: which one is open, and the frame they share.

use crate::{
    components::composition::is_composing,
    i18n::{t_string, use_i18n},
    protocol::{ChatId, Seq},
};
use leptos::{ev, html, prelude::*};

/// What is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Open {
    /// To another chat.
    Switcher,
    /// What the keys do.
    Help,
    /// What was said: in one chat, or in all.
    Search(Option<ChatId>),
    /// Ends a chat.
    Close(ChatId),
    /// Asks whether to block the other of a chat.
    Block(ChatId),
    /// Tells the clinic's admin about a chat.
    Report(ChatId),
}

/// The one dialog that may be open, and what it leads to; provided to everything in the panes.
#[derive(Clone, Copy)]
pub struct Overlay {
    /// Which one.
    pub open: RwSignal<Option<Open>>,
    /// A message to bring into view as soon as its room is there.
    pub jump: RwSignal<Option<(ChatId, Seq)>>,
    /// The chat that was chosen by the keyboard, until its room takes what is typed.
    pub chosen: RwSignal<Option<ChatId>>,
    /// Whether what is typed for it is being composed (by an input method): it can't change fields
    /// meanwhile.
    pub is_composing: RwSignal<bool>,
}

impl Overlay {
    /// Provides it.
    pub fn provide() -> Self {
        let overlay = Self {
            open: RwSignal::default(),
            jump: RwSignal::default(),
            chosen: RwSignal::default(),
            is_composing: RwSignal::default(),
        };
        provide_context(overlay);
        overlay
    }

    /// The page's.
    pub fn expect() -> Self {
        expect_context()
    }
}

/// A dialog over the page. The browser keeps the focus in it, closes it at Escape, and gives the
/// focus back.
#[component]
pub fn Dialog(
    /// What it is called.
    #[prop(into)]
    label: Signal<String>,
    /// Whether it asks for something that can be left.
    #[prop(optional)]
    asks: bool,
    children: Children,
) -> impl IntoView {
    let i18n = use_i18n();
    let open = Overlay::expect().open;
    let dialog = NodeRef::<html::Dialog>::new();
    Effect::new(move |_| {
        if let Some(dialog) = dialog.get() {
            show(&dialog);
        }
    });
    give_focus_back();
    view! {
        <dialog
            class="dialog"
            node_ref=dialog
            aria-label=label
            on:keydown=move |event: ev::KeyboardEvent| {
                if event.key() == "Escape" && is_composing(&event) {
                    event.prevent_default();
                }
            }
            on:cancel=move |_: ev::Event| open.set(None)
            on:close=move |_| {
                // It comes a little later: another may have been opened meanwhile.
                if is_shut(dialog) {
                    open.set(None);
                }
            }
        >
            {children()}
            <form method="dialog">
                <button class="button quiet">{move || if asks { t_string!(i18n, cancel) } else { t_string!(i18n, close) }}</button>
            </form>
        </dialog>
    }
}

#[cfg(feature = "hydrate")]
fn show(dialog: &web_sys::HtmlDialogElement) {
    // It can't be open already: it has only just been made.
    let _ = dialog.show_modal();
}

#[cfg(not(feature = "hydrate"))]
const fn show<T>(_: &T) {}

/// Once the dialog is gone, the focus is where it was before. The browser does that only for one
/// that it closes itself.
#[cfg(feature = "hydrate")]
fn give_focus_back() {
    use wasm_bindgen::JsCast;
    let before = document().active_element().and_then(|active| active.dyn_into::<web_sys::HtmlElement>().ok());
    let before = StoredValue::new_local(before);
    on_cleanup(move || {
        let Some(Some(before)) = before.try_get_value() else { return };
        request_animation_frame(move || {
            // Unless it went somewhere else meanwhile.
            if crate::components::focus::is_nowhere() && before.is_connected() {
                let _ = before.focus();
            }
        });
    });
}

#[cfg(not(feature = "hydrate"))]
const fn give_focus_back() {}

/// Whether the dialog is still this one's, and closed.
#[cfg(feature = "hydrate")]
fn is_shut(dialog: NodeRef<html::Dialog>) -> bool {
    dialog.try_get_untracked().flatten().is_some_and(|dialog| dialog.is_connected() && !dialog.open())
}

#[cfg(not(feature = "hydrate"))]
const fn is_shut(_: NodeRef<html::Dialog>) -> bool {
    false
}
