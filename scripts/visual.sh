#!/usr/bin/env bash
# Takes the reference screenshots of the browser tests again: every component, and the main pages.
source "$(dirname "${BASH_SOURCE[0]}")/build.sh"

locked build build quick "$ROOT/target/quick-dist"
setup_browser
cd "$ROOT/end2end"
# Removes also the screenshots that no test uses any more.
rm -f visual/*.png
npm run --silent visual -- --update-snapshots=all
node support/shrink.mjs visual
say "done: end2end/visual; check what changed before you commit it (git diff --stat)"
