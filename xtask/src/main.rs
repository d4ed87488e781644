//! Builds the folder that the server serves, from the compiled `frontend`, from `style/` and from
//! `public/`.
//!
//! `xtask --wasm FILE --out FOLDER [--release]` writes FOLDER/hash.txt and FOLDER/site. It calls
//! the wasm-bindgen library and runs `lightningcss`, `esbuild` and, for a release, `wasm-opt` from
//! PATH; `scripts/build.sh` installs them. docs/decisions/0001-quick-loop.md says why cargo-leptos
//! does not do this.

mod strip;

use anyhow::{Context as _, Result, ensure};
use clap::Parser;
use sha2::{Digest as _, Sha256};
use std::{ffi::OsStr, fs, io::Write as _, path::Path, path::PathBuf, process::Command};

/// The browsers that the style sheets support: those that run JavaScript modules.
const BROWSERS: &str = "defaults and supports es6-module";

/// The kinds of files that compression makes smaller. Images are compressed already.
const COMPRESSIBLE: [&str; 5] = ["css", "js", "svg", "wasm", "webmanifest"];

#[derive(Parser)]
struct Args {
    /// The WebAssembly file that cargo compiled from `frontend`
    #[arg(long)]
    wasm: PathBuf,
    /// The folder to write `hash.txt` and `site/` to
    #[arg(long)]
    out: PathBuf,
    /// Make the files as small as possible, which takes a minute
    #[arg(long)]
    release: bool,
}

fn main() -> Result<()> {
    let args = Args::parse();
    let (work, site) = (args.out.join("xtask"), args.out.join("site"));
    let (pkg, style, script, wasm) =
        (site.join("pkg"), work.join("style.css"), work.join("bundle.js"), work.join("bedside_bg.wasm"));
    fs::create_dir_all(&pkg)?;

    // Writes the script that connects the WebAssembly to the browser, and the matching WebAssembly.
    wasm_bindgen_cli_support::Bindgen::new()
        .web(true)?
        .input_bytes("bedside", strip::strip(&fs::read(&args.wasm)?)?)
        .out_name("bedside")
        .typescript(false)
        .omit_default_module_path(true)
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate(&work)?;
    run(Command::new("esbuild")
        .args(["--bundle", "--minify", "--format=esm", "--log-level=warning"])
        .arg(work.join("bedside.js"))
        .arg(format!("--outfile={}", script.display())))?;
    run(Command::new("lightningcss")
        .args(["--bundle", "--minify", "--targets", BROWSERS, "style/main.css", "-o"])
        .arg(&style))?;
    if args.release {
        // `-Oz` makes the file a tenth smaller and its compressed form a tenth larger: it renumbers the
        // variables of functions that are otherwise alike.
        run(Command::new("wasm-opt").arg("-O1").arg(&wasm).arg("-o").arg(&wasm))?;
    }

    // The names contain a hash of the content, so that browsers may cache the files for ever.
    let mut hashes = Vec::new();
    for (kind, file) in [("css", style), ("js", script), ("wasm", wasm)] {
        let bytes = fs::read(file)?;
        let hash = Sha256::digest(&bytes).first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes));
        fs::write(pkg.join(format!("bedside.{hash:016x}.{kind}")), bytes)?;
        hashes.push(format!("{kind}: {hash:016x}\n"));
    }
    fs::write(args.out.join("hash.txt"), hashes.concat())?;
    for entry in fs::read_dir("public")? {
        let entry = entry?;
        fs::copy(entry.path(), site.join(entry.file_name()))?;
    }
    fs::remove_dir_all(work)?;
    precompress(&site, args.release)?;
    precompress(&pkg, args.release)
}

fn run(tool: &mut Command) -> Result<()> {
    let name = tool.get_program().display().to_string();
    let status = tool.status().with_context(|| format!("cannot start {name}"))?;
    ensure!(status.success(), "{name} failed: {status}");
    Ok(())
}

/// Writes a `.br` and a `.gz` file beside each file that compression makes smaller. The server
/// sends the format that the browser accepts.
fn precompress(folder: &Path, is_release: bool) -> Result<()> {
    let (quality, level) = if is_release { (11, 9) } else { (4, 1) };
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if !path.extension().and_then(OsStr::to_str).is_some_and(|kind| COMPRESSIBLE.contains(&kind)) {
            continue;
        }
        let bytes = fs::read(&path)?;
        let file = |ending| path.with_added_extension(ending);
        let params = brotli::enc::BrotliEncoderParams { quality, lgwin: 24, ..Default::default() };
        brotli::BrotliCompress(&mut bytes.as_slice(), &mut fs::File::create(file("br"))?, &params)?;
        let mut gzip = flate2::write::GzEncoder::new(fs::File::create(file("gz"))?, flate2::Compression::new(level));
        gzip.write_all(&bytes)?;
        gzip.finish()?;
    }
    Ok(())
}
