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
    local wasm_profile=wasm-$profile features=(--features server/jemalloc) small=(--release)
    local usual="35 minutes the first time"
    if [ "$profile" = quick ]; then
        features=("${TRIAL_FEATURES[@]}") small=()
        usual="12 minutes the first time, 2 after a change"
    fi
    say "compiling the server and the browser's program side by side ($profile; usually $usual)"
    local is_built=1
    compile browser --profile "$wasm_profile" -p frontend --target wasm32-unknown-unknown &
    compile server --profile "$profile" -p server -p xtask "${features[@]}" || is_built=
    wait $! && [ -n "$is_built" ] || die "the build failed"
    # What is for trying things out stays out of what a clinic runs.
    if [ "$profile" = release ] && grep -qa styleguide "$CARGO_TARGET_DIR/release/bedside"; then
        die "the release has the page that shows every component"
    fi
    # Assembled beside, then moved: an interrupted build leaves the old one whole.
    rm -rf "$out.new"
    mkdir -p "$out.new"
    say "packing the browser's files (usually 10 s; a minute for a release)"
    "$CARGO_TARGET_DIR/$profile/xtask" --wasm "$CARGO_TARGET_DIR/wasm32-unknown-unknown/$wasm_profile/frontend.wasm" \
        --out "$out.new" "${small[@]}"
    cp "$CARGO_TARGET_DIR/$profile/bedside" "$out.new/bedside"
    printf '%s' "$state" >"$out.new/.built-from"
    rm -rf "$out"
    mv "$out.new" "$out"
}

# compile NAME ARGUMENTS…: `cargo build`, by the toolchain that can compile for the browser, with a line now and then that
# says how far it is.
compile() {
    local name=$1 log=$CACHE/build-$1.log start=$SECONDS
    shift
    if ! with_wasm cargo build "$@" 2>&1 | tee "$log" | awk -v name="$name" \
        '/^ *Compiling/ && ++count % 100 == 0 { print "    " name ": " count " packages" > "/dev/stderr" }'; then
        cat "$log" >&2
        return 1
    fi
    say "$name: compiled in $((SECONDS - start)) s"
}

# state_of_sources PROFILE: a digest of everything that a build depends on.
state_of_sources() {
    {
        printf '%s\n' "$1" "$WASM_TOOLCHAIN"
        with_wasm rustc -vV
        find "${SOURCES[@]}" style public scripts xtask/package-lock.json -type f -print0 | sort -z | xargs -0 sha256sum
    } | sha256sum | cut -d' ' -f1
}

# What cargo compiles.
SOURCES=(Cargo.toml Cargo.lock .cargo app bench fault frontend migrations server xtask/Cargo.toml xtask/src)

# Cargo names a workspace's packages by their place inside it, so clones that share a target folder look alike to it, and it
# compares times only. A clone that wasn't the last to build here takes over the times of the one that was, if that has the
# very same sources. Otherwise it marks its own as changed: what another clone has built can't pass for its own.
forget_other_clones() {
    local stamp=$CARGO_TARGET_DIR/.bedside-clone other file
    mkdir -p "$CARGO_TARGET_DIR"
    other=$(cat "$stamp" 2>/dev/null || true)
    [ "$other" = "$ROOT" ] && return
    if [ -n "$other" ] && has_same_sources "$other"; then
        find "${SOURCES[@]}" -type f | while read -r file; do touch -r "$other/$file" "$file"; done
    else
        find "${SOURCES[@]}" -type f -exec touch {} +
    fi
    printf '%s' "$ROOT" >"$stamp"
}

has_same_sources() {
    local source
    for source in "${SOURCES[@]}"; do
        diff -rq "$1/$source" "$ROOT/$source" >/dev/null 2>&1 || return
    done
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
    case "${1:-release}" in
        quick) locked build build quick "$ROOT/target/quick-dist" ;;
        release) locked build build release "$ROOT/dist" && say "done: dist/bedside" ;;
        *) die "say quick or release" ;;
    esac
fi
