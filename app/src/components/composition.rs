//! Keys that belong to an input method: whoever writes Japanese, Chinese or Korean, or an accent by
//! two keys, presses Enter, Escape and the arrows to choose a word, and means nothing else by them.

use leptos::ev;

/// What browsers give as the code of a key that the input method has taken.
const TAKEN: u32 = 229;

/// Whether a key belongs to a composition. Safari ends the composition before it tells of the key
/// that ended it; only the code still says whose the key was.
#[must_use]
pub fn is_composing(event: &ev::KeyboardEvent) -> bool {
    event.is_composing() || event.key_code() == TAKEN
}
