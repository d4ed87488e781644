#!/usr/bin/env bash
# Everything that must hold: format, lints, Rust tests, the build, and the browser.
source "$(dirname "${BASH_SOURCE[0]}")/build.sh"
source "$ROOT/scripts/fault.sh"
source "$ROOT/scripts/api.sh"

# The host's crates by the toolchain that builds them; the compiler's lints come with the default one.
CARGO_TEST=(cargo test --profile quick -p server -p app -p bench "${TRIAL_FEATURES[@]}")

check_format() {
    cargo fmt --all -- --check
}

lint() {
    forget_other_clones
    "$ROOT/scripts/lint.sh"
}

rust_tests() {
    forget_other_clones
    with_wasm "${CARGO_TEST[@]}"
}

# All of the suite again on PostgreSQL, and what only runs there.
postgres_tests() {
    setup_nats
    with_postgres with_wasm cargo test --profile quick -p server "${TRIAL_FEATURES[@]}" --test suite -- --include-ignored
}

fault_check() {
    forget_other_clones
    build_fault
    "$CARGO_TARGET_DIR/quick/fault" check --seconds 30
    fault_nodes check-nodes --seconds 30 --crowd 500
}

api_check() {
    locked schemathesis setup_schemathesis
    check_api
}

browser_tests() {
    setup_browser
    npm --prefix end2end run --silent check
    (cd end2end && with_postgres npx playwright test "$@")
}

cd "$ROOT"
step "tools" setup_build
step "format" check_format
step "build (wasm and server)" locked build build quick "$ROOT/target/quick-dist"
step "lints" lint
step "Rust tests" rust_tests
step "Rust tests on PostgreSQL" postgres_tests
step "faults" fault_check
step "the API as described" api_check
step "end-to-end tests" browser_tests
print_times
say "all good"
