# Shared by all scripts: where things are kept, and how to say what is going on. To be sourced.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
CACHE=${BEDSIDE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/bedside}
TOOLS=$CACHE/tools
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$CACHE/target}

# What builds for trying and testing have beside a clinic's: /styleguide, and places where tests can stop the server. The
# same everywhere, so that nothing is built twice.
TRIAL_FEATURES=(--features server/styleguide,server/failpoints,xtask/tests-dependencies)
# What runs outside the browser.
PROGRAMS=(-p server -p app -p bench -p fault -p xtask)

say() { printf '\033[1m==>\033[0m %s\n' "$*" >&2; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

# step NAME COMMAND…: runs it and says how long it took; the times are printed again by `times`.
STEP_TIMES=()
step() {
    local name=$1 start=$SECONDS
    shift
    say "$name"
    "$@"
    STEP_TIMES+=("$(printf '%5d s  %s' $((SECONDS - start)) "$name")")
}
print_times() {
    say "how long each step took"
    printf '%s\n' "${STEP_TIMES[@]}" >&2
}

# as_root COMMAND…: for Debian packages.
as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; elif have sudo; then sudo "$@"; else
        die "this needs root or sudo: $*"
    fi
}

# apt_install PACKAGE…: installs what is missing.
apt_install() {
    have apt-get || die "please install: $* (this machine has no apt-get)"
    say "installing Debian packages: $*"
    as_root apt-get update -qq
    DEBIAN_FRONTEND=noninteractive as_root apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

# locked NAME COMMAND…: one at a time on this machine, so that two runs don't install over each other.
locked() {
    local name=$1
    shift
    mkdir -p "$CACHE"
    (
        flock 9
        "$@"
    ) 9>"$CACHE/$name.lock"
}
