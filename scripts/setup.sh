#!/usr/bin/env bash
# Installs what a build needs and this machine lacks. Quick when nothing is missing.
#   scripts/setup.sh          for building and running
#   scripts/setup.sh browser  also what the end-to-end tests need
# Sourced by other scripts, which call the functions.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

require_basics() {
    have cargo || die "Rust is missing: install it from rustup.rs, then run this again"
    if ! have cc; then apt_install gcc libc6-dev; fi
    have npm || die "Node.js with npm is missing: install Node.js 20 or newer, then run this again"
}

# --- a compiler for the browser -------------------------------------------------------------------------

# Sets WASM_TOOLCHAIN to the rustup toolchain that can compile for the browser, or nothing for the default.
choose_wasm_toolchain() {
    WASM_TOOLCHAIN=
    local sysroot
    if [ "${BEDSIDE_WASM:-}" != debian ]; then
        sysroot=$(rustc --print sysroot)
        [ -d "$sysroot/lib/rustlib/wasm32-unknown-unknown/lib" ] && return
        if have rustup; then
            say "adding the browser's target with rustup"
            if timeout 120 rustup target add wasm32-unknown-unknown >&2; then return; fi
            say "rustup can't; taking Debian's compiler instead"
        fi
    fi
    locked wasm-toolchain "$ROOT/scripts/debian-toolchain.sh"
    WASM_TOOLCHAIN=bedside-wasm
}

# with_wasm COMMAND…: with the toolchain that can compile for the browser.
with_wasm() {
    if [ -n "$WASM_TOOLCHAIN" ]; then RUSTUP_TOOLCHAIN=$WASM_TOOLCHAIN "$@"; else "$@"; fi
}

# --- tools -----------------------------------------------------------------------------------------------

# cargo_tool NAME VERSION BINARY ARGUMENTS…: one folder per version, outside the clone.
cargo_tool() {
    local name=$1 version=$2 binary=$3 folder=$TOOLS/$1-$2
    shift 3
    if [ ! -x "$folder/bin/$binary" ]; then
        say "building $name $version, once per machine (some minutes)"
        # It only drives other tools: a quick build matters more than a quick program.
        CARGO_TARGET_DIR=$CACHE/tools-target CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 \
            CARGO_PROFILE_RELEASE_OPT_LEVEL=1 CARGO_PROFILE_RELEASE_DEBUG=false \
            cargo install "$name" --version "=$version" --root "$folder" "$@" >&2
        rm -rf "$CACHE/tools-target"
    fi
    PATH=$folder/bin:$PATH
}

setup_build() {
    require_basics
    mkdir -p "$TOOLS"
    choose_wasm_toolchain
    locked tools cargo_tool cargo-leptos "$CARGO_LEPTOS_VERSION" cargo-leptos --locked --features no_downloads
    locked tools cargo_tool wasm-bindgen-cli "$WASM_BINDGEN_VERSION" wasm-bindgen --no-default-features
    PATH=$TOOLS/cargo-leptos-$CARGO_LEPTOS_VERSION/bin:$TOOLS/wasm-bindgen-cli-$WASM_BINDGEN_VERSION/bin:$PATH
    setup_wasm_opt
    export PATH
}

setup_wasm_opt() {
    local folder=$TOOLS/binaryen-$BINARYEN_VERSION
    if [ ! -x "$folder/node_modules/.bin/wasm-opt" ]; then
        say "installing wasm-opt $BINARYEN_VERSION"
        mkdir -p "$folder"
        npm install --silent --no-audit --no-fund --prefix "$folder" "binaryen@$BINARYEN_VERSION" >&2
    fi
    PATH=$folder/node_modules/.bin:$PATH
}

setup_browser() {
    if ! [ -x /usr/bin/chromium ]; then apt_install chromium; fi
    # Keyed by the lock file and what is generated, so that a changed one is never served from an old folder.
    local stamp
    stamp=$(cat "$ROOT/end2end/package-lock.json" "$ROOT/end2end/prisma/schema.prisma" | sha256sum | cut -d' ' -f1)
    if [ "$(cat "$ROOT/end2end/node_modules/.bedside-stamp" 2>/dev/null)" != "$stamp" ]; then
        say "installing the end-to-end tests' packages"
        (cd "$ROOT/end2end" && PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --ignore-scripts --silent --no-audit --no-fund >&2)
        # It would fetch a program for changing schemas, which nothing here does.
        (cd "$ROOT/end2end" && PRISMA_SCHEMA_ENGINE_BINARY=/bin/true CHECKPOINT_DISABLE=1 \
            npx prisma generate --schema prisma/schema.prisma >&2)
        printf '%s' "$stamp" >"$ROOT/end2end/node_modules/.bedside-stamp"
    fi
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
    setup_build
    if [ "${1:-}" = browser ]; then setup_browser; fi
    say "everything is in place"
fi
