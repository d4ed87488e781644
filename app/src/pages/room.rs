//! A room: one chat's conversation, and where to write.

use super::not_found::{Failed, Nothing, set_status};
use crate::{
    api::room::{Room, open_room},
    i18n::{t_string, td_string, use_i18n},
    live::Live,
    protocol::{ChatId, Peer, ProblemCode, Role, Seq},
    ui::{
        avatar::Avatar,
        composer::Composer,
        message_list::{MessageList, first_held},
        page_title::PageTitle,
        viewer::use_viewer,
    },
};
use leptos::{html, prelude::*};
use leptos_router::{
    components::A,
    hooks::{use_params_map, use_query_map},
};

/// `/patient/chat/:chat_id` and `/doctor/chat/:chat_id`
#[component]
pub fn RoomPage() -> impl IntoView {
    let live = Live::expect();
    let (params, query) = (use_params_map(), use_query_map());
    let chat_id =
        Memo::new(move |_| params.with(|params| params.get("chat_id").and_then(|id| id.parse::<ChatId>().ok())));
    // Without script, earlier messages are a page of their own.
    let before = query.with_untracked(|query| query.get("before").and_then(|seq| seq.parse::<Seq>().ok()));
    let room = Resource::new_blocking(
        move || chat_id.get(),
        move |chat_id| async move {
            match chat_id {
                Some(chat_id) => open_room(chat_id, before).await,
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
                        // Keyed by the chat, so that another chat gets a page part of its own: nothing typed or
                        // scrolled in one may show up in the other.
                        view! {
                            <For each=move || [room.clone()] key=|room| room.chat.chat_id let:room>
                                <Conversation room />
                            </For>
                        }
                            .into_any()
                    }
                    Err(problem) if problem.code == ProblemCode::ChatNotFound => {
                        // An id that is no number never reaches the server function, which sets the status otherwise.
                        set_status(&problem);
                        view! { <Nothing /> }.into_any()
                    }
                    Err(problem) => view! { <Failed problem /> }.into_any(),
                }
            })}
        </Suspense>
    }
}

#[component]
fn Conversation(room: Room) -> impl IntoView {
    let i18n = use_i18n();
    let chat_id = room.chat.chat_id;
    let peer = room.chat.peer.clone();
    let own_role = use_viewer().map_or(Role::Patient, |viewer| viewer.role);
    let home = own_role.home();
    view! {
        <section class="room">
            <header class="room-bar">
                <A href=home attr:class="icon-button back" attr:aria-label=move || t_string!(i18n, back_to_chats)>
                    <svg viewBox="0 0 24 24" aria-hidden="true">
                        <path d="M15 5l-7 7 7 7" />
                    </svg>
                </A>
                <Avatar name=peer.name.clone() />
                <div class="room-peer">
                    <h1>{peer.name.clone()}</h1>
                    {peer.specialty.clone().map(|specialty| view! { <p>{specialty}</p> })}
                </div>
            </header>
            <History chat_id peer own_role />
            <NoScriptMarkRead room />
            <Composer chat_id />
        </section>
    }
}

/// The scrolling part. Laid out from its end upwards (`column-reverse`), so that it starts at the newest
/// message, follows new ones only while it is at the end, and doesn't jump when earlier ones come in above.
#[component]
fn History(chat_id: ChatId, peer: Peer, own_role: Role) -> impl IntoView {
    let i18n = use_i18n();
    let live = Live::expect();
    let scroller = NodeRef::<html::Div>::new();
    let is_away = RwSignal::new(false);
    let earlier = Memo::new(move |_| first_held(live, chat_id));
    let load = Action::new_local(move |first: &Seq| {
        let first = *first;
        async move { live.load_before(chat_id, first).await }
    });
    let is_loading = load.pending();
    let load_earlier = move || {
        if let Some(first) = earlier.get_untracked().filter(|_| !is_loading.get_untracked()) {
            load.dispatch(first);
        }
    };
    watch_reading(live, chat_id, scroller, is_away);
    let on_scroll = move |_| {
        if let Some(place) = place(scroller) {
            is_away.set(place.from_end > AWAY_PX);
            if place.from_start < LOAD_WITHIN_PX {
                load_earlier();
            }
        }
    };
    let is_empty = Memo::new(move |_| {
        live.with(|state| {
            state.chats.get(&chat_id).is_none_or(|chat| {
                chat.outgoing.is_empty() && chat.window.as_ref().is_none_or(|window| window.messages.is_empty())
            })
        })
    });
    let peer_name = peer.name.clone();
    let first_words = move || {
        let name = peer.name.clone();
        match own_role {
            Role::Doctor => t_string!(i18n, write_first_doctor, name = name).to_string(),
            Role::Patient | Role::Admin => t_string!(i18n, write_first_patient, name = name).to_string(),
        }
    };
    view! {
        <div class="history" node_ref=scroller on:scroll=on_scroll tabindex="0" role="region" aria-label=move || t_string!(i18n, history)>
            <div class="history-inner">
                {move || match earlier.get() {
                    Some(first) => {
                        view! {
                            <p class="history-start">
                                <a
                                    class="button quiet"
                                    rel="external"
                                    href=format!("?before={first}")
                                    on:click=move |event| {
                                        event.prevent_default();
                                        load_earlier();
                                    }
                                >
                                    {move || {
                                        if is_loading.get() {
                                            t_string!(i18n, loading_earlier)
                                        } else {
                                            t_string!(i18n, earlier_messages)
                                        }
                                    }}
                                </a>
                            </p>
                        }
                            .into_any()
                    }
                    None => {
                        (!is_empty.get())
                            .then(|| view! { <p class="history-start">{move || t_string!(i18n, beginning)}</p> })
                            .into_any()
                    }
                }}
                <Show when=move || is_empty.get()>
                    <p class="first-words">{first_words.clone()}</p>
                </Show>
                <div
                    class="log"
                    role="log"
                    aria-label=move || t_string!(i18n, conversation)
                    aria-live="polite"
                    aria-relevant="additions"
                    aria-busy=move || is_loading.get().then_some("true")
                >
                    <MessageList chat_id peer_name />
                </div>
            </div>
        </div>
        <Show when=move || is_away.get()>
            <button class="button to-newest" on:click=move |_| to_end(scroller)>
                {move || t_string!(i18n, newest_messages)}
            </button>
        </Show>
    }
}

