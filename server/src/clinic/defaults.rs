//! The built-in lists of emergency phrases, as frightened people write them.
//!
//! They accept false alarms rather than miss a patient in danger. Common talk ("I died laughing")
//! and history ("my father had a heart attack") are left out.

const ENGLISH: &str = include_str!("safety/phrases_en.txt");
const SPANISH: &str = include_str!("safety/phrases_es.txt");

/// The list for a language tag (`es`, `es-MX`), with its comments. `None` for an unsupported
/// language.
pub fn list(language: &str) -> Option<&'static str> {
    match language.split(['-', '_']).next()?.to_ascii_lowercase().as_str() {
        "en" => Some(ENGLISH),
        "es" => Some(SPANISH),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
