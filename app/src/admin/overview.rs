//! The admin's overview: overdue chats and members' reports. It is refreshed every minute while the
//! page is visible.

use crate::{
    admin::server_fns::{close_for_clinic, list_reports, settle_report, show_overview},
    components::{
        clock::Clock,
        focus,
        problem::{ProblemNote, problem_of, problem_text},
    },
    i18n::td_string,
    preferences::use_locale,
    protocol::{
        AdminOverview, CLOSE_REASON_MAX_CHARS, ChatId, Problem, Report, ReportId, ReportPage, ReportQuery,
        UnattendedChat, WaitingChat,
    },
};
use leptos::{ev, prelude::*};
use std::collections::HashSet;

/// The signals of the overview.
#[derive(Clone, Copy)]
struct OverviewState {
    /// `None` before the first answer. It has all reports that were requested.
    data: RwSignal<Option<AdminOverview>>,
    /// The problem of the last request.
    problem: RwSignal<Option<Problem>>,
    /// The number of the last request: answers to earlier ones are ignored.
    request_number: StoredValue<u32>,
}

impl OverviewState {
    /// Refreshes the overview in the background.
    fn refresh_in_background(self) {
        leptos::reactive::spawn_local(self.refresh());
    }

    /// Requests the overview with as many reports as are shown. The old one stays until the answer.
    async fn refresh(self) {
        let count = self.data.try_with_untracked(|data| data.as_ref().map_or(0, |data| data.reports.len()));
        self.ask(count.unwrap_or_default()).await;
    }

    /// Requests the overview with more reports than are shown.
    async fn load_more(self) {
        let count = self.data.try_with_untracked(|data| data.as_ref().map_or(0, |data| data.reports.len()));
        self.ask(count.unwrap_or_default().saturating_add(1)).await;
    }

    /// Requests the overview with at least `count` reports, if there are so many.
    async fn ask(self, count: usize) {
        let number = self.request_number.try_update_value(|request_number| {
            *request_number = request_number.wrapping_add(1);
            *request_number
        });
        let answer = fetch_overview(count).await;
        if number.is_some() && self.request_number.try_get_value() == number {
            self.take(answer);
        }
    }

    /// The ids to focus after this report is settled: the button of the next one, or the heading.
    fn ids_to_focus_after(self, id: ReportId) -> Vec<String> {
        let open = |data: &Option<AdminOverview>| -> Vec<ReportId> {
            let reports = data.iter().flat_map(|data| &data.reports);
            reports.filter(|report| report.settled_at.is_none()).map(|report| report.id).collect()
        };
        let open = self.data.try_with_untracked(open).unwrap_or_default();
        let index = open.iter().position(|other| *other == id).unwrap_or(open.len());
        let after = open.iter().skip(index + 1).chain(open.iter().take(index).rev());
        after.map(|id| resolve_button_id(*id)).chain([REPORTS_HEADING.to_owned()]).collect()
    }

    fn take(self, answer: Result<AdminOverview, Problem>) {
        match answer {
            Ok(overview) => {
                self.problem.try_set(None);
                self.data.try_set(Some(overview));
            }
            Err(problem) => {
                self.problem.try_set(Some(problem));
            }
        }
    }
}

/// Fetches the overview with at least `count` reports, if there are so many.
async fn fetch_overview(count: usize) -> Result<AdminOverview, Problem> {
    let mut data = show_overview().await?;
    while let Some(after) = data.next_reports.take_if(|_| data.reports.len() < count) {
        let ReportPage { reports, next } = list_reports(ReportQuery { after: Some(after), limit: None }).await?;
        data.reports.extend(reports);
        data.next_reports = next;
    }
    // A report that was settled between two requests is on both pages.
    let mut listed = HashSet::new();
    data.reports.retain(|report| listed.insert(report.id));
    Ok(data)
}

/// The id of the heading above the waiting chats.
const WAITING_HEADING: &str = "waiting-heading";
/// The id of the heading above the reports.
const REPORTS_HEADING: &str = "reports-heading";

/// The id of the button that settles a report.
fn resolve_button_id(id: ReportId) -> String {
    format!("settle-{id}")
}

/// Both sections.
#[component]
pub fn OverviewSections() -> impl IntoView {
    let locale = use_locale();
    let first = Resource::new_blocking(|| (), |()| show_overview());
    view! {
        <Suspense fallback=move || {
            view! { <p role="status">{td_string!(locale, loading)}</p> }
        }>
            {move || Suspend::new(async move {
                let overview = OverviewState {
                    data: RwSignal::new(None),
                    problem: RwSignal::new(None),
                    request_number: StoredValue::new(0),
                };
                overview.take(first.await);
                view! { <Sections overview /> }
            })}
        </Suspense>
    }
}

