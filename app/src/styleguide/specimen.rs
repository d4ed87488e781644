//! One example with its name, and a function that fixes a view in a state that only JavaScript can
//! reach.

use leptos::prelude::*;

/// An example under its name.
#[component]
pub fn Specimen(
    /// The name.
    name: &'static str,
    /// The width: a class of the page's style sheet.
    #[prop(default = "")]
    shape: &'static str,
    children: Children,
) -> impl IntoView {
    view! {
        <figure class=format!("sg-specimen {shape}")>
            <figcaption>{name}</figcaption>
            <div class="sg-stage">{children()}</div>
        </figure>
    }
}

/// Renders a view as it would look in a browser: dialogs and menus open, fields filled (by id),
/// nothing focused.
pub(super) fn still(view: impl IntoView, filled: &[(&str, &str)]) -> AnyView {
    let mut html = view.into_view().to_html();
    html = html.replace("<dialog", "<dialog open").replace("<details", "<details open").replace(" autofocus", "");
    for (id, text) in filled {
        html = fill(&html, id, text);
    }
    view! { <div class="sg-still" inner_html=html></div> }.into_any()
}

/// Puts a text into the element with this id.
fn fill(html: &str, id: &str, text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
    let Some((before, rest)) = html.split_once(&format!(" id=\"{id}\"")) else { return html.to_owned() };
    if before.rfind('<').and_then(|at| before.get(at..)).is_some_and(|tag| tag.starts_with("<input")) {
        return format!("{before} value=\"{text}\" id=\"{id}\"{rest}");
    }
    let Some((attributes, content)) = rest.split_once('>') else { return html.to_owned() };
    // Replaces the space that an empty text leaves for hydration.
    let content = content.strip_prefix(' ').unwrap_or(content);
    format!("{before} id=\"{id}\"{attributes}>{text}{content}")
}

#[cfg(test)]
mod tests {
    use super::fill;

    #[test]
    fn fields_and_text_areas_are_filled() {
        assert_eq!(
            fill("<p><input id=\"a\" required></p>", "a", "x\"<"),
            "<p><input value=\"x&quot;&lt;\" id=\"a\" required></p>"
        );
        assert_eq!(
            fill("<textarea rows=\"1\" id=\"a\" dir=\"auto\"></textarea>", "a", "x"),
            "<textarea rows=\"1\" id=\"a\" dir=\"auto\">x</textarea>"
        );
        assert_eq!(fill("<p id=\"b\"></p>", "a", "x"), "<p id=\"b\"></p>");
    }
}
