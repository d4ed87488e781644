//! The room's menu: the actions on a whole chat, and their dialogs.

use crate::{
    components::{
        details_menu::{shut_and_return, shut_when_left},
        overlay::{Dialog, Open, Overlay},
        problem::{ProblemNote, problem_of},
    },
    i18n::td_string,
    live::Live,
    preferences::use_locale,
    protocol::{CLOSE_REASON_MAX_CHARS, ChatAction, ChatId, ChatStatus, Problem, REPORT_MAX_CHARS, Role},
    room::{context::RoomContext, server_fns::report_chat},
    takeover::pause,
};
use leptos::{ev, html, prelude::*};

/// The chat status as far as the page has it.
pub(super) fn chat_status(live: Live, chat_id: ChatId) -> ChatStatus {
    live.chat(chat_id, |chat| chat.chat.as_ref().map(|chat| chat.status.clone())).flatten().unwrap_or_default()
}

fn peer_name(live: Live, chat_id: ChatId) -> String {
    live.peek_chat(chat_id, |chat| chat.chat.as_ref().map(|chat| chat.peer.name.clone())).flatten().unwrap_or_default()
}

/// The menu button. It needs JavaScript.
#[component]
pub fn ChatMenu() -> impl IntoView {
    pause();
    let locale = use_locale();
    let (live, room, overlay) = (Live::expect(), RoomContext::expect(), Overlay::expect());
    let chat_id = room.chat_id;
    let status = Memo::new(move |_| chat_status(live, chat_id));
    let act = Action::new_local(move |act: &ChatAction| {
        let act = act.clone();
        async move { live.act(chat_id, act).await }
    });
    let panel = NodeRef::<html::Details>::new();
    shut_when_left(panel);
    let ask = move |open: Open| {
        shut_and_return(panel);
        overlay.open.set(Some(open));
    };
    Effect::new(move |_| {
        // A failed action shows its problem in the open menu.
        if act.value().with(|value| matches!(value, Some(Ok(())))) {
            shut_and_return(panel);
        }
    });
    let archive = move |_| {
        let seq = live.peek_chat(chat_id, |chat| chat.counters.last_seq).unwrap_or_default();
        let is_archived = status.with_untracked(|status| status.brief.is_archived);
        act.dispatch(if is_archived { ChatAction::Unarchive {} } else { ChatAction::Archive { seq } });
    };
    let is_doctor = room.own_role == Role::Doctor;
    view! {
        <details class="chat-menu needs-script" node_ref=panel>
            <summary
                class="icon-button"
                aria-label=td_string!(locale, chat_options)
                title=td_string!(locale, chat_options)
            >
                <svg viewBox="0 0 24 24" aria-hidden="true">
                    <path d="M12 5v.01M12 12v.01M12 19v.01" stroke-width="3" />
                </svg>
            </summary>
            <div class="chat-menu-panel">
                <ProblemNote problem=problem_of(act.value()) />
                <button type="button" class="button quiet" on:click=archive>
                    {move || {
                        if status.with(|status| status.brief.is_archived) {
                            td_string!(locale, unarchive)
                        } else {
                            td_string!(locale, archive)
                        }
                    }}
                </button>
                {move || {
                    let is_open = status.with(|status| status.closed.is_none());
                    (is_doctor && is_open)
                        .then(|| {
                            view! {
                                <button type="button" class="button quiet" on:click=move |_| ask(Open::Close(chat_id))>
                                    {td_string!(locale, close_chat)}
                                </button>
                            }
                        })
                }}
                <button type="button" class="button quiet" on:click=move |_| ask(Open::Report(chat_id))>
                    {td_string!(locale, report)}
                </button>
                {move || {
                    status
                        .with(|status| status.blocked.is_none())
                        .then(|| {
                            view! {
                                <button
                                    type="button"
                                    class="button quiet danger-text"
                                    on:click=move |_| ask(Open::Block(chat_id))
                                >
                                    {td_string!(locale, block)}
                                </button>
                            }
                        })
                }}
            </div>
        </details>
    }
}

