//! A circle with a person's initials, for the eye only.

use leptos::prelude::*;

/// Titles that say nothing about who somebody is.
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

/// The same tint for the same name, everywhere.
fn tint(name: &str) -> u32 {
    // The same on a server of 64 bits as in a browser, whose program has 32.
    name.bytes().fold(0_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte))) % TINTS
}

/// Initials in a circle.
#[component]
pub fn Avatar(
    /// Whose.
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
    fn titles_are_no_names() {
        assert_eq!(initials("Dr. Elena García"), "EG");
        assert_eq!(initials("Prof. Dr. ana maria lópez"), "AL");
        assert_eq!(initials("Cher"), "C");
        assert_eq!(initials(""), "");
    }
}
