//! The editor of saved replies: a list, and a form for a new one. Doctors edit their own and see
//! the clinic's; admins edit the clinic's.

use crate::{
    components::{
        confirm::ConfirmButton,
        focus,
        problem::{ProblemNote, above_form, field_text, problem_of, problem_text},
        resource_view::resource_view,
        ssr_memo::ssr_memo,
        text_field::TextField,
    },
    doctor::server_fns::{add_saved_reply, change_saved_reply, delete_saved_reply},
    i18n::td_string,
    preferences::use_locale,
    protocol::{
        NewSavedReply, ProblemCode, Role, SAVED_REPLY_MAX_CHARS, SAVED_REPLY_TITLE_MAX_CHARS, SavedReply, SavedReplyId,
    },
    room::{saved_replies::PATIENT_MARK, server_fns::list_saved_replies},
};
use leptos::prelude::*;

/// The replies on this page.
#[derive(Clone, Copy)]
struct Replies {
    all: RwSignal<Vec<SavedReply>>,
    role: Role,
}

impl Replies {
    /// The replies that the user may change.
    fn own(self) -> Vec<SavedReply> {
        self.all.with(|all| all.iter().filter(|reply| self.is_own(reply)).cloned().collect())
    }

    /// The other replies.
    fn others(self) -> Vec<SavedReply> {
        self.all.with(|all| all.iter().filter(|reply| !self.is_own(reply)).cloned().collect())
    }

    fn is_own(self, reply: &SavedReply) -> bool {
        reply.is_clinics == (self.role == Role::Admin)
    }

    /// Adds or replaces a stored reply.
    fn take(self, reply: SavedReply) {
        self.all.update(|all| match all.iter_mut().find(|known| known.id == reply.id) {
            Some(known) => *known = reply,
            None => all.insert(0, reply),
        });
    }

    /// Removes a reply. The focus goes to the next one.
    fn forget(self, id: SavedReplyId) {
        let ids = |all: &Vec<SavedReply>| -> Vec<SavedReplyId> {
            all.iter().filter(|reply| self.is_own(reply)).map(|reply| reply.id).collect()
        };
        // The page may be gone by now.
        let Some(own) = self.all.try_with_untracked(ids) else { return };
        let index = own.iter().position(|other| *other == id).unwrap_or(own.len());
        let beside = own.iter().skip(index + 1).chain(own.iter().take(index).rev());
        focus::lead_to(beside.map(|id| edit_button(*id)).chain([NO_REPLIES.to_owned()]).collect());
        self.all.update(|all| all.retain(|reply| reply.id != id));
    }
}

/// The id of the text that is shown if there are no replies.
const NO_REPLIES: &str = "no-replies";

/// The id of the button that opens a reply's form.
fn edit_button(id: SavedReplyId) -> String {
    format!("reply-edit-{id}")
}

/// The id of the field for a reply's title.
fn title_field(id: SavedReplyId) -> String {
    format!("reply-title-{id}")
}

/// The list and the form.
#[component]
pub fn SavedReplies(
    /// The viewer's role: a doctor edits their own replies, an admin the clinic's.
    role: Role,
) -> impl IntoView {
    resource_view(Resource::new_blocking(|| (), |()| list_saved_replies()), move |all| {
        let replies = Replies { all: RwSignal::new(all), role };
        view! { <Editor replies /> }
    })
}

