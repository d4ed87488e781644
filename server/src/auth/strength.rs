//! Whether a password is common. The cost of the check is bounded, whatever the password is.

/// Passwords that a good dictionary attack finds within 10 to the power of this many attempts are
/// rejected. A word or a pattern repeated to fill 15 characters is below; three unrelated words are
/// far above.
const MOST_COMMON_GUESSES_LOG10: f64 = 6.0;
/// Characters that are judged together. The cost grows with the square of this number.
const PIECE_MAX_CHARS: usize = 40;
/// The signs that zxcvbn reads as a letter, by letter. Each way to read the signs costs one more
/// search of all dictionaries, and the ways multiply.
const SIGNS_OF_LETTERS: [&str; 12] = ["4@", "8", "({[<", "3", "69", "1!|", "1|7", "0", "$5", "+7", "%", "2"];
/// Signs that zxcvbn reads as either of two letters.
const SIGNS_OF_TWO: &str = "1|7";
/// The most ways to read a piece's signs: as many as digits alone can have, and a few more.
const READINGS_MAX: usize = 32;

/// Whether the password is guessed within about a million attempts. `own_words` are the user's name
/// and e-mail.
pub(super) fn is_common(password: &str, own_words: &[&str]) -> bool {
    let chars: Vec<char> = password.chars().collect();
    let unit = repeated_unit(&chars);
    let repeats = u32::try_from(chars.len() / unit.len().max(1)).unwrap_or(1);
    let repeats_log10 = f64::from(repeats.max(1)).log10();
    // An attacker must guess every piece, so one piece that is not common is enough.
    pieces(unit).all(|piece| guesses_log10(piece, own_words) + repeats_log10 < MOST_COMMON_GUESSES_LOG10)
}

/// The unit that the text repeats, of which the last may be incomplete. The whole text if nothing
/// repeats.
fn repeated_unit(chars: &[char]) -> &[char] {
    let is_repeated = |length: &usize| chars.iter().zip(chars.iter().skip(*length)).all(|(one, next)| one == next);
    (1..=chars.len() / 2).find(is_repeated).and_then(|length| chars.get(..length)).unwrap_or(chars)
}

/// The smallest possible number of pieces, all of about the same length.
fn pieces(chars: &[char]) -> impl Iterator<Item = &[char]> {
    let count = chars.len().div_ceil(PIECE_MAX_CHARS).max(1);
    chars.chunks(chars.len().div_ceil(count).max(1))
}

fn guesses_log10(piece: &[char], own_words: &[&str]) -> f64 {
    let is_costly = readings(piece) > READINGS_MAX;
    // No dictionary has words with so many different signs, so they are judged as plain signs.
    let plain = |c: &char| if is_costly && c.is_ascii_punctuation() { '.' } else { *c };
    zxcvbn::zxcvbn(&piece.iter().map(plain).collect::<String>(), own_words).guesses_log10()
}

/// The upper bound of the ways to read a piece's signs as letters.
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
    fn crafted_password_costs_little_more_to_judge_than_usual() {
        let crafted =
            "4@8({[<3691!|70$5+%2|0$77!73+3$+7!735+0|35+0|35+0|3(@$3$+4|37!735+0|34(@$3(@$345+0|3+3$+$+4|37!738@|";
        let usual = "kx7 fq2 wz9 pbm wqd hjk vbn rtz plo nmu";
        cost(usual);
        // The quickest of a few tries, since other programs use the machine. Before the limit on
        // readings, the crafted password cost some thousand times as much.
        let quickest = |password: &str| (0..3).map(|_| cost(password)).min().unwrap_or_default();
        let (crafted, usual) = (quickest(crafted), quickest(usual));
        assert!(crafted < usual * 100, "{crafted:?} against {usual:?}");
    }

    #[test]
    fn repeated_unit_is_common_at_any_length() {
        for unit in ["a", "abc", "password", "12345", "qwertyuiop"] {
            for length in [15, 40, 41, 80, 127, 128] {
                let password: String = unit.chars().cycle().take(length).collect();
                assert!(is_common(&password, &[]), "{password}");
            }
        }
        assert!(is_common(&format!("{}x", "a".repeat(127)), &[]), "and one letter more");
    }

    #[test]
    fn long_password_is_strong_with_one_strong_piece() {
        let padded = format!("{}kx7-fq2-wz9-pbm-rtz-plo-nmu-wqd-hjk", "a".repeat(60));
        assert!(!is_common(&padded, &[]));
        assert!(!is_common(&"correct horse battery staple ".repeat(4), &[]));
    }

    #[test]
    fn word_stays_common_with_signs_for_letters() {
        assert!(is_common("p@$$w0rdp@$$w0rd", &[]));
    }
}
