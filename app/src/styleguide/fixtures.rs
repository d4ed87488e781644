//! The data of the made-up clinic.

use super::people::{DAY, HOUR, MINUTE, OWN, PEER, ago, chat, doctor, peer, room, said, unread, waiting};
use crate::protocol::{
    AdminOverview, Availability, Awaiting, Chat, ChatId, ChatStatus, Closed, Doctor, Message, Opening, Phrases, Report,
    ReportId, Retracted, Role, Room, Safety, SavedReply, SavedReplyId, Seq, SettingsForm, StatusBrief, Timestamp,
    WaitingChat,
};

/// The doctors of the directory.
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

/// The chats of a user of this role.
pub(super) fn chats(role: Role) -> Vec<Chat> {
    if role == Role::Doctor { doctor_chats() } else { patient_chats() }
}

fn doctor_chats() -> Vec<Chat> {
    let with = |id, name, last: Message| chat(id, peer(Role::Doctor, name, None), Some(last));
    let status = |awaiting, is_archived| ChatStatus {
        brief: StatusBrief { awaiting, is_archived, ..StatusBrief::default() },
        ..ChatStatus::default()
    };
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
        Chat { status: status(Awaiting::Patient, false), ..answered },
        Chat { status: status(Awaiting::Patient, false), ..with(6, "Li Wei", retracted) },
        Chat { status: status(Awaiting::Nobody, false), ..done },
        Chat { status: status(Awaiting::Nobody, true), ..with(7, "Ruth Adler", said(1, PEER, 40 * DAY, "Thank you.")) },
    ]
}

fn patient_chats() -> Vec<Chat> {
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
            status: ChatStatus {
                closed: Some(Closed { at, reason: String::new(), may_reopen: true, is_by_clinic: false }),
                ..ChatStatus::default()
            },
            ..closed
        },
        with(5, "Dr. Yusuf Demir", "Paediatrics", None),
    ]
}

/// A doctor's settings.
pub(super) fn settings() -> SettingsForm {
    let opening =
        |weekday, opens: &str, closes: &str| Opening { weekday, opens: opens.to_owned(), closes: closes.to_owned() };
    SettingsForm {
        accepting_chats: Some("on".to_owned()),
        time_zone: String::new(),
        spans: vec![opening(1, "08:00", "12:30"), opening(1, "14:00", "17:00"), opening(3, "09:00", "13:00")],
        away_from: "2026-04-02T08:00".to_owned(),
        away_until: "2026-04-09T08:00".to_owned(),
        away_note: "On leave. In urgent cases please call the clinic.".to_owned(),
    }
}

/// The saved replies.
pub(super) fn saved_replies() -> Vec<SavedReply> {
    let reply = |id, is_clinics, title: &str, content: &str| SavedReply {
        id: SavedReplyId(id),
        is_clinics,
        title: title.to_owned(),
        content: content.to_owned(),
    };
    vec![
        reply(1, false, "Normal results", "Dear {patient}, your results are normal. Nothing more needs to be done."),
        reply(2, false, "Fasting", "Please eat nothing for eight hours before the blood test.\nWater is fine."),
        reply(3, true, "Appointments", "Please call the clinic to make an appointment."),
    ]
}

/// The settings for emergencies.
pub(super) fn safety() -> Safety {
    Safety {
        emergency_number: Some("112".to_owned()),
        phrases: Phrases { en: "chest pain".to_owned(), es: "dolor de pecho".to_owned() },
    }
}

/// The admin's overview.
pub(super) fn admin_overview() -> AdminOverview {
    let waiting = |id, patient: &str, since, is_urgent| WaitingChat {
        is_doctor_disabled: false,
        chat_id: ChatId(id),
        doctor_name: "Dr. Elena García".to_owned(),
        patient_name: patient.to_owned(),
        waiting_since: ago(since),
        is_urgent,
    };
    let report = |id, is_by_doctor, settled, reason: &str| Report {
        id: ReportId(id),
        at: ago(2 * DAY),
        settled_at: settled,
        is_by_doctor,
        doctor_name: "Dr. Samuel Okafor".to_owned(),
        patient_name: "Tomás Reyes".to_owned(),
        reason: reason.to_owned(),
    };
    AdminOverview {
        waiting: vec![waiting(1, "Tomás Reyes", 5 * HOUR, true), waiting(2, "Nora Lindqvist", 26 * HOUR, false)],
        unattended: Vec::new(),
        reports: vec![
            report(1, false, None, "The doctor wrote to somebody else by mistake."),
            report(2, true, Some(ago(DAY)), "Insults."),
        ],
        next_reports: None,
    }
}

/// The room with the usual conversation.
pub(super) fn everyday(own_role: Role) -> Room {
    room(
        own_role,
        vec![
            said(1, OWN, DAY + 2 * HOUR, "Good morning. Since Monday I have had a headache every evening."),
            said(2, OWN, DAY + 2 * HOUR - MINUTE, "It goes away when I lie down."),
            said(3, PEER, DAY + HOUR, "Thank you for writing. How long does it last, and do you take anything for it?"),
            Message { reply_to: Some(Seq(3)), ..said(4, OWN, 2 * HOUR, "An hour or two. Only water.") },
            said(
                5,
                PEER,
                20 * MINUTE,
                "That helps. Please keep a diary for a week: https://example.org/headache-diary",
            ),
            said(6, PEER, 19 * MINUTE, "Write at once if it gets worse."),
        ],
    )
}

/// A chat without messages.
pub(super) fn none(own_role: Role) -> Room {
    room(own_role, Vec::new())
}

pub(super) fn retracted(message: Message, was_read: bool) -> Message {
    Message { content: String::new(), retracted: Some(Retracted { at: ago(MINUTE), was_read }), ..message }
}
