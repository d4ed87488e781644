//! The admin's overview: overdue chats and members' reports. It is refreshed every minute while the
//! page is visible.

use crate::{
    admin::server_fns::{close_for_clinic, list_reports, settle_report, show_overview},
    components::{
        clock::Clock,
        focus,
        problem::{ProblemNote, problem_of, problem_text},
    },
    i18n::{t_string, use_i18n},
    protocol::{
        AdminOverview, CLOSE_REASON_MAX_CHARS, ChatId, Problem, Report, ReportId, ReportPage, ReportQuery,
        UnattendedChat, WaitingChat,
    },
};
use leptos::{ev, prelude::*};
use std::collections::HashSet;

/// The signals of the overview.
#[derive(Clone, Copy)]
struct Looking {
    /// `None` before the first answer. It has all reports that were requested.
    seen: RwSignal<Option<AdminOverview>>,
    /// The problem of the last request.
    problem: RwSignal<Option<Problem>>,
    /// The number of the last request: answers to earlier ones are ignored.
    asked: StoredValue<u32>,
}

impl Looking {
    /// Refreshes the overview in the background.
    fn again(self) {
        leptos::reactive::spawn_local(self.look());
    }

    /// Requests the overview with as many reports as are shown. The old one stays until the answer.
    async fn look(self) {
        let count = self.seen.try_with_untracked(|seen| seen.as_ref().map_or(0, |seen| seen.reports.len()));
        self.ask(count.unwrap_or_default()).await;
    }

    /// Requests the overview with more reports than are shown.
    async fn look_further(self) {
        let count = self.seen.try_with_untracked(|seen| seen.as_ref().map_or(0, |seen| seen.reports.len()));
        self.ask(count.unwrap_or_default().saturating_add(1)).await;
    }

    /// Requests the overview with at least `count` reports, if there are so many.
    async fn ask(self, count: usize) {
        let number = self.asked.try_update_value(|asked| {
            *asked = asked.wrapping_add(1);
            *asked
        });
        let answer = oversight_with(count).await;
        if number.is_some() && self.asked.try_get_value() == number {
            self.take(answer);
        }
    }

    /// The ids to focus after this report is settled: the button of the next one, or the heading.
    fn beside(self, id: ReportId) -> Vec<String> {
        let open = |seen: &Option<AdminOverview>| -> Vec<ReportId> {
            let reports = seen.iter().flat_map(|seen| &seen.reports);
            reports.filter(|report| report.settled_at.is_none()).map(|report| report.id).collect()
        };
        let open = self.seen.try_with_untracked(open).unwrap_or_default();
        let place = open.iter().position(|other| *other == id).unwrap_or(open.len());
        let after = open.iter().skip(place + 1).chain(open.iter().take(place).rev());
        after.map(|id| settle_button(*id)).chain([REPORTS_HEADING.to_owned()]).collect()
    }

    fn take(self, answer: Result<AdminOverview, Problem>) {
        match answer {
            Ok(oversight) => {
                self.problem.try_set(None);
                self.seen.try_set(Some(oversight));
            }
            Err(problem) => {
                self.problem.try_set(Some(problem));
            }
        }
    }
}

/// Fetches the overview with at least `count` reports, if there are so many.
async fn oversight_with(count: usize) -> Result<AdminOverview, Problem> {
    let mut seen = show_overview().await?;
    while let Some(after) = seen.next_reports.take_if(|_| seen.reports.len() < count) {
        let ReportPage { reports, next } = list_reports(ReportQuery { after: Some(after), limit: None }).await?;
        seen.reports.extend(reports);
        seen.next_reports = next;
    }
    // A report that was settled between two requests is on both pages.
    let mut listed = HashSet::new();
    seen.reports.retain(|report| listed.insert(report.id));
    Ok(seen)
}

/// The id of the heading above the waiting chats.
const WAITING_HEADING: &str = "waiting-heading";
/// The id of the heading above the reports.
const REPORTS_HEADING: &str = "reports-heading";

/// The id of the button that settles a report.
fn settle_button(id: ReportId) -> String {
    format!("settle-{id}")
}

/// Both sections.
#[component]
pub fn OversightSections() -> impl IntoView {
    let i18n = use_i18n();
    let first = Resource::new_blocking(|| (), |()| show_overview());
    view! {
        <Suspense fallback=move || {
            view! { <p role="status">{move || t_string!(i18n, loading)}</p> }
        }>
            {move || Suspend::new(async move {
                let looking = Looking {
                    seen: RwSignal::new(None),
                    problem: RwSignal::new(None),
                    asked: StoredValue::new(0),
                };
                looking.take(first.await);
                view! { <Sections looking /> }
            })}
        </Suspense>
    }
}

