//! The sign-in page.

use crate::{
    account::{
        create_account::{Credentials, EntryPage, next_path},
        server_fns::SignIn as SignInFn,
    },
    components::{
        form::{FormEnd, FormProblem, posted_problem},
        page_title::PageTitle,
    },
    i18n::td_string,
    preferences::use_locale,
};
use leptos::{prelude::*, server_fn::ServerFn};

/// `/sign-in`. A plain form, like [`crate::account::create_account`].
#[component]
pub fn SignIn() -> impl IntoView {
    let locale = use_locale();
    let problem = posted_problem::<SignInFn>();
    let next = next_path();
    let other =
        next.as_ref().map_or_else(|| "/create-account".to_owned(), |next| format!("/create-account?next={next}"));
    view! {
        <PageTitle words=|locale| td_string!(locale, sign_in_title) />
        <EntryPage>
            <h1>{td_string!(locale, sign_in_title)}</h1>
            <p class="lead">{td_string!(locale, sign_in_lead)}</p>
            <form method="post" action=SignInFn::url()>
                {next.map(|next| view! { <input type="hidden" name="next" value=next /> })}
                <FormProblem problem=problem.clone() />
                <Credentials autocomplete="current-password" problem />
                <FormEnd label=td_string!(locale, sign_in) busy=td_string!(locale, signing_in) />
            </form>
            <p class="entry-other">{td_string!(locale, no_account)} " " <a href=other>{td_string!(locale, create_account)}</a></p>
        </EntryPage>
    }
}
