#!/usr/bin/env bash
# Checks the format, loops between modules, and Clippy with warnings as errors.
#   scripts/lint.sh         the packages outside the browser, as in `make test`
#   scripts/lint.sh all     also the browser's packages
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

cd "$ROOT"
choose_wasm_toolchain
cargo fmt --all -- --check
node scripts/module-loops.mjs ./*/src
node scripts/plain-english.mjs ./*/src server/tests end2end/specs end2end/support style scripts deploy README.md docs/*.md docs/decisions
cargo clippy --profile quick "${PROGRAMS[@]}" --all-targets "${TRIAL_FEATURES[@]}" -- -D warnings
# Only the default toolchain has Clippy. If it lacks the browser's target, only the build checks
# that code.
if [ "${1:-}" = all ] && [ -z "$WASM_TOOLCHAIN" ]; then
    cargo clippy --profile wasm-quick -p frontend -p app --features app/hydrate --target wasm32-unknown-unknown -- -D warnings
fi
