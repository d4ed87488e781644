#!/usr/bin/env bash
# Builds the program and its site into a folder that runs from anywhere: bedside, hash.txt, site/.
#   scripts/build.sh quick    for trying and testing, compiles fast           → target/quick-dist
#   scripts/build.sh release  for a clinic, as fast and as small as possible  → dist
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
    # A clinic's program must not contain the features for trying and testing.
    if [ "$profile" = release ] && grep -qa styleguide "$CARGO_TARGET_DIR/release/bedside"; then
        die "the release contains /styleguide, which is only for trying and testing"
    fi
    # Written to a temporary folder, then moved: an interrupted build keeps the old one complete.
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

# compile NAME ARGUMENTS…: runs `cargo build` with the toolchain that can compile for the browser,
# and prints a line of progress every 100 packages.
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

# state_of_sources PROFILE: prints a digest of everything that a build depends on.
state_of_sources() {
    {
        printf '%s\n' "$1" "$WASM_TOOLCHAIN"
        with_wasm rustc -vV
        find "${SOURCES[@]}" style public scripts xtask/package-lock.json -type f -print0 | sort -z | xargs -0 sha256sum
    } | sha256sum | cut -d' ' -f1
}

# The sources that cargo compiles.
SOURCES=(Cargo.toml Cargo.lock .cargo app bench fault frontend migrations server xtask/Cargo.toml xtask/src)

# Cargo identifies the packages of a workspace by their path inside it, and detects changes by file
# times only. So it cannot distinguish clones that share a target folder. If another clone built
# here last and its sources are identical, this clone takes over their times, and cargo reuses the
# build. Otherwise this clone touches its own sources, so that cargo compiles them again.
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
        *) die "usage: scripts/build.sh quick|release" ;;
    esac
fi
