#!/usr/bin/env bash
# Pictures of every page and state, wide and on a phone, light and dark, into docs/screens.
source "$(dirname "${BASH_SOURCE[0]}")/build.sh"

locked build build quick "$ROOT/target/quick-dist"
setup_browser
cd "$ROOT/end2end"
SCREENS_DIR="$ROOT/docs/screens" npm run --silent screens
say "done: docs/screens"
