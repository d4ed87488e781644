//! A cache of the clinic's parsed emergency phrases.

use app::{protocol::Phrases, safety::Signs};
use std::sync::{Arc, Mutex, PoisonError};

/// The parsed phrases. They are parsed again only when the clinic has changed them.
#[derive(Debug, Default)]
pub(super) struct ReadySigns(Mutex<Option<(Phrases, Arc<Signs>)>>);

impl ReadySigns {
    pub(super) fn parsed(&self, phrases: Phrases) -> Arc<Signs> {
        let mut ready = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &*ready {
            Some((of, signs)) if *of == phrases => Arc::clone(signs),
            _ => {
                let signs = Arc::new(Signs::parse(&phrases));
                *ready = Some((phrases, Arc::clone(&signs)));
                signs
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Arc, Phrases, ReadySigns};

    #[test]
    fn phrases_are_parsed_again_only_after_a_change() {
        let (ready, list) = (ReadySigns::default(), |en: &str| Phrases { en: en.to_owned(), es: String::new() });
        let first = ready.parsed(list("chest pain"));
        assert!(Arc::ptr_eq(&first, &ready.parsed(list("chest pain"))));
        let second = ready.parsed(list("rash"));
        assert!(second.are_in("a rash") && !second.are_in("chest pain"));
        assert!(first.are_in("chest pain"), "a reader keeps the signs it has");
    }
}
