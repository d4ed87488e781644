//! The search dialog: a field and the matching messages, the newest first.

use crate::{
    chats::{
        author::{Author, author_prefix},
        server_fns::search,
    },
    components::{
        clock::Clock,
        composition::is_composing,
        overlay::{Dialog, Open, Overlay},
        problem::problem_text,
        viewer::use_viewer,
    },
    i18n::{Locale, td_string},
    live::Live,
    preferences::use_locale,
    protocol::{
        ChatId, MessageId, Problem, Role, SEARCH_MAX_CHARS, SearchHit, SearchPage, SearchQuery, SnippetPiece, UserId,
    },
    takeover::pause,
};
use leptos::{ev, prelude::*};
use leptos_router::hooks::use_navigate;
use std::time::Duration;

/// How long to wait after the last keystroke before the search starts.
const AFTER_TYPING: Duration = Duration::from_millis(250);

/// The button that opens the search. It needs JavaScript.
#[component]
pub fn SearchButton(
    /// The button's label.
    label: &'static str,
    /// The chat to search in; `None` is all chats.
    chat_id: Option<ChatId>,
) -> impl IntoView {
    pause();
    let open = Overlay::expect().open;
    view! {
        <button
            type="button"
            class="icon-button needs-script"
            aria-label=label
            title=label
            on:click=move |_| open.set(Some(Open::Search(chat_id)))
        >
            <svg viewBox="0 0 24 24" aria-hidden="true">
                <path d="M10.500 4a6.500 6.500 0 1 1 0 13a6.500 6.500 0 0 1 0-13M15.500 15.500l5 5" />
            </svg>
        </button>
    }
}

/// The results that the dialog shows.
#[derive(Clone, Default)]
struct Found {
    hits: Vec<SearchHit>,
    next: Option<MessageId>,
    is_whole: bool,
    /// Why the next page is missing.
    problem: Option<Problem>,
}

/// The signals of one search.
#[derive(Clone, Copy)]
pub struct Searching {
    words: RwSignal<String>,
    /// The chat to search in; `None` is all chats.
    within: RwSignal<Option<ChatId>>,
    /// `None` before the first answer.
    found: RwSignal<Option<Result<Found, Problem>>>,
    /// The number of the last request: answers to earlier ones are ignored.
    asked: StoredValue<u32>,
    is_pending: RwSignal<bool>,
}

impl Searching {
    /// A new search in this chat, or in all.
    #[must_use]
    pub fn new(within: Option<ChatId>) -> Self {
        Self {
            words: RwSignal::default(),
            within: RwSignal::new(within),
            found: RwSignal::new(None),
            asked: StoredValue::new(0),
            is_pending: RwSignal::new(false),
        }
    }

    /// Requests the first page, or the page of results before `before`.
    fn ask(self, before: Option<MessageId>) {
        let query = self.words.get_untracked().trim().to_owned();
        let number = self.asked.try_update_value(|asked| {
            *asked = asked.wrapping_add(1);
            *asked
        });
        if query.is_empty() {
            self.found.set(None);
            self.is_pending.set(false);
            return;
        }
        self.is_pending.set(true);
        let query = SearchQuery { query, chat_id: self.within.get_untracked(), before, limit: None };
        leptos::reactive::spawn_local(async move {
            let page = search(query).await;
            if self.asked.try_get_value() == number {
                self.is_pending.set(false);
                self.take(page, before.is_some());
            }
        });
    }

    /// Takes over a page of results: the first one, or another if `is_more`.
    pub fn take(self, page: Result<SearchPage, Problem>, is_more: bool) {
        self.found.update(|found| {
            let before = found.take().and_then(Result::ok).filter(|_| is_more);
            if let (Some(before), Err(problem)) = (&before, &page) {
                // The results stay; the rest can be requested again.
                *found = Some(Ok(Found { problem: Some(problem.clone()), ..before.clone() }));
                return;
            }
            let before = before.unwrap_or_default();
            *found = Some(page.map(|SearchPage { hits, next, is_whole }| Found {
                hits: before.hits.into_iter().chain(hits).collect(),
                next,
                is_whole,
                problem: None,
            }));
        });
    }
}

/// The search dialog.
#[component]
pub fn Search(
    /// The viewer's role.
    role: Role,
    /// The chat to search in first.
    chat_id: Option<ChatId>,
) -> impl IntoView {
    view! { <SearchDialog role chat_id searching=Searching::new(chat_id) /> }
}

/// Searches again when a message that is, or may soon be, among the results was retracted or
/// corrected.
fn follow_changes(live: Live, searching: Searching) {
    let changes = Memo::new(move |_| {
        live.with(|state| state.chats.values().map(|chat| chat.counters.last_change.0).sum::<i64>())
    });
    Effect::new(move |before: Option<i64>| {
        let now = changes.get();
        let has_found =
            searching.found.with_untracked(|found| matches!(found, Some(Ok(found)) if !found.hits.is_empty()));
        let is_found = has_found || searching.is_pending.get_untracked();
        if is_found && before.is_some_and(|before| before != now) {
            searching.ask(None);
        }
        now
    });
}

