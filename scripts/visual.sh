#!/usr/bin/env bash
# Takes the pictures that the browser tests compare with anew: every component, and the main pages.
source "$(dirname "${BASH_SOURCE[0]}")/build.sh"

locked build build quick "$ROOT/target/quick-dist"
setup_browser
cd "$ROOT/end2end"
# Also those that nothing is compared with any more.
rm -f visual/*.png
npm run --silent visual -- --update-snapshots=all
node support/shrink.mjs visual
say "done: end2end/visual; look at what changed before committing it (git diff --stat)"
