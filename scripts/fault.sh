#!/usr/bin/env bash
# The proof under injected faults (docs/faults.md): real server, real file, the clients' real logic, an oracle.
#   scripts/fault.sh                    two minutes of it, with a new seed, which is printed
#   scripts/fault.sh --seed 7           the same run again
#   scripts/fault.sh --seconds 3600     longer
source "$(dirname "${BASH_SOURCE[0]}")/build.sh"

# The server with its failpoints, and the program that uses them; never what a clinic runs.
build_fault() {
    with_wasm cargo build --profile quick -p fault --bins
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
    cd "$ROOT"
    locked build forget_other_clones
    choose_wasm_toolchain
    build_fault
    "$CARGO_TARGET_DIR/quick/fault" "$@"
fi
