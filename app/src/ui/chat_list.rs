//! The list of one's chats: who, what was last said, when, and how much is unread.

use super::{
    avatar::Avatar,
    clock::Clock,
    inbox::{Part, Section, sections},
    notifying::NotifyHint,
    problem::ProblemNote,
    remembered::remembered,
    search::SearchButton,
};
use crate::{
    api::{ChatQuery, chat::list_chats},
    i18n::{Locale, t_string, use_i18n},
    live::{ChatState, Live},
    protocol::{Chat, ChatId, Problem, Role, UserId},
    ui::viewer::use_viewer,
};
use leptos::prelude::*;
use leptos_i18n::I18nContext;
use leptos_router::{components::A, hooks::use_location};

/// Chats, newest activity first, live.
#[component]
pub fn ChatList(
    /// Whose page it is: decides the addresses and the words.
    role: Role,
) -> impl IntoView {
    let i18n = use_i18n();
    let live = Live::expect();
    let first_page = Resource::new_blocking(|| (), |()| list_chats(ChatQuery::default()));
    view! {
        <nav class="chat-list" aria-label=move || t_string!(i18n, chats)>
            <div class="chat-list-head">
                <h2>
                    {move || match role {
                        Role::Doctor => t_string!(i18n, patients),
                        Role::Patient | Role::Admin => t_string!(i18n, your_chats),
                    }}
                </h2>
                <SearchButton label=move || t_string!(i18n, search_messages).to_string() chat_id=None />
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
                                    {move || t_string!(i18n, try_again)}
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

#[component]
fn Rows(role: Role) -> impl IntoView {
    let i18n = use_i18n();
    let live = Live::expect();
    let part = RwSignal::new(Part::All);
    let listed = Memo::new(move |_| live.with(|state| sections(state, part.get(), role)));
    let is_empty = Memo::new(move |_| live.with(|state| state.list().is_empty()));
    let more = Memo::new(move |_| live.with(|state| state.more_chats.clone()));
    let load_more = Action::new(move |after: &String| {
        let query = ChatQuery { after: Some(after.clone()), limit: None };
        async move {
            let page = list_chats(query).await?;
            live.list(&page, false);
            Ok::<(), Problem>(())
        }
    });
    view! {
        <Show
            when=move || !is_empty.get()
            fallback=move || {
                view! {
                    <p class="empty">
                        {move || match role {
                            Role::Doctor => t_string!(i18n, no_chats_doctor),
                            Role::Patient | Role::Admin => t_string!(i18n, no_chats_patient),
                        }}
                    </p>
                }
            }
        >
            <Parts role part />
            <For each=move || listed.get() key=|section| section.heading let:section>
                <SectionView heading=section.heading listed role />
            </For>
            <p class="empty" role="status">
                {move || listed.with(Vec::is_empty).then(|| t_string!(i18n, no_chats_here))}
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
                            {move || t_string!(i18n, more_chats)}
                        </button>
                    }
                })
        }}
    }
}

/// What a part is called.
fn part_name(i18n: I18nContext<Locale>, part: Part) -> &'static str {
    match part {
        Part::All => t_string!(i18n, all_chats),
        Part::Waiting => t_string!(i18n, waiting_on_you),
        Part::Answered => t_string!(i18n, waiting_on_patient),
        Part::Done => t_string!(i18n, done),
        Part::Archived => t_string!(i18n, archived),
    }
}

