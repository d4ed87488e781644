# Shared by all scripts, which source it: folders, output, installation and locks.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
CACHE=${BEDSIDE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/bedside}
TOOLS=$CACHE/tools
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$CACHE/target}

# Additional features of builds for trying and testing: /styleguide, and failpoints, at which tests
# stop the server. All these builds use one set of features, so that nothing is built twice.
TRIAL_FEATURES=(--features server/styleguide,server/failpoints,xtask/tests-dependencies)
# The packages that run outside the browser.
PROGRAMS=(-p server -p app -p bench -p fault -p xtask)

say() { printf '\033[1m==>\033[0m %s\n' "$*" >&2; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

# step NAME COMMAND…: runs the command and records its duration; `print_times` prints all durations.
STEP_TIMES=()
step() {
    local name=$1 start=$SECONDS
    shift
    say "$name"
    "$@"
    STEP_TIMES+=("$(printf '%5d s  %s' $((SECONDS - start)) "$name")")
}
print_times() {
    say "duration of each step"
    printf '%s\n' "${STEP_TIMES[@]}" >&2
}

# as_root COMMAND…: runs the command as root, to install Debian packages.
as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; elif have sudo; then sudo "$@"; else
        die "this command needs root or sudo: $*"
    fi
}

# apt_install PACKAGE…: installs Debian packages.
apt_install() {
    have apt-get || die "please install: $* (this machine has no apt-get)"
    say "installing Debian packages: $*"
    as_root apt-get update -qq
    DEBIAN_FRONTEND=noninteractive as_root apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

# locked NAME COMMAND…: runs one such command at a time on this machine, so that two runs do not
# install into one folder at once.
locked() {
    local name=$1
    shift
    mkdir -p "$CACHE"
    (
        flock 9
        "$@"
    ) 9>"$CACHE/$name.lock"
}
