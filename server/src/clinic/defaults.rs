//! The lists a clinic begins with: signs of an emergency as frightened people write them.
//!
//! They would rather ask once too often than miss a patient in danger. What is only common talk ("I died
//! laughing") or history ("my father had a heart attack") stays out.

const ENGLISH: &str = include_str!("safety/phrases_en.txt");
const SPANISH: &str = include_str!("safety/phrases_es.txt");

/// The list for a language (`es`, `es-MX`), with its comments, if there is one.
pub fn list(language: &str) -> Option<&'static str> {
    match language.split(['-', '_']).next()?.to_ascii_lowercase().as_str() {
        "en" => Some(ENGLISH),
        "es" => Some(SPANISH),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