#[component]
fn Sections(looking: Looking) -> impl IntoView {
    let i18n = use_i18n();
    let Looking { seen, problem, .. } = looking;
    keep_fresh(looking);
    let waiting = move || seen.with(|seen| seen.as_ref().map(|seen| seen.waiting.clone()).unwrap_or_default());
    let unattended = move || seen.with(|seen| seen.as_ref().map(|seen| seen.unattended.clone()).unwrap_or_default());
    let has_unattended =
        Memo::new(move |_| seen.with(|seen| seen.as_ref().is_some_and(|seen| !seen.unattended.is_empty())));
    let reports = move || seen.with(|seen| seen.as_ref().map(|seen| seen.reports.clone()).unwrap_or_default());
    let has_none_of =
        move |count: fn(&AdminOverview) -> usize| seen.with(|seen| seen.as_ref().is_some_and(|seen| count(seen) == 0));
    view! {
        <div class="admin-problem">
            <ProblemNote problem />
            <Show when=move || problem.with(Option::is_some)>
                <button type="button" class="button" on:click=move |_| looking.again()>
                    {move || t_string!(i18n, try_again)}
                </button>
            </Show>
        </div>
        <section class="card" id="waiting" aria-labelledby=WAITING_HEADING>
            <h2 id=WAITING_HEADING tabindex="-1">{move || t_string!(i18n, waiting_too_long)}</h2>
            <Show when=move || has_none_of(|seen| seen.waiting.len())>
                <p class="empty">{move || t_string!(i18n, nobody_waits)}</p>
            </Show>
            <ul class="admin-list">
                <For each=waiting key=|chat| (chat.chat_id, chat.waiting_since, chat.is_urgent, chat.is_doctor_disabled) let:chat>
                    <Waiting looking chat />
                </For>
            </ul>
        </section>
        <Show when=move || has_unattended.get()>
            <section class="card" id="unattended" aria-labelledby="unattended-heading">
                <h2 id="unattended-heading" tabindex="-1">{move || t_string!(i18n, unattended)}</h2>
                <p>{move || t_string!(i18n, unattended_explained)}</p>
                <ul class="admin-list">
                    <For each=unattended key=|chat| (chat.chat_id, chat.is_doctor_disabled) let:chat>
                        <Unattended looking chat />
                    </For>
                </ul>
            </section>
        </Show>
        <section class="card" id="reports" aria-labelledby=REPORTS_HEADING>
            <h2 id=REPORTS_HEADING tabindex="-1">{move || t_string!(i18n, reports)}</h2>
            <Show when=move || has_none_of(|seen| seen.reports.len())>
                <p class="empty">{move || t_string!(i18n, no_reports)}</p>
            </Show>
            <ul class="admin-list">
                <For each=reports key=|report| (report.id, report.settled_at) let:report>
                    <ReportEntry looking report />
                </For>
            </ul>
            <MoreReports looking />
        </section>
    }
}

/// The button that shows the next page of reports, if there is one.
#[component]
fn MoreReports(looking: Looking) -> impl IntoView {
    let i18n = use_i18n();
    let more = Action::new_local(move |()| looking.look_further());
    let has_more = move || looking.seen.with(|seen| seen.as_ref().is_some_and(|seen| seen.next_reports.is_some()));
    view! {
        <Show when=has_more>
            <button
                type="button"
                class="button quiet wide needs-script"
                disabled=move || more.pending().get()
                on:click=move |_| {
                    more.dispatch(());
                }
            >
                {move || t_string!(i18n, more_reports)}
            </button>
        </Show>
    }
}

#[component]
fn Waiting(looking: Looking, chat: WaitingChat) -> impl IntoView {
    let (i18n, clock) = (use_i18n(), Clock::expect());
    let WaitingChat { chat_id, doctor_name, patient_name, waiting_since, is_urgent, is_doctor_disabled } = chat;
    view! {
        <li class="admin-entry">
            <p>
                <strong>
                    {move || {
                        let (patient, doctor) = (patient_name.clone(), doctor_name.clone());
                        t_string!(i18n, waits_for, patient = patient, doctor = doctor).to_string()
                    }}
                </strong>
                {is_urgent
                    .then(|| view! { " " <span class="urgent-tag">{move || t_string!(i18n, urgent)}</span> })}
            </p>
            {is_doctor_disabled.then(|| view! { <p>{move || t_string!(i18n, doctor_disabled)}</p> })}
            <p class="admin-when">
                <time datetime=waiting_since.to_rfc3339()>
                    {move || {
                        let time = clock.exact(waiting_since, i18n.get_locale());
                        t_string!(i18n, waits_since, time = time).to_string()
                    }}
                </time>
            </p>
            {is_doctor_disabled.then(|| view! { <CloseForClinic looking chat_id /> })}
        </li>
    }
}

