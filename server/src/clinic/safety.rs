//! The clinic's emergency settings: the number to call, and the phrases in a patient's message that
//! are signs of an emergency.
//!
//! The browser compares a message with the phrases while it is written, so no draft is sent to the
//! server for that. The server compares only messages that were sent without scripts.

use super::{defaults, service::Clinic};
use crate::{
    auth::Viewer,
    db::{self, clinic_setting},
    domain::failure::stopped,
};
use app::protocol::{
    EMERGENCY_NUMBER_MAX_CHARS, FieldCode, FieldError, PHRASES_MAX_CHARS, Phrases, Problem, Role, Safety, SafetyChange,
};
use tokio::task::spawn_blocking;

const NUMBER: &str = "emergency-number";
const ENGLISH: &str = "emergency-phrases-en";
const SPANISH: &str = "emergency-phrases-es";

/// Fewest letters before a `*`; fewer would match too many words.
const STEM_MIN_CHARS: usize = 3;

impl Clinic {
    /// The current settings. Lists that the admin has not changed are the built-in ones.
    pub async fn safety(&self) -> Result<Safety, Problem> {
        let mut conn = self.db.read().await?;
        let mut values = clinic_setting::values(&mut conn, &[NUMBER, ENGLISH, SPANISH]).await?;
        let mut list = |name, language| {
            let own = values.remove(name);
            own.unwrap_or_else(|| defaults::list(language).unwrap_or_default().to_owned())
        };
        let phrases = Phrases { en: list(ENGLISH, "en"), es: list(SPANISH, "es") };
        Ok(Safety { emergency_number: values.remove(NUMBER), phrases })
    }

    /// Whether a text has one of the phrases, in any language. `false` if the phrases can't be
    /// read, so that the failure does not prevent sending.
    pub async fn is_alarming(&self, text: &str) -> bool {
        let checked = async {
            let Safety { phrases, .. } = self.safety().await?;
            let (service, text) = (self.clone(), text.to_owned());
            // Comparing with long lists takes a while and would block the async thread.
            spawn_blocking(move || service.signs.parsed(phrases).are_in(&text)).await.map_err(stopped)
        };
        checked.await.unwrap_or_else(|problem: Problem| {
            tracing::warn!(code = problem.code.as_str(), "a message could not be checked for signs of an emergency");
            false
        })
    }
}

impl Clinic {
    /// Changes the settings and returns them as stored. Admins only; fails with all field errors at
    /// once.
    pub async fn change_safety(&self, viewer: &Viewer, change: SafetyChange) -> Result<Safety, Problem> {
        self.limits.change(viewer)?;
        viewer.require(Role::Admin)?;
        let SafetyChange { emergency_number, phrases } = change;
        let emergency_number = emergency_number.map(|number| number.map(|number| number.trim().to_owned()));
        let mut errors = Vec::new();
        errors.extend(emergency_number.iter().flatten().filter_map(|number| fault_of_number(number)));
        errors.extend(phrases.en.iter().flatten().filter_map(|list| fault_of_list("phrases.en", list)));
        errors.extend(phrases.es.iter().flatten().filter_map(|list| fault_of_list("phrases.es", list)));
        if !errors.is_empty() {
            return Err(Problem::fields(errors));
        }
        let changes = [(NUMBER, emergency_number), (ENGLISH, phrases.en), (SPANISH, phrases.es)];
        let service = self.clone();
        self.writes
            .run(async move {
                let mut conn = service.db.write().await?;
                conn.transaction::<_, Problem>(|conn| {
                    Box::pin(async move {
                        for (name, value) in changes {
                            if let Some(value) = value {
                                db::clinic_setting::set(conn, name, value.as_deref()).await?;
                            }
                        }
                        Ok(())
                    })
                })
                .await
            })
            .await?;
        self.safety().await
    }
}

