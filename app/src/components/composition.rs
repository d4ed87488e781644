//! Keys of an input method (IME). A user who composes Japanese, Chinese or Korean, or an accent
//! from two keys, presses Enter, Escape and the arrows to choose a word, not to give a command.

use leptos::ev;

/// The `keyCode` that browsers report for a key that the input method has handled.
const TAKEN: u32 = 229;

/// Whether a key belongs to a composition. Safari ends the composition before it reports the key
/// that ended it; then only the `keyCode` shows that the input method handled the key.
#[must_use]
pub fn is_composing(event: &ev::KeyboardEvent) -> bool {
    event.is_composing() || event.key_code() == TAKEN
}
