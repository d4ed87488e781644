//! The interface's texts, generated from `locales/` by the build script, which checks that every
//! language has every text.

#![expect(
    missing_docs,
    unreachable_pub,
    clippy::pedantic,
    clippy::expect_used,
    reason = "generated from the locale files, which speak for themselves"
)]

include!(concat!(env!("OUT_DIR"), "/i18n.rs"));

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    /// A language's texts by key. If a key occurs twice, the last one counts.
    fn texts(json: &str) -> BTreeMap<String, String> {
        serde_json::from_str(json).unwrap_or_default()
    }

    /// The `{{ names }}` in a text.
    fn names(text: &str) -> Vec<&str> {
        let mut names: Vec<&str> =
            text.split("{{").skip(1).filter_map(|rest| rest.split_once("}}")).map(|(name, _)| name.trim()).collect();
        names.sort_unstable();
        names
    }

    #[test]
    fn every_language_has_every_text_with_equal_names() {
        let en = texts(include_str!("../locales/en.json"));
        let es = texts(include_str!("../locales/es.json"));
        assert!(!en.is_empty());
        assert_eq!(en.keys().collect::<Vec<_>>(), es.keys().collect::<Vec<_>>());
        for (key, text) in &en {
            let other = es.get(key).map_or("", String::as_str);
            assert!(!text.trim().is_empty() && !other.trim().is_empty(), "{key} is empty");
            assert_eq!(names(text), names(other), "{key}");
        }
    }
}
