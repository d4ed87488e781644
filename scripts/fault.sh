#!/usr/bin/env bash
# The proof under injected faults (docs/faults.md): real servers, real files, the clients' real logic, an oracle.
#   scripts/fault.sh                    one server on SQLite, then three nodes; two minutes each, with a new seed, which
#                                       is printed
#   scripts/fault.sh --seed 7           the same runs again
#   scripts/fault.sh --seconds 3600     longer
#   scripts/fault.sh nodes [--seed 7]   only the three nodes, on PostgreSQL and NATS
source "$(dirname "${BASH_SOURCE[0]}")/build.sh"
source "$ROOT/scripts/nats.sh"

# The server with its failpoints, and the program that uses them; never what a clinic runs.
build_fault() {
    compile fault --profile quick "${PROGRAMS[@]}" "${TRIAL_FEATURES[@]}"
    FAULT=$CARGO_TARGET_DIR/quick/fault
}

# fault_nodes COMMAND…: with NATS, and a PostgreSQL that is as durable as a clinic's: it gets killed, too.
fault_nodes() (
    setup_nats
    setup_postgres
    trap stop_postgres EXIT
    start_postgres
    "$FAULT" "$@"
)

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
    cd "$ROOT"
    locked build forget_other_clones
    setup_build
    build_fault
    case "${1:-}" in
        nodes) fault_nodes "$@" ;;
        [a-z]*) "$FAULT" "$@" ;;
        *)
            "$FAULT" "$@"
            fault_nodes nodes "$@"
            ;;
    esac
fi
