//! Folding: the form in which texts are compared. The emergency signs, the search and the
//! directory all use it, in the browser and on the server.

/// The text in lower case without accents, vowel marks and invisible characters. All apostrophes
/// become `'`. Compatibility characters become plain ones (Unicode Standard Annex 15, NFKC).
#[must_use]
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase().replace('`', "'");
    }
    let unaccented = strip(&decompose(&strip(text)));
    let mut folded = String::with_capacity(unaccented.len());
    // Other marks are part of their letter, for example in Korean and Japanese.
    for c in compose(&unaccented).chars().flat_map(char::to_lowercase).filter(|c| !is_accent(*c)) {
        match plain(c) {
            Some(letters) => folded.push_str(letters),
            None => folded.push(c),
        }
    }
    folded
}

/// Normalization Form KD. The browser has the tables, which would make the page heavy.
#[cfg(feature = "hydrate")]
fn decompose(text: &str) -> String {
    js_sys::JsString::from(text).normalize("NFKD").into()
}

/// Normalization Form C.
#[cfg(feature = "hydrate")]
fn compose(text: &str) -> String {
    js_sys::JsString::from(text).normalize("NFC").into()
}

/// Normalization Form KD.
#[cfg(not(feature = "hydrate"))]
fn decompose(text: &str) -> String {
    unicode_normalization::UnicodeNormalization::nfkd(text).collect()
}

/// Normalization Form C.
#[cfg(not(feature = "hydrate"))]
fn compose(text: &str) -> String {
    unicode_normalization::UnicodeNormalization::nfc(text).collect()
}

/// Removes invisible characters and accents, and replaces characters that few keyboards have.
fn strip(text: &str) -> String {
    text.chars().filter(|c| !is_invisible(*c) && !is_accent(*c)).map(as_typed).collect()
}

/// The character that people type instead of one that their keyboard lacks: `'` for all
/// apostrophes, `u` for the micro sign (`ug`, micrograms).
fn as_typed(c: char) -> char {
    match c {
        '`' | '´' | 'ʹ'..='ʽ' | '‘'..='’' | '‛' | '′' | '＇' => '\'',
        'µ' => 'u',
        _ => c,
    }
}

/// Soft hyphens, joiners and marks of direction; also the Arabic tatweel, which only widens words.
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{640}' | '\u{200c}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}'
    )
}

/// Combining accents (Latin, Greek, Cyrillic), and vowel marks (Hebrew, Arabic).
fn is_accent(c: char) -> bool {
    matches!(
        c,
        '\u{300}'..='\u{36f}'
            | '\u{591}'..='\u{5bd}' | '\u{5bf}' | '\u{5c1}' | '\u{5c2}' | '\u{5c4}' | '\u{5c5}' | '\u{5c7}'
            | '\u{64b}'..='\u{65f}' | '\u{670}'
    )
}

/// A plain spelling of a lower-case letter that Unicode does not decompose.
fn plain(c: char) -> Option<&'static str> {
    Some(match c {
        'æ' => "ae",
        'đ' | 'ð' => "d",
        'ħ' => "h",
        'ı' => "i",
        'ĸ' => "k",
        'ł' => "l",
        'ŋ' => "ng",
        'ø' => "o",
        'œ' => "oe",
        'ß' => "ss",
        'ŧ' => "t",
        'þ' => "th",
        'ς' => "σ",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::fold;

    #[test]
    fn fold_removes_case_and_accents() {
        for (text, folded) in [
            ("José GARCÍA Núñez", "jose garcia nunez"),
            ("Łukasz Müller", "lukasz muller"),
            ("e\u{301}te\u{301}", "ete"),
            ("Straße Œuvre ÞÓR", "strasse oeuvre thor"),
            ("İMDAT ışık", "imdat isik"),
            ("ΣΤΉΘΟΣ", "στηθοσ"),
            ("Ещё й", "еще и"),
            ("50 µg", "50 ug"),
            ("O’Brien O´Brien O`Brien", "o'brien o'brien o'brien"),
        ] {
            assert_eq!(fold(text), folded);
        }
    }

    #[test]
    fn fold_keeps_marks_that_make_another_letter() {
        for text in ["が", "한", "ど"] {
            assert_eq!(fold(text), text);
        }
        assert_eq!(fold("ｶﾞ"), "ガ", "half-width letters");
    }

    #[test]
    fn fold_of_folded_text_changes_nothing() {
        for c in '\0'..='\u{ffff}' {
            let once = fold(&c.to_string());
            assert_eq!(fold(&once), once, "{:x}", u32::from(c));
        }
    }
}
