//! Splits messages and queries into words: letters and digits, without case and accents.

use crate::domain::text::fold_to_latin;
use app::protocol::SnippetPiece;
use std::{collections::BTreeSet, ops::Range};

/// Characters of a word that are indexed and searched; the rest is cut off.
const WORD_MAX_CHARS: usize = 40;
/// Fewest letters of a prefix; fewer would match too many words of a large clinic.
const PREFIX_MIN_CHARS: usize = 3;
/// The most words of a query; further words could only narrow the search.
const QUERY_MAX_WORDS: usize = 10;
/// Characters of a message shown before the first match.
const BEFORE_CHARS: usize = 40;
/// The most characters of a snippet.
const SNIPPET_CHARS: usize = 180;

/// A word of a query.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Word {
    /// Lower-case ASCII letters and digits.
    pub text: String,
    /// Whether words that begin with it match too.
    pub is_prefix: bool,
}

impl Word {
    fn fits(&self, word: &str) -> bool {
        if self.is_prefix { word.starts_with(&self.text) } else { word == self.text }
    }

    /// Like [`Self::fits`], for ASCII letters and digits that are not folded yet.
    fn fits_unfolded(&self, word: &str) -> bool {
        let begin = word.get(..self.text.len()).unwrap_or_default();
        begin.eq_ignore_ascii_case(&self.text) && (self.is_prefix || word.len() == begin.len())
    }
}

/// A run of letters and digits.
struct Run {
    /// Its range in the text, in bytes.
    at: Range<usize>,
    /// Its folded words. More than one if the script has no spaces or a letter folds to several
    /// words.
    words: Vec<String>,
}

/// The distinct words of a message.
#[must_use]
pub fn message_words(text: &str) -> BTreeSet<String> {
    runs(text).into_iter().flat_map(|run| run.words).collect()
}

/// The distinct words of a query.
#[must_use]
pub fn query_words(text: &str) -> Vec<Word> {
    let words: BTreeSet<String> = runs(text).into_iter().flat_map(|run| run.words).take(QUERY_MAX_WORDS).collect();
    words.into_iter().map(|text| Word { is_prefix: text.len() >= PREFIX_MIN_CHARS, text }).collect()
}

/// Whether a message has every one of these words. Gives the same answer as the index, from the
/// text.
#[must_use]
pub fn has_all(text: &str, wanted: &[Word]) -> bool {
    let mut missing: Vec<&Word> = wanted.iter().collect();
    for at in stretches(text) {
        let stretch = text.get(at.clone()).unwrap_or_default();
        // Most words are ASCII and need no folding.
        if stretch.is_ascii() {
            missing.retain(|word| !word.fits_unfolded(stretch));
        } else {
            let mut runs = Vec::new();
            add(&mut runs, text, at);
            missing.retain(|wanted| !runs.iter().flat_map(|run| &run.words).any(|word| wanted.fits(word)));
        }
        if missing.is_empty() {
            break;
        }
    }
    missing.is_empty()
}

fn runs(text: &str) -> Vec<Run> {
    let mut runs = Vec::new();
    for at in stretches(text) {
        add(&mut runs, text, at);
    }
    runs
}

/// The ranges of consecutive letters and digits, in bytes.
fn stretches(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut begun = None;
    text.char_indices().chain([(text.len(), ' ')]).filter_map(move |(at, letter)| {
        if is_of_word(letter) {
            begun.get_or_insert(at);
            return None;
        }
        begun.take().map(|begin| begin..at)
    })
}

/// Includes accents that follow their letter as separate characters (Unicode, "Combining
/// Diacritical Marks").
fn is_of_word(letter: char) -> bool {
    letter.is_alphanumeric() || ('\u{300}'..='\u{36f}').contains(&letter)
}

fn add(runs: &mut Vec<Run>, text: &str, at: Range<usize>) {
    let run = text.get(at.clone()).unwrap_or_default();
    let folded = fold_to_latin(run);
    // Ideographs are folded to syllables with spaces in between; each counts as a word.
    if folded.trim().contains(' ') {
        for (offset, letter) in run.char_indices() {
            let begin = at.start + offset;
            push(runs, begin..begin + letter.len_utf8(), &fold_to_latin(letter.encode_utf8(&mut [0; 4])));
        }
    } else {
        push(runs, at, &folded);
    }
}

fn push(runs: &mut Vec<Run>, at: Range<usize>, folded: &str) {
    let words = folded.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let words: Vec<String> = words.map(|word| word.chars().take(WORD_MAX_CHARS).collect()).collect();
    if !words.is_empty() {
        runs.push(Run { at, words });
    }
}

