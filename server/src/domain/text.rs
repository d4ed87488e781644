//! Normalising and validating texts.

use app::protocol::{FieldCode, Problem};

/// The folded text in Latin letters, so that "garcia" finds "García" and "ivanov" finds "Иванов".
#[must_use]
pub fn fold_to_latin(text: &str) -> String {
    let folded = app::folding::fold(text);
    if folded.is_ascii() { folded } else { deunicode::deunicode(&folded).to_lowercase() }
}

/// An e-mail address as it is stored and looked up: trimmed, in lower case. Dots and plus signs are
/// kept, since they distinguish mailboxes at some providers.
#[must_use]
pub fn fold_email(email: &str) -> String {
    email.trim().to_lowercase()
}

/// Trims a text and requires 1 to `max` characters without NUL.
pub(crate) fn require_text<'a>(field: &str, text: &'a str, max: usize) -> Result<&'a str, Problem> {
    let text = text.trim();
    let code = if text.is_empty() {
        FieldCode::Required
    } else if text.contains('\0') {
        FieldCode::ForbiddenCharacter
    } else if text.chars().count() > max {
        FieldCode::TooLong
    } else {
        return Ok(text);
    };
    Err(Problem::field(field, code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_scripts_are_folded_to_latin() {
        assert_eq!(fold_to_latin("José GARCÍA Núñez"), "jose garcia nunez");
        assert_eq!(fold_to_latin("Иванов"), "ivanov");
        assert_eq!(fold_to_latin("Ещё"), fold_to_latin("еще"));
    }

    #[test]
    fn email_keeps_its_dots_and_tags() {
        assert_eq!(fold_email(" Ana.Ruiz+clinic@Example.ORG "), "ana.ruiz+clinic@example.org");
    }
}
