#!/usr/bin/env bash
# Installs the missing requirements of a build. Fast when nothing is missing.
#   scripts/setup.sh          for building and running
#   scripts/setup.sh browser  also for the end-to-end tests
# Other scripts source it and call its functions.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

require_basics() {
    have cargo || die "Rust is missing: install it from rustup.rs, then run this again"
    if ! have cc; then apt_install gcc libc6-dev; fi
    have npm || die "Node.js with npm is missing: install Node.js 20 or newer, then run this again"
}

# --- a compiler for the browser -------------------------------------------------------------------------

# Sets WASM_TOOLCHAIN to the rustup toolchain that can compile for the browser. Empty means the
# default toolchain.
choose_wasm_toolchain() {
    WASM_TOOLCHAIN=
    local sysroot
    if [ "${BEDSIDE_WASM:-}" != debian ]; then
        sysroot=$(rustc --print sysroot)
        [ -d "$sysroot/lib/rustlib/wasm32-unknown-unknown/lib" ] && return
        if have rustup; then
            say "adding the browser's target with rustup"
            if timeout 120 rustup target add wasm32-unknown-unknown >&2; then return; fi
            say "rustup can't add it; using Debian's compiler instead"
        fi
    fi
    locked wasm-toolchain "$ROOT/scripts/debian-toolchain.sh"
    WASM_TOOLCHAIN=bedside-wasm
}

# with_wasm COMMAND…: runs the command with the toolchain that can compile for the browser.
with_wasm() {
    if [ -n "$WASM_TOOLCHAIN" ]; then RUSTUP_TOOLCHAIN=$WASM_TOOLCHAIN "$@"; else "$@"; fi
}

# --- tools -----------------------------------------------------------------------------------------------

# The npm tools that bundle, optimise and minify the browser's files (xtask/package.json). One
# folder per lock file.
SITE_TOOLS=$TOOLS/site-$(sha256sum <"$ROOT/xtask/package-lock.json" | cut -c1-16)

install_site_tools() {
    [ -e "$SITE_TOOLS/.complete" ] && return
    say "installing lightningcss, esbuild and wasm-opt (usually 10 s)"
    rm -rf "$SITE_TOOLS"
    mkdir -p "$SITE_TOOLS"
    cp "$ROOT"/xtask/package.json "$ROOT"/xtask/package-lock.json "$SITE_TOOLS/"
    npm ci --silent --no-audit --no-fund --prefix "$SITE_TOOLS" >&2
    touch "$SITE_TOOLS/.complete"
}

setup_build() {
    require_basics
    mkdir -p "$TOOLS"
    choose_wasm_toolchain
    locked tools install_site_tools
    export PATH=$SITE_TOOLS/node_modules/.bin:$PATH
}

# The packages of the end-to-end tests are outside the clone: one folder per lock file and Prisma
# schema.
setup_browser() {
    # Chromium without windows: a test takes half as long.
    if ! have chromium-headless-shell; then apt_install chromium-headless-shell; fi
    # A test uses it as another program that opens the clinic's file.
    if ! have sqlite3; then apt_install sqlite3; fi
    local packages
    packages=$CACHE/end2end-$(cat "$ROOT/end2end/package-lock.json" "$ROOT/end2end/prisma/schema.prisma" | sha256sum | cut -c1-16)
    locked packages install_packages "$packages"
    [ -L "$ROOT/end2end/node_modules" ] || rm -rf "$ROOT/end2end/node_modules"
    ln -sfn "$packages/node_modules" "$ROOT/end2end/node_modules"
}

install_packages() {
    [ -e "$1/.complete" ] && return
    say "installing the end-to-end tests' packages (usually a minute)"
    rm -rf "$1"
    mkdir -p "$1"
    cp -r "$ROOT"/end2end/package.json "$ROOT"/end2end/package-lock.json "$ROOT"/end2end/prisma "$1/"
    (
        cd "$1"
        PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --ignore-scripts --silent --no-audit --no-fund >&2
        # Without this, Prisma would download its schema engine, which changes schemas and is not
        # needed.
        PRISMA_SCHEMA_ENGINE_BINARY=/bin/true CHECKPOINT_DISABLE=1 npx prisma generate --schema prisma/schema.prisma >&2
    )
    touch "$1/.complete"
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
    setup_build
    if [ "${1:-}" = browser ]; then setup_browser; fi
    say "done: everything is installed"
fi
