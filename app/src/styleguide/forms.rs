//! A doctor's settings, being told of messages, and the admin's page.

use super::{
    people::{DAY, HOUR, ago},
    specimen::Specimen,
    stage::Stage,
};
use crate::{
    api::settings::SettingsForm,
    pages::{
        admin::{oversight::OversightSections, safety::SafetySettings},
        doctor_settings::DoctorSettings,
        notifications::Notifications,
    },
    protocol::{
        ChatId, Opening, Oversight, Phrases, Report, ReportId, Role, Safety, SavedReply, SavedReplyId, WaitingChat,
    },
    ui::reply_editor::SavedReplies,
};
use leptos::prelude::*;

/// The forms of settings.
pub(super) fn forms() -> AnyView {
    view! {
        <Specimen name="A doctor's settings" shape="sg-whole">
            {Stage::of(Role::Doctor).at("/doctor/settings").show(|| view! { <DoctorSettings /> }.into_any())}
        </Specimen>
        <Specimen name="Being told of messages, before the page has looked" shape="sg-half">
            {Stage::of(Role::Patient).show(|| view! { <Notifications /> }.into_any())}
        </Specimen>
        <Specimen name="A doctor's saved replies, beside the clinic's" shape="sg-half">
            {Stage::of(Role::Doctor)
                .show(|| {
                    view! {
                        <div class="replies-page">
                            <SavedReplies role=Role::Doctor />
                        </div>
                    }
                        .into_any()
                })}
        </Specimen>
        <Specimen name="Who waits too long, and what was reported" shape="sg-half">
            {Stage::of(Role::Admin)
                .show(|| {
                    view! {
                        <div class="admin-sections">
                            <OversightSections />
                        </div>
                    }
                        .into_any()
                })}
        </Specimen>
        <Specimen name="What the clinic says of emergencies" shape="sg-half">
            {Stage::of(Role::Admin)
                .show(|| {
                    view! {
                        <div class="admin-sections">
                            <section class="card">
                                <SafetySettings />
                            </section>
                        </div>
                    }
                        .into_any()
                })}
        </Specimen>
    }
    .into_any()
}

/// What a doctor set.
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

/// The replies that are kept.
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

/// What the clinic says of emergencies.
pub(super) fn safety() -> Safety {
    Safety {
        emergency_number: Some("112".to_owned()),
        phrases: Phrases { en: "chest pain".to_owned(), es: "dolor de pecho".to_owned() },
    }
}

/// What an admin has to look after.
pub(super) fn oversight() -> Oversight {
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
    Oversight {
        waiting: vec![waiting(1, "Tomás Reyes", 5 * HOUR, true), waiting(2, "Nora Lindqvist", 26 * HOUR, false)],
        unattended: Vec::new(),
        reports: vec![
            report(1, false, None, "The doctor wrote to somebody else by mistake."),
            report(2, true, Some(ago(DAY)), "Insults."),
        ],
        next_reports: None,
    }
}
