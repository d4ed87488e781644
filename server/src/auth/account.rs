//! Creating accounts, signing in and signing out.

use super::{cookie::DeviceCookie, password, service::Accounts, viewer::Origin, viewer::Viewer};
use crate::{
    db::{self, time},
    domain::text::fold_email,
};
use app::protocol::{FieldCode, FieldError, Problem, ProblemCode, Role, User};

/// Longest name, in characters.
const NAME_MAX_CHARS: usize = 100;
/// Longest e-mail address, in characters (RFC 5321, section 4.5.3.1.3, less the brackets).
const EMAIL_MAX_CHARS: usize = 254;

/// A signed-in user and the `Set-Cookie` values for their browser.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// The user.
    pub user: User,
    /// The `Set-Cookie` values: the session cookie, then the device cookie if there is one.
    pub cookies: Vec<String>,
}

/// A validated new account. The name is trimmed and the e-mail folded.
#[derive(Debug, Clone)]
pub struct NewAccount {
    name: String,
    email: String,
    password: String,
}

impl NewAccount {
    /// Validates all fields at once, so that a form can show all errors.
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
    // Rejects only what no mailbox can have. Whether the mailbox exists, only sending a mail would
    // show.
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

/// A new doctor's entry in the directory.
#[derive(Debug, Clone, Default)]
pub struct Profile {
    /// Field of medicine.
    pub specialty: String,
    /// A few sentences about the doctor.
    pub bio: String,
    /// BCP 47 tags, separated by commas.
    pub languages: String,
    /// Whether patients can start new chats with the doctor.
    pub accepting_chats: bool,
}

impl Accounts {
    /// Creates a doctor's account and its profile in one transaction.
    pub async fn create_doctor(&self, new: NewAccount, profile: Profile) -> Result<User, Problem> {
        let hash = self.passwords.hash(new.password).await?;
        let mut conn = self.db.write().await?;
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
}

fn account_problem(error: db::DbError) -> Problem {
    if db::user::is_email_taken(&error) { ProblemCode::EmailTaken.into() } else { error.into() }
}

impl Accounts {
    /// Creates an account without a profile: a patient's or an admin's.
    pub async fn create_account(&self, new: NewAccount, role: Role) -> Result<User, Problem> {
        let hash = self.passwords.hash(new.password).await?;
        let mut conn = self.db.write().await?;
        db::user::insert(&mut conn, &new.name, &new.email, role, &hash, time::now()).await.map_err(account_problem)
    }

    /// Public sign-up: creates a patient's account and signs in.
    pub async fn sign_up(
        &self,
        origin: &Origin,
        name: &str,
        email: &str,
        password: String,
    ) -> Result<SignedIn, Problem> {
        self.sign_in_limits.sign_up(origin, &fold_email(email))?;
        let new = {
            let (name, email) = (name.to_owned(), email.to_owned());
            self.passwords.judge(move || NewAccount::check(&name, &email, password)).await??
        };
        // In a task of its own: if the client disconnects, it must still complete, because an
        // account without a session would be left behind.
        let (service, origin) = (self.clone(), origin.clone());
        self.writes
            .run(async move {
                let email = new.email.clone();
                let user = service.create_account(new, Role::Patient).await?;
                service.open_browser(&origin, user, &email).await
            })
            .await
    }

    /// Signs in. An unknown e-mail, a wrong password and a disabled account all give
    /// `InvalidCredentials`, after the same time.
    pub async fn sign_in(&self, origin: &Origin, email: &str, password: String) -> Result<SignedIn, Problem> {
        let email = fold_email(email);
        let device = self.devices.known(&self.db, origin.device.as_deref(), &email).await;
        self.sign_in_limits.sign_in(origin, &email, device)?;
        let account = self.find_account(&email).await?;
        let hash = account.as_ref().map(|account| account.password_hash.clone());
        let passwords = if device.is_some() { self.passwords.for_known() } else { self.passwords.clone() };
        let verified = passwords.verify(password, hash).await?;
        match account {
            Some(account) if verified && !account.disabled => self.open_browser(origin, account.user, &email).await,
            _ => Err(ProblemCode::InvalidCredentials.into()),
        }
    }

    /// The account with this folded e-mail. PostgreSQL rejects queries with NUL, which no e-mail
    /// contains.
    async fn find_account(&self, email: &str) -> Result<Option<db::user::Account>, Problem> {
        if email.contains('\0') {
            return Ok(None);
        }
        let mut conn = self.db.read().await?;
        Ok(db::user::by_email(&mut conn, email).await?)
    }

    /// Ends the viewer's session and returns the `Set-Cookie` value that removes its cookie.
    pub async fn sign_out(&self, viewer: &Viewer) -> Result<String, Problem> {
        self.close_session(&viewer.token_hash).await?;
        Ok(self.cookie.clear())
    }

    async fn open_browser(&self, origin: &Origin, user: User, email: &str) -> Result<SignedIn, Problem> {
        let token = self.open_session(user.id, &origin.user_agent).await?;
        if let Some(previous) = &origin.token_hash {
            // End the session that this browser had before, and close the sockets of its open
            // pages.
            self.close_session(previous).await?;
        }
        let device = self.devices.remember(&self.db, origin.device.as_deref(), email).await;
        let device = device.map(|value| DeviceCookie { https: self.cookie.https }.set(&value));
        let cookies = [self.cookie.set(&token)].into_iter().chain(device).collect();
        Ok(SignedIn { user, cookies })
    }
}
