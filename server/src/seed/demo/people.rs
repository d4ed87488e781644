//! The doctors, patients and conversations of the demo clinic. All of them are invented.

use std::ops::RangeInclusive;

/// The sender of a line.
#[derive(Clone, Copy)]
pub(super) enum Side {
    Patient,
    Doctor,
}

/// A message sent so many minutes before the clinic is created.
pub(super) struct Line {
    pub(super) side: Side,
    pub(super) minutes_ago: i64,
    pub(super) text: &'static str,
}

const fn line(side: Side, minutes_ago: i64, text: &'static str) -> Line {
    Line { side, minutes_ago, text }
}

/// A doctor of the demo clinic.
pub(super) struct DemoDoctor {
    pub(super) name: &'static str,
    pub(super) email: &'static str,
    pub(super) specialty: &'static str,
    pub(super) bio: &'static str,
    pub(super) languages: &'static str,
    pub(super) accepting: bool,
    /// Office hours; empty if the doctor answers at any time.
    pub(super) week: &'static [Hours],
    /// The doctor's absence: its days, counted from the day before the clinic is created, and the
    /// note for patients.
    pub(super) away: Option<(i64, &'static str)>,
    pub(super) replies: &'static [Reply],
}

/// The office hours of several consecutive days (1 = Monday).
pub(super) struct Hours {
    pub(super) days: RangeInclusive<u8>,
    pub(super) opens: &'static str,
    pub(super) closes: &'static str,
}

const fn hours(from: u8, to: u8, opens: &'static str, closes: &'static str) -> Hours {
    Hours { days: RangeInclusive::new(from, to), opens, closes }
}

const WHOLE_DAYS: &[Hours] =
    &[hours(1, 5, "08:00", "12:30"), hours(1, 5, "13:30", "18:00"), hours(6, 6, "09:00", "12:00")];
const MORNINGS: &[Hours] = &[hours(1, 5, "08:00", "13:00")];
const AFTERNOONS: &[Hours] = &[hours(1, 4, "13:00", "19:00")];

/// A saved reply's title and text.
pub(super) type Reply = (&'static str, &'static str);

/// The clinic's saved replies, for all doctors.
pub(super) const REPLIES: &[Reply] = &[
    (
        "Book a visit",
        "Dear {patient}, I would like to see you for this. Please call reception at +34 900 123 456, weekdays from 8 to \
         18, and say that I asked for a visit this week.",
    ),
    (
        "Prescription renewed",
        "Dear {patient}, I have renewed your prescription. Any pharmacy will have it from tomorrow morning.",
    ),
    (
        "When to call for help",
        "If you get short of breath, have pain in the chest or feel faint, don't write here: call the emergency number.",
    ),
];

/// A conversation of the demo clinic.
pub(super) struct Conversation {
    pub(super) patient: &'static str,
    pub(super) doctor: &'static str,
    pub(super) lines: &'static [Line],
}

pub(super) const ADMIN: (&str, &str) = ("Robin Achterberg", "admin@demo.example");

pub(super) const PATIENTS: [(&str, &str); 3] = [
    ("Nora Lindqvist", "nora@demo.example"),
    ("Tomás Herrera", "tomas@demo.example"),
    ("Grace Adeyemi", "grace@demo.example"),
];

pub(super) const DOCTORS: [DemoDoctor; 8] = [
    DemoDoctor {
        name: "Dr. Elena García",
        email: "elena.garcia@demo.example",
        specialty: "Cardiology",
        bio: "Heart rhythm, blood pressure and life after a heart attack. I like to explain things with a drawing.",
        languages: "en,es",
        accepting: true,
        week: WHOLE_DAYS,
        away: None,
        replies: &[
            (
                "Blood pressure diary",
                "Please measure your blood pressure once a day for a week, sitting, after five minutes of rest, and send \
                 me the values here.",
            ),
            (
                "Medida de la tensión",
                "Hola, {patient}: mida la tensión una vez al día durante una semana, en reposo, y envíeme aquí los valores.",
            ),
        ],
    },
    DemoDoctor {
        name: "Dr. Samuel Okafor",
        email: "samuel.okafor@demo.example",
        specialty: "General practice",
        bio: "Your first stop for anything that worries you. Twenty years in the neighbourhood.",
        languages: "en",
        accepting: true,
        week: WHOLE_DAYS,
        away: None,
        replies: &[("Cough", "How long have you had it, {patient}? Any fever, or blood when you cough? Do you smoke?")],
    },
    DemoDoctor {
        name: "Dr. Ingrid Møller",
        email: "ingrid.moller@demo.example",
        specialty: "Dermatology",
        bio: "Moles, eczema, acne and everything else that shows on the skin.",
        languages: "en,da",
        accepting: true,
        week: MORNINGS,
        away: Some((
            10,
            "I am at a congress. For anything on the skin that can't wait, Dr. Samuel Okafor will look at it.",
        )),
        replies: &[],
    },
    DemoDoctor {
        name: "Dr. Mateo Ríos",
        email: "mateo.rios@demo.example",
        specialty: "General practice",
        bio: "Family doctor with an interest in diabetes and in helping people stop smoking.",
        languages: "es,en",
        accepting: true,
        week: &[],
        away: None,
        replies: &[],
    },
    DemoDoctor {
        name: "Dr. Hana Novák",
        email: "hana.novak@demo.example",
        specialty: "Paediatrics",
        bio: "From the first weeks to the last year of school. Parents' questions are never too small.",
        languages: "en,cs",
        accepting: true,
        week: MORNINGS,
        away: None,
        replies: &[],
    },
    DemoDoctor {
        name: "Dr. Arjun Mehta",
        email: "arjun.mehta@demo.example",
        specialty: "Neurology",
        bio: "Migraine, dizziness and sleep. Bring your headache diary.",
        languages: "en,hi",
        accepting: true,
        week: AFTERNOONS,
        away: None,
        replies: &[],
    },
    DemoDoctor {
        name: "Dr. Claire Dubois",
        email: "claire.dubois@demo.example",
        specialty: "Psychiatry",
        bio: "Anxiety, low mood and burnout, at your pace. My list is full at the moment.",
        languages: "en,fr",
        accepting: false,
        week: AFTERNOONS,
        away: None,
        replies: &[],
    },
    DemoDoctor {
        name: "Dr. Yusuf Demir",
        email: "yusuf.demir@demo.example",
        specialty: "Cardiology",
        bio: "Heart failure and pacemakers. I look after your devices between visits.",
        languages: "en,tr,es",
        accepting: true,
        week: WHOLE_DAYS,
        away: None,
        replies: &[],
    },
];

pub(super) const CONVERSATIONS: [Conversation; 2] = [
    Conversation {
        patient: "nora@demo.example",
        doctor: "elena.garcia@demo.example",
        lines: &[
            line(
                Side::Patient,
                4400,
                "Good morning, Dr. García. Since the new tablets my ankles are swollen in the evening.",
            ),
            line(
                Side::Doctor,
                4312,
                "Good morning, Nora. Thank you for telling me. Is it both ankles, and does it go away overnight?",
            ),
            line(Side::Patient, 4307, "Both, and yes, in the morning they are nearly normal."),
            line(Side::Patient, 4306, "No pain. I just can't get into my shoes after six."),
            line(
                Side::Doctor,
                4240,
                "That fits the amlodipine: it is a common and harmless side effect.\n\nPlease keep taking it for now, \
                 put your feet up for 20 minutes in the afternoon, and write down your blood pressure once a day.",
            ),
            line(Side::Patient, 2950, "I will. This week it was 132/84, 128/80 and 135/86."),
            line(
                Side::Doctor,
                2871,
                "Those are good values. If the swelling still bothers you next week, we change the dose.",
            ),
            line(Side::Patient, 2868, "That is a relief, thank you!"),
            line(
                Side::Doctor,
                2866,
                "If only one leg swells, or you get short of breath, don't write here: call the emergency number.",
            ),
        ],
    },
    Conversation {
        patient: "tomas@demo.example",
        doctor: "samuel.okafor@demo.example",
        lines: &[
            line(Side::Patient, 1570, "Hello doctor, my cough is in its third week now."),
            line(Side::Doctor, 1502, "Hello Tomás. Any fever, or blood when you cough? Do you smoke?"),
            line(Side::Patient, 1496, "No fever, no blood. I stopped smoking in 2019."),
            line(Side::Doctor, 1455, "Good. Let me listen to your lungs. Would Thursday at 9:40 suit you?"),
            line(Side::Patient, 130, "Thursday is fine."),
            line(Side::Patient, 128, "Should I bring the inhaler from last year?"),
        ],
    },
];
