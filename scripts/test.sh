#!/usr/bin/env bash
# Runs the checks that every change must pass: format, lints, Rust tests on both databases, the
# build, faults, the API, and the browser.
#   scripts/test.sh      the checks of CI; within 15 minutes on two cores when everything is built
#                        (docs/decisions/0001-quick-loop.md)
#   scripts/test.sh all  also the checks that take long; before an issue is closed
source "$(dirname "${BASH_SOURCE[0]}")/build.sh"
source "$ROOT/scripts/fault.sh"
source "$ROOT/scripts/api.sh"

TIER=${1:-change}

build_everything() {
    locked build build quick "$ROOT/target/quick-dist"
    build_fault
}

rust_tests() {
    with_wasm cargo test --profile quick "${PROGRAMS[@]}" "${TRIAL_FEATURES[@]}"
}

# The whole suite again on PostgreSQL, and the tests that run only there.
postgres_tests() {
    setup_nats
    with_postgres with_wasm cargo test --profile quick "${PROGRAMS[@]}" "${TRIAL_FEATURES[@]}" --test suite -- --include-ignored
}

fault_check() {
    "$FAULT" check --seconds "$1"
    fault_nodes nodes --seconds "$1" --crowd 500
}

# api_check EXAMPLES: sends this number of generated requests of each kind.
api_check() {
    locked schemathesis setup_schemathesis
    check_api "$1"
}

browser_tests() {
    setup_browser
    npm --prefix end2end run --silent check
    (cd end2end && with_postgres npx playwright test "$@")
}

cd "$ROOT"
step "tools" setup_build
step "format" cargo fmt --all -- --check
step "build" build_everything
step "lints" scripts/lint.sh "$TIER"
step "Rust tests" rust_tests
step "Rust tests on PostgreSQL" postgres_tests
if [ "$TIER" = all ]; then
    step "faults" fault_check 60
    step "a server broken on purpose" "$FAULT" mutations
    step "nodes broken on purpose" fault_nodes mutations-of-nodes
    step "abuse" scripts/abuse.sh
    step "crates and packages" scripts/deny.sh
    step "the API against its description" api_check 100
    step "end-to-end tests" browser_tests
else
    step "faults" fault_check 15
    step "the API against its description" api_check 10
    step "end-to-end tests" browser_tests --grep-invert @slow
fi
print_times
say "all checks passed"
