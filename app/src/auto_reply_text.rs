//! What the server says in a doctor's place, in a language that the doctor writes.

use crate::i18n::{Locale, td_string};
use chrono::DateTime;
use chrono_tz::Tz;
use leptos_i18n::Locale as _;

/// The first of a doctor's languages (tags of RFC 5646, separated by commas) that Bedside speaks.
fn locale_of(languages: &str) -> Locale {
    let known = |tag: &str| {
        let language = tag.trim().split('-').next()?;
        Locale::get_all().iter().copied().find(|locale| locale.as_str().eq_ignore_ascii_case(language))
    };
    languages.split(',').find_map(known).unwrap_or_default()
}

/// What a patient is told who writes while the doctor is closed or away. `back` is when the doctor is there again, if
/// anybody knows; `note` is the doctor's own text, or empty.
#[must_use]
pub fn notice(languages: &str, back: Option<DateTime<Tz>>, note: &str) -> String {
    let locale = locale_of(languages);
    let mut text = td_string!(locale, notice_not_at_work).to_string();
    if let Some(back) = back {
        text.push(' ');
        text.push_str(&back_words(locale, &back));
    }
    if !note.is_empty() {
        text.push_str("\n\n");
        text.push_str(note);
    }
    // For programs that show nothing of what a message is but its text.
    text.push_str("\n\n");
    text.push_str(td_string!(locale, notice_sent_automatically));
    text
}

fn back_words(locale: Locale, back: &DateTime<Tz>) -> String {
    let (form, names) = match locale {
        Locale::en => ("%A %-d %B", chrono::Locale::en_GB),
        Locale::es => ("%A %-d de %B", chrono::Locale::es_ES),
    };
    let day = back.format_localized(form, names).to_string();
    let time = back.format("%-H:%M").to_string();
    let zone = back.timezone().name();
    td_string!(locale, notice_back, day = day, time = time, zone = zone).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeZone as _;

    fn monday() -> Option<DateTime<Tz>> {
        Tz::Europe__Berlin.with_ymd_and_hms(2026, 11, 30, 8, 0, 0).single()
    }

    #[test]
    fn it_says_when_the_doctor_is_back_in_a_language_that_they_write() {
        for languages in ["", "de", "en-GB,es", "de, EN"] {
            assert_eq!(
                notice(languages, monday(), ""),
                "Your doctor is not available right now. They will be back on Monday 30 November at 8:00 \
                 (Europe/Berlin).\n\n(Sent automatically)"
            );
        }
        for languages in ["es", "de,es-MX,en"] {
            assert_eq!(
                notice(languages, monday(), ""),
                "Su médico no está disponible en este momento. Volverá a atender el lunes 30 de noviembre a partir de \
                 las 8:00 h (Europe/Berlin).\n\n(Enviado automáticamente)"
            );
        }
    }

    #[test]
    fn it_has_the_doctors_note_and_no_day_that_nobody_knows() {
        assert_eq!(
            notice("en", None, "Dr. Lin is here for me."),
            "Your doctor is not available right now.\n\nDr. Lin is here for me.\n\n(Sent automatically)"
        );
    }
}
