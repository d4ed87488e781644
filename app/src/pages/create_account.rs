//! Create an account, and what this page shares with sign-in.

use crate::{
    api::account::SignUp,
    i18n::{t_string, td_string, use_i18n},
    protocol::Problem,
    ui::{
        app_bar::AppBar,
        field::Field,
        page_title::PageTitle,
        problem::{ProblemNote, above_form, problem_of},
    },
};
use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::hooks::use_query_map;

/// `/create-account`
#[component]
pub fn CreateAccount() -> impl IntoView {
    let i18n = use_i18n();
    let action = ServerAction::<SignUp>::new();
    let arrival = Arrival::of(action);
    let next = next_path();
    let problem = arrival.problem;
    view! {
        <PageTitle words=|locale| td_string!(locale, create_account_title) />
        <EntryPage>
            <h1>{move || t_string!(i18n, create_account_title)}</h1>
            <p class="lead">{move || t_string!(i18n, create_account_lead)}</p>
            <ActionForm action>
                {next.map(|next| view! { <input type="hidden" name="next" value=next /> })}
                <ProblemNote problem=above_form(problem) />
                <Field
                    name="name"
                    autocomplete="name"
                    maxlength=100
                    label=move || t_string!(i18n, name)
                    problem=problem
                />
                <Field
                    name="email"
                    kind="email"
                    autocomplete="username"
                    maxlength=254
                    label=move || t_string!(i18n, email)
                    problem=problem
                />
                <Field
                    name="password"
                    kind="password"
                    autocomplete="new-password"
                    label=move || t_string!(i18n, password)
                    hint=move || t_string!(i18n, password_hint)
                    problem=problem
                />
                <button type="submit" class="button primary wide" disabled=arrival.is_busy>
                    {move || {
                        if arrival.is_busy.get() {
                            t_string!(i18n, creating_account)
                        } else {
                            t_string!(i18n, create_account)
                        }
                    }}
                </button>
            </ActionForm>
            <p class="entry-other">{move || t_string!(i18n, have_account)} " " <a href="/sign-in">{move || t_string!(i18n, sign_in)}</a></p>
        </EntryPage>
    }
}

/// The frame of a page for strangers.
#[component]
pub fn EntryPage(children: Children) -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <AppBar />
        <main id="content" class="entry" tabindex="-1">
            <section class="card">{children()}</section>
            <p class="safety">{move || t_string!(i18n, not_for_emergencies)}</p>
        </main>
    }
}

/// How signing in or up goes. Arriving loads a whole new page: a fresh state for a fresh session.
#[derive(Clone, Copy)]
pub(super) struct Arrival {
    /// What went wrong.
    pub(super) problem: Signal<Option<Problem>>,
    /// Whether the answer is awaited.
    pub(super) is_busy: Signal<bool>,
}

impl Arrival {
    pub(super) fn of<F>(action: ServerAction<F>) -> Self
    where
        F: ServerFn<Output = String, Error = Problem> + Clone + Send + Sync + 'static,
    {
        let (value, pending) = (action.value(), action.pending());
        Effect::new(move |_| {
            if let Some(Ok(path)) = value.get() {
                // Nothing to do when a browser refuses to leave.
                let _ = window().location().replace(&path);
            }
        });
        Self {
            problem: problem_of(value),
            is_busy: Signal::derive(move || pending.get() || value.with(|value| matches!(value, Some(Ok(_))))),
        }
    }
}

/// Where the person wanted to go. The server checks it; here it only must not break the form.
pub(super) fn next_path() -> Option<String> {
    use_query_map()
        .with_untracked(|query| query.get("next"))
        .filter(|path| path.starts_with('/') && !path.starts_with("//"))
}
