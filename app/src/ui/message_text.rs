//! A message's text: as typed, with links that are safe to follow.

use leptos::prelude::*;
use linkify::{LinkFinder, LinkKind};
use std::sync::Arc;

/// A stretch of a message.
#[derive(Debug, PartialEq, Eq)]
enum Span<'a> {
    Text(&'a str),
    Link(&'a str),
}

/// Splits a text at its links. Only http and https count, and only with their scheme: nothing that could
/// run a script, and no guessing at "word.word".
fn spans(text: &str) -> Vec<Span<'_>> {
    if !text.contains("://") {
        return vec![Span::Text(text)];
    }
    let mut finder = LinkFinder::new();
    finder.kinds(&[LinkKind::Url]);
    finder
        .spans(text)
        .map(|span| {
            let part = span.as_str();
            let lower = part.get(..8).unwrap_or(part).to_ascii_lowercase();
            let is_safe = lower.starts_with("https://") || lower.starts_with("http://");
            if span.kind().is_some() && is_safe { Span::Link(part) } else { Span::Text(part) }
        })
        .collect()
}

/// The text of a message. Set apart from the text around it, whichever way it runs (`dir="auto"`).
#[component]
pub fn MessageText(
    /// As typed.
    text: Arc<str>,
) -> impl IntoView {
    let parts: Vec<AnyView> = spans(&text)
        .into_iter()
        .map(|span| match span {
            Span::Text(text) => text.to_owned().into_any(),
            Span::Link(url) => {
                let url = url.to_owned();
                view! {
                    <a href=url.clone() target="_blank" rel="noopener noreferrer nofollow">
                        {url.clone()}
                    </a>
                }
                .into_any()
            }
        })
        .collect();
    view! {
        <p class="message-text" dir="auto">
            {parts}
        </p>
    }
}

#[cfg(test)]
mod tests {
    use super::{Span, spans};

    #[test]
    fn only_web_addresses_become_links() {
        assert_eq!(
            spans("See https://example.org/a?b=c. Thanks"),
            [Span::Text("See "), Span::Link("https://example.org/a?b=c"), Span::Text(". Thanks")]
        );
        for text in ["javascript:alert(1)", "data://text/html,x", "file:///etc/passwd", "ftp://example.org"] {
            assert!(spans(text).iter().all(|span| matches!(span, Span::Text(_))), "{text}");
        }
    }

    #[test]
    fn nothing_of_the_text_is_lost() {
        let text = "a https://x.example/ b\nc http://y.example d";
        let joined: String = spans(text)
            .iter()
            .map(|span| match span {
                Span::Text(t) | Span::Link(t) => *t,
            })
            .collect();
        assert_eq!(joined, text);
    }
}
