//! Finds signs of an emergency in a message. The browser does this while the user writes, so that
//! no unsent text leaves the browser.
//!
//! A phrase matches if its words are in the text one after the other. Case, accents, apostrophes
//! and punctuation between words are ignored. A `*` after a word matches any ending: `suicid*`.
//! Scripts without spaces between words are compared letter by letter.

use crate::{folding::fold, protocol::Phrases};

/// The phrases of a list. Each line has one phrase; empty lines and lines that begin with `#` are
/// skipped.
pub fn phrases(list: &str) -> impl Iterator<Item = &str> {
    list.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// Phrases that are prepared for comparison once, because each message is compared with hundreds of
/// them.
#[derive(Debug, Clone, Default)]
pub struct Signs(Vec<Vec<Wanted>>);

impl Signs {
    /// Prepares phrases. A phrase without a letter or digit matches nothing.
    pub fn new<'a>(phrases: impl IntoIterator<Item = &'a str>) -> Self {
        let words = |phrase| split(phrase, Stars::Kept).split_ascii_whitespace().map(Wanted::new).collect::<Vec<_>>();
        Self(phrases.into_iter().map(words).filter(|phrase| !phrase.is_empty()).collect())
    }

    /// Prepares the phrases of all of a clinic's lists, because patients don't always write in the
    /// page's language.
    #[must_use]
    pub fn parse(lists: &Phrases) -> Self {
        Self::new([&lists.en, &lists.es].into_iter().flat_map(|list| phrases(list)))
    }

    /// Whether the text contains one of the phrases as consecutive words.
    #[must_use]
    pub fn are_in(&self, text: &str) -> bool {
        let text = split(text, Stars::Ignored);
        let words: Vec<&str> = text.split_ascii_whitespace().collect();
        let is_met =
            |phrase: &Vec<Wanted>, run: &[&str]| phrase.iter().zip(run).all(|(word, other)| word.is_met_by(other));
        self.0.iter().any(|phrase| words.windows(phrase.len()).any(|run| is_met(phrase, run)))
    }
}

/// The text's folded words, separated by spaces, for finding one text in another.
pub fn folded_words(text: &str) -> String {
    split(text, Stars::Ignored)
}

/// A word of a phrase, with or without a `*` after it.
#[derive(Debug, Clone)]
enum Wanted {
    Exactly(String),
    StartingWith(String),
}

impl Wanted {
    fn new(word: &str) -> Self {
        word.strip_suffix('*')
            .map_or_else(|| Self::Exactly(word.to_owned()), |stem| Self::StartingWith(stem.to_owned()))
    }

    fn is_met_by(&self, word: &str) -> bool {
        match self {
            Self::Exactly(whole) => word == *whole,
            Self::StartingWith(stem) => word.starts_with(stem.as_str()),
        }
    }
}

/// What [`split`] does with a `*` after a word.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stars {
    Kept,
    Ignored,
}

/// The text's folded words, separated by spaces. Apostrophes are removed.
fn split(text: &str, stars: Stars) -> String {
    let mut words = String::with_capacity(text.len());
    let mut is_in_word = false;
    for c in fold(text).chars().filter(|c| *c != '\'') {
        if !c.is_alphanumeric() {
            if c == '*' && is_in_word && stars == Stars::Kept {
                words.push(c);
            }
            is_in_word = false;
            continue;
        }
        let is_word = is_unspaced(c);
        if !is_in_word || is_word {
            words.push(' ');
        }
        words.push(c);
        is_in_word = !is_word;
    }
    words
}

/// Whether the letter belongs to a script without spaces between words: Thai to Lao, Burmese,
/// Khmer, kana and Han.
fn is_unspaced(c: char) -> bool {
    matches!(
        c,
        '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{3005}'..='\u{3007}'
            | '\u{3040}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}'
            | '\u{20000}'..='\u{3ffff}'
    )
}

#[cfg(test)]
mod tests;