fn fault_of_number(number: &str) -> Option<FieldError> {
    let code = if number.is_empty() {
        FieldCode::Required
    } else if number.chars().count() > EMERGENCY_NUMBER_MAX_CHARS {
        FieldCode::TooLong
    } else if !number.chars().all(|c| c.is_ascii_digit() || matches!(c, ' ' | '+'))
        || !number.contains(|c: char| c.is_ascii_digit())
    {
        FieldCode::Malformed
    } else {
        return None;
    };
    Some(FieldError { field: "emergencyNumber".to_owned(), code })
}

/// The first error of a list. The error of one line names the line: `phrases.es:12`.
fn fault_of_list(field: &str, list: &str) -> Option<FieldError> {
    if list.contains('\0') {
        return Some(FieldError { field: field.to_owned(), code: FieldCode::ForbiddenCharacter });
    }
    if list.chars().count() > PHRASES_MAX_CHARS {
        return Some(FieldError { field: field.to_owned(), code: FieldCode::TooLong });
    }
    let lines = list.lines().map(str::trim).zip(1..);
    let mut phrases = lines.filter(|(line, _)| !line.is_empty() && !line.starts_with('#'));
    phrases.find_map(|(phrase, number)| {
        fault_of_phrase(phrase).map(|code| FieldError { field: format!("{field}:{number}"), code })
    })
}

fn fault_of_phrase(phrase: &str) -> Option<FieldCode> {
    if !phrase.contains(char::is_alphanumeric) {
        return Some(FieldCode::Malformed);
    }
    let mut stems = phrase.split('*').rev();
    // The text after the last star may be short.
    stems.next();
    let letters = |stem: &str| stem.chars().rev().take_while(|c| c.is_alphanumeric()).count();
    stems.any(|stem| letters(stem) < STEM_MIN_CHARS).then_some(FieldCode::TooShort)
}

#[cfg(test)]
mod tests {
    use super::{defaults, fault_of_list, fault_of_number};
    use app::protocol::FieldCode;

    fn fault(list: &str) -> Option<(String, FieldCode)> {
        fault_of_list("phrases.en", list).map(|fault| (fault.field, fault.code))
    }

    #[test]
    fn error_names_the_wrong_line() {
        let wrong = |line: u32, code| Some((format!("phrases.en:{line}"), code));
        assert_eq!(fault(""), None);
        assert_eq!(fault("# Chest\n\nchest pain\nsuicid*\n# a*\nkill* myself"), None);
        assert_eq!(fault("chest pain\r\n\r\ndi*"), wrong(3, FieldCode::TooShort));
        assert_eq!(fault("* pain"), wrong(1, FieldCode::TooShort));
        assert_eq!(fault("suicid* an*"), wrong(1, FieldCode::TooShort));
        assert_eq!(fault("help\n***"), wrong(2, FieldCode::Malformed));
        assert_eq!(fault("help\n?!"), wrong(2, FieldCode::Malformed));
        assert_eq!(fault("help\0"), Some(("phrases.en".to_owned(), FieldCode::ForbiddenCharacter)));
        assert_eq!(fault(&"é".repeat(20_000)), None);
        assert_eq!(fault(&"é".repeat(20_001)), Some(("phrases.en".to_owned(), FieldCode::TooLong)));
    }

    #[test]
    fn built_in_lists_are_valid() {
        for language in ["en", "es"] {
            assert_eq!(defaults::list(language).and_then(fault), None, "{language}");
        }
    }

    #[test]
    fn number_may_have_only_digits_spaces_and_plus() {
        let code = |number: &str| fault_of_number(number).map(|fault| fault.code);
        for good in ["112", "+34 900 123 456", "0"] {
            assert_eq!(code(good), None, "{good}");
        }
        assert_eq!(code(""), Some(FieldCode::Required));
        assert_eq!(code("+ +"), Some(FieldCode::Malformed));
        assert_eq!(code("call 112"), Some(FieldCode::Malformed));
        assert_eq!(code(&"1".repeat(21)), Some(FieldCode::TooLong));
    }
}