/// Chooses a part of the list; says how many chats each has. Not shown while there is nothing to choose.
#[component]
fn Parts(role: Role, part: RwSignal<Part>) -> impl IntoView {
    let i18n = use_i18n();
    let live = Live::expect();
    let counts = Memo::new(move |_| {
        live.with(|state| Part::of(role).iter().map(|part| (*part, part.count(state))).collect::<Vec<_>>())
    });
    let is_needed = move || {
        let has_archived =
            counts.with(|counts| counts.iter().any(|(part, count)| *part == Part::Archived && *count > 0));
        role == Role::Doctor || has_archived || part.get() != Part::All
    };
    view! {
        <Show when=is_needed>
            <div class="parts needs-script" role="group" aria-label=move || t_string!(i18n, filter_chats)>
                {Part::of(role)
                    .iter()
                    .map(|&choice| {
                        let count = move || {
                            let own = |counts: &Vec<(Part, usize)>| counts.iter().find(|(part, _)| *part == choice).copied();
                            counts.with(own).map_or(0, |(_, count)| count)
                        };
                        view! {
                            <button
                                type="button"
                                class="part"
                                aria-pressed=move || (part.get() == choice).to_string()
                                on:click=move |_| part.set(choice)
                            >
                                {move || part_name(i18n, choice)}
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
fn SectionView(heading: Option<Part>, listed: Memo<Vec<Section>>, role: Role) -> impl IntoView {
    let i18n = use_i18n();
    let chats = Memo::new(move |_| {
        let own = |section: &&Section| section.heading == heading;
        listed.with(|listed| listed.iter().find(own).map(|section| section.chats.clone()).unwrap_or_default())
    });
    view! {
        {heading.map(|part| view! { <h3 class="part-heading">{move || part_name(i18n, part)}</h3> })}
        <ul>
            <For each=move || chats.get() key=|chat| *chat let:chat_id>
                <Row chat_id role />
            </For>
        </ul>
    }
}

/// What a doctor has to know of a chat at a glance.
#[component]
fn Tags(chat: Signal<Option<Chat>>) -> impl IntoView {
    let i18n = use_i18n();
    let clock = Clock::expect();
    move || {
        let standing = chat.with(|chat| chat.as_ref().map(|chat| chat.standing.clone()))?;
        let since = standing.waiting_since.filter(|_| standing.overdue_at.is_some())?;
        let since = clock.short(since, i18n.get_locale()).unwrap_or_else(|| t_string!(i18n, yesterday).to_string());
        let is_overdue = standing.overdue_at.is_some_and(|due| clock.has_passed(due));
        Some(view! {
            <span class="chat-row-context">
                {standing.brief.is_urgent.then(|| view! { <span class="tag urgent">{t_string!(i18n, urgent)}</span> " " })}
                {is_overdue.then(|| view! { <span class="tag overdue">{t_string!(i18n, overdue)}</span> " " })}
                {t_string!(i18n, waits_since, time = since).to_string()}
            </span>
        })
    }
}

#[component]
fn Row(chat_id: ChatId, role: Role) -> impl IntoView {
    let i18n = use_i18n();
    let (live, clock, location) = (Live::expect(), Clock::expect(), use_location());
    let viewer = use_viewer().map_or(UserId(0), |viewer| viewer.id);
    let chat = remembered(move || live.chat(chat_id));
    let unread = remembered(move || live.with(|state| state.chats.get(&chat_id).map_or(0, ChatState::unread)));
    let href = format!("{}/chat/{chat_id}", role.home());
    let is_open = {
        let href = href.clone();
        remembered(move || location.pathname.with(|path| *path == href))
    };
    // Who the other is never changes; the rest follows the state.
    let peer = chat.with_untracked(|chat| chat.as_ref().map(|chat| chat.peer.clone()));
    let when = move || {
        let moment = chat.with(|chat| chat.as_ref().map(|chat| chat.updated_at)).unwrap_or_default();
        let locale = i18n.get_locale();
        clock.short(moment, locale).unwrap_or_else(|| t_string!(i18n, yesterday).to_string())
    };
    view! {
        <li>
            <A href=href attr:class="chat-row" attr:aria-current=move || is_open.get().then_some("page")>
                <Avatar name=peer.as_ref().map(|peer| peer.name.clone()).unwrap_or_default() />
                <span class="chat-row-main">
                    <span class="chat-row-name">{peer.as_ref().map(|peer| peer.name.clone())}</span>
                    {peer
                        .and_then(|peer| peer.specialty)
                        .map(|specialty| view! { <span class="chat-row-context">{specialty}</span> })}
                    {(role == Role::Doctor).then(|| view! { <Tags chat /> })}
                    <span class="chat-row-last" dir="auto">
                        {move || {
                            chat.with(|chat| preview(chat.as_ref(), viewer, t_string!(i18n, you_prefix), t_string!(i18n, taken_back)))
                                .unwrap_or_else(|| t_string!(i18n, no_messages_yet).to_string())
                        }}
                    </span>
                </span>
                <span class="chat-row-end">
                    <time>{when}</time>
                    {move || {
                        let count = unread.get();
                        (count > 0)
                            .then(|| {
                                view! {
                                    <span class="badge">
                                        <span aria-hidden="true">
                                            {if count > 99 { "99+".to_owned() } else { count.to_string() }}
                                        </span>
                                        <span class="visually-hidden">{move || t_string!(i18n, unread_badge, count = count.to_string()).to_string()}</span>
                                    </span>
                                }
                            })
                    }}
                </span>
            </A>
        </li>
    }
}

/// The last message in one line; `None` in an empty chat.
fn preview(chat: Option<&Chat>, viewer: UserId, you: &str, taken_back: &str) -> Option<String> {
    /// More than a line never shows.
    const CHARS: usize = 120;
    let message = chat?.last_message.as_ref()?;
    if message.retracted.is_some() {
        return Some(taken_back.to_owned());
    }
    let line: String = message.content.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(CHARS).collect();
    Some(if message.sender_id == viewer { format!("{you} {line}") } else { line })
}

#[component]
pub(crate) fn ListSkeleton() -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <div class="skeleton-list" role="status" aria-label=move || t_string!(i18n, loading)>
            <span class="skeleton"></span>
            <span class="skeleton"></span>
            <span class="skeleton"></span>
        </div>
    }
}
