//! Sign in.

use super::create_account::{Arrival, EntryPage, next_path};
use crate::{
    api::account::SignIn as SignInFn,
    i18n::{t_string, td_string, use_i18n},
    ui::{field::Field, page_title::PageTitle, problem::ProblemNote},
};
use leptos::prelude::*;

/// `/sign-in`
#[component]
pub fn SignIn() -> impl IntoView {
    let i18n = use_i18n();
    let action = ServerAction::<SignInFn>::new();
    let arrival = Arrival::of(action);
    let next = next_path();
    let other =
        next.as_ref().map_or_else(|| "/create-account".to_owned(), |next| format!("/create-account?next={next}"));
    view! {
        <PageTitle words=|locale| td_string!(locale, sign_in_title) />
        <EntryPage>
            <h1>{move || t_string!(i18n, sign_in_title)}</h1>
            <p class="lead">{move || t_string!(i18n, sign_in_lead)}</p>
            <ActionForm action>
                {next.map(|next| view! { <input type="hidden" name="next" value=next /> })}
                <ProblemNote problem=arrival.problem />
                <Field
                    name="email"
                    kind="email"
                    autocomplete="username"
                    maxlength=254
                    label=move || t_string!(i18n, email)
                    problem=arrival.problem
                />
                <Field
                    name="password"
                    kind="password"
                    autocomplete="current-password"
                    label=move || t_string!(i18n, password)
                    problem=arrival.problem
                />
                <button type="submit" class="button primary wide" disabled=arrival.is_busy>
                    {move || if arrival.is_busy.get() { t_string!(i18n, signing_in) } else { t_string!(i18n, sign_in) }}
                </button>
            </ActionForm>
            <p class="entry-other">{move || t_string!(i18n, no_account)} " " <a href=other>{move || t_string!(i18n, create_account)}</a></p>
        </EntryPage>
    }
}
