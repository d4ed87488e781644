//! A clinic to look around in: doctors, patients, an admin and two conversations. Every name is made up.

mod people;

use crate::{
    auth::{
        Viewer,
        account::{self, NewAccount},
        password,
    },
    chat::{initiate::initiate, mark::mark, send::send},
    db::{self, member::Mark, profile::NewProfile},
    state::AppState,
};
use app::protocol::{Problem, Role, Seq, User};
use people::{ADMIN, CONVERSATIONS, DOCTORS, PATIENTS, Side};
use std::collections::HashMap;

/// How to sign in as somebody of the demo clinic.
pub struct SignIn {
    /// What they are.
    pub role: Role,
    /// Their e-mail.
    pub email: &'static str,
    /// Their password, made now and stored nowhere.
    pub password: String,
}

/// Fills an empty database; `None`, and nothing is done, when it has accounts.
pub async fn fill(state: &AppState) -> Result<Option<Vec<SignIn>>, Problem> {
    {
        let mut conn = state.db.read().await?;
        if db::user::count(&mut conn).await? > 0 {
            return Ok(None);
        }
    }
    let mut sign_ins = Vec::new();
    let mut users = HashMap::new();
    for (name, email) in PATIENTS {
        users.insert(email, add(state, &mut sign_ins, Role::Patient, name, email).await?);
    }
    for doctor in DOCTORS {
        let user = add(state, &mut sign_ins, Role::Doctor, doctor.name, doctor.email).await?;
        let mut conn = state.db.write().await?;
        let profile = NewProfile {
            user_id: user.id.0,
            specialty: doctor.specialty,
            bio: doctor.bio,
            languages: doctor.languages,
            accepting_chats: doctor.accepting,
        };
        db::profile::insert(&mut conn, &profile).await?;
        drop(conn);
        users.insert(doctor.email, user);
    }
    add(state, &mut sign_ins, Role::Admin, ADMIN.0, ADMIN.1).await?;
    for conversation in CONVERSATIONS {
        if let (Some(patient), Some(doctor)) = (users.get(conversation.patient), users.get(conversation.doctor)) {
            converse(state, patient, doctor, conversation.lines).await?;
        }
    }
    Ok(Some(sign_ins))
}

async fn add(
    state: &AppState,
    sign_ins: &mut Vec<SignIn>,
    role: Role,
    name: &str,
    email: &'static str,
) -> Result<User, Problem> {
    let password = password::generate();
    let user = account::create(state, NewAccount::check(name, email, password.clone())?, role).await?;
    sign_ins.push(SignIn { role, email, password });
    Ok(user)
}

/// Plays a conversation through the same rules that real ones go through.
async fn converse(state: &AppState, patient: &User, doctor: &User, lines: &[(Side, &str)]) -> Result<(), Problem> {
    let as_viewer = |user: &User| Viewer { user: user.clone(), token_hash: String::new() };
    let (patient, doctor) = (as_viewer(patient), as_viewer(doctor));
    let chat = initiate(state, &patient, doctor.user.id).await?;
    let mut read = (Seq(0), Seq(0));
    for (side, text) in lines {
        let sender = match side {
            Side::Patient => &patient,
            Side::Doctor => &doctor,
        };
        let message = send(state, sender, chat, uuid::Uuid::new_v4(), (*text).to_owned()).await?;
        match side {
            Side::Patient => read.1 = message.seq.previous(),
            Side::Doctor => read = (message.seq.previous(), message.seq),
        }
    }
    // Whoever answered has read what came before.
    mark(state, &patient, chat, Mark::Read, read.0).await?;
    Ok(())
}