/// Further than this from the end, new messages don't pull the view along, and a button leads back.
const AWAY_PX: i32 = 160;
/// Nearer than this to the start, earlier messages are fetched.
const LOAD_WITHIN_PX: i32 = 400;

/// How far the view is from both ends, in pixels.
struct Place {
    from_end: i32,
    from_start: i32,
}

#[cfg(feature = "hydrate")]
fn place(scroller: NodeRef<html::Div>) -> Option<Place> {
    let scroller = scroller.get_untracked()?;
    // In a reversed column the end is 0 and everything above it is negative.
    let from_end = -scroller.scroll_top();
    let from_start = scroller.scroll_height() - scroller.client_height() - from_end;
    Some(Place { from_end, from_start })
}

#[cfg(not(feature = "hydrate"))]
const fn place(_: NodeRef<html::Div>) -> Option<Place> {
    None
}

#[cfg(feature = "hydrate")]
fn to_end(scroller: NodeRef<html::Div>) {
    if let Some(scroller) = scroller.get_untracked() {
        scroller.set_scroll_top(0);
    }
}

#[cfg(not(feature = "hydrate"))]
const fn to_end(_: NodeRef<html::Div>) {}

/// Marks the chat read while its end is in view on a visible, focused page.
#[cfg(feature = "hydrate")]
fn watch_reading(live: Live, chat_id: ChatId, scroller: NodeRef<html::Div>, is_away: RwSignal<bool>) {
    use leptos::{ev, leptos_dom::helpers::window_event_listener};
    let looks = RwSignal::new(0_u32);
    let look = move || {
        looks.try_update(|looks| *looks = looks.wrapping_add(1));
    };
    let listeners =
        [window_event_listener(ev::focus, move |_| look()), window_event_listener(ev::blur, move |_| look())];
    let visibility = window_event_listener(ev::visibilitychange, move |_| look());
    on_cleanup(move || {
        for listener in listeners {
            listener.remove();
        }
        visibility.remove();
    });
    Effect::new(move |_| {
        looks.track();
        let unread_to = live.with(|state| {
            let chat = state.chats.get(&chat_id)?;
            let top = chat.window.as_ref()?.top;
            (chat.counters.read_seq.max(chat.seen) < top).then_some(top)
        });
        let is_looking = !document().hidden() && document().has_focus().unwrap_or(false);
        let is_at_end = !is_away.get() && scroller.get().is_some();
        if let Some(top) = unread_to.filter(|_| is_looking && is_at_end) {
            live.mark_read(chat_id, top);
        }
    });
}

#[cfg(not(feature = "hydrate"))]
const fn watch_reading(_: Live, _: ChatId, _: NodeRef<html::Div>, _: RwSignal<bool>) {}

/// Without script nothing notices that somebody reads; they say so themselves.
#[component]
fn NoScriptMarkRead(room: Room) -> impl IntoView {
    use crate::api::message::MarkRead;
    use server_fn::ServerFn;
    let i18n = use_i18n();
    let Room { chat, page } = room;
    (chat.unread > 0).then(|| {
        view! {
            <noscript>
                <form class="mark-read" method="post" action=MarkRead::url()>
                    <input type="hidden" name="chat" value=chat.chat_id.to_string() />
                    <input type="hidden" name="seq" value=page.last_seq.to_string() />
                    <button type="submit" class="button">
                        {move || t_string!(i18n, mark_read)}
                    </button>
                </form>
            </noscript>
        }
    })
}

#[component]
fn RoomSkeleton() -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <div class="skeleton-room" role="status" aria-label=move || t_string!(i18n, loading)>
            <span class="skeleton"></span>
            <span class="skeleton"></span>
            <span class="skeleton"></span>
        </div>
    }
}
