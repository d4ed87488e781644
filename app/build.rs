//! Turns `locales/` into the `i18n` module, and refuses to build when a language lacks a key or has one
//! too many.
//!
//! `leptos_i18n_build` would do the same with two more lines saved here and ICU's data tools, an HTTP
//! client and a wasm runtime added to every build, for plural and date rules that these texts don't use.

use leptos_i18n_parser::parse_locales::{
    options::{Config, ParseOptions},
    parse_locales,
};
use std::{env, error::Error, fs, path::Path};

/// The languages of the interface; the first is the one for everybody else.
const LANGUAGES: [&str; 2] = ["en", "es"];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=locales");
    println!("cargo::rerun-if-changed=build.rs");
    let [default, ..] = LANGUAGES;
    let mut config = Config::new(default)?;
    for language in LANGUAGES.into_iter().filter(|&language| language != default) {
        config = config.add_locale(language)?;
    }
    config.options = ParseOptions::default().interpolate_display(true);
    let parsed = parse_locales(None, config)?;
    let faults: Vec<String> = parsed
        .diag
        .warnings()
        .iter()
        .map(ToString::to_string)
        .chain(parsed.diag.errors().iter().map(ToString::to_string))
        .collect();
    if !faults.is_empty() {
        return Err(faults.join("\n").into());
    }
    let code = leptos_i18n_codegen::gen_code(&parsed, None, false, None, false)?;
    fs::write(Path::new(&env::var("OUT_DIR")?).join("i18n.rs"), code.to_string())?;
    Ok(())
}
