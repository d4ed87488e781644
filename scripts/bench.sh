#!/usr/bin/env bash
# Measures a release build against the limits of this machine (docs/performance.md); 15 to 20 minutes.
#   scripts/bench.sh                            all of it; the report goes to target/bench
#   scripts/bench.sh --only closed --pairs 100  a part of it
source "$(dirname "${BASH_SOURCE[0]}")/build.sh"

cd "$ROOT"
build release "$ROOT/dist"
with_wasm cargo build --release -p bench
ulimit -n "$(ulimit -Hn)"
mkdir -p target/bench
exec "$CARGO_TARGET_DIR/release/bench" --server dist/bedside --dir target/bench --report target/bench "$@"
