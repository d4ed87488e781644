#!/usr/bin/env bash
# Takes screenshots of every page and state, on a wide screen and on a phone, light and dark, into
# target/screens.
source "$(dirname "${BASH_SOURCE[0]}")/build.sh"

locked build build quick "$ROOT/target/quick-dist"
setup_browser
mkdir -p "$ROOT/target/screens"
cd "$ROOT/end2end"
SCREENS_DIR="$ROOT/target/screens" npm run --silent screens
say "done: target/screens"
