//! Saved replies in the composer: `/` at the start of the text, or a button, opens a list. The
//! chosen reply goes into the field, where it can be edited; nothing is sent.
//!
//! The field keeps the focus and names the active option (ARIA, "combobox"). Its role stays that of
//! a text field, because an element with several lines can't be a combobox.

use crate::{
    components::{composition::is_composing, problem::problem_text, ssr_memo::ssr_memo},
    i18n::td_string,
    preferences::use_locale,
    protocol::{Problem, SavedReply, SavedReplyId},
    room::server_fns::list_saved_replies,
    safety::folded_words,
    takeover::pause,
};
use leptos::{ev, prelude::*};
use leptos_router::components::A;

/// The list's id on the page.
pub const LIST_ID: &str = "saved-replies";
/// The placeholder for the patient's name in a reply.
pub const PATIENT_MARK: &str = "{patient}";

/// What the list does with a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pressed {
    /// Nothing: the field handles the key.
    Elsewhere,
    /// The list has handled the key.
    Taken,
    /// The key chose this reply for insertion.
    Insert(String),
}

/// The list of saved replies over one field.
#[derive(Clone, Copy)]
pub struct Picker {
    /// The search text; `None` while the list is closed.
    query: RwSignal<Option<String>>,
    /// `None` before the server's answer.
    replies: RwSignal<Option<Result<Vec<SavedReply>, Problem>>>,
    is_asking: StoredValue<bool>,
    fitting: Signal<Vec<SavedReply>>,
    /// The index of the active option among the matching replies.
    chosen: RwSignal<usize>,
    /// Whether the user closed the list while the text begins with `/`.
    is_dismissed: StoredValue<bool>,
}

impl Picker {
    /// A closed list.
    pub fn closed() -> Self {
        let (query, replies) = (RwSignal::new(None::<String>), RwSignal::new(None::<Result<Vec<SavedReply>, Problem>>));
        let fitting = ssr_memo(move || {
            query.with(|query| {
                let query = query.as_deref().unwrap_or_default();
                replies.with(|replies| match replies {
                    Some(Ok(replies)) => fitting(replies, query),
                    Some(Err(_)) | None => Vec::new(),
                })
            })
        });
        let (is_asking, is_dismissed) = (StoredValue::new(false), StoredValue::new(false));
        Self { query, replies, is_asking, fitting, chosen: RwSignal::new(0), is_dismissed }
    }

    /// An open list with these replies.
    #[cfg(feature = "styleguide")]
    pub(crate) fn showing(query: &str, replies: Result<Vec<SavedReply>, Problem>) -> Self {
        let picker = Self::closed();
        picker.query.set(Some(query.to_owned()));
        picker.replies.set(Some(replies));
        picker
    }

    /// Opens or closes the list according to the text.
    pub fn follow(self, text: &str) {
        let Some(query) = text.strip_prefix('/') else {
            self.is_dismissed.set_value(false);
            self.query.set(None);
            return;
        };
        if query.is_empty() {
            self.is_dismissed.set_value(false);
        }
        if !self.is_dismissed.get_value() {
            self.open(query);
        }
    }

    /// Opens the list and fetches the replies.
    fn open(self, query: &str) {
        self.query.set(Some(query.to_owned()));
        self.chosen.set(0);
        self.fetch();
    }

    /// Opens the list, or closes it if it is open.
    pub fn toggle(self, text: &str) {
        if self.query.with_untracked(Option::is_some) {
            self.close();
        } else {
            self.open(text.strip_prefix('/').unwrap_or_default());
        }
    }

    /// Closes the list; the text stays.
    pub fn close(self) {
        self.is_dismissed.set_value(true);
        self.query.set(None);
    }

    /// Hides the list while the focus is elsewhere.
    pub fn hide(self) {
        self.query.set(None);
    }

    fn fetch(self) {
        if self.is_asking.get_value() || self.replies.with_untracked(|replies| matches!(replies, Some(Ok(_)))) {
            return;
        }
        self.is_asking.set_value(true);
        self.replies.set(None);
        leptos::reactive::spawn_local(async move {
            let replies = list_saved_replies().await;
            self.replies.try_set(Some(replies));
            self.is_asking.try_update_value(|is_asking| *is_asking = false);
        });
    }

    /// Handles a key that was pressed without Shift.
    pub fn press(self, key: &str) -> Pressed {
        if self.query.with_untracked(Option::is_none) {
            return Pressed::Elsewhere;
        }
        let is_waiting = self.replies.with_untracked(|replies| !matches!(replies, Some(Ok(_))));
        let fitting = self.fitting.get_untracked();
        let (chosen, last) = (self.chosen.get_untracked(), fitting.len().saturating_sub(1));
        match key {
            "Escape" => self.close(),
            // Enter waits for the list: a text that was typed to choose from it must not be sent.
            "Enter" if is_waiting => {}
            "ArrowDown" if !fitting.is_empty() => self.chosen.set(if chosen < last { chosen + 1 } else { 0 }),
            "ArrowUp" if !fitting.is_empty() => self.chosen.set(chosen.checked_sub(1).unwrap_or(last)),
            "Enter" | "Tab" => {
                let reply = fitting.into_iter().nth(chosen);
                return reply.map_or(Pressed::Elsewhere, |reply| Pressed::Insert(reply.content));
            }
            _ => return Pressed::Elsewhere,
        }
        if key.starts_with("Arrow") {
            self.show_chosen();
        }
        Pressed::Taken
    }

    fn show_chosen(self) {
        if let Some(id) = self.active() {
            bring_into_view(&id);
        }
    }

