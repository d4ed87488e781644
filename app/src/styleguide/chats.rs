//! Doctors, and lists of chats.

use super::{
    people::{DAY, HOUR, MINUTE, OWN, PEER, ago, chat, doctor, peer, said, unread, waiting},
    specimen::Specimen,
    stage::Stage,
};
use crate::{
    pages::directory::Directory,
    protocol::{Availability, Brief, Chat, Closed, Doctor, Message, Retracted, Role, Seq, Standing, Timestamp, Turn},
    ui::chat_list::ChatList,
};
use leptos::prelude::*;

/// The directory: what is known of each doctor is another thing.
pub(super) fn doctors() -> AnyView {
    view! {
        <Specimen name="The directory" shape="sg-whole">
            {Stage::of(Role::Patient).show(|| view! { <Directory /> }.into_any())}
        </Specimen>
    }
    .into_any()
}

/// Both kinds of lists.
pub(super) fn lists() -> AnyView {
    let list = |role: Role, path: &'static str| {
        Stage::of(role).at(path).show(move || {
            view! {
                <div class="pane-list">
                    <ChatList role />
                </div>
            }
            .into_any()
        })
    };
    view! {
        <Specimen name="A doctor's: who waits comes first" shape="sg-half">
            {list(Role::Doctor, "/doctor/chat/3")}
        </Specimen>
        <Specimen name="A patient's: the newest first" shape="sg-half">
            {list(Role::Patient, "/patient/chat/2")}
        </Specimen>
    }
    .into_any()
}

/// The doctors in it.
pub(super) fn directory() -> Vec<Doctor> {
    let known = |usual_reply_ms: i64| Availability { usual_reply_ms: Some(usual_reply_ms), ..Availability::default() };
    let back_at = Some(Timestamp(ago(0).0 + 22 * HOUR));
    let bio = "Family doctor with a special interest in sleep and headaches.";
    let away = Availability {
        back_at: Some(Timestamp(ago(0).0 + 9 * DAY)),
        is_away: true,
        note: Some("On leave. In the meantime please write to Dr. Okafor.".to_owned()),
        ..Availability::default()
    };
    let working = Availability { is_working_time: true, back_at, ..known(3 * HOUR) };
    vec![
        doctor(2, "Dr. Elena García", "Family medicine", bio, Some(known(40 * MINUTE))),
        doctor(3, "Dr. Ingrid Falk", "Dermatology", "Skin, hair and nails.", Some(working)),
        doctor(4, "Dr. Samuel Okafor", "Cardiology", "", Some(away)),
        Doctor { accepting_chats: false, ..doctor(5, "Dr. Yusuf Demir", "Paediatrics", "", None) },
    ]
}

/// The chats of somebody of this role.
pub(super) fn of(role: Role) -> Vec<Chat> {
    if role == Role::Doctor { of_doctor() } else { of_patient() }
}

fn of_doctor() -> Vec<Chat> {
    let with = |id, name, last: Message| chat(id, peer(Role::Doctor, name, None), Some(last));
    let standing =
        |turn, is_archived| Standing { brief: Brief { turn, is_archived, ..Brief::default() }, ..Standing::default() };
    let urgent = with(1, "Tomás Reyes", said(4, PEER, 12 * MINUTE, "The pain is back, and worse than yesterday."));
    let overdue = with(2, "Nora Lindqvist", said(9, PEER, 26 * HOUR, "Could you look at my last results?"));
    let fresh = with(3, "Amina Haddad", said(2, PEER, 3 * MINUTE, "Thank you! One more question about the tablets."));
    let answered = with(4, "Olga Petrova", said(6, OWN, 3 * HOUR, "Please come in on Monday at nine."));
    let retracted = Message {
        retracted: Some(Retracted { at: ago(DAY), was_read: false }),
        content: String::new(),
        ..said(3, PEER, 30 * HOUR, "")
    };
    let done = with(5, "Jean-Baptiste Lefebvre-Castellanos de la Vega", said(8, OWN, 5 * DAY, "All is well then."));
    vec![
        waiting(unread(urgent, 2), 12 * MINUTE, -HOUR, true),
        waiting(unread(overdue, 1), 26 * HOUR, 2 * HOUR, false),
        waiting(fresh, 3 * MINUTE, -DAY, false),
        Chat { standing: standing(Turn::Patient, false), ..answered },
        Chat { standing: standing(Turn::Patient, false), ..with(6, "Li Wei", retracted) },
        Chat { standing: standing(Turn::Done, false), ..done },
        Chat { standing: standing(Turn::Done, true), ..with(7, "Ruth Adler", said(1, PEER, 40 * DAY, "Thank you.")) },
    ]
}

fn of_patient() -> Vec<Chat> {
    let with = |id, name, specialty, last| chat(id, peer(Role::Patient, name, Some(specialty)), last);
    let many =
        with(1, "Dr. Elena García", "Family medicine", Some(said(140, PEER, 2 * MINUTE, "Your results are in.")));
    let own = with(2, "Dr. Ingrid Falk", "Dermatology", Some(said(3, OWN, 2 * HOUR, "It has become\nmuch better.")));
    let hebrew = with(3, "Dr. Yael Stern", "Neurology", Some(said(5, PEER, 25 * HOUR, "שלום, איך את מרגישה היום?")));
    let closed = with(4, "Dr. Samuel Okafor", "Cardiology", Some(said(7, PEER, 20 * DAY, "Come by in spring.")));
    let at = ago(19 * DAY);
    vec![
        unread(many, 120),
        Chat { peer_read_seq: Seq(3), ..own },
        unread(hebrew, 1),
        Chat {
            standing: Standing {
                closed: Some(Closed { at, reason: String::new(), may_reopen: true, is_by_clinic: false }),
                ..Standing::default()
            },
            ..closed
        },
        with(5, "Dr. Yusuf Demir", "Paediatrics", None),
    ]
}
