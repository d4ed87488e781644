//! A message's text as typed, with safe links and telephone numbers to call.

mod phone_numbers;

use crate::components::markup::Markup;
use linkify::{LinkFinder, LinkKind};
use phone_numbers::{Figure, dialled, figures};

/// A part of a message's text.
#[derive(Debug, PartialEq, Eq)]
enum Span<'a> {
    Text(&'a str),
    Link(&'a str),
    Figure(&'a str, Figure),
}

/// Splits a text at its links, telephone numbers and dates. Only addresses that begin with
/// `http://` or `https://` are links: no scheme that could run a script, and no guesses at
/// "word.word".
fn spans(text: &str) -> Vec<Span<'_>> {
    if !text.contains("://") {
        return split_at_figures(text);
    }
    let mut finder = LinkFinder::new();
    finder.kinds(&[LinkKind::Url]);
    finder
        .spans(text)
        .flat_map(|span| {
            let part = span.as_str();
            let lower = part.get(..8).unwrap_or(part).to_ascii_lowercase();
            let is_safe = lower.starts_with("https://") || lower.starts_with("http://");
            match (span.kind(), is_safe) {
                (Some(_), true) => split_link(part),
                (Some(_), false) => vec![Span::Text(part)],
                (None, _) => split_at_figures(part),
            }
        })
        .collect()
}

/// Characters that only set the direction of the text around them. Addresses do not contain them
/// (RFC 3987, 4.1); with one, an address would look like another one.
const fn is_direction(char: char) -> bool {
    matches!(char, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Splits a link from the text after it. A direction character ends the address.
fn split_link(part: &str) -> Vec<Span<'_>> {
    let Some((link, rest)) = part.find(is_direction).and_then(|at| part.split_at_checked(at)) else {
        return vec![Span::Link(part)];
    };
    // A scheme without an address is not a link.
    let is_address = link.split_once("://").is_some_and(|(_, address)| !address.is_empty());
    let link = if is_address { Span::Link(link) } else { Span::Text(link) };
    [link].into_iter().chain(split_at_figures(rest)).collect()
}

/// Splits a text without links at its telephone numbers and dates.
fn split_at_figures(text: &str) -> Vec<Span<'_>> {
    let (mut spans, mut end) = (Vec::new(), 0);
    for (at, length, figure) in figures(text) {
        spans.extend(text.get(end..at).filter(|between| !between.is_empty()).map(Span::Text));
        end = at + length;
        spans.extend(text.get(at..end).map(|digits| Span::Figure(digits, figure)));
    }
    let rest = text.get(end..).filter(|rest| !rest.is_empty() || spans.is_empty());
    spans.extend(rest.map(Span::Text));
    spans
}

/// Writes a message's text as typed. `dir="auto"` isolates its direction from the text around it.
pub fn write_text(markup: &mut Markup, text: &str) {
    markup.element("p", &[("class", Some("message-text")), ("dir", Some("auto"))], |markup| {
        for span in spans(text) {
            write_span(markup, &span);
        }
        markup
    });
}

fn write_span(markup: &mut Markup, span: &Span<'_>) {
    let ltr = ("dir", Some("ltr"));
    match span {
        Span::Text(text) => markup.text(text),
        Span::Link(url) => {
            let (target, rel) = (("target", Some("_blank")), ("rel", Some("noopener noreferrer nofollow")));
            markup.element("a", &[("href", Some(url)), target, rel, ltr], |markup| markup.text(url))
        }
        Span::Figure(phone, Figure::Phone) => {
            let number = dialled(phone);
            markup.element("a", &[("href", Some(&number)), ("class", Some("figure")), ltr], |markup| markup.text(phone))
        }
        Span::Figure(date, Figure::Date) => {
            markup.element("span", &[("class", Some("figure"))], |markup| markup.text(date))
        }
    };
}

#[cfg(test)]
mod tests {
    use super::{Figure, Span, spans};
    use proptest::prelude::*;

    fn joined(text: &str) -> String {
        let part = |span: &Span<'_>| match span {
            Span::Text(part) | Span::Link(part) | Span::Figure(part, _) => (*part).to_owned(),
        };
        spans(text).iter().map(part).collect()
    }

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
    fn link_ends_at_direction_character() {
        assert_eq!(
            spans("https://evil.example/\u{202e}gpj.exe"),
            [Span::Link("https://evil.example/"), Span::Text("\u{202e}gpj.exe")]
        );
        assert_eq!(spans("https://\u{2066}x.example"), [Span::Text("https://"), Span::Text("\u{2066}x.example")]);
        for control in ['\u{61c}', '\u{200f}', '\u{202a}', '\u{2069}'] {
            let text = format!("see https://a.example/b{control}c");
            assert!(spans(&text).contains(&Span::Link("https://a.example/b")), "{control:?}");
        }
    }

    #[test]
    fn numbers_within_links_stay_links() {
        assert_eq!(
            spans("+34 900 123 456 https://example.org/555-123-4567 on 2026-11-25"),
            [
                Span::Figure("+34 900 123 456", Figure::Phone),
                Span::Text(" "),
                Span::Link("https://example.org/555-123-4567"),
                Span::Text(" on "),
                Span::Figure("2026-11-25", Figure::Date),
            ]
        );
        assert_eq!(spans(""), [Span::Text("")]);
    }

    proptest! {
        #[test]
        fn spans_keep_the_whole_text(text in "(\\PC|[0-9 ()+./:\n-]{1,12}|https?://[a-z.]{1,9}/){0,12}") {
            prop_assert_eq!(joined(&text), text);
        }
    }
}