    /// The id of the list while it is shown.
    pub fn controls(self) -> Option<&'static str> {
        let is_open = self.query.with(Option::is_some) && self.fitting.with(|fitting| !fitting.is_empty());
        is_open.then_some(LIST_ID)
    }

    /// The id of the active option, if there is one.
    pub fn active(self) -> Option<String> {
        self.query.with(Option::is_some).then_some(())?;
        let chosen = self.chosen.get();
        self.fitting.with(|fitting| fitting.get(chosen).map(|reply| option_id(reply.id)))
    }
}

fn option_id(id: SavedReplyId) -> String {
    format!("saved-reply-{id}")
}

/// The replies that have every word in title or text, without regard to case and accents; replies
/// with all words in the title come first.
fn fitting(replies: &[SavedReply], query: &str) -> Vec<SavedReply> {
    let query = folded_words(query);
    let words: Vec<&str> = query.split_ascii_whitespace().collect();
    let has_all = |text: &str| words.iter().all(|word| text.contains(word));
    let (by_title, others): (Vec<&SavedReply>, Vec<&SavedReply>) =
        replies.iter().partition(|reply| has_all(&folded_words(&reply.title)));
    let by_text =
        others.into_iter().filter(|reply| has_all(&folded_words(&format!("{} {}", reply.title, reply.content))));
    by_title.into_iter().chain(by_text).cloned().collect()
}

/// Fills in the patient's name.
fn filled(reply: &str, patient: &str) -> String {
    reply.replace(PATIENT_MARK, patient)
}

/// The field's text with a reply: in place of `/…`, otherwise after the existing text.
#[must_use]
pub fn inserted(before: &str, reply: &str, patient: &str) -> String {
    let reply = filled(reply, patient);
    let before = if before.starts_with('/') { "" } else { before };
    let space = if before.is_empty() || before.ends_with(char::is_whitespace) { "" } else { " " };
    format!("{before}{space}{reply}")
}

/// The list, above the field.
#[component]
pub fn SavedReplyList(
    /// The field's picker.
    picker: Picker,
    /// Puts a reply into the field.
    insert: Callback<String>,
    /// The patient's name.
    patient: StoredValue<String>,
) -> impl IntoView {
    pause();
    let locale = use_locale();
    let Picker { query, replies, fitting, .. } = picker;
    let is_open = move || query.with(Option::is_some);
    let options = move || {
        view! {
            <ul class="reply-options" role="listbox" id=LIST_ID aria-label=td_string!(locale, saved_replies)>
                <For each=move || fitting.get() key=|reply| reply.id let:reply>
                    <ReplyOption picker reply insert patient />
                </For>
            </ul>
        }
    };
    let content = move || {
        let nothing = fitting.with(Vec::is_empty);
        replies.with(|replies| match replies {
            None => view! { <p role="status">{td_string!(locale, loading)}</p> }.into_any(),
            Some(Err(problem)) => {
                let problem = problem.clone();
                view! {
                    <p role="alert">{problem_text(locale, &problem)}</p>
                    <button type="button" class="button small" on:click=move |_| picker.fetch()>
                        {td_string!(locale, try_again)}
                    </button>
                }
                .into_any()
            }
            Some(Ok(all)) if all.is_empty() => view! {
                <p role="status">{td_string!(locale, no_saved_replies)}</p>
                <A href="/doctor/replies">{td_string!(locale, edit_saved_replies)}</A>
            }
            .into_any(),
            Some(Ok(_)) if nothing => view! { <p role="status">{td_string!(locale, no_reply_fits)}</p> }.into_any(),
            Some(Ok(_)) => options().into_any(),
        })
    };
    // Only these two values change the content, not each letter.
    let kind =
        ssr_memo(move || (replies.with(|replies| replies.as_ref().map(Result::is_ok)), fitting.with(Vec::is_empty)));
    view! {
        <Show when=is_open>
            <div
                class="reply-picker"
                // Keeps the focus in the field.
                on:mousedown=|event: ev::MouseEvent| event.prevent_default()
                on:keydown=move |event: ev::KeyboardEvent| {
                    if event.key() == "Escape" && !is_composing(&event) {
                        event.stop_propagation();
                        picker.close();
                    }
                }
            >
                {move || {
                    // Read, not only tracked: a memo that was never computed does not update.
                    kind.with(|_| ());
                    untrack(content)
                }}
            </div>
        </Show>
    }
}

#[component]
fn ReplyOption(
    picker: Picker,
    reply: SavedReply,
    insert: Callback<String>,
    patient: StoredValue<String>,
) -> impl IntoView {
    let Picker { fitting, chosen, .. } = picker;
    let SavedReply { id, title, content, .. } = reply;
    let shown = patient.with_value(|name| filled(&content, name));
    let is_chosen =
        move || fitting.with(|fitting| fitting.get(chosen.get()).is_some_and(|reply| reply.id == id)).to_string();
    view! {
        <li
            role="option"
            id=option_id(id)
            aria-selected=is_chosen
            on:click=move |_| insert.run(content.clone())
        >
            <strong dir="auto">{title}</strong>
            <span dir="auto">{shown}</span>
        </li>
    }
}

#[cfg(feature = "hydrate")]
fn bring_into_view(id: &str) {
    use web_sys::{ScrollIntoViewOptions, ScrollLogicalPosition};
    if let Some(option) = document().get_element_by_id(id) {
        let options = ScrollIntoViewOptions::new();
        options.set_block(ScrollLogicalPosition::Nearest);
        option.scroll_into_view_with_scroll_into_view_options(&options);
    }
}

#[cfg(not(feature = "hydrate"))]
const fn bring_into_view(_: &str) {}

#[cfg(test)]
mod tests;
