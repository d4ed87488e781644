//! The directory's page: search for a doctor, and start a chat.

use super::search_state::{PATH, SearchState};
use crate::{
    components::{
        avatar::Avatar,
        clock::Clock,
        failed::Failed,
        page_title::PageTitle,
        prehydration_input::keep_alike,
        problem::{ProblemNote, problem_of},
    },
    directory::{
        availability::{out_text, usually_text},
        server_fns::{Initiate, list_doctors, list_specialties},
    },
    i18n::{Locale, td_string},
    live::Live,
    preferences::use_locale,
    protocol::{Availability, Doctor, DoctorPage, Problem},
};
use leptos::{html, prelude::*};
use std::time::Duration;

/// How long to wait after the last keystroke before the search starts.
const SEARCH_AFTER: Duration = Duration::from_millis(250);

/// `/patient`
#[component]
pub fn Directory() -> impl IntoView {
    let locale = use_locale();
    let state = SearchState::new();
    let asked = state.asked();
    let found = Resource::new_blocking(
        move || asked.get(),
        |asked| async move { Ok::<_, Problem>((list_doctors(asked).await?, list_specialties().await?)) },
    );
    let initiate = ServerAction::<Initiate>::new();
    let problem = problem_of(initiate.value());
    view! {
        <PageTitle words=|locale| td_string!(locale, find_doctor) />
        <section class="directory">
            <h1>{td_string!(locale, find_doctor)}</h1>
            <ProblemNote problem />
            <Transition fallback=|| view! { <DirectorySkeleton /> }>
                {move || Suspend::new(async move {
                    match found.await {
                        Ok((page, specialties)) => {
                            view! {
                                <Search specialties state />
                                <Results page state initiate />
                            }
                                .into_any()
                        }
                        Err(problem) => view! { <Failed problem /> }.into_any(),
                    }
                })}
            </Transition>
        </section>
    }
}

#[component]
fn Search(specialties: Vec<String>, state: SearchState) -> impl IntoView {
    let locale = use_locale();
    let SearchState { text, specialty, .. } = state;
    let go = move || state.search();
    let mut go_soon = debounce(SEARCH_AFTER, move |()| go());
    let (query_field, specialty_field) = (NodeRef::<html::Input>::new(), NodeRef::<html::Select>::new());
    // A search that was typed before hydration is done too.
    keep_alike(query_field, text, go);
    keep_alike(specialty_field, specialty, go);
    view! {
        <form
            method="post"
            action=PATH
            class="search"
            role="search"
            on:submit=move |event| {
                event.prevent_default();
                go();
            }
        >
            <div class="field">
                <label for="query">{td_string!(locale, search_doctors)}</label>
                <input
                    id="query"
                    name="query"
                    type="search"
                    autocomplete="off"
                    maxlength="200"
                    placeholder=td_string!(locale, search_hint)
                    value=text.get_untracked()
                    node_ref=query_field
                    on:input=move |event| {
                        text.set(event_target_value(&event));
                        go_soon(());
                    }
                />
            </div>
            <div class="field">
                <label for="specialty">{td_string!(locale, specialty)}</label>
                <select
                    id="specialty"
                    name="specialty"
                    autocomplete="off"
                    node_ref=specialty_field
                    on:change=move |event| {
                        specialty.set(event_target_value(&event));
                        go();
                    }
                >
                    <option value="">{td_string!(locale, all_specialties)}</option>
                    {specialties
                        .into_iter()
                        .map(|name| {
                            let is_chosen = specialty.get_untracked() == name;
                            view! {
                                <option value=name.clone() selected=is_chosen>
                                    {name.clone()}
                                </option>
                            }
                        })
                        .collect_view()}
                </select>
            </div>
            <button type="submit" class="button search-button">
                {td_string!(locale, search)}
            </button>
        </form>
    }
}

#[component]
fn Results(page: DoctorPage, state: SearchState, initiate: ServerAction<Initiate>) -> impl IntoView {
    let locale = use_locale();
    let DoctorPage { doctors, next } = page;
    let is_search = state.is_search();
    if doctors.is_empty() {
        return view! {
            <div class="empty" role="status">
                <p>
                    {move || if is_search { td_string!(locale, no_doctors_found) } else { td_string!(locale, no_doctors_yet) }}
                </p>
                {is_search
                    .then(|| {
                        view! {
                            <a
                                href=PATH
                                on:click=move |event| {
                                    event.prevent_default();
                                    state.clear();
                                }
                            >
                                {td_string!(locale, clear_search)}
                            </a>
                        }
                    })}
            </div>
        }
        .into_any();
    }
    view! {
        <ul class="doctors">
            {doctors.into_iter().map(|doctor| view! { <DoctorCard doctor initiate /> }).collect_view()}
        </ul>
        {next.map(|after| view! { <More after state /> })}
    }
    .into_any()
}

