mod english;
mod spanish;

use super::{ENGLISH, SPANISH, list};
use app::safety::{Signs, phrases};

#[track_caller]
fn assert_all_match(texts: &[&str], list: &str) {
    let signs = Signs::new(phrases(list));
    let missed: Vec<_> = texts.iter().filter(|text| !signs.are_in(text)).collect();
    assert!(missed.is_empty(), "{missed:#?}");
}

#[track_caller]
fn assert_none_matches(texts: &[&str], list: &str) {
    let sign = |text: &&str| phrases(list).find(|phrase| Signs::new([*phrase]).are_in(text));
    let found: Vec<_> = texts.iter().filter_map(|text| Some((text, sign(text)?))).collect();
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn emergencies_match() {
    assert_all_match(english::ALARMS, ENGLISH);
    assert_all_match(spanish::ALARMS, SPANISH);
}

#[test]
fn everyday_messages_do_not_match() {
    assert_none_matches(english::EVERYDAY, ENGLISH);
    assert_none_matches(spanish::EVERYDAY, SPANISH);
}

#[test]
fn everyday_messages_do_not_match_the_other_language() {
    assert_none_matches(english::EVERYDAY, SPANISH);
    assert_none_matches(spanish::EVERYDAY, ENGLISH);
}

#[test]
fn every_phrase_matches_what_no_other_phrase_matches() {
    for list in [ENGLISH, SPANISH] {
        let all: Vec<&str> = phrases(list).collect();
        assert!((60..=150).contains(&all.len()), "{}", all.len());
        for phrase in &all {
            let words = phrase.replace('*', "");
            assert!(Signs::new([*phrase]).are_in(&words), "{phrase} matches itself");
            let others = Signs::new(all.iter().copied().filter(|other| other != phrase));
            assert!(!others.are_in(&words), "{phrase} is there already");
            assert_eq!(all.iter().filter(|other| *other == phrase).count(), 1, "{phrase} is there twice");
        }
    }
}

#[test]
fn list_is_found_by_language_tag() {
    for tag in ["es", "ES", "es-MX", "es_419"] {
        assert_eq!(list(tag), Some(SPANISH), "{tag}");
    }
    assert_eq!(list("en-GB"), Some(ENGLISH));
    assert_eq!(list("fr"), None);
    assert_eq!(list(""), None);
}
