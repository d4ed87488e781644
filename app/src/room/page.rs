//! The room's page: one chat's messages and the composer.

use super::history::History;
use crate::{
    chats::search::SearchButton,
    components::{
        avatar::Avatar,
        back_to_chats::BackToChats,
        failed::{Failed, Nothing, set_status},
        page_title::PageTitle,
        problem::problem_text,
        viewer::{PageFacts, use_viewer},
    },
    i18n::td_string,
    live::{Link, Live, server_fns::open_room},
    preferences::use_locale,
    protocol::{ChatId, HistoryQuery, Problem, ProblemCode, Role, Room, Seq, Timestamp},
    room::{chat_status::ChatStatusBar, context::RoomContext, menu::ChatMenu, type_ahead, typing::Typing},
    takeover::pause,
};
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

/// `/patient/chat/:chat_id` and `/doctor/chat/:chat_id`
#[component]
pub fn RoomPage() -> impl IntoView {
    pause();
    let live = Live::expect();
    let (params, query) = (use_params_map(), use_query_map());
    let chat_id =
        Memo::new(move |_| params.with(|params| params.get("chat_id").and_then(|id| id.parse::<ChatId>().ok())));
    // Without JavaScript, another part of the history is a page of its own.
    let stretch = move || {
        query.with_untracked(|query| {
            let seq = |name| query.get(name).and_then(|seq| seq.parse::<Seq>().ok());
            HistoryQuery { before: seq("before"), around: seq("around"), ..Default::default() }
        })
    };
    let room = Resource::new_blocking(
        move || (chat_id.get(), stretch()),
        move |(chat_id, stretch)| async move {
            match chat_id {
                Some(chat_id) => open_room(chat_id, stretch).await,
                None => Err(ProblemCode::ChatNotFound.into()),
            }
        },
    );
    view! {
        <PageTitle words=|locale| td_string!(locale, conversation) />
        <Suspense fallback=|| {
            view! { <RoomSkeleton /> }
        }>
            {move || Suspend::new(async move {
                match room.await {
                    Ok(room) => {
                        live.open(&room);
                        // Keyed by the chat, so that another chat gets new elements: no text or
                        // scroll position of one chat may appear in another.
                        view! {
                            <For each=move || [room.clone()] key=|room| room.chat.chat_id let:room>
                                <Conversation room />
                            </For>
                        }
                            .into_any()
                    }
                    Err(problem) if problem.code == ProblemCode::ChatNotFound => {
                        // An id that is not a number never reaches the server function, which
                        // otherwise sets the status.
                        set_status(&problem);
                        view! { <NoRoom chat_id /> <Nothing /> }.into_any()
                    }
                    Err(problem) => view! { <NoRoom chat_id /> <FailedRoom problem /> }.into_any(),
                }
            })}
        </Suspense>
    }
}

#[component]
fn Conversation(room: Room) -> impl IntoView {
    pause();
    let locale = use_locale();
    let chat_id = room.chat.chat_id;
    let peer = room.chat.peer.clone();
    let own_role = use_viewer().map_or(Role::Patient, |viewer| viewer.role);
    let context = RoomContext {
        chat_id,
        own_role,
        peer_name: StoredValue::new(peer.name.clone()),
        purpose: RwSignal::default(),
        selected: RwSignal::default(),
        changeable_ms: use_context::<PageFacts>().map_or(0, |facts| facts.changeable_ms),
        // The address may point to a message.
        jump: RwSignal::new(use_query_map().with_untracked(|query| query.get("around")?.parse().ok())),
        unfetched: RwSignal::default(),
        leads: StoredValue::default(),
        // No mark if nothing is unread, nor if the whole chat is unread.
        first_unread: RwSignal::new(
            (room.chat.unread > 0 && room.chat.read_seq > Seq(0)).then(|| room.chat.read_seq.next()),
        ),
    };
    provide_context(context);
    let live = Live::expect();
    // A fetch that failed without a connection may be repeated with one.
    let is_online = Memo::new(move |_| live.with(|state| state.link == Link::Online));
    Effect::new(move |_| {
        if is_online.get() {
            context.forget_unfetched();
        }
    });
    let jump = Action::new_local(move |at: &Timestamp| {
        let at = *at;
        async move {
            context.forget_unfetched();
            let lead = context.lead();
            match live.load_from(chat_id, at).await {
                Ok(first) => {
                    context.jump.try_set(first);
                }
                Err(problem) => context.resource_view(lead, Some(problem)),
            }
        }
    });
    view! {
        <section class="room">
            <header class="room-bar">
                <BackToChats />
                <Avatar name=peer.name.clone() />
                <div class="room-peer">
                    <h1>{peer.name.clone()}</h1>
                    {peer.specialty.clone().map(|specialty| view! { <p>{specialty}</p> })}
                </div>
                <div class="room-tools">
                    <SearchButton label=td_string!(locale, search_this_chat) chat_id=Some(chat_id) />
                    <JumpToDate jump />
                    <ChatMenu />
                </div>
            </header>
            <p class="room-problem" role="status">
                {move || context.unfetched.get().map(|problem| problem_text(locale, &problem))}
            </p>
            <History />
            <NoScriptMarkRead room />
            <Typing />
            <ChatStatusBar />
        </section>
    }
}

