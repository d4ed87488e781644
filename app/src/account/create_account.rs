//! The sign-up page, and the parts that it shares with sign-in.

use crate::{
    account::server_fns::SignUp,
    components::{
        field::Field,
        page_title::PageTitle,
        problem::{ProblemNote, above_form, problem_of},
    },
    i18n::{t_string, td_string, use_i18n},
    layout::app_bar::AppBar,
    protocol::Problem,
};
use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::hooks::use_query_map;

/// `/create-account`. A plain form: this page does not need the WebAssembly program (see
/// `entry.js`).
#[component]
pub fn CreateAccount() -> impl IntoView {
    let i18n = use_i18n();
    let next = next_path();
    let problem = posted_problem::<SignUp>();
    view! {
        <PageTitle words=|locale| td_string!(locale, create_account_title) />
        <EntryPage>
            <h1>{move || t_string!(i18n, create_account_title)}</h1>
            <p class="lead">{move || t_string!(i18n, create_account_lead)}</p>
            <form method="post" action=SignUp::url()>
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
                <EntryButton label=t_string!(i18n, create_account) busy=t_string!(i18n, creating_account) />
            </form>
            <p class="entry-other">{move || t_string!(i18n, have_account)} " " <a href="/sign-in">{move || t_string!(i18n, sign_in)}</a></p>
        </EntryPage>
    }
}

/// The frame of a page for visitors who are not signed in.
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

/// The problem of the posted form, which comes back with the page.
pub(super) fn posted_problem<F>() -> Signal<Option<Problem>>
where
    F: ServerFn<Output = String, Error = Problem> + Clone + Send + Sync + 'static,
{
    problem_of(ServerAction::<F>::new().value())
}

/// The end of a form on these pages: the button, which shows its progress, and an element for
/// messages from `entry.js`.
#[component]
pub(super) fn EntryButton(
    /// The button's label.
    label: &'static str,
    /// The label while the request runs.
    busy: &'static str,
) -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <p class="problem-note" role="alert" data-unreachable=t_string!(i18n, problem_unreachable)></p>
        <button type="submit" class="button primary wide" data-busy=busy>
            {label}
        </button>
    }
}

/// The path to go to after sign-in. The server checks it; here it only must not break the form.
pub(super) fn next_path() -> Option<String> {
    use_query_map()
        .with_untracked(|query| query.get("next"))
        .filter(|path| path.starts_with('/') && !path.starts_with("//"))
}
