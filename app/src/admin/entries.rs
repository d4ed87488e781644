//! The entries of the console's lists: waiting chats, unattended chats, and reports.

use crate::{
    admin::server_fns::{CloseForClinic, SettleReport},
    components::{clock::Clock, form::FormField},
    i18n::td_string,
    preferences::use_locale,
    protocol::{CLOSE_REASON_MAX_CHARS, ChatId, Report, ReportId, Timestamp, UnattendedChat, WaitingChat},
};
use leptos::{prelude::*, server_fn::ServerFn};

/// A chat whose patient waits too long.
#[component]
pub fn WaitingEntry(
    /// The chat.
    chat: WaitingChat,
) -> impl IntoView {
    let (locale, clock) = (use_locale(), Clock::expect());
    let WaitingChat { chat_id, doctor_name, patient_name, waiting_since, is_urgent, is_doctor_disabled } = chat;
    let since = clock.exact(waiting_since, locale);
    view! {
        <li class="admin-entry">
            <p>
                <strong>{td_string!(locale, waits_for, patient = patient_name, doctor = doctor_name).to_string()}</strong>
                {is_urgent.then(|| view! { " " <span class="urgent-tag">{td_string!(locale, urgent)}</span> })}
            </p>
            {is_doctor_disabled.then(|| view! { <p>{td_string!(locale, doctor_disabled)}</p> })}
            <When at=waiting_since text=td_string!(locale, waits_since, time = since).to_string() />
            {is_doctor_disabled.then(|| view! { <CloseForm chat_id /> })}
        </li>
    }
}

/// A chat in which a member's account is disabled.
#[component]
pub fn UnattendedEntry(
    /// The chat.
    chat: UnattendedChat,
) -> impl IntoView {
    let locale = use_locale();
    let UnattendedChat { chat_id, doctor_name, patient_name, is_doctor_disabled } = chat;
    let who = td_string!(locale, patient_and_doctor, patient = patient_name, doctor = doctor_name).to_string();
    view! {
        <li class="admin-entry">
            <p>
                <strong>{who}</strong>
            </p>
            <p>
                {if is_doctor_disabled { td_string!(locale, doctor_disabled) } else { td_string!(locale, patient_disabled) }}
            </p>
            <CloseForm chat_id />
        </li>
    }
}

/// Closes a chat in which no one answers any more, with a reason that its members see.
#[component]
fn CloseForm(chat_id: ChatId) -> impl IntoView {
    let locale = use_locale();
    view! {
        <form method="post" action=CloseForClinic::url() class="ask" data-next="waiting-heading">
            <input type="hidden" name="chat" value=chat_id.to_string() />
            <FormField
                id=format!("close-reason-{chat_id}")
                name="reason"
                rows=2
                required=true
                autocapitalize="sentences"
                label=td_string!(locale, close_reason)
                max_chars=CLOSE_REASON_MAX_CHARS
            />
            <button type="submit" class="button small">
                {td_string!(locale, close_chat)}
            </button>
        </form>
    }
}

/// A member's report.
#[component]
pub fn ReportEntry(
    /// The report.
    report: Report,
    /// The next open report.
    below: Option<ReportId>,
) -> impl IntoView {
    let (locale, clock) = (use_locale(), Clock::expect());
    let Report { id, at, settled_at, is_by_doctor, doctor_name, patient_name, reason } = report;
    let who = if is_by_doctor {
        td_string!(locale, report_by_doctor, doctor = doctor_name, patient = patient_name).to_string()
    } else {
        td_string!(locale, report_by_patient, patient = patient_name, doctor = doctor_name).to_string()
    };
    let end = match settled_at {
        Some(settled_at) => {
            let time = clock.exact(settled_at, locale);
            view! { <p class="admin-when">{td_string!(locale, report_resolved, time = time).to_string()}</p> }
                .into_any()
        }
        None => view! { <ResolveForm id below /> }.into_any(),
    };
    view! {
        <li class="admin-entry" class:settled=settled_at.is_some()>
            <p>
                <strong>{who}</strong>
            </p>
            <When at text=clock.exact(at, locale) />
            <p class="reply-text" dir="auto">
                {reason}
            </p>
            {end}
        </li>
    }
}

#[component]
fn ResolveForm(id: ReportId, below: Option<ReportId>) -> impl IntoView {
    let locale = use_locale();
    let button = |id: ReportId| format!("resolve-{id}");
    let next = below.map(|below| button(below) + " ").unwrap_or_default() + "reports-heading content";
    view! {
        <form method="post" action=SettleReport::url() data-next=next>
            <input type="hidden" name="report" value=id.to_string() />
            <button type="submit" class="button small" id=button(id)>
                {td_string!(locale, resolve_report)}
            </button>
        </form>
    }
}

#[component]
fn When(at: Timestamp, text: String) -> impl IntoView {
    view! {
        <p class="admin-when">
            <time datetime=at.to_rfc3339()>{text}</time>
        </p>
    }
}