/// The link to the next page.
#[component]
fn More(after: String, state: SearchState) -> impl IntoView {
    let locale = use_locale();
    let (query, specialty) = (state.text.get_untracked(), state.specialty.get_untracked());
    let value = after.clone();
    view! {
        <form
            method="post"
            action=PATH
            on:submit=move |event| {
                event.prevent_default();
                state.go_on(after.clone());
            }
        >
            <input type="hidden" name="query" value=query />
            <input type="hidden" name="specialty" value=specialty />
            <input type="hidden" name="after" value=value />
            <button type="submit" class="button quiet wide">
                {td_string!(locale, more_doctors)}
            </button>
        </form>
    }
}

#[component]
fn DoctorCard(doctor: Doctor, initiate: ServerAction<Initiate>) -> impl IntoView {
    let locale = use_locale();
    let live = Live::expect();
    let Doctor { id, name, specialty, bio, languages, accepting_chats, availability } = doctor;
    // An existing chat can be opened whether or not the doctor accepts new ones. Checked once the
    // page is live: on the server the list of chats may not be loaded yet.
    let is_live = RwSignal::new(false);
    Effect::new(move |_| is_live.set(true));
    let is_open = Memo::new(move |_| {
        accepting_chats
            || is_live.get()
                && live.with(|state| {
                    state.chats.values().any(|chat| chat.chat.as_ref().is_some_and(|chat| chat.peer.id == id))
                })
    });
    let is_busy = move || {
        initiate.input().with(|input| input.as_ref().is_some_and(|input| input.doctor == id))
            && initiate.pending().get()
    };
    let (chat_name, has_languages) = (StoredValue::new(name.clone()), !languages.is_empty());
    view! {
        <li class="doctor">
            <Avatar name=name.clone() />
            <div class="doctor-main">
                <h2>{name}</h2>
                <p class="doctor-specialty">{specialty}</p>
                {(!bio.is_empty()).then(|| view! { <p class="doctor-bio">{bio}</p> })}
                {has_languages
                    .then(|| {
                        view! {
                            <p class="doctor-languages">
                                {move || {
                                    let names = language_names(&languages, locale);
                                    td_string!(locale, speaks, languages = names).to_string()
                                }}
                            </p>
                        }
                    })}
                {availability.map(|availability| view! { <Answers availability /> })}
            </div>
            <div class="doctor-action">
                <Show
                    when=move || is_open.get()
                    fallback=move || view! { <p class="not-accepting">{td_string!(locale, not_accepting)}</p> }
                >
                    <ActionForm action=initiate>
                        <input type="hidden" name="doctor" value=id.to_string() />
                        <button type="submit" class="button primary" disabled=is_busy>
                            {move || td_string!(locale, chat_with, name = chat_name.get_value()).to_string()}
                        </button>
                    </ActionForm>
                </Show>
            </div>
        </li>
    }
}

/// The doctor's response time and whether they are in.
#[component]
fn Answers(availability: Availability) -> impl IntoView {
    let (locale, clock) = (use_locale(), Clock::expect());
    let note = availability.note.clone();
    let known = StoredValue::new(availability);
    view! {
        {move || {
            let text = known.with_value(|known| usually_text(locale, known));
            text.map(|text| view! { <p class="doctor-answers">{text}</p> })
        }}
        {move || {
            let text = known.with_value(|known| out_text(locale, clock, known));
            text.map(|text| view! { <p class="doctor-answers">{text}</p> })
        }}
        {note.map(|note| view! { <p class="doctor-note">{note}</p> })}
    }
}

/// The names of languages; a tag without a known name is shown as it is.
fn language_names(tags: &[String], locale: Locale) -> String {
    const NAMES: [(&str, &str, &str); 16] = [
        ("ar", "Arabic", "árabe"),
        ("cs", "Czech", "checo"),
        ("da", "Danish", "danés"),
        ("de", "German", "alemán"),
        ("en", "English", "inglés"),
        ("es", "Spanish", "español"),
        ("fr", "French", "francés"),
        ("hi", "Hindi", "hindi"),
        ("it", "Italian", "italiano"),
        ("ja", "Japanese", "japonés"),
        ("nl", "Dutch", "neerlandés"),
        ("pl", "Polish", "polaco"),
        ("pt", "Portuguese", "portugués"),
        ("ru", "Russian", "ruso"),
        ("tr", "Turkish", "turco"),
        ("zh", "Chinese", "chino"),
    ];
    let name = |tag: &String| {
        let known = NAMES.iter().find(|(known, _, _)| known == tag);
        known.map_or_else(
            || tag.clone(),
            |(_, en, es)| match locale {
                Locale::en => (*en).to_owned(),
                Locale::es => (*es).to_owned(),
            },
        )
    };
    tags.iter().map(name).collect::<Vec<_>>().join(", ")
}

#[component]
pub(crate) fn DirectorySkeleton() -> impl IntoView {
    let locale = use_locale();
    view! {
        <div class="skeleton-list" role="status" aria-label=td_string!(locale, loading)>
            <span class="skeleton tall"></span>
            <span class="skeleton tall"></span>
            <span class="skeleton tall"></span>
        </div>
    }
}
