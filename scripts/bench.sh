#!/usr/bin/env bash
# Measures a release build against the limits of this machine (docs/performance.md): 15 to 20
# minutes, and 7 in the browser.
#   scripts/bench.sh                            everything; the reports go to target/bench
#   scripts/bench.sh --only closed --pairs 100  a part of it
#   scripts/bench.sh postgres [--only …]        on PostgreSQL; the report is in target/bench/postgres
#   scripts/bench.sh vitals                     only the pages in a browser; the report is
#                                               target/bench/vitals.md
source "$(dirname "${BASH_SOURCE[0]}")/build.sh"
source "$ROOT/scripts/nats.sh"

# Measures the release in a browser, slowed down like an old phone.
vitals() {
    setup_browser
    # The full browser that people use, not the headless shell.
    if ! have chromium; then apt_install chromium; fi
    # The measurement writes the long chat into the clinic's file with it.
    if ! have sqlite3; then apt_install sqlite3; fi
    (cd end2end && BEDSIDE_CHROMIUM=$(command -v chromium) BEDSIDE_DIST=$ROOT/dist \
        BEDSIDE_VITALS_REPORT=$ROOT/target/bench/vitals.md npm run --silent vitals)
}

cd "$ROOT"
build release "$ROOT/dist"
mkdir -p target/bench
if [ "${1:-}" = vitals ]; then
    vitals
    exit
fi
with_wasm cargo build --release -p bench
ulimit -n "$(ulimit -Hn)"
BENCH=("$CARGO_TARGET_DIR/release/bench" --server dist/bedside --dir target/bench)
if [ "${1:-}" = postgres ]; then
    shift
    setup_postgres
    setup_nats
    trap stop_postgres EXIT
    # Durability remains at the defaults. The memory settings differ, because the defaults are for a
    # very small machine. Counting statements costs PostgreSQL a little.
    start_postgres shared_buffers=512MB max_wal_size=4GB shared_preload_libraries=pg_stat_statements
    "${BENCH[@]}" --report target/bench/postgres --postgres "$BEDSIDE_TEST_POSTGRES" "$@"
else
    "${BENCH[@]}" --report target/bench "$@"
    # Options that select a part run only that part.
    case " $* " in
        *" --only"* | *" --list "* | *" --help "* | *" -h "*) ;;
        *) vitals ;;
    esac
fi