/// The part of a message around the first match, in one line, with all matches marked.
#[must_use]
pub fn snippet(text: &str, wanted: &[Word]) -> Vec<SnippetPiece> {
    let fits = |run: &Run| run.words.iter().any(|word| wanted.iter().any(|wanted| wanted.fits(word)));
    let found: Vec<Range<usize>> = runs(text).into_iter().filter(fits).map(|run| run.at).collect();
    let first = found.first().map_or(0, |range| range.start);
    let is_short = text.chars().nth(SNIPPET_CHARS).is_none();
    let begin = if is_short { 0 } else { back(text, first, BEFORE_CHARS) };
    let end = text
        .get(begin..)
        .and_then(|rest| rest.char_indices().nth(SNIPPET_CHARS))
        .map_or(text.len(), |(at, _)| begin + at);
    let mut pieces = Vec::new();
    if begin > 0 {
        piece(&mut pieces, "…", false);
    }
    let mut at = begin;
    for range in found.into_iter().take_while(|range| range.start < end) {
        piece(&mut pieces, text.get(at..range.start).unwrap_or_default(), false);
        at = range.end.min(end);
        piece(&mut pieces, text.get(range.start..at).unwrap_or_default(), true);
    }
    piece(&mut pieces, text.get(at..end).unwrap_or_default(), false);
    if end < text.len() {
        piece(&mut pieces, "…", false);
    }
    pieces
}

/// The byte offset `chars` characters before `at`, moved forward to the beginning of a word if
/// there is one.
fn back(text: &str, at: usize, chars: usize) -> usize {
    let before = text.get(..at).unwrap_or_default();
    let Some((begin, _)) = before.char_indices().rev().nth(chars) else { return 0 };
    let space = text.get(begin..at).and_then(|part| part.char_indices().find(|(_, letter)| letter.is_whitespace()));
    space.map_or(begin, |(offset, letter)| begin + offset + letter.len_utf8())
}

fn piece(pieces: &mut Vec<SnippetPiece>, text: &str, is_match: bool) {
    if text.is_empty() {
        return;
    }
    let mut line = String::with_capacity(text.len());
    for letter in text.chars() {
        if !letter.is_whitespace() {
            line.push(letter);
        } else if !line.ends_with(' ') {
            line.push(' ');
        }
    }
    pieces.push(SnippetPiece { text: line, is_match });
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn words(text: &str) -> Vec<String> {
        message_words(text).into_iter().collect()
    }

    fn marked(text: &str, query: &str) -> String {
        let mark = |piece: SnippetPiece| if piece.is_match { format!("[{}]", piece.text) } else { piece.text };
        snippet(text, &query_words(query)).into_iter().map(mark).collect()
    }

    #[test]
    fn words_have_no_case_accents_or_signs() {
        assert_eq!(
            words("¿Dónde está el NIÑO? 38.5° don't"),
            ["38", "5", "donde", "el", "esta", "don", "nino", "t"]
                .into_iter()
                .collect::<BTreeSet<_>>()
                .into_iter()
                .collect::<Vec<_>>()
        );
        assert_eq!(words("e\u{301}te\u{301}"), ["ete"], "combining accents");
        assert_eq!(words("#u1 AND \"x\"*"), ["and", "u1", "x"], "nothing means anything to the index");
    }

    #[test]
    fn ideograph_is_a_word_of_its_own() {
        let (both, one) = (words("頭痛"), words("頭"));
        assert_eq!(both.len(), 2);
        assert!(one.iter().all(|word| both.contains(word)));
        assert_eq!(marked("昨日から頭痛がします", "頭痛"), "昨日から[頭][痛]がします");
    }

    #[test]
    fn match_is_marked_in_its_original_spelling() {
        assert_eq!(marked("My Árm hurts,\nthe arms too", "arm"), "My [Árm] hurts, the [arms] too");
        assert_eq!(marked("a cat at a gate", "a"), "[a] cat at [a] gate", "a letter is a word, not a beginning");
    }

    #[test]
    fn snippet_of_long_message_is_the_part_with_the_match() {
        let text = format!("{} needle {}", "hay ".repeat(100), "straw ".repeat(100));
        let shown = marked(&text, "needle");
        assert!(shown.starts_with("…hay ") && shown.ends_with('…') && shown.contains("[needle] straw"), "{shown}");
        assert!(shown.chars().count() < SNIPPET_CHARS + 10, "{shown}");
    }

    proptest! {
        #[test]
        fn snippet_accepts_any_text_and_query(text in "\\PC{0,300}", query in "\\PC{0,30}") {
            let query = query_words(&query);
            let shown: String = snippet(&text, &query).into_iter().map(|piece| piece.text).collect();
            prop_assert!(shown.chars().count() <= SNIPPET_CHARS + 2);
        }

        #[test]
        fn message_is_found_by_each_of_its_words(text in "\\PC{0,100}") {
            for word in message_words(&text) {
                let query = query_words(&word);
                prop_assert!(snippet(&text, &query).iter().any(|piece| piece.is_match) || text.chars().count() > 100);
            }
        }
    }
}
