//! Saved replies where they are kept: a list with a form for another one. A doctor's own, beside the clinic's, which
//! only the admin changes.

use super::{
    confirm::ConfirmButton,
    problem::{ProblemNote, field_text, problem_text},
    saved_replies::PATIENT_MARK,
    text_field::TextField,
};
use crate::{
    api::clinic::{add_saved_reply, change_saved_reply, delete_saved_reply, list_saved_replies},
    i18n::{t_string, use_i18n},
    protocol::{
        NewSavedReply, Problem, ProblemCode, Role, SAVED_REPLY_MAX_CHARS, SAVED_REPLY_TITLE_MAX_CHARS, SavedReply,
        SavedReplyId,
    },
};
use leptos::prelude::*;

/// The replies on this page.
#[derive(Clone, Copy)]
struct Replies {
    all: RwSignal<Vec<SavedReply>>,
    /// The one being changed.
    edited: RwSignal<Option<SavedReplyId>>,
    role: Role,
}

impl Replies {
    /// Those that are this person's to change.
    fn own(self) -> Vec<SavedReply> {
        self.all.with(|all| all.iter().filter(|reply| self.is_own(reply)).cloned().collect())
    }

    /// The others.
    fn others(self) -> Vec<SavedReply> {
        self.all.with(|all| all.iter().filter(|reply| !self.is_own(reply)).cloned().collect())
    }

    fn is_own(self, reply: &SavedReply) -> bool {
        reply.is_clinics == (self.role == Role::Admin)
    }

    /// Takes in what was kept or changed.
    fn take(self, reply: SavedReply) {
        self.all.update(|all| match all.iter_mut().find(|known| known.id == reply.id) {
            Some(known) => *known = reply,
            None => all.insert(0, reply),
        });
    }

    fn forget(self, id: SavedReplyId) {
        self.all.update(|all| all.retain(|reply| reply.id != id));
    }
}

/// The list and the form.
#[component]
pub fn SavedReplies(
    /// Whose page it is: a doctor changes their own, an admin the clinic's.
    role: Role,
) -> impl IntoView {
    let i18n = use_i18n();
    let first = Resource::new_blocking(|| (), |()| list_saved_replies());
    view! {
        <Suspense fallback=move || {
            view! { <p role="status">{move || t_string!(i18n, loading)}</p> }
        }>
            {move || Suspend::new(async move {
                match first.await {
                    Ok(all) => {
                        let replies = Replies { all: RwSignal::new(all), edited: RwSignal::new(None), role };
                        view! { <Editor replies /> }.into_any()
                    }
                    Err(problem) => {
                        view! {
                            <ProblemNote problem=Signal::stored(Some(problem)) />
                            <button type="button" class="button" on:click=move |_| first.refetch()>
                                {move || t_string!(i18n, try_again)}
                            </button>
                        }
                            .into_any()
                    }
                }
            })}
        </Suspense>
    }
}

