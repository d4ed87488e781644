//! The sign-up page, and the parts that it shares with sign-in.

use crate::{
    account::server_fns::SignUp,
    components::{
        form::{FormEnd, FormField, FormProblem, error_of, posted_problem},
        page_title::PageTitle,
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
    let name_error = error_of(problem.as_ref(), "name");
    view! {
        <PageTitle words=|locale| td_string!(locale, create_account_title) />
        <EntryPage>
            <h1>{td_string!(locale, create_account_title)}</h1>
            <p class="lead">{td_string!(locale, create_account_lead)}</p>
            <form method="post" action=SignUp::url()>
                {next.map(|next| view! { <input type="hidden" name="next" value=next /> })}
                <FormProblem problem=problem.clone() />
                <FormField
                    name="name"
                    autocomplete="name"
                    autocapitalize="words"
                    required=true
                    max_chars=100
                    label=td_string!(locale, name)
                    error=name_error
                />
                <Credentials autocomplete="new-password" hint=td_string!(locale, password_hint) problem=problem.clone() />
                <FormEnd label=td_string!(locale, create_account) busy=td_string!(locale, creating_account) />
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

/// The fields for the email address and the password.
#[component]
pub(super) fn Credentials(
    /// Whether the password is a new one or the current one.
    autocomplete: &'static str,
    /// A sentence of help below the password.
    #[prop(optional)]
    hint: Option<&'static str>,
    /// The problem of the posted form.
    problem: Option<Problem>,
) -> impl IntoView {
    let locale = use_locale();
    let error = |field: &str| error_of(problem.as_ref(), field);
    view! {
        <FormField
            name="email"
            kind="email"
            autocomplete="username"
            required=true
            max_chars=254
            label=td_string!(locale, email)
            error=error("email")
        />
        <FormField
            name="password"
            kind="password"
            autocomplete=autocomplete
            required=true
            max_chars=200
            label=td_string!(locale, password)
            hint=hint.unwrap_or_default()
            error=error("password")
        />
    }
}

/// The path to go to after sign-in. The server checks it; here it only must not break the form.
pub(super) fn next_path() -> Option<String> {
    use_query_map()
        .with_untracked(|query| query.get("next"))
        .filter(|path| path.starts_with('/') && !path.starts_with("//"))
}