/// The date field that leads to a day's messages. It needs JavaScript; without it, the history has
/// pages.
#[component]
fn JumpToDate(jump: Action<Timestamp, ()>) -> impl IntoView {
    pause();
    let locale = use_locale();
    let room = RoomContext::expect();
    view! {
        <label class="jump-date needs-script">
            <span class="visually-hidden">{td_string!(locale, jump_to_date)}</span>
            <svg viewBox="0 0 24 24" aria-hidden="true">
                <path d="M5 6h14v13H5zM5 10h14M9 3.500v4M15 3.500v4" />
            </svg>
            <input
                type="date"
                title=td_string!(locale, jump_to_date)
                // Clears the problem of the last try.
                on:focus=move |_| room.forget_unfetched()
                on:change=move |event| {
                    // While a year is being typed, its value is a year of the first centuries.
                    let day = event_target_value(&event);
                    if let Some(at) = start_of_day(&day).filter(|_| *day >= *"2000") {
                        jump.dispatch(at);
                    }
                }
            />
        </label>
    }
}

/// The first moment of a day such as `2026-01-31` in the browser's time zone.
#[cfg(feature = "hydrate")]
#[expect(clippy::cast_possible_truncation, reason = "whole milliseconds below 2^53")]
fn start_of_day(day: &str) -> Option<Timestamp> {
    // With a time and without a zone, it is local time (ECMAScript, "Date Time String Format").
    let moment = js_sys::Date::parse(&format!("{day}T00:00:00"));
    (!moment.is_nan()).then_some(Timestamp(moment as i64))
}

#[cfg(not(feature = "hydrate"))]
const fn start_of_day(_: &str) -> Option<Timestamp> {
    None
}

/// A button to mark the chat as read. Without JavaScript, reading cannot be detected.
#[component]
fn NoScriptMarkRead(room: Room) -> impl IntoView {
    use crate::room::server_fns::MarkRead;
    use server_fn::ServerFn;
    pause();
    let locale = use_locale();
    let Room { chat, page } = room;
    // Messages of later pages stay unread.
    let last = page.messages.last().map(|message| message.seq).filter(|seq| *seq > chat.read_seq);
    last.map(|seq| {
        view! {
            <noscript>
                <form class="mark-read" method="post" action=MarkRead::url()>
                    <input type="hidden" name="chat" value=chat.chat_id.to_string() />
                    <input type="hidden" name="seq" value=seq.to_string() />
                    <button type="submit" class="button">
                        {td_string!(locale, mark_read)}
                    </button>
                </form>
            </noscript>
        }
    })
}

/// Ends the type-ahead for a room that could not be shown.
#[component]
fn NoRoom(chat_id: Memo<Option<ChatId>>) -> impl IntoView {
    if let Some(chat_id) = chat_id.get_untracked() {
        type_ahead::end_for(chat_id, || true);
    }
}

/// A room that could not be shown.
#[component]
fn FailedRoom(problem: Problem) -> impl IntoView {
    view! {
        <section class="room">
            <header class="room-bar">
                <BackToChats />
            </header>
            <Failed problem />
        </section>
    }
}

#[component]
pub(crate) fn RoomSkeleton() -> impl IntoView {
    let locale = use_locale();
    view! {
        <header class="room-bar">
            <BackToChats />
        </header>
        <div class="skeleton-room" role="status" aria-label=td_string!(locale, loading)>
            <span class="skeleton"></span>
            <span class="skeleton"></span>
            <span class="skeleton"></span>
        </div>
    }
}
