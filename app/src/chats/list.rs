//! The list of chats: name, newest message, time and number of unread messages.

pub mod rows;

use crate::{
    chats::{author::author_prefix, inbox::InboxFilter, search::SearchButton},
    components::{
        avatar::Avatar,
        clock::Clock,
        overlay::Overlay,
        problem::ProblemNote,
        slots::{Slot, drawn, slots},
    },
    i18n::{Locale, td_string},
    live::{Live, server_fns::list_chats},
    notifications::context::NotifyHint,
    preferences::use_locale,
    protocol::{ChatId, ChatQuery, Problem, Role},
    takeover::pause,
};
use leptos::{ev, prelude::*};
use leptos_router::hooks::use_location;
use rows::{ChatRow, ClosedReason, Last, RowKey, Wait, chat_rows, room_path};

/// The user's chats, newest activity first, updated live.
#[component]
pub fn ChatList(
    /// The viewer's role: decides the addresses and the texts.
    role: Role,
) -> impl IntoView {
    pause();
    let locale = use_locale();
    let live = Live::expect();
    let overlay = use_context::<Overlay>();
    let first_page = Resource::new_blocking(|| (), |()| list_chats(ChatQuery::default()));
    view! {
        <nav class="chat-list" aria-label=td_string!(locale, chats) on:click=move |event| choose_by_key(&event, overlay)>
            <div class="chat-list-head">
                <h2>
                    {match role {
                        Role::Doctor => td_string!(locale, patients),
                        Role::Patient | Role::Admin => td_string!(locale, your_chats),
                    }}
                </h2>
                <SearchButton label=td_string!(locale, search_messages) chat_id=None />
            </div>
            <NotifyHint role />
            <Suspense fallback=|| {
                view! { <ListSkeleton /> }
            }>
                {move || Suspend::new(async move {
                    match first_page.await {
                        Ok(page) => {
                            live.list(&page, true);
                            view! { <Rows role /> }.into_any()
                        }
                        Err(problem) => {
                            let problem = Some(problem);
                            view! {
                                <ProblemNote problem=Signal::stored(problem) />
                                <button class="button" on:click=move |_| first_page.refetch()>
                                    {td_string!(locale, try_again)}
                                </button>
                            }
                                .into_any()
                        }
                    }
                })}
            </Suspense>
        </nav>
    }
}

/// A chat that was opened with the keyboard gets what is typed from then on.
#[cfg(feature = "hydrate")]
fn choose_by_key(event: &ev::MouseEvent, overlay: Option<Overlay>) {
    use wasm_bindgen::JsCast;
    let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    // A key that presses a link counts as a click with no clicks (UI Events, "detail").
    let link = target.filter(|_| event.detail() == 0).and_then(|target| target.closest("a.chat-row").ok().flatten());
    let chat = link.and_then(|link| link.get_attribute("href")?.rsplit_once('/')?.1.parse().ok());
    if let (Some(chat), Some(overlay)) = (chat, overlay) {
        overlay.chosen.set(Some(chat));
    }
}

#[cfg(not(feature = "hydrate"))]
const fn choose_by_key(_: &ev::MouseEvent, _: Option<Overlay>) {}

/// Loads more chats while `is_short` says that there are too few, as long as the server has more
/// and the page's limit allows it.
pub(crate) fn load_while(
    live: Live,
    is_short: impl Fn() -> bool + Send + Sync + 'static,
) -> Action<String, Result<(), Problem>> {
    let load_more = Action::new(move |after: &String| live.load_list(after.clone()));
    let more = Memo::new(move |_| live.with(|state| state.more_chats.clone().filter(|_| state.has_room())));
    Effect::new(move |_| {
        let has_failed = load_more.value().with(|done| matches!(done, Some(Err(_))));
        if let Some(after) = more.get().filter(|_| is_short() && !has_failed && !load_more.pending().get()) {
            load_more.dispatch(after);
        }
    });
    load_more
}

