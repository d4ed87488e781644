//! Finds telephone numbers and dates in a text by their notation. A missed number is better than a
//! dose, a date or a patient's number that is taken for one, so digits in any other notation are
//! not a telephone number.

use std::ops::RangeInclusive;

/// What digits in a text are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Figure {
    Phone,
    /// A date in digits.
    Date,
}

/// How many digits a number with a country code has (E.164 allows 15).
const INTERNATIONAL: RangeInclusive<usize> = 8..=15;
/// How many digits a number without a country code has, after its area code in brackets.
const LOCAL: RangeInclusive<usize> = 6..=10;
/// The separators between the groups of a number.
const SIGNS: &str = " -.\u{a0}\u{2011}";
/// The separators of a number with a country code: no dot, because it may separate thousands.
const INTERNATIONAL_SIGNS: &str = " -\u{a0}\u{2011}";
/// Units: digits before one of them are not a part of a telephone number.
const UNITS: [&str; 11] = ["mg", "mcg", "µg", "μg", "g", "kg", "ml", "l", "x", "h", "%"];

/// The fewest digits of a number or date: `1/2/26`.
const LEAST: usize = 4;

/// All telephone numbers and dates in a text, in order: start, length (both in bytes) and kind.
pub(super) fn figures(text: &str) -> Vec<(usize, usize, Figure)> {
    // A quick exit: most texts have no number, and a page has many texts.
    if text.bytes().filter(u8::is_ascii_digit).nth(LEAST - 1).is_none() {
        return Vec::new();
    }
    let (mut found, mut at, mut before) = (Vec::new(), 0, None);
    while let Some(rest) = text.get(at..)
        && let Some(first) = rest.chars().next()
    {
        let may_begin = first.is_ascii_digit() || first == '+' || first == '(';
        let figure = if may_begin && may_follow(before) { figure(rest) } else { None };
        let length = figure.map_or(first.len_utf8(), |(length, _)| length);
        found.extend(figure.map(|(length, kind)| (at, length, kind)));
        // A figure ends with a digit, so text that follows it without a break is a part of
        // something else.
        before = Some(if figure.is_some() { '0' } else { first });
        at += length;
    }
    found
}

/// The `tel:` address of a telephone number.
pub(super) fn dialled(phone: &str) -> String {
    // Removes the zero in brackets, which is dialled only within the country.
    let (plus, number) = phone.strip_prefix('+').map_or(("", phone), |number| ("+", number));
    let number = if plus.is_empty() { number.to_owned() } else { number.replace("(0)", "") };
    number.chars().filter(char::is_ascii_digit).fold(format!("tel:{plus}"), |mut dialled, digit| {
        dialled.push(digit);
        dialled
    })
}

/// The length and kind of the figure at the start of the text.
fn figure(text: &str) -> Option<(usize, Figure)> {
    let phone = || international(text).or_else(|| with_area(text)).or_else(|| in_three(text));
    let (length, kind) = date(text).map(|length| (length, Figure::Date)).or_else(|| Some((phone()?, Figure::Phone)))?;
    is_free(text.get(length..)?).then_some((length, kind))
}

/// For example `+34 900 123 456` or `+49 (0)30 1234567`.
fn international(text: &str) -> Option<usize> {
    let number = text.strip_prefix('+').filter(|number| !number.starts_with('0'))?;
    // The country code has one to three digits, unless the number is written without separators.
    let code = digits(number);
    let (mut length, mut count) = (1, 0);
    if code <= 3 {
        (length, count) = (1 + code, code);
        length += sign(text.get(length..)?, INTERNATIONAL_SIGNS);
        if let Some((area, area_length)) = area(text.get(length..)?) {
            length += area_length;
            count += if area == "0" { 0 } else { area.len() };
        }
    }
    let (groups, groups_length) = groups(text.get(length..)?, INTERNATIONAL_SIGNS, 2);
    let count = count + groups.iter().sum::<usize>();
    INTERNATIONAL.contains(&count).then_some(length + groups_length)
}

