#!/usr/bin/env bash
# Rebuilds and reloads the page on every change, with cargo-leptos. The script builds cargo-leptos
# once per machine (about 20 minutes on two cores).
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

CARGO_LEPTOS_VERSION=0.3.10
# Must be the version in Cargo.lock: other versions are incompatible.
WASM_BINDGEN_VERSION=$(sed -n '/^name = "wasm-bindgen"$/{n;s/^version = "\(.*\)"$/\1/p}' "$ROOT/Cargo.lock")

# cargo_tool NAME VERSION ARGUMENTS…: installs a tool into a folder per version, outside the clone.
cargo_tool() {
    local name=$1 version=$2 folder=$TOOLS/$1-$2
    shift 2
    if [ ! -e "$folder/.crates.toml" ]; then
        say "building $name $version, once per machine"
        # The tool only runs other tools, so a fast build matters more than a fast program.
        CARGO_TARGET_DIR=$CACHE/tools-target CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 \
            CARGO_PROFILE_RELEASE_OPT_LEVEL=1 CARGO_PROFILE_RELEASE_DEBUG=false \
            cargo install "$name" --version "=$version" --root "$folder" "$@" >&2
        rm -rf "$CACHE/tools-target"
    fi
}

setup_build
cd "$CACHE"
locked tools cargo_tool cargo-leptos "$CARGO_LEPTOS_VERSION" --locked --features no_downloads
locked tools cargo_tool wasm-bindgen-cli "$WASM_BINDGEN_VERSION" --no-default-features
PATH=$TOOLS/cargo-leptos-$CARGO_LEPTOS_VERSION/bin:$TOOLS/wasm-bindgen-cli-$WASM_BINDGEN_VERSION/bin:$PATH
cd "$ROOT"
export BEDSIDE_SITE_DIR=$ROOT/target/site LEPTOS_HASH_FILES=false
with_wasm cargo leptos watch --bin-features styleguide
