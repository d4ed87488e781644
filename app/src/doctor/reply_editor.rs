//! The editor of saved replies: a form for a new reply, and the list, in which each reply has
//! a form of its own. Doctors edit their own and see the clinic's; admins edit the clinic's.

use crate::{
    components::{
        form::{ConfirmButton, FormEnd, FormField, FormProblem, error_of, posted_problem},
        loaded::loaded,
    },
    doctor::server_fns::{AddSavedReply, ChangeSavedReply, DeleteSavedReply, reply_prefix},
    i18n::td_string,
    preferences::use_locale,
    protocol::{Problem, Role, SAVED_REPLY_MAX_CHARS, SAVED_REPLY_TITLE_MAX_CHARS, SavedReply, SavedReplyId},
    room::saved_replies::PATIENT_MARK,
};
use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::hooks::use_query_map;

/// The form and the list.
#[component]
pub fn ReplyEditor(
    /// The viewer's role: a doctor edits their own replies, an admin the clinic's.
    role: Role,
) -> impl IntoView {
    loaded(|backend| async move { backend.saved_replies().await }, move |all| view! { <Lists role all /> })
}

#[component]
fn Lists(role: Role, all: Vec<SavedReply>) -> impl IntoView {
    let locale = use_locale();
    let (own, others): (Vec<_>, Vec<_>) = all.into_iter().partition(|reply| reply.is_clinics == (role == Role::Admin));
    let ids: Vec<SavedReplyId> = own.iter().map(|reply| reply.id).collect();
    let problem = posted_problem::<ChangeSavedReply>();
    let own_list = if own.is_empty() {
        view! { <p class="empty" id=NO_REPLIES tabindex="-1">{td_string!(locale, no_saved_replies)}</p> }.into_any()
    } else {
        let items = own.into_iter().map(|reply| {
            let next = ids_beside(&ids, reply.id);
            view! { <OwnReply reply next problem=problem.clone() /> }
        });
        view! { <ul class="replies">{items.collect_view()}</ul> }.into_any()
    };
    let others = (!others.is_empty()).then(|| {
        let items = others.into_iter().map(|reply| view! { <li class="reply"><ReplyText reply /></li> });
        view! {
            <h2>{td_string!(locale, clinic_replies)}</h2>
            <ul class="replies">{items.collect_view()}</ul>
        }
    });
    let general = posted_problem::<DeleteSavedReply>().or_else(|| problem.clone());
    view! {
        <h2>{if role == Role::Doctor { td_string!(locale, own_replies) } else { td_string!(locale, clinic_replies) }}</h2>
        <FormProblem problem=general />
        <NewReply role />
        {own_list}
        {others}
    }
}

/// The id of the text that is shown if there are no replies.
const NO_REPLIES: &str = "no-replies";

/// The id of the button that opens a reply's form.
fn edit_button(id: SavedReplyId) -> String {
    format!("reply-edit-{id}")
}

/// What to focus after a reply was deleted: the next one, or the one before, or the note that there
/// are none.
fn ids_beside(ids: &[SavedReplyId], id: SavedReplyId) -> String {
    let index = ids.iter().position(|other| *other == id).unwrap_or(ids.len());
    let beside = ids.iter().skip(index + 1).chain(ids.iter().take(index).rev());
    beside.map(|id| edit_button(*id)).chain([NO_REPLIES.to_owned()]).collect::<Vec<_>>().join(" ")
}

#[component]
fn ReplyText(reply: SavedReply) -> impl IntoView {
    view! {
        <h3 dir="auto">{reply.title}</h3>
        <p class="reply-text" dir="auto">
            {reply.content}
        </p>
    }
}

/// A reply that the user can change.
#[component]
fn OwnReply(
    reply: SavedReply,
    /// What to focus after it was deleted.
    next: String,
    /// The problem of the posted change of a reply.
    problem: Option<Problem>,
) -> impl IntoView {
    let locale = use_locale();
    let id = reply.id;
    let heading = td_string!(locale, change_reply);
    let prefix = reply_prefix(id);
    let is_wrong = problem.iter().flat_map(|problem| &problem.errors).any(|error| error.field.starts_with(&prefix));
    let (title, content) = (reply.title.clone(), reply.content.clone());
    view! {
        <li class="reply">
            <ReplyText reply />
            <div class="reply-actions">
                <details class="reply-edit" id=format!("reply-form-{id}") open=is_wrong>
                    <summary class="button small" id=edit_button(id)>
                        {td_string!(locale, edit)}
                    </summary>
                    <form method="post" action=ChangeSavedReply::url() class="reply-form" aria-label=heading data-next=edit_button(id)>
                        <h3>{heading}</h3>
                        <input type="hidden" name="id" value=id.to_string() />
                        <Fields name=id.to_string() prefix title content problem />
                        <div class="reply-actions">
                            <FormEnd label=td_string!(locale, save) busy=td_string!(locale, saving) id=format!("save-{id}") />
                            <button type="button" class="button needs-script" data-close>
                                {td_string!(locale, cancel)}
                            </button>
                        </div>
                    </form>
                </details>
                <ConfirmButton
                    label=td_string!(locale, delete_reply)
                    question=td_string!(locale, delete_reply_question)
                    action=DeleteSavedReply::url()
                    field=("id", id.to_string())
                    next
                />
            </div>
        </li>
    }
}

#[component]
fn NewReply(role: Role) -> impl IntoView {
    let locale = use_locale();
    let is_saved = use_query_map().with_untracked(|query| query.get("saved").is_some());
    let heading =
        if role == Role::Admin { td_string!(locale, add_clinic_reply) } else { td_string!(locale, add_reply) };
    let problem = posted_problem::<AddSavedReply>();
    view! {
        <form method="post" action=AddSavedReply::url() class="reply-form" aria-label=heading>
            <h3>{heading}</h3>
            <FormProblem problem=problem.clone() />
            <Fields name="new".to_owned() problem />
            <FormEnd label=td_string!(locale, save) busy=td_string!(locale, saving) is_saved />
        </form>
    }
}

#[component]
fn Fields(
    /// Distinguishes the ids of the page's forms.
    name: String,
    /// What the names of this form's fields begin with in a problem.
    #[prop(optional)]
    prefix: String,
    #[prop(optional)] title: String,
    #[prop(optional)] content: String,
    problem: Option<Problem>,
) -> impl IntoView {
    let locale = use_locale();
    view! {
        <FormField
            id=format!("reply-title-{name}")
            name="title"
            autocapitalize="sentences"
            label=td_string!(locale, reply_title)
            max_chars=SAVED_REPLY_TITLE_MAX_CHARS
            value=title
            error=error_of(problem.as_ref(), &format!("{prefix}title"))
        />
        <FormField
            id=format!("reply-content-{name}")
            name="content"
            rows=4
            autocapitalize="sentences"
            label=td_string!(locale, reply_content)
            max_chars=SAVED_REPLY_MAX_CHARS
            hint=td_string!(locale, reply_hint, mark = PATIENT_MARK).to_string()
            value=content
            error=error_of(problem.as_ref(), &format!("{prefix}content"))
        />
    }
}
