#!/usr/bin/env bash
# Builds the program and its site into a folder that runs from anywhere: bedside, hash.txt, site/.
#   scripts/build.sh quick    for trying and testing: builds fast             → target/quick-dist
#   scripts/build.sh release  what a clinic runs: as fast and small as it gets → dist
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

build() {
    local profile=$1 out=$2
    setup_build
    cd "$ROOT"
    forget_other_clones
    local state
    state=$(state_of_sources "$profile")
    if [ "$(cat "$out/.built-from" 2>/dev/null)" = "$state" ]; then
        say "nothing has changed since the last build"
        return
    fi
    local features=()
    if [ "$profile" = quick ]; then features=("${TRIAL_FEATURES[@]}"); fi
    say "building Bedside ($profile)"
    local log=$CACHE/build.log
    # The toolchain that can compile for the browser builds all of it, so that one target folder serves.
    if ! {
        with_wasm cargo leptos build --release --precompress --frontend-only &&
            with_wasm cargo build --profile "$profile" -p server "${features[@]}"
    } >"$log" 2>&1; then
        cat "$log" >&2
        die "the build failed"
    fi
    # What is for trying things out stays out of what a clinic runs.
    if [ "$profile" = release ] && grep -qa styleguide "$CARGO_TARGET_DIR/release/bedside" target/site/pkg/*.wasm; then
        die "the release has the page that shows every component"
    fi
    # Assembled beside, then moved: an interrupted build leaves the old one whole.
    rm -rf "$out.new"
    mkdir -p "$out.new"
    cp "$CARGO_TARGET_DIR/$profile/bedside" "$out.new/bedside"
    cp "$CARGO_TARGET_DIR/release/hash.txt" "$out.new/hash.txt"
    cp -r target/site "$out.new/site"
    printf '%s' "$state" >"$out.new/.built-from"
    rm -rf "$out"
    mv "$out.new" "$out"
}

# state_of_sources PROFILE: a digest of everything that a build depends on.
state_of_sources() {
    {
        printf '%s\n' "$1" "$WASM_TOOLCHAIN"
        with_wasm rustc -vV
        find Cargo.toml Cargo.lock .cargo app frontend server/Cargo.toml server/src migrations style public scripts \
            -type f -print0 | sort -z | xargs -0 sha256sum
    } | sha256sum | cut -d' ' -f1
}

# Cargo names a workspace's packages by their place inside it, so clones that share a target folder look
# alike to it, and it compares times only. A clone that wasn't the last to build here marks its sources as
# changed: stale results of another clone can't pass for its own.
forget_other_clones() {
    local stamp=$CARGO_TARGET_DIR/.bedside-clone
    mkdir -p "$CARGO_TARGET_DIR"
    if [ "$(cat "$stamp" 2>/dev/null)" != "$ROOT" ]; then
        find app bench fault frontend server migrations Cargo.toml -type f -exec touch {} +
        printf '%s' "$ROOT" >"$stamp"
    fi
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
    case "${1:-release}" in
        quick) locked build build quick "$ROOT/target/quick-dist" ;;
        release) locked build build release "$ROOT/dist" && say "done: dist/bedside" ;;
        *) die "say quick or release" ;;
    esac
fi