#[component]
fn Sections(overview: OverviewState) -> impl IntoView {
    let locale = use_locale();
    let OverviewState { data, problem, .. } = overview;
    keep_fresh(overview);
    let waiting = move || data.with(|data| data.as_ref().map(|data| data.waiting.clone()).unwrap_or_default());
    let unattended = move || data.with(|data| data.as_ref().map(|data| data.unattended.clone()).unwrap_or_default());
    let has_unattended =
        Memo::new(move |_| data.with(|data| data.as_ref().is_some_and(|data| !data.unattended.is_empty())));
    let reports = move || data.with(|data| data.as_ref().map(|data| data.reports.clone()).unwrap_or_default());
    let has_none_of =
        move |count: fn(&AdminOverview) -> usize| data.with(|data| data.as_ref().is_some_and(|data| count(data) == 0));
    view! {
        <div class="admin-problem">
            <ProblemNote problem />
            <Show when=move || problem.with(Option::is_some)>
                <button type="button" class="button" on:click=move |_| overview.refresh_in_background()>
                    {td_string!(locale, try_again)}
                </button>
            </Show>
        </div>
        <section class="card" id="waiting" aria-labelledby=WAITING_HEADING>
            <h2 id=WAITING_HEADING tabindex="-1">{td_string!(locale, waiting_too_long)}</h2>
            <Show when=move || has_none_of(|data| data.waiting.len())>
                <p class="empty">{td_string!(locale, nobody_waits)}</p>
            </Show>
            <ul class="admin-list">
                <For each=waiting key=|chat| (chat.chat_id, chat.waiting_since, chat.is_urgent, chat.is_doctor_disabled) let:chat>
                    <Waiting overview chat />
                </For>
            </ul>
        </section>
        <Show when=move || has_unattended.get()>
            <section class="card" id="unattended" aria-labelledby="unattended-heading">
                <h2 id="unattended-heading" tabindex="-1">{td_string!(locale, unattended)}</h2>
                <p>{td_string!(locale, unattended_explained)}</p>
                <ul class="admin-list">
                    <For each=unattended key=|chat| (chat.chat_id, chat.is_doctor_disabled) let:chat>
                        <Unattended overview chat />
                    </For>
                </ul>
            </section>
        </Show>
        <section class="card" id="reports" aria-labelledby=REPORTS_HEADING>
            <h2 id=REPORTS_HEADING tabindex="-1">{td_string!(locale, reports)}</h2>
            <Show when=move || has_none_of(|data| data.reports.len())>
                <p class="empty">{td_string!(locale, no_reports)}</p>
            </Show>
            <ul class="admin-list">
                <For each=reports key=|report| (report.id, report.settled_at) let:report>
                    <ReportEntry overview report />
                </For>
            </ul>
            <MoreReports overview />
        </section>
    }
}

/// The button that shows the next page of reports, if there is one.
#[component]
fn MoreReports(overview: OverviewState) -> impl IntoView {
    let locale = use_locale();
    let more = Action::new_local(move |()| overview.load_more());
    let has_more = move || overview.data.with(|data| data.as_ref().is_some_and(|data| data.next_reports.is_some()));
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
                {td_string!(locale, more_reports)}
            </button>
        </Show>
    }
}

#[component]
fn Waiting(overview: OverviewState, chat: WaitingChat) -> impl IntoView {
    let (locale, clock) = (use_locale(), Clock::expect());
    let WaitingChat { chat_id, doctor_name, patient_name, waiting_since, is_urgent, is_doctor_disabled } = chat;
    view! {
        <li class="admin-entry">
            <p>
                <strong>
                    {move || {
                        let (patient, doctor) = (patient_name.clone(), doctor_name.clone());
                        td_string!(locale, waits_for, patient = patient, doctor = doctor).to_string()
                    }}
                </strong>
                {is_urgent
                    .then(|| view! { " " <span class="urgent-tag">{td_string!(locale, urgent)}</span> })}
            </p>
            {is_doctor_disabled.then(|| view! { <p>{td_string!(locale, doctor_disabled)}</p> })}
            <p class="admin-when">
                <time datetime=waiting_since.to_rfc3339()>
                    {move || {
                        let time = clock.exact(waiting_since, locale);
                        td_string!(locale, waits_since, time = time).to_string()
                    }}
                </time>
            </p>
            {is_doctor_disabled.then(|| view! { <CloseForClinic overview chat_id /> })}
        </li>
    }
}

