//! Buttons, fields and small parts.

use super::{
    specimen::{Specimen, still},
    stage::Stage,
};
use crate::{
    components::{avatar::Avatar, form::FormField, problem::field_text},
    i18n::td_string,
    layout::app_bar::AppBar,
    preferences::use_locale,
    protocol::{FieldCode, Role},
};
use leptos::prelude::*;

/// The kinds of buttons: classes and use.
const KINDS: [(&str, &str); 6] = [
    ("button primary", "The main thing to do"),
    ("button", "Another one"),
    ("button quiet", "A quiet one"),
    ("button danger", "One that can't be undone"),
    ("button small", "A small one"),
    ("link-button", "One among words"),
];

/// Buttons in each kind and state.
pub(super) fn buttons() -> AnyView {
    let locale = use_locale();
    view! {
        {KINDS
            .map(|(class, name)| {
                view! {
                    <Specimen name>
                        <div class="sg-states">
                            <button type="button" class=class>"Normal"</button>
                            <button type="button" class=class data-force="hover">"Hover"</button>
                            <button type="button" class=class data-force="focus">"Focus"</button>
                            <button type="button" class=class disabled>"Disabled"</button>
                        </div>
                    </Specimen>
                }
            })
            .collect_view()}
        <Specimen name="While it is being done">
            <div class="sg-states">
                <button type="button" class="button primary" disabled>
                    {td_string!(locale, signing_in)}
                </button>
                <button type="button" class="button primary" disabled>
                    {td_string!(locale, saving)}
                </button>
            </div>
        </Specimen>
        <Specimen name="Full width" shape="sg-half">
            <button type="button" class="button primary wide">"Sign in"</button>
        </Specimen>
        <Specimen name="An icon">
            <div class="sg-states">
                <Icon force="" />
                <Icon force="hover" />
                <Icon force="focus" />
            </div>
        </Specimen>
        <Specimen name="Asks before it does it">
            <details class="confirm" open>
                <summary class="button small">"Delete"</summary>
                <form>
                    <p>"Delete this reply?"</p>
                    <button type="button" class="button small danger">
                        "Delete"
                    </button>
                </form>
            </details>
        </Specimen>
    }
    .into_any()
}

#[component]
fn Icon(force: &'static str) -> impl IntoView {
    view! {
        <button type="button" class="icon-button" aria-label="Search" data-force=force>
            <svg viewBox="0 0 24 24" aria-hidden="true">
                <path d="M10.500 4a6.500 6.500 0 1 1 0 13a6.500 6.500 0 0 1 0-13M15.500 15.500l5 5" />
            </svg>
        </button>
    }
}

/// Fields in each state.
pub(super) fn fields() -> AnyView {
    let error = |code| Some(field_text(use_locale(), "email", code));
    view! {
        <Specimen name="Empty" shape="sg-half">
            <FormField name="sg-name" label="Full name" max_chars=100 error=None />
        </Specimen>
        <Specimen name="With a hint" shape="sg-half">
            <FormField
                name="sg-password"
                kind="password"
                label="Password"
                hint="15 characters or more."
                max_chars=200
                error=None
            />
        </Specimen>
        <Specimen name="Filled" shape="sg-half">
            <FormField name="sg-filled" label="Full name" value="Nora Lindqvist" max_chars=100 error=None />
        </Specimen>
        <Specimen name="Wrong" shape="sg-half">
            <FormField name="sg-email" label="Email" value="nora at home" max_chars=254 error=error(FieldCode::Malformed) />
        </Specimen>
        <Specimen name="Missing" shape="sg-half">
            <FormField name="sg-empty" label="Email" max_chars=254 error=error(FieldCode::Required) />
        </Specimen>
        <Specimen name="With the focus" shape="sg-half">
            <div class="field">
                <label for="sg-focus">"Full name"</label>
                <input id="sg-focus" data-force="focus" />
            </div>
        </Specimen>
        <Specimen name="Disabled" shape="sg-half">
            <div class="field">
                <label for="sg-disabled">"Full name"</label>
                <input id="sg-disabled" disabled value="Nora Lindqvist" />
            </div>
        </Specimen>
        <Specimen name="A choice" shape="sg-half">
            <div class="field">
                <label for="sg-select">"Specialty"</label>
                <select id="sg-select">
                    <option>"All specialties"</option>
                </select>
            </div>
        </Specimen>
        {longer_fields()}
    }
    .into_any()
}

/// Fields with a limit, and checkboxes.
fn longer_fields() -> AnyView {
    view! {
        <Specimen name="Several lines, with a hint" shape="sg-half">
            <FormField
                name="sg-text"
                label="Text"
                rows=3
                max_chars=5_000
                value="Dear {patient}, your results are normal."
                hint="{patient} becomes the patient's name."
                error=None
            />
        </Specimen>
        <Specimen name="Over the limit" shape="sg-half">
            <FormField
                name="sg-long"
                label="Title"
                max_chars=20
                value="Results of the blood test"
                error=Some("Please use fewer characters.".to_owned())
            />
        </Specimen>
        <Specimen name="Boxes to tick" shape="sg-half">
            <label class="check">
                <input type="checkbox" checked />
                <span>"Show the sender's name"</span>
            </label>
            <label class="check">
                <input type="checkbox" />
                <span>"Show the text"</span>
            </label>
            <label class="check">
                <input type="checkbox" disabled />
                <span>"Play a sound"</span>
            </label>
        </Specimen>
        <Specimen name="Switches" shape="sg-half">
            <div class="settings-form sg-plain">
                <label class="check">
                    <input type="checkbox" role="switch" checked />
                    <span>"Accept new patients"</span>
                </label>
                <label class="check">
                    <input type="checkbox" role="switch" />
                    <span>"Accept new patients"</span>
                </label>
            </div>
        </Specimen>
    }
    .into_any()
}

/// Avatars, badges and tags.
pub(super) fn avatars() -> AnyView {
    let locale = use_locale();
    let names = [
        "Dr. Elena García",
        "Dr. Samuel Okafor",
        "Nora Lindqvist",
        "Tomás Reyes",
        "Prof. Dr. Ana María López",
        "Cher",
        "Ingrid Falk",
        "Yusuf Demir",
    ];
    view! {
        <Specimen name="Avatars: initials without titles, the same tint for the same name">
            <div class="sg-states">{names.map(|name| view! { <Avatar name /> }).collect_view()}</div>
        </Specimen>
        <Specimen name="Badges">
            <div class="sg-states">
                {["1", "12", "99+"].map(|count| view! { <span class="badge">{count}</span> }).collect_view()}
            </div>
        </Specimen>
        <Specimen name="Tags">
            <div class="sg-states">
                <span class="tag urgent">{td_string!(locale, urgent)}</span>
                <span class="tag overdue">{td_string!(locale, overdue)}</span>
            </div>
        </Specimen>
    }
    .into_any()
}

/// The bar at the top, for each kind of visitor.
pub(super) fn bars() -> AnyView {
    let bar = || view! { <AppBar /> }.into_any();
    let stranger = Stage { role: None, ..Stage::for_role(Role::Patient).at("/sign-in") };
    view! {
        <Specimen name="A stranger's" shape="sg-whole">
            {stranger.show(bar)}
        </Specimen>
        <Specimen name="A patient's" shape="sg-whole">
            {Stage::for_role(Role::Patient).show(bar)}
        </Specimen>
        <Specimen name="A doctor's, with the menu open" shape="sg-whole sg-room-below">
            {Stage::for_role(Role::Doctor).show(|| still(view! { <AppBar /> }, &[]))}
        </Specimen>
    }
    .into_any()
}