/// An action on a chat that closes its dialog when it succeeds.
fn doing(live: Live, chat_id: ChatId, dialog: Open) -> Action<ChatAction, Result<(), Problem>> {
    let open = Overlay::expect().open;
    Action::new_local(move |act: &ChatAction| {
        let act = act.clone();
        async move {
            let done = live.act(chat_id, act).await;
            // Another dialog may be open by now.
            if done.is_ok() && open.try_get_untracked() == Some(Some(dialog)) {
                open.set(None);
            }
            done
        }
    })
}

/// The dialog that closes a chat for both members, with a reason that the patient sees.
#[component]
pub fn CloseChat(
    /// The chat.
    chat_id: ChatId,
) -> impl IntoView {
    let locale = use_locale();
    let live = Live::expect();
    let (reason, may_reopen) = (RwSignal::new(String::new()), RwSignal::new(true));
    let close = doing(live, chat_id, Open::Close(chat_id));
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        close.dispatch(ChatAction::Close { reason: reason.get_untracked(), may_reopen: may_reopen.get_untracked() });
    };
    view! {
        <Dialog label=td_string!(locale, close_chat) asks=true>
            <form class="ask" on:submit=submit>
                <h2>{td_string!(locale, close_chat)}</h2>
                <div class="field">
                    <label for="close-reason">{td_string!(locale, close_reason)}</label>
                    <textarea
                        id="close-reason"
                        rows="3"
                        maxlength=CLOSE_REASON_MAX_CHARS.to_string()
                        required
                        autofocus
                        on:input=move |event| reason.set(event_target_value(&event))
                    ></textarea>
                </div>
                <label class="check">
                    <input
                        type="checkbox"
                        checked
                        on:change=move |event| may_reopen.set(event_target_checked(&event))
                    />
                    {td_string!(locale, close_may_reopen)}
                </label>
                <ProblemNote problem=problem_of(close.value()) />
                <button type="submit" class="button primary" disabled=move || close.pending().get()>
                    {td_string!(locale, close_chat)}
                </button>
            </form>
        </Dialog>
    }
}

/// The dialog that asks before the peer is blocked.
#[component]
pub fn BlockPeer(
    /// The chat with the peer.
    chat_id: ChatId,
) -> impl IntoView {
    let locale = use_locale();
    let live = Live::expect();
    let name = peer_name(live, chat_id);
    let title = td_string!(locale, block_name, name = name.clone()).to_string();
    let block = doing(live, chat_id, Open::Block(chat_id));
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        block.dispatch(ChatAction::Block {});
    };
    view! {
        <Dialog label=title.clone() asks=true>
            <form class="ask" on:submit=submit>
                // The heading gets the focus, not the button: a key that is held too long must not
                // block the peer.
                <h2 tabindex="-1" autofocus>
                    {title}
                </h2>
                <p>{td_string!(locale, block_question, name = name).to_string()}</p>
                <ProblemNote problem=problem_of(block.value()) />
                <button type="submit" class="button danger" disabled=move || block.pending().get()>
                    {td_string!(locale, block)}
                </button>
            </form>
        </Dialog>
    }
}

/// The dialog that reports a chat to the clinic's admin.
#[component]
pub fn ReportChat(
    /// The chat.
    chat_id: ChatId,
) -> impl IntoView {
    let locale = use_locale();
    let reason = RwSignal::new(String::new());
    let send = Action::new_local(move |reason: &String| {
        let reason = reason.clone();
        async move { report_chat(chat_id, reason).await }
    });
    let is_sent = move || send.value().with(|value| matches!(value, Some(Ok(()))));
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        send.dispatch(reason.get_untracked());
    };
    view! {
        <Dialog label=td_string!(locale, report)>
            <form class="ask" on:submit=submit>
                <h2>{td_string!(locale, report)}</h2>
                <p role="status">{move || is_sent().then(|| td_string!(locale, report_sent))}</p>
                <Show when=move || !is_sent()>
                    <div class="field">
                        <label for="report-reason">{td_string!(locale, report_reason)}</label>
                        <textarea
                            id="report-reason"
                            rows="4"
                            required
                            maxlength=REPORT_MAX_CHARS.to_string()
                            autofocus
                            on:input=move |event| reason.set(event_target_value(&event))
                        ></textarea>
                    </div>
                    <ProblemNote problem=problem_of(send.value()) />
                    <button type="submit" class="button primary" disabled=move || send.pending().get()>
                        {td_string!(locale, send_report)}
                    </button>
                </Show>
            </form>
        </Dialog>
    }
}
