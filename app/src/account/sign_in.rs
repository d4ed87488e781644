//! The sign-in page.

use crate::{
    account::{
        create_account::{EntryButton, EntryPage, next_path, posted_problem},
        server_fns::SignIn as SignInFn,
    },
    components::{field::Field, page_title::PageTitle, problem::ProblemNote},
    i18n::{t_string, td_string, use_i18n},
};
use leptos::{prelude::*, server_fn::ServerFn};

/// `/sign-in`. A plain form, like [`crate::account::create_account`].
#[component]
pub fn SignIn() -> impl IntoView {
    let i18n = use_i18n();
    let problem = posted_problem::<SignInFn>();
    let next = next_path();
    let other =
        next.as_ref().map_or_else(|| "/create-account".to_owned(), |next| format!("/create-account?next={next}"));
    view! {
        <PageTitle words=|locale| td_string!(locale, sign_in_title) />
        <EntryPage>
            <h1>{move || t_string!(i18n, sign_in_title)}</h1>
            <p class="lead">{move || t_string!(i18n, sign_in_lead)}</p>
            <form method="post" action=SignInFn::url()>
                {next.map(|next| view! { <input type="hidden" name="next" value=next /> })}
                <ProblemNote problem=problem />
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
                    autocomplete="current-password"
                    label=move || t_string!(i18n, password)
                    problem=problem
                />
                <EntryButton label=t_string!(i18n, sign_in) busy=t_string!(i18n, signing_in) />
            </form>
            <p class="entry-other">{move || t_string!(i18n, no_account)} " " <a href=other>{move || t_string!(i18n, create_account)}</a></p>
        </EntryPage>
    }
}