#[component]
fn Rows(role: Role) -> impl IntoView {
    pause();
    let locale = use_locale();
    let live = Live::expect();
    let clock = Clock::expect();
    let part = RwSignal::new(InboxFilter::All);
    let location = use_location();
    let all = slots(move || {
        let path = location.pathname.get();
        live.with(|state| chat_rows(state, part.get(), role, &path, clock.now()))
    });
    let headings = Memo::new(move |_| {
        let mut headings: Vec<Option<InboxFilter>> = all.with(|all| all.iter().map(|slot| slot.key.0).collect());
        headings.dedup();
        headings
    });
    let is_empty = Memo::new(move |_| live.with(|state| state.list().is_empty()));
    let more = Memo::new(move |_| live.with(|state| state.more_chats.clone()));
    // A filter shows all its chats: those that are counted must be listed, also if they are on
    // later pages.
    let load_more = load_while(live, move || {
        let (part, now) = (part.get(), clock.now());
        part != InboxFilter::All && live.with(|state| all.with(Vec::len) < part.count(state, now))
    });
    view! {
        <Show
            when=move || !is_empty.get()
            fallback=move || {
                view! {
                    <p class="empty">
                        {match role {
                            Role::Doctor => td_string!(locale, no_chats_doctor),
                            Role::Patient | Role::Admin => td_string!(locale, no_chats_patient),
                        }}
                    </p>
                }
            }
        >
            <Parts role part />
            <For each=move || headings.get() key=|heading| *heading let:heading>
                <SectionView heading all role />
            </For>
            <p class="empty" role="status">
                {move || headings.with(Vec::is_empty).then(|| td_string!(locale, no_chats_here))}
            </p>
        </Show>
        {move || {
            more.get()
                .map(|after| {
                    view! {
                        <button
                            class="button quiet wide"
                            disabled=move || load_more.pending().get()
                            on:click=move |_| {
                                load_more.dispatch(after.clone());
                            }
                        >
                            {td_string!(locale, more_chats)}
                        </button>
                    }
                })
        }}
    }
}

/// A filter's name.
fn filter_name(locale: Locale, part: InboxFilter) -> &'static str {
    match part {
        InboxFilter::All => td_string!(locale, all_chats),
        InboxFilter::Waiting => td_string!(locale, waiting_on_you),
        InboxFilter::Answered => td_string!(locale, waiting_on_patient),
        InboxFilter::Done => td_string!(locale, done),
        InboxFilter::Archived => td_string!(locale, archived),
    }
}

/// Chooses a filter and shows how many chats each one has. Hidden while there is nothing to choose.
#[component]
fn Parts(role: Role, part: RwSignal<InboxFilter>) -> impl IntoView {
    pause();
    let locale = use_locale();
    let live = Live::expect();
    let clock = Clock::expect();
    let counts = Memo::new(move |_| {
        let now = clock.now();
        live.with(|state| {
            InboxFilter::for_role(role).iter().map(|part| (*part, part.count(state, now))).collect::<Vec<_>>()
        })
    });
    let is_needed = move || {
        let has_archived =
            counts.with(|counts| counts.iter().any(|(part, count)| *part == InboxFilter::Archived && *count > 0));
        role == Role::Doctor || has_archived || part.get() != InboxFilter::All
    };
    view! {
        <Show when=is_needed>
            <div class="parts needs-script" role="group" aria-label=td_string!(locale, filter_chats)>
                {InboxFilter::for_role(role)
                    .iter()
                    .map(|&choice| {
                        let count = move || {
                            let own = |counts: &Vec<(InboxFilter, usize)>| counts.iter().find(|(part, _)| *part == choice).copied();
                            counts.with(own).map_or(0, |(_, count)| count)
                        };
                        view! {
                            <button
                                type="button"
                                class="part"
                                aria-pressed=move || (part.get() == choice).to_string()
                                on:click=move |_| part.set(choice)
                            >
                                {filter_name(locale, choice)}
                                " "
                                <span class="part-count">{count}</span>
                            </button>
                        }
                    })
                    .collect_view()}
            </div>
        </Show>
    }
}