#[component]
fn Unattended(overview: OverviewState, chat: UnattendedChat) -> impl IntoView {
    let locale = use_locale();
    let UnattendedChat { chat_id, doctor_name, patient_name, is_doctor_disabled } = chat;
    view! {
        <li class="admin-entry">
            <p>
                <strong>
                    {move || {
                        let (patient, doctor) = (patient_name.clone(), doctor_name.clone());
                        td_string!(locale, patient_and_doctor, patient = patient, doctor = doctor).to_string()
                    }}
                </strong>
            </p>
            <p>
                {move || {
                    if is_doctor_disabled { td_string!(locale, doctor_disabled) } else { td_string!(locale, patient_disabled) }
                }}
            </p>
            <CloseForClinic overview chat_id />
        </li>
    }
}

/// Closes a chat in which no one answers any more, with a reason that its members see.
#[component]
fn CloseForClinic(overview: OverviewState, chat_id: ChatId) -> impl IntoView {
    let locale = use_locale();
    let reason = RwSignal::new(String::new());
    let close = Action::new_local(move |reason: &String| {
        let reason = reason.clone();
        async move {
            let done = close_for_clinic(chat_id, reason).await;
            if done.is_ok() {
                overview.refresh().await;
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
                <label for=field.clone()>{td_string!(locale, close_reason)}</label>
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
                {td_string!(locale, close_chat)}
            </button>
        </form>
    }
}

#[component]
fn ReportEntry(overview: OverviewState, report: Report) -> impl IntoView {
    let (locale, clock) = (use_locale(), Clock::expect());
    let Report { id, at, settled_at, is_by_doctor, doctor_name, patient_name, reason } = report;
    view! {
        <li class="admin-entry" class:settled=settled_at.is_some()>
            <p>
                <strong>
                    {move || {
                        let (patient, doctor) = (patient_name.clone(), doctor_name.clone());
                        if is_by_doctor {
                            td_string!(locale, report_by_doctor, doctor = doctor, patient = patient).to_string()
                        } else {
                            td_string!(locale, report_by_patient, patient = patient, doctor = doctor).to_string()
                        }
                    }}
                </strong>
            </p>
            <p class="admin-when">
                <time datetime=at.to_rfc3339()>{move || clock.exact(at, locale)}</time>
            </p>
            <p class="reply-text" dir="auto">
                {reason}
            </p>
            {match settled_at {
                Some(settled_at) => {
                    view! {
                        <p class="admin-when">
                            {move || {
                                let time = clock.exact(settled_at, locale);
                                td_string!(locale, report_resolved, time = time).to_string()
                            }}
                        </p>
                    }
                        .into_any()
                }
                None => view! { <ResolveButton overview id /> }.into_any(),
            }}
        </li>
    }
}

#[component]
fn ResolveButton(overview: OverviewState, id: ReportId) -> impl IntoView {
    let locale = use_locale();
    let resolve = Action::new_local(move |()| async move {
        let done = settle_report(id).await;
        if done.is_ok() {
            let next = overview.ids_to_focus_after(id);
            overview.refresh().await;
            focus::lead_to(next);
        }
        done
    });
    let problem = move || resolve.value().get().and_then(Result::err);
    view! {
        <button
            type="button"
            class="button small needs-script"
            id=resolve_button_id(id)
            disabled=move || resolve.pending().get()
            on:click=move |_| {
                resolve.dispatch(());
            }
        >
            {td_string!(locale, resolve_report)}
        </button>
        <p class="field-error" role="alert">
            {move || problem().map(|problem| problem_text(locale, &problem))}
        </p>
    }
}

/// Refreshes every minute, and when the user returns to the page.
#[cfg(feature = "hydrate")]
fn keep_fresh(overview: OverviewState) {
    use leptos::{ev, leptos_dom::helpers::window_event_listener};
    use std::time::Duration;
    /// How often the overview is refreshed. Waits are counted in hours, so a minute is enough.
    const REFRESH_EVERY: Duration = Duration::from_mins(1);
    let refresh = move || {
        if !document().hidden() {
            overview.refresh_in_background();
        }
    };
    let listener = window_event_listener(ev::visibilitychange, move |_| refresh());
    on_cleanup(move || listener.remove());
    if let Ok(interval) = set_interval_with_handle(refresh, REFRESH_EVERY) {
        on_cleanup(move || interval.clear());
    }
}

/// The server's stub: a rendered page is fresh.
#[cfg(not(feature = "hydrate"))]
const fn keep_fresh(_: OverviewState) {}
