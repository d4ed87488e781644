//! The composer and what is around it.

use super::{
    clinic::Scene,
    fixtures::{self, everyday, none},
    people::{DAY, HOUR, MINUTE, ago},
    specimen::{Specimen, still},
    stage::{Stage, enter},
};
use crate::{
    i18n::td_string,
    preferences::use_locale,
    protocol::{
        Availability, Awaiting, BlockedBy, CONTENT_MAX_CHARS, Chat, ChatStatus, Closed, Problem, ProblemCode, Role,
        Room, Seq, StatusBrief, Timestamp,
    },
    room::{
        chat_status::ChatStatusBar,
        composer::Composer,
        context::Purpose,
        emergency::{Alarm, EmergencyPanel},
        saved_replies::{Picker, SavedReplyList},
    },
};
use leptos::prelude::*;

/// The composer with a text, a purpose and a note below.
fn written(purpose: Purpose, text: String, note: String) -> AnyView {
    Stage::for_role(Role::Doctor).show(move || {
        let context = enter(Role::Doctor, &everyday(Role::Doctor), None);
        // The composer resets the purpose when it is created, so it is set afterwards.
        let composer = view! { <Composer /> };
        context.purpose.set(purpose);
        still(composer, &[("message", &text), ("composer-note", &note)])
    })
}

fn plain(purpose: Purpose, text: &str) -> AnyView {
    written(purpose, text.to_owned(), String::new())
}

/// The composer in every state.
pub(super) fn composer() -> AnyView {
    let locale = use_locale();
    let left = td_string!(locale, characters_left, count = "120").to_string();
    let over = td_string!(locale, too_long_by, count = "17").to_string();
    let long = "It began on Monday evening and has come back every day since then. ".repeat(6);
    let too_long: String = long.chars().cycle().take(CONTENT_MAX_CHARS + 17).collect();
    let empty = Stage::for_role(Role::Patient).show(|| {
        enter(Role::Patient, &everyday(Role::Patient), None);
        view! { <Composer /> }.into_any()
    });
    let emergency = Stage::for_role(Role::Patient).show(|| {
        Alarm::raised(fixtures::safety()).map_or_else(
            || ().into_any(),
            |alarm| {
                let (send, edit) = (Callback::new(|()| ()), Callback::new(|()| ()));
                view! {
                    <div class="composer">
                        <EmergencyPanel alarm send edit />
                    </div>
                }
                .into_any()
            },
        )
    });
    let replies = |replies: Result<_, Problem>, query: &'static str| {
        Stage::for_role(Role::Doctor).show(move || {
            let picker = Picker::showing(query, replies);
            view! {
                <div class="composer">
                    <SavedReplyList picker insert=Callback::new(|_| ()) patient=StoredValue::new("Nora Lindqvist".to_owned()) />
                </div>
            }
            .into_any()
        })
    };
    view! {
        <Specimen name="A patient's, empty" shape="sg-half">
            {empty}
        </Specimen>
        <Specimen name="A doctor's, with a text" shape="sg-half">
            {plain(Purpose::New, "Please come in on Monday at nine.")}
        </Specimen>
        <Specimen name="Near the limit" shape="sg-half">
            {written(Purpose::New, long, left)}
        </Specimen>
        <Specimen name="Over the limit" shape="sg-half">
            {written(Purpose::New, too_long, over)}
        </Specimen>
        <Specimen name="Answering" shape="sg-half">
            {plain(Purpose::Reply(Seq(5)), "")}
        </Specimen>
        <Specimen name="Correcting" shape="sg-half">
            {plain(Purpose::Correct(Seq(4)), "An hour or two. Only water, and tea.")}
        </Specimen>
        <Specimen name="What may be an emergency" shape="sg-half">
            {emergency}
        </Specimen>
        <Specimen name="Saved replies" shape="sg-half">
            {replies(Ok(fixtures::saved_replies()), "")}
        </Specimen>
        <Specimen name="None of them fits" shape="sg-half">
            {replies(Ok(fixtures::saved_replies()), "nothing like it")}
        </Specimen>
        <Specimen name="There are none yet" shape="sg-half">
            {replies(Ok(Vec::new()), "")}
        </Specimen>
        <Specimen name="They can't be had" shape="sg-half">
            {replies(Err(ProblemCode::Unreachable.into()), "")}
        </Specimen>
    }
    .into_any()
}

/// The chat status, above the composer or in its place.
pub(super) fn status() -> AnyView {
    let closed = |reason: &str, may_reopen| ChatStatus {
        closed: Some(Closed { at: ago(2 * DAY), reason: reason.to_owned(), may_reopen, is_by_clinic: false }),
        ..ChatStatus::default()
    };
    let gone = || ChatStatus { is_peer_disabled: true, ..ChatStatus::default() };
    let blocked = |by| ChatStatus { blocked: Some(by), ..ChatStatus::default() };
    let awaiting = |awaiting, due: i64| ChatStatus {
        brief: StatusBrief { awaiting, ..StatusBrief::default() },
        waiting_since: (awaiting == Awaiting::Doctor).then(|| ago(3 * HOUR)),
        overdue_at: (awaiting == Awaiting::Doctor).then(|| ago(due)),
        ..ChatStatus::default()
    };
    let bar = |role: Role, status: ChatStatus| {
        Stage::for_role(role).in_a(Scene::Empty).show(move || {
            let Room { mut chat, page } = if status.waiting_since.is_some() { everyday(role) } else { none(role) };
            chat.peer.availability = (role == Role::Patient).then(|| Availability {
                usual_reply_ms: Some(40 * MINUTE),
                back_at: Some(Timestamp(ago(0).0 + 22 * HOUR)),
                ..Availability::default()
            });
            enter(role, &Room { chat: Chat { status, ..chat }, page }, None);
            view! { <ChatStatusBar /> }.into_any()
        })
    };
    view! {
        <Specimen name="A patient waits" shape="sg-half">
            {bar(Role::Patient, awaiting(Awaiting::Doctor, -HOUR))}
        </Specimen>
        <Specimen name="A doctor's: waits for an answer" shape="sg-half">
            {bar(Role::Doctor, awaiting(Awaiting::Doctor, -HOUR))}
        </Specimen>
        <Specimen name="For too long" shape="sg-half">
            {bar(Role::Doctor, awaiting(Awaiting::Doctor, HOUR))}
        </Specimen>
        <Specimen name="Done" shape="sg-half">
            {bar(Role::Doctor, awaiting(Awaiting::Nobody, HOUR))}
        </Specimen>
        <Specimen name="Closed, as the doctor sees it" shape="sg-half">
            {bar(Role::Doctor, closed("All is well. Come by in spring.", true))}
        </Specimen>
        <Specimen name="Closed for good, as the patient sees it" shape="sg-half">
            {bar(Role::Patient, closed("All is well. Come by in spring.", false))}
        </Specimen>
        <Specimen name="A doctor who has left" shape="sg-half">
            {bar(Role::Patient, gone())}
        </Specimen>
        <Specimen name="A patient whose account is disabled" shape="sg-half">
            {bar(Role::Doctor, gone())}
        </Specimen>
        <Specimen name="Blocked by oneself" shape="sg-half">
            {bar(Role::Doctor, blocked(BlockedBy::Me))}
        </Specimen>
        <Specimen name="Blocked by the other" shape="sg-half">
            {bar(Role::Patient, blocked(BlockedBy::Peer))}
        </Specimen>
    }
    .into_any()
}