#[component]
fn Editor(replies: Replies) -> impl IntoView {
    let locale = use_locale();
    view! {
        {(replies.role == Role::Doctor).then(|| view! { <h2>{td_string!(locale, own_replies)}</h2> })}
        <ReplyForm replies />
        <Show
            when=move || !replies.own().is_empty()
            fallback=move || {
                view! {
                    <p class="empty" id=NO_REPLIES tabindex="-1">
                        {td_string!(locale, no_saved_replies)}
                    </p>
                }
            }
        >
            <ul class="replies">
                // Keyed by the id alone: a change of one reply keeps the text that is being typed
                // in others.
                <For each=move || replies.own() key=|reply| reply.id let:reply>
                    <OwnReply replies reply />
                </For>
            </ul>
        </Show>
        <Show when=move || !replies.others().is_empty()>
            <h2>{td_string!(locale, clinic_replies)}</h2>
            <ul class="replies">
                <For each=move || replies.others() key=SavedReply::clone let:reply>
                    <li class="reply">
                        <ReplyText reply />
                    </li>
                </For>
            </ul>
        </Show>
    }
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
fn OwnReply(replies: Replies, reply: SavedReply) -> impl IntoView {
    let locale = use_locale();
    let id = reply.id;
    // As stored last.
    let kept = ssr_memo(move || {
        let kept = replies.all.with(|all| all.iter().find(|reply| reply.id == id).cloned());
        kept.unwrap_or_else(|| reply.clone())
    });
    let is_edited = RwSignal::new(false);
    let delete = Action::new_local(move |()| async move {
        let done = delete_saved_reply(id).await;
        // A reply that was already deleted counts as deleted.
        if done.as_ref().err().is_none_or(|problem| problem.code == ProblemCode::SavedReplyNotFound) {
            replies.forget(id);
        }
        done
    });
    let problem = problem_of(delete.value());
    let done = Callback::new(move |()| {
        is_edited.set(false);
        focus::lead_to(vec![edit_button(id)]);
    });
    view! {
        <li class="reply">
            <Show
                when=move || is_edited.get()
                fallback=move || {
                    view! {
                        {move || view! { <ReplyText reply=kept.get() /> }}
                        <div class="reply-actions">
                            <button
                                type="button"
                                class="button small needs-script"
                                id=edit_button(id)
                                on:click=move |_| {
                                    is_edited.set(true);
                                    focus::lead_to(vec![title_field(id)]);
                                }
                            >
                                {td_string!(locale, edit)}
                            </button>
                            <ConfirmButton
                                label=td_string!(locale, delete_reply)
                                question=td_string!(locale, delete_reply_question)
                                is_busy=delete.pending()
                                confirm=Callback::new(move |()| {
                                    delete.dispatch(());
                                })
                            />
                        </div>
                    }
                }
            >
                <ReplyForm replies reply=kept.get_untracked() done />
            </Show>
            <p class="field-error" role="alert">
                {move || problem.get().map(|problem| problem_text(locale, &problem))}
            </p>
        </li>
    }
}

/// The form for a new reply, or for a changed one.
#[component]
fn ReplyForm(
    replies: Replies,
    /// The reply to change.
    #[prop(optional)]
    reply: Option<SavedReply>,
    /// Called when the form is finished.
    #[prop(default = Callback::new(|()| ()))]
    done: Callback<()>,
) -> impl IntoView {
    let locale = use_locale();
    let id = reply.as_ref().map(|reply| reply.id);
    let name = id.map_or_else(|| "new".to_owned(), |id| id.to_string());
    let (title, content) = reply.map(|reply| (reply.title, reply.content)).unwrap_or_default();
    let (title, content) = (RwSignal::new(title), RwSignal::new(content));
    let is_as = move |title_then: &str, content_then: &str| {
        title.try_get_untracked().is_some_and(|title| title == title_then)
            && content.try_get_untracked().is_some_and(|content| content == content_then)
    };
    let save = Action::new_local(move |new: &NewSavedReply| {
        let new = new.clone();
        async move {
            let saved = match id {
                Some(id) => change_saved_reply(id, new.clone()).await,
                None => add_saved_reply(new.clone()).await,
            }?;
            replies.take(saved);
            // Text that was typed while the request ran stays.
            if is_as(&new.title, &new.content) {
                if id.is_none() {
                    title.set(String::new());
                    content.set(String::new());
                }
                done.run(());
            }
            Ok(())
        }
    });
    let problem = problem_of(save.value());
    // Shown until something else is typed.
    let is_saved = move || {
        let is_kept = save.value().with(|saved| matches!(saved, Some(Ok(()))));
        is_kept && id.is_none() && title.with(String::is_empty) && content.with(String::is_empty)
    };
    let of_field = move |field: &'static str| {
        Signal::derive(move || {
            let code = problem.with(|problem| problem.as_ref()?.field_code(field));
            code.map(|code| field_text(locale, field, code))
        })
    };
    let heading = match (id, replies.role) {
        (Some(_), _) => td_string!(locale, change_reply),
        (None, Role::Admin) => td_string!(locale, add_clinic_reply),
        (None, Role::Doctor | Role::Patient) => td_string!(locale, add_reply),
    };
    view! {
        <form
            class="reply-form needs-script"
            aria-label=heading
            on:submit=move |event| {
                event.prevent_default();
                save.dispatch(NewSavedReply { title: title.get_untracked(), content: content.get_untracked() });
            }
        >
            <h3>{heading}</h3>
            <ProblemNote problem=above_form(problem) />
            <TextField
                id=format!("reply-title-{name}")
                label=td_string!(locale, reply_title)
                text=title
                max_chars=SAVED_REPLY_TITLE_MAX_CHARS
                error=of_field("title")
            />
            <TextField
                id=format!("reply-content-{name}")
                label=td_string!(locale, reply_content)
                text=content
                max_chars=SAVED_REPLY_MAX_CHARS
                rows=4
                hint=td_string!(locale, reply_hint, mark = PATIENT_MARK).to_string()
                error=of_field("content")
            />
            <div class="reply-actions">
                <button type="submit" class="button primary" disabled=move || save.pending().get()>
                    {td_string!(locale, save)}
                </button>
                <p class="saved-note" role="status">
                    {move || is_saved().then(|| td_string!(locale, saved))}
                </p>
                {id
                    .map(|_| {
                        view! {
                            <button type="button" class="button" on:click=move |_| done.run(())>
                                {td_string!(locale, cancel)}
                            </button>
                        }
                    })}
            </div>
        </form>
    }
}
