//! The clinic's phrases, ready for comparing.

use app::{protocol::Phrases, safety::Signs};
use std::sync::{Arc, Mutex, PoisonError};

/// The clinic's phrases, made ready for comparing: once, and again when they have changed.
#[derive(Debug, Default)]
pub(super) struct ReadySigns(Mutex<Option<(Phrases, Arc<Signs>)>>);

impl ReadySigns {
    pub(super) fn of(&self, phrases: Phrases) -> Arc<Signs> {
        let mut ready = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &*ready {
            Some((of, signs)) if *of == phrases => Arc::clone(signs),
            _ => {
                let signs = Arc::new(Signs::of(&phrases));
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
    fn phrases_are_made_ready_once_and_again_when_they_have_changed() {
        let (ready, list) = (ReadySigns::default(), |en: &str| Phrases { en: en.to_owned(), es: String::new() });
        let first = ready.of(list("chest pain"));
        assert!(Arc::ptr_eq(&first, &ready.of(list("chest pain"))));
        let second = ready.of(list("rash"));
        assert!(second.are_in("a rash") && !second.are_in("chest pain"));
        assert!(first.are_in("chest pain"), "who compares goes on with what they have");
    }
}