#[component]
fn SectionView(heading: Option<InboxFilter>, all: Memo<Vec<Slot<RowKey, ChatRow>>>, role: Role) -> impl IntoView {
    pause();
    let locale = use_locale();
    let clock = Clock::expect();
    let own = Memo::new(move |_| {
        all.with(|all| all.iter().filter(|slot| slot.key.0 == heading).cloned().collect::<Vec<_>>())
    });
    view! {
        {heading.map(|part| view! { <h3 class="part-heading">{filter_name(locale, part)}</h3> })}
        <ul>
            <For each=move || own.get() key=|slot| slot.key let:slot>
                <li>{drawn(move || slot.value.with(|chat_rows| row(chat_rows, slot.key.1, role, (clock, locale))))}</li>
            </For>
        </ul>
    }
}

/// One chat, as a link to its room.
fn row(chat_rows: &ChatRow, chat_id: ChatId, role: Role, (clock, locale): (Clock, Locale)) -> impl IntoView + use<> {
    let short = |moment| clock.short(moment, locale);
    let within = |moment| short(moment).unwrap_or_else(|| td_string!(locale, yesterday_within).to_string());
    let last = match &chat_rows.last {
        None => td_string!(locale, no_messages_yet).to_string(),
        Some(Last::Retracted) => td_string!(locale, unsent).to_string(),
        Some(Last::Text { line, by }) => match author_prefix(*by, locale) {
            Some(by) => format!("{by} {line}"),
            None => line.clone(),
        },
    };
    let context = |words: String| view! { <span class="chat-row-context">{words}</span> };
    view! {
        <a href=room_path(role, chat_id) class="chat-row" aria-current=chat_rows.is_open.then_some("page")>
            <Avatar name=chat_rows.name.clone() />
            <span class="chat-row-main">
                <span class="chat-row-name">{chat_rows.name.clone()}</span>
                {chat_rows.specialty.clone().map(context)}
                {chat_rows.over.map(|over| over_tag(over, role, locale))}
                {chat_rows.wait.filter(|_| role == Role::Doctor).map(|wait| tags(wait, within(wait.since), (clock, locale)))}
                <span class="chat-row-last" dir="auto">
                    {last}
                </span>
            </span>
            <span class="chat-row-end">
                <time>{short(chat_rows.at).unwrap_or_else(|| td_string!(locale, yesterday).to_string())}</time>
                {(chat_rows.unread > 0).then(|| badge(chat_rows.unread, locale))}
            </span>
        </a>
    }
}

/// How many messages are unread.
fn badge(count: i64, locale: Locale) -> impl IntoView + use<> {
    view! {
        <span class="badge">
            <span aria-hidden="true">{if count > 99 { "99+".to_owned() } else { count.to_string() }}</span>
            <span class="visually-hidden">{td_string!(locale, unread_badge, count = count.to_string()).to_string()}</span>
        </span>
    }
}

/// Says why no one can write in the chat.
fn over_tag(over: ClosedReason, role: Role, locale: Locale) -> impl IntoView + use<> {
    let words = match over {
        ClosedReason::Closed => td_string!(locale, closed),
        ClosedReason::Blocked => td_string!(locale, blocked),
        ClosedReason::Gone if role == Role::Doctor => td_string!(locale, patient_gone_short),
        ClosedReason::Gone => td_string!(locale, doctor_gone_short),
    };
    view! {
        <span class="chat-row-context">
            <span class="tag">{words}</span>
        </span>
    }
}

/// The tags of a waiting patient, for the doctor: urgent, overdue, since when.
fn tags(wait: Wait, since: String, (clock, locale): (Clock, Locale)) -> impl IntoView + use<> {
    let is_overdue = wait.overdue_at.is_some_and(|at| clock.has_passed(at));
    view! {
        <span class="chat-row-context">
            {wait.is_urgent.then(|| view! { <span class="tag urgent">{td_string!(locale, urgent)}</span> " " })}
            {is_overdue.then(|| view! { <span class="tag overdue">{td_string!(locale, overdue)}</span> " " })}
            {td_string!(locale, waits_since, time = since).to_string()}
        </span>
    }
}

#[component]
pub(crate) fn ListSkeleton() -> impl IntoView {
    let locale = use_locale();
    view! {
        <div class="skeleton-list" role="status" aria-label=td_string!(locale, loading)>
            <span class="skeleton"></span>
            <span class="skeleton"></span>
            <span class="skeleton"></span>
        </div>
    }
}
