//! Colours, type sizes, spaces and corners: the tokens of `style/tokens.css`.

use super::{specimen::Specimen, tokens};
use leptos::prelude::*;

/// The tokens whose name and value match: pairs of name and value.
fn tokens(is_meant: impl Fn(&str, &str) -> bool) -> Vec<(&'static str, &'static str)> {
    let declarations = tokens::tokens().split(';').filter_map(|declaration| declaration.rsplit_once("--"));
    let declarations = declarations.filter_map(|(_, declaration)| declaration.split_once(':'));
    declarations
        .map(|(name, value)| (name.trim(), value.trim()))
        .filter(|(name, value)| is_meant(name, value))
        .collect()
}

/// Every colour, light and dark side by side.
pub(super) fn colours() -> AnyView {
    let colours = tokens(|_, value| value.starts_with("light-dark("));
    view! {
        <div class="sg-schemes">
            {["light", "dark"]
                .map(|scheme| {
                    view! {
                        <div class=format!("sg-scheme sg-{scheme}")>
                            <h3>{scheme}</h3>
                            <ul class="sg-swatches">
                                {colours
                                    .iter()
                                    .map(|(name, _)| {
                                        view! {
                                            <li>
                                                <span class="sg-swatch" data-token=*name></span>
                                                <code>{format!("--{name}")}</code>
                                            </li>
                                        }
                                    })
                                    .collect_view()}
                            </ul>
                            <div class="sg-pairs">
                                {[
                                    ("Text on the ground", "text"),
                                    ("Softer text", "soft"),
                                    ("A link", "link"),
                                    ("On the accent", "accent"),
                                    ("On a softer accent", "accent-soft"),
                                    ("Danger", "danger"),
                                    ("A notice", "notice"),
                                    ("The user's own bubble", "own"),
                                    ("The other's bubble", "peer"),
                                ]
                                    .map(|(words, pair)| view! { <p class="sg-pair" data-pair=pair>{words}</p> })
                                    .collect_view()}
                            </div>
                        </div>
                    }
                })
                .collect_view()}
        </div>
    }
    .into_any()
}

/// The style rules that paint each swatch: the page has no inline styles.
pub(super) fn swatches() -> String {
    let colours = tokens(|_, value| value.starts_with("light-dark("));
    let lengths = tokens(|name, _| name.starts_with("space-") || name.starts_with("radius-") || name == "target");
    let colours =
        colours.iter().map(|(name, _)| format!(".sg-swatch[data-token={name}] {{ background: var(--{name}); }}\n"));
    let lengths = lengths.iter().map(|(name, _)| {
        if name.starts_with("radius-") {
            format!(".sg-corner[data-token={name}] {{ border-radius: var(--{name}); }}\n")
        } else {
            format!(".sg-length[data-token={name}] {{ inline-size: var(--{name}); }}\n")
        }
    });
    colours.chain(lengths).collect()
}

/// The sizes of type.
pub(super) fn sizes() -> AnyView {
    let words = "Write to your doctor, and see when it was read.";
    view! {
        <Specimen name="h1: --size-xl, 650">
            <h1>{words}</h1>
        </Specimen>
        <Specimen name="h2: --size-l, 600">
            <h2>{words}</h2>
        </Specimen>
        <Specimen name="Text: --size-m">
            <p>{words}</p>
        </Specimen>
        <Specimen name="Softer text, hints and times: --size-s">
            <p class="field-hint">{words}</p>
        </Specimen>
        <Specimen name="A link in a text">
            <p>"Is it urgent? " <a href="#type">"Whom to call"</a></p>
        </Specimen>
        <Specimen name="A link with the keyboard's focus">
            <p>
                <a href="#type" data-force="focus">
                    "Whom to call"
                </a>
            </p>
        </Specimen>
    }
    .into_any()
}

/// Spaces, target sizes and corners.
pub(super) fn space() -> AnyView {
    let lengths = tokens(|name, _| name.starts_with("space-") || name == "target");
    let corners = tokens(|name, _| name.starts_with("radius-"));
    view! {
        <Specimen name="Space, and the least size of what is touched">
            <ul class="sg-lengths">
                {lengths
                    .into_iter()
                    .map(|(name, value)| {
                        view! {
                            <li>
                                <code>{format!("--{name}")}</code>
                                <span class="sg-length" data-token=name></span>
                                <span class="field-hint">{value.split_whitespace().next()}</span>
                            </li>
                        }
                    })
                    .collect_view()}
            </ul>
        </Specimen>
        <Specimen name="Corners">
            <ul class="sg-corners">
                {corners
                    .into_iter()
                    .map(|(name, _)| {
                        view! {
                            <li>
                                <span class="sg-corner" data-token=name></span>
                                <code>{format!("--{name}")}</code>
                            </li>
                        }
                    })
                    .collect_view()}
            </ul>
        </Specimen>
        <Specimen name="A card">
            <div class="card">"What belongs together, raised from the ground."</div>
        </Specimen>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::tokens;

    #[test]
    fn tokens_are_read_from_the_style_sheet() {
        let space = tokens(|name, _| name.starts_with("space-"));
        assert_eq!(space.first(), Some(&("space-1", "0.25rem")));
        assert_eq!(space.len(), 7);
        let colours = tokens(|_, value| value.starts_with("light-dark("));
        assert!(colours.iter().any(|(name, _)| *name == "shade"), "{colours:?}");
        assert!(colours.len() > 25, "{colours:?}");
    }
}
