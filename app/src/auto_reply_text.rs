//! The text of automatic replies, in a language that the doctor writes.

use crate::i18n::{Locale, td_string};
use chrono::DateTime;
use chrono_tz::Tz;
use leptos_i18n::Locale as _;

/// The first of a doctor's languages (RFC 5646 tags, separated by commas) that Bedside supports;
/// the default language if it supports none of them.
fn locale_of(languages: &str) -> Locale {
    let known = |tag: &str| {
        let language = tag.trim().split('-').next()?;
        Locale::get_all().iter().copied().find(|locale| locale.as_str().eq_ignore_ascii_case(language))
    };
    languages.split(',').find_map(known).unwrap_or_default()
}

/// The text of the automatic reply to a patient who writes while the doctor is not in. `back` is
/// when the doctor is in again, if known; `note` is the doctor's own text, or empty.
#[must_use]
pub fn text(languages: &str, back: Option<DateTime<Tz>>, note: &str) -> String {
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
    // Some programs show only a message's text, so the text says that it is an automatic reply.
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
    fn reply_names_the_return_time_in_the_doctors_language() {
        for languages in ["", "de", "en-GB,es", "de, EN"] {
            assert_eq!(
                text(languages, monday(), ""),
                "Your doctor is not available right now. They will be back on Monday 30 November at 8:00 \
                 (Europe/Berlin).\n\n(Sent automatically)"
            );
        }
        for languages in ["es", "de,es-MX,en"] {
            assert_eq!(
                text(languages, monday(), ""),
                "Su médico no está disponible en este momento. Volverá a atender el lunes 30 de noviembre a partir de \
                 las 8:00 h (Europe/Berlin).\n\n(Enviado automáticamente)"
            );
        }
    }

    #[test]
    fn reply_contains_the_note_and_omits_an_unknown_return_time() {
        assert_eq!(
            text("en", None, "Dr. Lin is here for me."),
            "Your doctor is not available right now.\n\nDr. Lin is here for me.\n\n(Sent automatically)"
        );
    }
}
