//! Dialogs over the two panes: which one is open, and their frame.

use crate::{
    components::composition::is_composing,
    i18n::td_string,
    preferences::use_locale,
    protocol::{ChatId, Seq},
};
use leptos::{ev, html, prelude::*};

/// A dialog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Open {
    /// The chat switcher.
    Switcher,
    /// The list of keyboard shortcuts.
    Help,
    /// The search, in one chat or in all.
    Search(Option<ChatId>),
    /// Closes a chat.
    Close(ChatId),
    /// Asks before the peer of a chat is blocked.
    Block(ChatId),
    /// Reports a chat to the clinic's admin.
    Report(ChatId),
}

/// The open dialog and what it leads to, provided to everything in the panes. At most one dialog is
/// open.
#[derive(Clone, Copy)]
pub struct Overlay {
    /// The open dialog.
    pub open: RwSignal<Option<Open>>,
    /// The message to scroll to as soon as its room is shown.
    pub jump: RwSignal<Option<(ChatId, Seq)>>,
    /// The chat that was chosen with the keyboard, until its room takes the typed text.
    pub chosen: RwSignal<Option<ChatId>>,
    /// Whether an input method is composing the text that is typed ahead: the composition would end
    /// if the focus changed fields.
    pub is_composing: RwSignal<bool>,
}

impl Overlay {
    /// Provides it as context.
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

    /// The page's overlay. Panics if none was provided.
    pub fn expect() -> Self {
        expect_context()
    }
}

/// A dialog over the page. The browser keeps the focus in it, closes it on Escape and restores the
/// focus.
#[component]
pub fn Dialog(
    /// The dialog's name for screen readers.
    #[prop(into)]
    label: String,
    /// Whether it is a question that can be dismissed.
    #[prop(optional)]
    asks: bool,
    children: Children,
) -> impl IntoView {
    let locale = use_locale();
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
                // The event comes a little later, so another dialog may be open by now.
                if is_shut(dialog) {
                    open.set(None);
                }
            }
        >
            {children()}
            <form method="dialog">
                <button class="button quiet">{if asks { td_string!(locale, cancel) } else { td_string!(locale, close) }}</button>
            </form>
        </dialog>
    }
}

#[cfg(feature = "hydrate")]
fn show(dialog: &web_sys::HtmlDialogElement) {
    // This can't fail with "already open", because the element is new.
    let _ = dialog.show_modal();
}

#[cfg(not(feature = "hydrate"))]
const fn show<T>(_: &T) {}

/// Restores the focus after the dialog was removed. The browser does so only for a dialog that it
/// closes itself.
#[cfg(feature = "hydrate")]
fn give_focus_back() {
    use wasm_bindgen::JsCast;
    let before = document().active_element().and_then(|active| active.dyn_into::<web_sys::HtmlElement>().ok());
    let before = StoredValue::new_local(before);
    on_cleanup(move || {
        let Some(Some(before)) = before.try_get_value() else { return };
        request_animation_frame(move || {
            // Unless another element has got the focus.
            if crate::components::focus::is_nowhere() && before.is_connected() {
                let _ = before.focus();
            }
        });
    });
}

#[cfg(not(feature = "hydrate"))]
const fn give_focus_back() {}

/// Whether the dialog's element is still on the page and closed.
#[cfg(feature = "hydrate")]
fn is_shut(dialog: NodeRef<html::Dialog>) -> bool {
    dialog.try_get_untracked().flatten().is_some_and(|dialog| dialog.is_connected() && !dialog.open())
}

#[cfg(not(feature = "hydrate"))]
const fn is_shut(_: NodeRef<html::Dialog>) -> bool {
    false
}
