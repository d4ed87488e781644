#!/usr/bin/env bash
# Format, loops of modules, and Clippy, warnings as errors.
#   scripts/lint.sh         the server's side, as `make test` has it
#   scripts/lint.sh all     the browser's as well
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

cd "$ROOT"
choose_wasm_toolchain
cargo fmt --all -- --check
node scripts/module-loops.mjs ./*/src
cargo clippy --profile quick "${PROGRAMS[@]}" --all-targets "${TRIAL_FEATURES[@]}" -- -D warnings
# Clippy comes with the default toolchain only; without the browser's target there, the build is the check.
if [ "${1:-}" = all ] && [ -z "$WASM_TOOLCHAIN" ]; then
    cargo clippy --profile wasm-quick -p frontend -p app --features app/hydrate --target wasm32-unknown-unknown -- -D warnings
fi
