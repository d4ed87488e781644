//! Whether a password is among the first that a guesser tries, at a cost that nobody can drive up.

/// Passwords that a guesser with a good dictionary tries within this many attempts are refused. A word or a pattern
/// repeated to fill 15 characters falls below; three unrelated words are far above.
const MOST_COMMON_GUESSES_LOG10: f64 = 6.0;
/// Characters that are judged together: the cost grows with the square of their number.
const PIECE_MAX_CHARS: usize = 40;
/// What may stand for a letter, by letter, as zxcvbn has it. Each way to read such signs is one more search through all
/// dictionaries, and the ways multiply.
const SIGNS_OF_LETTERS: [&str; 12] = ["4@", "8", "({[<", "3", "69", "1!|", "1|7", "0", "$5", "+7", "%", "2"];
/// Signs that may stand for two letters.
const SIGNS_OF_TWO: &str = "1|7";
/// Ways to read the signs of a piece that are tried: as many as digits alone can have, and a few more.
const READINGS_MAX: usize = 32;

/// Whether the password is guessed within about a million attempts. `own_words` are the person's.
pub(super) fn is_common(password: &str, own_words: &[&str]) -> bool {
    let chars: Vec<char> = password.chars().collect();
    let unit = repeated_unit(&chars);
    let repeats = u32::try_from(chars.len() / unit.len().max(1)).unwrap_or(1);
    let repeats_log10 = f64::from(repeats.max(1)).log10();
    // Whoever guesses all of it guesses every piece: one that is not common is enough.
    pieces(unit).all(|piece| guesses_log10(piece, own_words) + repeats_log10 < MOST_COMMON_GUESSES_LOG10)
}

/// What the whole is a repetition of; the last may be cut off. The whole itself if it is none.
fn repeated_unit(chars: &[char]) -> &[char] {
    let is_repeated = |length: &usize| chars.iter().zip(chars.iter().skip(*length)).all(|(one, next)| one == next);
    (1..=chars.len() / 2).find(is_repeated).and_then(|length| chars.get(..length)).unwrap_or(chars)
}

/// As few pieces as there have to be, all of about one length.
fn pieces(chars: &[char]) -> impl Iterator<Item = &[char]> {
    let count = chars.len().div_ceil(PIECE_MAX_CHARS).max(1);
    chars.chunks(chars.len().div_ceil(count).max(1))
}

fn guesses_log10(piece: &[char], own_words: &[&str]) -> f64 {
    let is_costly = readings(piece) > READINGS_MAX;
    // So many different signs are in no dictionary; without a meaning they are judged as what they are.
    let plain = |c: &char| if is_costly && c.is_ascii_punctuation() { '.' } else { *c };
    zxcvbn::zxcvbn(&piece.iter().map(plain).collect::<String>(), own_words).guesses_log10()
}

/// In how many ways the signs of a piece can be read as letters, at most.
fn readings(piece: &[char]) -> usize {
    let present = |signs: &str| signs.chars().filter(|sign| piece.contains(sign)).count();
    let choices = SIGNS_OF_LETTERS.iter().map(|signs| present(signs).max(1)).product::<usize>();
    choices << present(SIGNS_OF_TWO)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    fn cost(password: &str) -> Duration {
        let begun = Instant::now();
        let _ = is_common(password, &["Ana", "ana@example.org"]);
        begun.elapsed()
    }

    #[test]
    fn no_password_costs_much_more_to_judge_than_another() {
        let crafted =
            "4@8({[<3691!|70$5+%2|0$77!73+3$+7!735+0|35+0|35+0|3(@$3$+4|37!735+0|34(@$3(@$345+0|3+3$+$+4|37!738@|";
        let usual = "kx7 fq2 wz9 pbm wqd hjk vbn rtz plo nmu";
        cost(usual);
        // Of a few tries the quickest, whatever else the machine does. It was some thousand times as much.
        let quickest = |password: &str| (0..3).map(|_| cost(password)).min().unwrap_or_default();
        let (crafted, usual) = (quickest(crafted), quickest(usual));
        assert!(crafted < usual * 100, "{crafted:?} against {usual:?}");
    }

    #[test]
    fn what_only_repeats_is_common_however_long_it_is() {
        for unit in ["a", "abc", "password", "12345", "qwertyuiop"] {
            for length in [15, 40, 41, 80, 127, 128] {
                let password: String = unit.chars().cycle().take(length).collect();
                assert!(is_common(&password, &[]), "{password}");
            }
        }
        assert!(is_common(&format!("{}x", "a".repeat(127)), &[]), "and one letter more");
    }

    #[test]
    fn one_good_piece_makes_a_long_password_good() {
        let padded = format!("{}kx7-fq2-wz9-pbm-rtz-plo-nmu-wqd-hjk", "a".repeat(60));
        assert!(!is_common(&padded, &[]));
        assert!(!is_common(&"correct horse battery staple ".repeat(4), &[]));
    }

    #[test]
    fn signs_do_not_make_a_word_better_than_it_is() {
        assert!(is_common("p@$$w0rdp@$$w0rd", &[]));
    }
}
