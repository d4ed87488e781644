//! The sign-up page, and the parts that it shares with sign-in.

use crate::{
    account::server_fns::SignUp,
    components::{
        field::Field,
        page_title::PageTitle,
        problem::{ProblemNote, above_form, problem_of},
    },
    i18n::td_string,
    layout::app_bar::AppBar,
    preferences::use_locale,
    protocol::Problem,
};
use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::hooks::use_query_map;

/// `/create-account`. A plain form: this page does not need the WebAssembly program (see
/// `entry.js`).
#[component]
pub fn CreateAccount() -> impl IntoView {
    let locale = use_locale();
    let next = next_path();
    let problem = posted_problem::<SignUp>();
    view! {
        <PageTitle words=|locale| td_string!(locale, create_account_title) />
        <EntryPage>
            <h1>{td_string!(locale, create_account_title)}</h1>
            <p class="lead">{td_string!(locale, create_account_lead)}</p>
            <form method="post" action=SignUp::url()>
                {next.map(|next| view! { <input type="hidden" name="next" value=next /> })}
                <ProblemNote problem=above_form(problem) />
                <Field
                    name="name"
                    autocomplete="name"
                    maxlength=100
                    label=td_string!(locale, name)
                    problem=problem
                />
                <Field
                    name="email"
                    kind="email"
                    autocomplete="username"
                    maxlength=254
                    label=td_string!(locale, email)
                    problem=problem
                />
                <Field
                    name="password"
                    kind="password"
                    autocomplete="new-password"
                    label=td_string!(locale, password)
                    hint=td_string!(locale, password_hint)
                    problem=problem
                />
                <EntryButton label=td_string!(locale, create_account) busy=td_string!(locale, creating_account) />
            </form>
            <p class="entry-other">{td_string!(locale, have_account)} " " <a href="/sign-in">{td_string!(locale, sign_in)}</a></p>
        </EntryPage>
    }
}

/// The frame of a page for visitors who are not signed in.
#[component]
pub fn EntryPage(children: Children) -> impl IntoView {
    let locale = use_locale();
    view! {
        <AppBar />
        <main id="content" class="entry" tabindex="-1">
            <section class="card">{children()}</section>
            <p class="safety">{td_string!(locale, not_for_emergencies)}</p>
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
    let locale = use_locale();
    view! {
        <p class="problem-note" role="alert" data-unreachable=td_string!(locale, problem_unreachable)></p>
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
