//! HTML that is written as text. A message has many small parts that never change by themselves,
//! and a view for each would cost the server and an old phone far more than text.
//!
//! It is safe by construction: names of elements and attributes are constants (`&'static str`), and
//! everything else is escaped.

/// HTML that is being written.
#[derive(Debug, Default)]
pub struct Markup(String);

impl Markup {
    /// Writes an element and its content. An attribute that is `None` is left out.
    pub fn element(
        &mut self,
        name: &'static str,
        attributes: &[(&'static str, Option<&str>)],
        inside: impl FnOnce(&mut Self) -> &mut Self,
    ) -> &mut Self {
        self.0.push('<');
        self.0.push_str(name);
        for (name, value) in attributes.iter().filter_map(|(name, value)| Some((name, (*value)?))) {
            self.0.push(' ');
            self.0.push_str(name);
            self.0.push_str("=\"");
            self.escape(value);
            self.0.push('"');
        }
        self.0.push('>');
        inside(self);
        self.0.push_str("</");
        self.0.push_str(name);
        self.0.push('>');
        self
    }

    /// Writes text, escaped.
    pub fn text(&mut self, text: &str) -> &mut Self {
        self.escape(text);
        self
    }

    /// The HTML.
    #[must_use]
    pub fn into_html(self) -> String {
        self.0
    }

    /// Escapes the characters that have a meaning in text and in quoted attributes (HTML,
    /// "Serializing HTML fragments").
    fn escape(&mut self, text: &str) {
        let mut rest = text;
        while let Some(at) = rest.find(['&', '<', '>', '"', '\'', '\u{a0}']) {
            let (plain, special) = rest.split_at(at);
            self.0.push_str(plain);
            let mut chars = special.chars();
            self.0.push_str(match chars.next() {
                Some('&') => "&amp;",
                Some('<') => "&lt;",
                Some('>') => "&gt;",
                Some('"') => "&quot;",
                Some('\'') => "&#39;",
                _ => "&nbsp;",
            });
            rest = chars.as_str();
        }
        self.0.push_str(rest);
    }
}

#[cfg(test)]
mod tests {
    use super::Markup;
    use proptest::prelude::*;

    #[test]
    fn written_text_is_escaped() {
        let mut markup = Markup::default();
        markup.element("p", &[("title", Some("\" onload='x'")), ("hidden", None)], |markup| {
            markup.text("<script>alert('&amp;')</script>").element("b", &[], |markup| markup.text("bold"))
        });
        assert_eq!(
            markup.into_html(),
            "<p title=\"&quot; onload=&#39;x&#39;\">&lt;script&gt;alert(&#39;&amp;amp;&#39;)&lt;/script&gt;<b>bold</b></p>"
        );
    }

    proptest! {
        #[test]
        fn text_never_opens_or_closes_elements(text in "(\\PC|[<>&\"' ]){0,40}") {
            let mut markup = Markup::default();
            let html = markup.text(&text).0.clone();
            prop_assert!(!html.contains(['<', '>', '"', '\'']));
            let back = html.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'");
            prop_assert_eq!(back.replace("&nbsp;", "\u{a0}").replace("&amp;", "&"), text);
        }
    }
}
