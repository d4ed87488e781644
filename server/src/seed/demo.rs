//! The demo clinic: doctors with office hours, patients, an admin, saved replies and two
//! conversations. Every name is made up.

mod people;

use crate::{
    auth::{
        Viewer,
        account::{NewAccount, Profile},
        password,
    },
    chat::send::Draft,
    db::{self, member::Mark, time},
    state::AppState,
};
use app::protocol::{Away, DoctorSettings, NewSavedReply, Opening, Problem, Role, Seq, Timestamp, User};
use people::{ADMIN, CONVERSATIONS, DOCTORS, DemoDoctor, Line, PATIENTS, REPLIES, Reply, Side};
use std::collections::HashMap;

/// One minute, in milliseconds.
const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;

/// The credentials of an account of the demo clinic.
pub struct SignIn {
    /// The account's role.
    pub role: Role,
    /// The account's email.
    pub email: &'static str,
    /// The account's password, generated for this run and not stored.
    pub password: String,
}

/// Fills an empty database. Returns `None` and changes nothing if the database has accounts.
pub async fn fill(state: &AppState) -> Result<Option<Vec<SignIn>>, Problem> {
    {
        let mut conn = state.db.read().await?;
        if db::user::is_any(&mut conn).await? {
            return Ok(None);
        }
    }
    let mut sign_ins = Vec::new();
    let mut users = HashMap::new();
    for (name, email) in PATIENTS {
        let new = account_of(&mut sign_ins, Role::Patient, name, email)?;
        users.insert(email, state.accounts.create_account(new, Role::Patient).await?);
    }
    for doctor in DOCTORS {
        let new = account_of(&mut sign_ins, Role::Doctor, doctor.name, doctor.email)?;
        let profile = Profile {
            specialty: doctor.specialty.to_owned(),
            bio: doctor.bio.to_owned(),
            languages: doctor.languages.to_owned(),
            accepting_chats: doctor.accepting,
        };
        let user = state.accounts.create_doctor(new, profile).await?;
        state.chats.replace_doctor_settings(&viewer(&user), settings(&doctor)).await?;
        save_replies(state, &user, doctor.replies).await?;
        users.insert(doctor.email, user);
    }
    let new = account_of(&mut sign_ins, Role::Admin, ADMIN.0, ADMIN.1)?;
    let admin = state.accounts.create_account(new, Role::Admin).await?;
    save_replies(state, &admin, REPLIES).await?;
    for conversation in CONVERSATIONS {
        if let (Some(patient), Some(doctor)) = (users.get(conversation.patient), users.get(conversation.doctor)) {
            converse(state, patient, doctor, conversation.lines).await?;
        }
    }
    Ok(Some(sign_ins))
}

/// The data of an account to create, with a generated password that is added to `sign_ins`.
fn account_of(sign_ins: &mut Vec<SignIn>, role: Role, name: &str, email: &'static str) -> Result<NewAccount, Problem> {
    let password = password::generate();
    sign_ins.push(SignIn { role, email, password: password.clone() });
    NewAccount::check(name, email, password)
}

/// A viewer that acts as a program does, without the limits per user.
fn viewer(user: &User) -> Viewer {
    Viewer { user: user.clone(), token_hash: String::new(), is_program: true, outbox_key: None }
}

fn settings(doctor: &DemoDoctor) -> DoctorSettings {
    let spans = doctor.week.iter().flat_map(|hours| hours.days.clone().map(move |weekday| (weekday, hours)));
    let opening =
        |weekday, opens: &str, closes: &str| Opening { weekday, opens: opens.to_owned(), closes: closes.to_owned() };
    let hour = time::now().0 / HOUR_MS * HOUR_MS;
    let away = |(days, note): (i64, &str)| Away {
        from: Timestamp(hour - DAY_MS),
        until: Timestamp(hour + (days - 1) * DAY_MS),
        note: note.to_owned(),
    };
    DoctorSettings {
        accepting_chats: doctor.accepting,
        time_zone: String::new(),
        hours: spans.map(|(weekday, hours)| opening(weekday, hours.opens, hours.closes)).collect(),
        away: doctor.away.map(away),
    }
}

async fn save_replies(state: &AppState, owner: &User, replies: &[Reply]) -> Result<(), Problem> {
    for (title, content) in replies {
        let reply = NewSavedReply { title: (*title).to_owned(), content: (*content).to_owned() };
        state.clinic.add_saved_reply(&viewer(owner), reply).await?;
    }
    Ok(())
}

/// Sends a conversation's messages through the rules that apply to real ones.
async fn converse(state: &AppState, patient: &User, doctor: &User, lines: &[Line]) -> Result<(), Problem> {
    let (patient, doctor) = (viewer(patient), viewer(doctor));
    let chat = state.chats.initiate(&patient, doctor.user.id).await?;
    let mut read = (Seq(0), Seq(0));
    for Line { side, minutes_ago, text } in lines {
        let sender = match side {
            Side::Patient => &patient,
            Side::Doctor => &doctor,
        };
        let at = Timestamp(time::now().0 - minutes_ago * MINUTE_MS);
        let draft = Draft::new(chat, uuid::Uuid::new_v4(), (*text).to_owned());
        let message = state.chats.send_at(sender, draft, at).await?;
        match side {
            Side::Patient => read.1 = message.seq.previous(),
            Side::Doctor => read = (message.seq.previous(), message.seq),
        }
    }
    // The patient has read everything before the doctor's last answer, which stays unread.
    state.chats.mark(&patient, chat, Mark::Read, read.0).await?;
    Ok(())
}