/// For example `(030) 123-4567`.
fn with_area(text: &str) -> Option<usize> {
    let (area, length) = area(text)?;
    let (groups, groups_length) = groups(text.get(length..)?, SIGNS, 2);
    let count = groups.iter().sum::<usize>();
    let is_likely = match area.len() {
        3 => true,
        2 => area.starts_with('0') || count >= 8,
        4 | 5 => area.starts_with('0'),
        _ => false,
    };
    (is_likely && LOCAL.contains(&count) && !is_date(&groups)).then_some(length + groups_length)
}

/// For example `555-123-4567`, `1-800-555-1234` or `555.123.4567`. Not with spaces, because
/// patients' numbers are written like that.
fn in_three(text: &str) -> Option<usize> {
    ["-", "\u{2011}", "."].into_iter().find_map(|sign| {
        let (groups, length) = groups(text, sign, 2);
        matches!(*groups, [3, 3, 4] | [1, 3, 3, 4]).then_some(length)
    })
}

/// For example `2026-11-25`, `25.11.2026` or `11/25/26`.
fn date(text: &str) -> Option<usize> {
    ["-", ".", "/"].into_iter().find_map(|sign| {
        let (groups, length) = groups(text, sign, 1);
        is_date(&groups).then_some(length)
    })
}

const fn is_date(groups: &[usize]) -> bool {
    matches!(groups, [4, 1..=2, 1..=2] | [1..=2, 1..=2, 2 | 4])
}

/// The area code in brackets, and the length of the brackets with the separator after them.
fn area(text: &str) -> Option<(&str, usize)> {
    let inner = text.strip_prefix('(')?;
    let area = inner.get(..digits(inner))?;
    let after = inner.get(area.len()..)?.strip_prefix(')')?;
    (1..=5).contains(&area.len()).then(|| (area, area.len() + 2 + sign(after, SIGNS)))
}

/// The lengths of the groups of digits that `signs` separate, and the length of all of them. Each
/// group after the first has at least `least` digits: a single digit counts something else.
fn groups(text: &str, signs: &str, least: usize) -> (Vec<usize>, usize) {
    let mut length = digits(text);
    let mut groups = vec![length];
    while let Some(rest) = text.get(length..).filter(|rest| !rest.is_empty()) {
        let sign = sign(rest, signs);
        let Some((between, after)) = rest.split_at_checked(sign).filter(|_| sign > 0) else { break };
        let count = digits(after);
        let tail = after.get(count..).unwrap_or_default();
        // Text after the number: "… 2 tablets", "… 10:30", "… 500 mg".
        let is_apart = between.chars().all(char::is_whitespace)
            && (is_measured(tail) || !is_free(tail) && !tail.starts_with(|c| signs.contains(c)));
        if count < least || is_apart {
            break;
        }
        groups.push(count);
        length += sign + count;
    }
    (groups, length)
}

/// The number of digits at the start.
fn digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

/// The length of the separator at the start; 0 if there is none.
fn sign(text: &str, signs: &str) -> usize {
    text.chars().next().filter(|first| signs.contains(*first)).map_or(0, char::len_utf8)
}

/// Whether the text continues with a unit.
fn is_measured(text: &str) -> bool {
    let word: String =
        text.trim_start_matches([' ', '\u{a0}']).chars().take_while(|c| c.is_alphabetic() || *c == '%').collect();
    UNITS.contains(&word.to_lowercase().as_str())
}

/// Whether a number may begin after this character.
fn may_follow(before: Option<char>) -> bool {
    before.is_none_or(|before| !before.is_alphanumeric() && !"+-.,/\\_#@=&%*$€£~)]}\u{2011}".contains(before))
}

/// Whether a number may end before this text: not within a word, an address or a longer number.
fn is_free(text: &str) -> bool {
    let mut chars = text.chars();
    match chars.next() {
        Some(next) if next.is_alphanumeric() || "_@%".contains(next) => false,
        Some(next) if "-.,/:+#=*\\\u{2011}".contains(next) => !chars.next().is_some_and(char::is_alphanumeric),
        _ => true,
    }
}

#[cfg(test)]
mod tests;