/// The dialog of a given search.
#[component]
pub fn SearchDialog(
    /// The viewer's role.
    role: Role,
    /// The chat to search in first.
    chat_id: Option<ChatId>,
    /// The search.
    searching: Searching,
) -> impl IntoView {
    let locale = use_locale();
    let live = Live::expect();
    let name = chat_id
        .and_then(|chat_id| live.peek_chat(chat_id, |chat| Some(chat.chat.as_ref()?.peer.name.clone())).flatten());
    follow_changes(live, searching);
    let later = debounce(AFTER_TYPING, move |()| searching.ask(None));
    let typed = StoredValue::new(later);
    view! {
        <Dialog label=td_string!(locale, search_messages)>
            <form
                class="message-search"
                role="search"
                on:submit=move |event: ev::SubmitEvent| {
                    event.prevent_default();
                    searching.ask(None);
                }
            >
                <div class="field">
                    <label for="message-search">{td_string!(locale, search_words)}</label>
                    <input
                        id="message-search"
                        type="search"
                        autocomplete="off"
                        autofocus
                        maxlength=SEARCH_MAX_CHARS.to_string()
                        placeholder=td_string!(locale, search_hint_messages)
                        on:keydown=move |event| {
                            // The browser empties the field without an `input` event.
                            if event.key() == "Escape"
                                && !is_composing(&event)
                                && !searching.words.with_untracked(String::is_empty) {
                                searching.words.set(String::new());
                                searching.ask(None);
                            }
                        }
                        on:input=move |event| {
                            searching.words.set(event_target_value(&event));
                            typed.try_update_value(|later| later(()));
                        }
                    />
                </div>
                {chat_id
                    .zip(name)
                    .map(|(chat_id, name)| {
                        view! {
                            <label class="check">
                                <input
                                    type="checkbox"
                                    checked
                                    on:change=move |event| {
                                        searching.within.set(event_target_checked(&event).then_some(chat_id));
                                        searching.ask(None);
                                    }
                                />
                                {td_string!(locale, search_only, name = name).to_string()}
                            </label>
                        }
                    })}
                <p class="search-status" role="status">
                    {move || status(locale, searching)}
                </p>
                <Hits role searching />
            </form>
        </Dialog>
    }
}

/// The status line of the search.
fn status(locale: Locale, searching: Searching) -> String {
    if searching.is_pending.get() {
        return td_string!(locale, searching).to_string();
    }
    searching.found.with(|found| match found {
        None => String::new(),
        Some(Err(problem) | Ok(Found { problem: Some(problem), .. })) => problem_text(locale, problem),
        Some(Ok(found)) if !found.is_whole => td_string!(locale, search_incomplete).to_string(),
        Some(Ok(found)) => match found.hits.len() {
            0 => td_string!(locale, nothing_found).to_string(),
            // The total is not counted.
            count if found.next.is_some() => td_string!(locale, newest_found, count = count.to_string()).to_string(),
            1 => td_string!(locale, one_found).to_string(),
            count => td_string!(locale, count_found, count = count.to_string()).to_string(),
        },
    })
}

#[component]
fn Hits(role: Role, searching: Searching) -> impl IntoView {
    let locale = use_locale();
    let hits = move || {
        searching.found.with(|found| match found {
            Some(Ok(found)) => found.hits.clone(),
            _ => Vec::new(),
        })
    };
    let next = move || searching.found.with(|found| found.as_ref()?.as_ref().ok()?.next);
    view! {
        <ul class="hits">
            // The key includes the highlighted parts, which change with the search words.
            <For each=hits key=|hit| (hit.chat_id, hit.seq, marked(&hit.snippet)) let:hit>
                <Hit role hit />
            </For>
        </ul>
        {move || {
            next()
                .map(|before| {
                    view! {
                        <button
                            type="button"
                            class="button quiet wide"
                            disabled=move || searching.is_pending.get()
                            on:click=move |_| searching.ask(Some(before))
                        >
                            {td_string!(locale, more_found)}
                        </button>
                    }
                })
        }}
    }
}

/// The pieces of an excerpt: whether each matches, and its text.
fn marked(snippet: &[SnippetPiece]) -> Vec<(bool, String)> {
    snippet.iter().map(|piece| (piece.is_match, piece.text.clone())).collect()
}

/// One result, which links to its message.
#[component]
fn Hit(role: Role, hit: SearchHit) -> impl IntoView {
    let locale = use_locale();
    let (overlay, clock, navigate) = (Overlay::expect(), Clock::expect(), use_navigate());
    let viewer = use_viewer().map_or(UserId(0), |viewer| viewer.id);
    let SearchHit { chat_id, seq, sender_id, is_automatic, created_at, peer, snippet } = hit;
    let by = Author::new(sender_id, is_automatic, viewer);
    let room = format!("{}/chat/{chat_id}", role.home());
    // In a new tab, the address names the message.
    let href = format!("{room}?around={seq}");
    let follow = move |event: ev::MouseEvent| {
        if event.button() != 0 || event.ctrl_key() || event.meta_key() || event.shift_key() {
            return;
        }
        event.prevent_default();
        overlay.open.set(None);
        overlay.jump.set(Some((chat_id, seq)));
        navigate(&room, leptos_router::NavigateOptions::default());
    };
    view! {
        <li>
            <a class="hit" href=href rel="external" on:click=follow>
                <span class="hit-head">
                    <span class="hit-name">{peer.name}</span>
                    <time datetime=created_at.to_rfc3339() title=move || clock.exact(created_at, locale)>
                        {move || {
                            let when = clock.short(created_at, locale);
                            when.unwrap_or_else(|| td_string!(locale, yesterday).to_string())
                        }}
                    </time>
                </span>
                <span class="hit-text" dir="auto">
                    {move || author_prefix(by, locale).map(|words| view! { <span class="hit-you">{words} " "</span> })}
                    {snippet
                        .into_iter()
                        .map(|piece| {
                            if piece.is_match {
                                view! { <mark>{piece.text}</mark> }.into_any()
                            } else {
                                piece.text.into_any()
                            }
                        })
                        .collect_view()}
                </span>
            </a>
        </li>
    }
}
