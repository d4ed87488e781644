//! The tokens of the style sheet.

/// The file with the tokens.
const TOKENS: &str = include_str!("../../../style/tokens.css");

/// The declarations of the tokens as written, so that they follow the colour scheme of any part of
/// the page.
pub(super) fn tokens() -> &'static str {
    TOKENS.split_once('{').and_then(|(_, rest)| rest.split_once('}')).map_or("", |(tokens, _)| tokens)
}
