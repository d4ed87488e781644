//! Normalising and validating texts.

use app::protocol::{FieldCode, Problem};

/// Lower case without accents, so that "garcia" finds "García". Other scripts are transliterated.
#[must_use]
pub fn fold(text: &str) -> String {
    deunicode::deunicode(text).to_lowercase()
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
    fn folding_ignores_case_and_accents() {
        assert_eq!(fold("José GARCÍA Núñez"), "jose garcia nunez");
        assert_eq!(fold("Łukasz Müller"), "lukasz muller");
    }

    #[test]
    fn email_keeps_its_dots_and_tags() {
        assert_eq!(fold_email(" Ana.Ruiz+clinic@Example.ORG "), "ana.ruiz+clinic@example.org");
    }
}