#[component]
fn Editor(replies: Replies) -> impl IntoView {
    let i18n = use_i18n();
    view! {
        {(replies.role == Role::Doctor).then(|| view! { <h2>{move || t_string!(i18n, own_replies)}</h2> })}
        <ReplyForm
            replies
            done=Callback::new(move |reply: Option<SavedReply>| {
                if let Some(reply) = reply {
                    replies.take(reply);
                }
            })
        />
        <Show
            when=move || !replies.own().is_empty()
            fallback=move || view! { <p class="empty">{move || t_string!(i18n, no_saved_replies)}</p> }
        >
            <ul class="replies">
                <For each=move || replies.own() key=SavedReply::clone let:reply>
                    <OwnReply replies reply />
                </For>
            </ul>
        </Show>
        <Show when=move || !replies.others().is_empty()>
            <h2>{move || t_string!(i18n, clinic_replies)}</h2>
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

/// One that this person can change.
#[component]
fn OwnReply(replies: Replies, reply: SavedReply) -> impl IntoView {
    let i18n = use_i18n();
    let id = reply.id;
    let delete = Action::new_local(move |()| async move {
        let done = delete_saved_reply(id).await;
        // One that is gone already is gone.
        if done.as_ref().err().is_none_or(|problem| problem.code == ProblemCode::SavedReplyNotFound) {
            replies.forget(id);
        }
        done
    });
    let problem = move || delete.value().get().and_then(Result::err);
    let is_edited = move || replies.edited.get() == Some(id);
    let done = Callback::new(move |changed: Option<SavedReply>| {
        replies.edited.set(None);
        if let Some(changed) = changed {
            replies.take(changed);
        }
    });
    let stored = StoredValue::new(reply);
    view! {
        <li class="reply">
            <Show
                when=is_edited
                fallback=move || {
                    view! {
                        <ReplyText reply=stored.get_value() />
                        <div class="reply-actions">
                            <button
                                type="button"
                                class="button small needs-script"
                                on:click=move |_| replies.edited.set(Some(id))
                            >
                                {move || t_string!(i18n, edit)}
                            </button>
                            <ConfirmButton
                                label=move || t_string!(i18n, delete_reply).to_string()
                                question=move || t_string!(i18n, delete_reply_question).to_string()
                                is_busy=delete.pending()
                                confirm=Callback::new(move |()| {
                                    delete.dispatch(());
                                })
                            />
                        </div>
                    }
                }
            >
                <ReplyForm replies reply=stored.get_value() done />
            </Show>
            <p class="field-error" role="alert">
                {move || problem().map(|problem| problem_text(i18n, &problem))}
            </p>
        </li>
    }
}

/// A new one, or another text for one.
#[component]
fn ReplyForm(
    replies: Replies,
    /// The one to change.
    #[prop(optional)]
    reply: Option<SavedReply>,
    /// What was kept; `None` when nothing was.
    done: Callback<Option<SavedReply>>,
) -> impl IntoView {
    let i18n = use_i18n();
    let id = reply.as_ref().map(|reply| reply.id);
    let name = id.map_or_else(|| "new".to_owned(), |id| id.to_string());
    let (title, content) = reply.map(|reply| (reply.title, reply.content)).unwrap_or_default();
    let (title, content) = (RwSignal::new(title), RwSignal::new(content));
    let save = Action::new_local(move |new: &NewSavedReply| {
        let new = new.clone();
        async move {
            let saved = match id {
                Some(id) => change_saved_reply(id, new).await,
                None => add_saved_reply(new).await,
            };
            if let Ok(reply) = &saved {
                if id.is_none() {
                    title.try_set(String::new());
                    content.try_set(String::new());
                }
                done.run(Some(reply.clone()));
            }
            saved
        }
    });
    let problem: Signal<Option<Problem>> = Signal::derive(move || {
        save.value().with(|saved| saved.as_ref().and_then(|saved| saved.as_ref().err().cloned()))
    });
    // Until something else is written.
    let is_saved = move || {
        let is_kept = save.value().with(|saved| matches!(saved, Some(Ok(_))));
        is_kept && id.is_none() && title.with(String::is_empty) && content.with(String::is_empty)
    };
    let above = Signal::derive(move || problem.get().filter(|problem| problem.code != ProblemCode::Invalid));
    let of_field = move |field: &'static str| {
        Signal::derive(move || {
            let code = problem.with(|problem| problem.as_ref()?.of_field(field));
            code.map(|code| field_text(i18n, field, code))
        })
    };
    let heading = move || match (id, replies.role) {
        (Some(_), _) => t_string!(i18n, change_reply),
        (None, Role::Admin) => t_string!(i18n, add_clinic_reply),
        (None, Role::Doctor | Role::Patient) => t_string!(i18n, add_reply),
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
            <ProblemNote problem=above />
            <TextField
                id=format!("reply-title-{name}")
                label=move || t_string!(i18n, reply_title)
                text=title
                max_chars=SAVED_REPLY_TITLE_MAX_CHARS
                error=of_field("title")
            />
            <TextField
                id=format!("reply-content-{name}")
                label=move || t_string!(i18n, reply_content)
                text=content
                max_chars=SAVED_REPLY_MAX_CHARS
                rows=4
                hint=move || t_string!(i18n, reply_hint, mark = PATIENT_MARK).to_string()
                error=of_field("content")
            />
            <div class="reply-actions">
                <button type="submit" class="button primary" disabled=move || save.pending().get()>
                    {move || t_string!(i18n, save)}
                </button>
                <p class="saved-note" role="status">
                    {move || is_saved().then(|| t_string!(i18n, saved))}
                </p>
                {id
                    .map(|_| {
                        view! {
                            <button type="button" class="button" on:click=move |_| done.run(None)>
                                {move || t_string!(i18n, cancel)}
                            </button>
                        }
                    })}
            </div>
        </form>
    }
}
