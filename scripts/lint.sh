#!/usr/bin/env bash
# Clippy with warnings as errors, for the server's side and for the browser's.
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

cd "$ROOT"
choose_wasm_toolchain
cargo fmt --all -- --check
cargo clippy --profile quick -p server -p app -p bench --all-targets "${TRIAL_FEATURES[@]}" -- -D warnings
cargo clippy --profile quick -p fault --all-targets "${TRIAL_FEATURES[@]}" -- -D warnings
# Clippy comes with the default toolchain only; without the browser's target there, the build is the check.
if [ -z "$WASM_TOOLCHAIN" ]; then
    cargo clippy --profile quick -p frontend -p app --features app/hydrate --target wasm32-unknown-unknown -- -D warnings
fi