#[component]
fn Unattended(looking: Looking, chat: UnattendedChat) -> impl IntoView {
    let i18n = use_i18n();
    let UnattendedChat { chat_id, doctor_name, patient_name, is_doctor_disabled } = chat;
    view! {
        <li class="admin-entry">
            <p>
                <strong>
                    {move || {
                        let (patient, doctor) = (patient_name.clone(), doctor_name.clone());
                        t_string!(i18n, patient_and_doctor, patient = patient, doctor = doctor).to_string()
                    }}
                </strong>
            </p>
            <p>
                {move || {
                    if is_doctor_disabled { t_string!(i18n, doctor_disabled) } else { t_string!(i18n, patient_disabled) }
                }}
            </p>
            <CloseForClinic looking chat_id />
        </li>
    }
}

/// Closes a chat in which no one answers any more, with a reason that its members see.
#[component]
fn CloseForClinic(looking: Looking, chat_id: ChatId) -> impl IntoView {
    let i18n = use_i18n();
    let reason = RwSignal::new(String::new());
    let close = Action::new_local(move |reason: &String| {
        let reason = reason.clone();
        async move {
            let done = close_for_clinic(chat_id, reason).await;
            if done.is_ok() {
                looking.look().await;
                focus::lead_to(vec![WAITING_HEADING.to_owned()]);
            }
            done
        }
    });
    let field = format!("close-reason-{chat_id}");
    view! {
        <form
            class="ask needs-script"
            on:submit=move |event: ev::SubmitEvent| {
                event.prevent_default();
                close.dispatch(reason.get_untracked());
            }
        >
            <div class="field">
                <label for=field.clone()>{move || t_string!(i18n, close_reason)}</label>
                <textarea
                    id=field
                    rows="2"
                    required
                    maxlength=CLOSE_REASON_MAX_CHARS.to_string()
                    on:input=move |event| reason.set(event_target_value(&event))
                ></textarea>
            </div>
            <ProblemNote problem=problem_of(close.value()) />
            <button type="submit" class="button small" disabled=move || close.pending().get()>
                {move || t_string!(i18n, close_chat)}
            </button>
        </form>
    }
}

#[component]
fn ReportEntry(looking: Looking, report: Report) -> impl IntoView {
    let (i18n, clock) = (use_i18n(), Clock::expect());
    let Report { id, at, settled_at, is_by_doctor, doctor_name, patient_name, reason } = report;
    view! {
        <li class="admin-entry" class:settled=settled_at.is_some()>
            <p>
                <strong>
                    {move || {
                        let (patient, doctor) = (patient_name.clone(), doctor_name.clone());
                        if is_by_doctor {
                            t_string!(i18n, report_by_doctor, doctor = doctor, patient = patient).to_string()
                        } else {
                            t_string!(i18n, report_by_patient, patient = patient, doctor = doctor).to_string()
                        }
                    }}
                </strong>
            </p>
            <p class="admin-when">
                <time datetime=at.to_rfc3339()>{move || clock.exact(at, i18n.get_locale())}</time>
            </p>
            <p class="reply-text" dir="auto">
                {reason}
            </p>
            {match settled_at {
                Some(settled_at) => {
                    view! {
                        <p class="admin-when">
                            {move || {
                                let time = clock.exact(settled_at, i18n.get_locale());
                                t_string!(i18n, settled, time = time).to_string()
                            }}
                        </p>
                    }
                        .into_any()
                }
                None => view! { <SettleButton looking id /> }.into_any(),
            }}
        </li>
    }
}

#[component]
fn SettleButton(looking: Looking, id: ReportId) -> impl IntoView {
    let i18n = use_i18n();
    let settle = Action::new_local(move |()| async move {
        let done = settle_report(id).await;
        if done.is_ok() {
            let next = looking.beside(id);
            looking.look().await;
            focus::lead_to(next);
        }
        done
    });
    let problem = move || settle.value().get().and_then(Result::err);
    view! {
        <button
            type="button"
            class="button small needs-script"
            id=settle_button(id)
            disabled=move || settle.pending().get()
            on:click=move |_| {
                settle.dispatch(());
            }
        >
            {move || t_string!(i18n, settle)}
        </button>
        <p class="field-error" role="alert">
            {move || problem().map(|problem| problem_text(i18n, &problem))}
        </p>
    }
}

/// Refreshes every minute, and when the user returns to the page.
#[cfg(feature = "hydrate")]
fn keep_fresh(looking: Looking) {
    use leptos::{ev, leptos_dom::helpers::window_event_listener};
    use std::time::Duration;
    /// How often the overview is refreshed. Waits are counted in hours, so a minute is enough.
    const LOOK_AGAIN: Duration = Duration::from_mins(1);
    let look = move || {
        if !document().hidden() {
            looking.again();
        }
    };
    let listener = window_event_listener(ev::visibilitychange, move |_| look());
    on_cleanup(move || listener.remove());
    if let Ok(interval) = set_interval_with_handle(look, LOOK_AGAIN) {
        on_cleanup(move || interval.clear());
    }
}

/// The server's stub: a rendered page is fresh.
#[cfg(not(feature = "hydrate"))]
const fn keep_fresh(_: Looking) {}
