//! Making accounts and signing in and out of them.

use super::{Origin, Viewer, password, session};
use crate::{
    db::{self, time},
    error::stopped,
    state::AppState,
    text::fold_email,
};
use app::protocol::{FieldCode, FieldError, Problem, ProblemCode, Role, User};

/// Longest name, in characters.
const NAME_MAX_CHARS: usize = 100;
/// Longest e-mail address, in characters (RFC 5321, section 4.5.3.1.3, less the brackets).
const EMAIL_MAX_CHARS: usize = 254;

/// A signed-in person and the `Set-Cookie` value that keeps them so.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// Who.
    pub user: User,
    /// The header's value.
    pub cookie: String,
}

/// What is asked of a new account. The name is trimmed, the e-mail folded.
#[derive(Debug, Clone)]
pub struct NewAccount {
    name: String,
    email: String,
    password: String,
}

impl NewAccount {
    /// Checks everything at once, so that a form can show all that is wrong.
    pub fn check(name: &str, email: &str, password: String) -> Result<Self, Problem> {
        let (name, email) = (name.trim().to_owned(), fold_email(email));
        let faults = [
            ("name", name_fault(&name)),
            ("email", email_fault(&email)),
            ("password", password::fault(&password, &name, &email)),
        ];
        let errors: Vec<FieldError> = faults
            .into_iter()
            .filter_map(|(field, fault)| fault.map(|code| FieldError { field: field.to_owned(), code }))
            .collect();
        if errors.is_empty() { Ok(Self { name, email, password }) } else { Err(Problem::fields(errors)) }
    }
}

fn name_fault(name: &str) -> Option<FieldCode> {
    if name.is_empty() {
        Some(FieldCode::Required)
    } else if name.chars().count() > NAME_MAX_CHARS {
        Some(FieldCode::TooLong)
    } else if name.chars().any(char::is_control) {
        Some(FieldCode::ForbiddenCharacter)
    } else {
        None
    }
}

fn email_fault(email: &str) -> Option<FieldCode> {
    if email.is_empty() {
        return Some(FieldCode::Required);
    }
    if email.chars().count() > EMAIL_MAX_CHARS {
        return Some(FieldCode::TooLong);
    }
    // Only what no mailbox has. Whether a mailbox exists, only a mail can tell.
    let well_formed = email.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty()
            && !domain.is_empty()
            && !domain.contains('@')
            && !domain.starts_with('.')
            && !domain.ends_with('.')
            && !email.chars().any(|c| c.is_whitespace() || c.is_control())
    });
    (!well_formed).then_some(FieldCode::Malformed)
}

/// What the directory says of a new doctor.
#[derive(Debug, Clone, Default)]
pub struct Profile {
    /// Field of medicine.
    pub specialty: String,
    /// A few sentences.
    pub bio: String,
    /// BCP 47 tags, separated by commas.
    pub languages: String,
    /// Whether new chats are welcome.
    pub accepting_chats: bool,
}

/// Makes a doctor's account with its profile, both or neither.
pub async fn create_doctor(state: &AppState, new: NewAccount, profile: Profile) -> Result<User, Problem> {
    let hash = state.passwords.hash(new.password).await?;
    let mut conn = state.db.write().await?;
    let (name, email) = (new.name, new.email);
    let user = conn
        .transaction::<_, db::DbError>(|conn| {
            Box::pin(async move {
                let user = db::user::insert(conn, &name, &email, Role::Doctor, &hash, time::now()).await?;
                let row = db::profile::NewProfile {
                    user_id: user.id.0,
                    specialty: &profile.specialty,
                    bio: &profile.bio,
                    languages: &profile.languages,
                    accepting_chats: profile.accepting_chats,
                };
                db::profile::insert(conn, &row).await?;
                Ok(user)
            })
        })
        .await;
    user.map_err(account_problem)
}

fn account_problem(error: db::DbError) -> Problem {
    if db::user::is_email_taken(&error) { ProblemCode::EmailTaken.into() } else { error.into() }
}

/// Makes an account without a profile: a patient's or an admin's.
pub async fn create(state: &AppState, new: NewAccount, role: Role) -> Result<User, Problem> {
    let hash = state.passwords.hash(new.password).await?;
    let mut conn = state.db.write().await?;
    db::user::insert(&mut conn, &new.name, &new.email, role, &hash, time::now()).await.map_err(account_problem)
}

/// Public sign-up: always a patient, signed in at once.
pub async fn sign_up(
    state: &AppState,
    origin: &Origin,
    name: &str,
    email: &str,
    password: String,
) -> Result<SignedIn, Problem> {
    state.sign_in_limits.sign_up(origin, &fold_email(email))?;
    let new = {
        // Judging a password takes milliseconds of computing: not on an async thread.
        let (name, email) = (name.to_owned(), email.to_owned());
        tokio::task::spawn_blocking(move || NewAccount::check(&name, &email, password)).await.map_err(stopped)??
    };
    // In a task of its own: somebody who hangs up must not leave an account that they were never told of.
    let (task_state, origin) = (state.clone(), origin.clone());
    state
        .write(async move {
            let email = new.email.clone();
            let user = create(&task_state, new, Role::Patient).await?;
            task_state.sign_in_limits.signed_in(&origin, &email);
            let cookie = open(&task_state, &origin, &user).await?;
            Ok(SignedIn { user, cookie })
        })
        .await
}

/// Sign-in. An unknown e-mail, a wrong password and a disabled account are one answer, after the same time.
pub async fn sign_in(state: &AppState, origin: &Origin, email: &str, password: String) -> Result<SignedIn, Problem> {
    let email = fold_email(email);
    state.sign_in_limits.sign_in(origin, &email)?;
    let account = {
        let mut conn = state.db.read().await?;
        db::user::by_email(&mut conn, &email).await?
    };
    let hash = account.as_ref().map(|account| account.password_hash.clone());
    let verified = state.passwords.verify(password, hash).await?;
    match account {
        Some(account) if verified && !account.disabled => {
            state.sign_in_limits.signed_in(origin, &email);
            let cookie = open(state, origin, &account.user).await?;
            Ok(SignedIn { user: account.user, cookie })
        }
        _ => Err(ProblemCode::InvalidCredentials.into()),
    }
}

/// Ends the session and answers the `Set-Cookie` value that removes its cookie.
pub async fn sign_out(state: &AppState, viewer: &Viewer) -> Result<String, Problem> {
    session::close(state, &viewer.token_hash).await?;
    Ok(state.config.cookie().clear())
}

async fn open(state: &AppState, origin: &Origin, user: &User) -> Result<String, Problem> {
    let token = session::open(state, user.id, &origin.user_agent).await?;
    if let Some(previous) = &origin.token_hash {
        // Whoever was signed in with this browser before is not any more, here and on its open pages.
        session::close(state, previous).await?;
    }
    Ok(state.config.cookie().set(&token))
}
