//! The page's style sheet: the site's own, changed so that an attribute can force hover and focus,
//! and the layout of this page.

use super::{foundations::swatches, tokens::tokens};
use crate::shell::FileNames;
use leptos::prelude::LeptosOptions;
use std::{fs, path::Path};

/// The layout of this page.
const PAGE: &str = include_str!("styleguide.css");

/// The style sheet, made from the site's, which is beside the program.
#[must_use]
pub fn sheet(options: &LeptosOptions) -> String {
    let css = FileNames::read(options).css.trim_start_matches('/');
    let site = fs::read_to_string(Path::new(&*options.site_root).join(css)).unwrap_or_default();
    format!("{}\n.sg-scheme {{{}}}\n{PAGE}\n{}", forceable(&site), tokens(), swatches())
}

/// Makes `data-force="hover"` and `data-force="focus"` act like the pointer and the keyboard.
fn forceable(css: &str) -> String {
    css.replace("(hover:hover)", "(hover: hover)")
        .replace(":hover", ":is(:hover,[data-force=hover])")
        .replace(":focus-visible", ":is(:focus-visible,[data-force=focus])")
}

#[cfg(test)]
mod tests {
    use super::{forceable, sheet};
    use leptos::prelude::LeptosOptions;

    #[test]
    fn states_are_forced_and_media_queries_stay() {
        assert_eq!(
            forceable("@media (hover:hover){.a:hover .b{}}:focus-visible{}"),
            "@media (hover: hover){.a:is(:hover,[data-force=hover]) .b{}}:is(:focus-visible,[data-force=focus]){}"
        );
    }

    #[test]
    fn tokens_are_present_without_the_site_sheet() {
        let options = LeptosOptions::builder().output_name("none").site_root("/nowhere").build();
        let sheet = sheet(&options);
        assert!(sheet.contains("--accent:") && sheet.contains("--target:"), "{sheet}");
    }
}
