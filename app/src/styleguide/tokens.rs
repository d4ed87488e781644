//! The tokens of the style sheet.

/// What names the tokens.
const TOKENS: &str = include_str!("../../../style/tokens.css");

/// The tokens as they are written, which follow a part's colour scheme, not only the page's.
pub(super) fn tokens() -> &'static str {
    TOKENS.split_once('{').and_then(|(_, rest)| rest.split_once('}')).map_or("", |(tokens, _)| tokens)
}
