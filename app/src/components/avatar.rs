//! The avatar: a circle with a person's initials, hidden from screen readers.

use leptos::prelude::*;

/// Titles that do not count for initials.
const TITLES: [&str; 6] = ["dr.", "dr", "dra.", "dra", "prof.", "prof"];
/// How many tints the style sheet has.
const TINTS: u32 = 6;

/// The first letters of the first and last names.
fn initials(name: &str) -> String {
    let words: Vec<&str> =
        name.split_whitespace().filter(|word| !TITLES.contains(&word.to_lowercase().as_str())).collect();
    let first = words.first().and_then(|word| word.chars().next());
    let last = words.get(1..).and_then(<[&str]>::last).and_then(|word| word.chars().next());
    first.into_iter().chain(last).flat_map(char::to_uppercase).collect()
}

/// The tint of a name, from 0 to `TINTS` - 1. It depends on the name alone.
fn tint(name: &str) -> u32 {
    // `u32`, so that a 64-bit server and the 32-bit program in the browser compute the same value.
    name.bytes().fold(0_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte))) % TINTS
}

/// Initials in a circle.
#[component]
pub fn Avatar(
    /// The person's name.
    #[prop(into)]
    name: String,
) -> impl IntoView {
    view! {
        <span class="avatar" data-tint=tint(&name).to_string() aria-hidden="true">
            {initials(&name)}
        </span>
    }
}

#[cfg(test)]
mod tests {
    use super::initials;

    #[test]
    fn titles_are_ignored_in_initials() {
        assert_eq!(initials("Dr. Elena García"), "EG");
        assert_eq!(initials("Prof. Dr. ana maria lópez"), "AL");
        assert_eq!(initials("Cher"), "C");
        assert_eq!(initials(""), "");
    }
}
