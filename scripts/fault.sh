#!/usr/bin/env bash
# Runs the fault tests (docs/faults.md): real servers, real files, the clients' real logic, an
# oracle.
#   scripts/fault.sh                    one server on SQLite, then three nodes; two minutes each;
#                                       with a new seed, which is printed
#   scripts/fault.sh --seed 7           the runs of seed 7 again
#   scripts/fault.sh --seconds 3600     longer runs
#   scripts/fault.sh nodes [--seed 7]   only the three nodes, on PostgreSQL and NATS
source "$(dirname "${BASH_SOURCE[0]}")/build.sh"
source "$ROOT/scripts/nats.sh"

# Builds the server with its failpoints, and the program that uses them. A clinic never runs these.
build_fault() {
    compile fault --profile quick "${PROGRAMS[@]}" "${TRIAL_FEATURES[@]}"
    FAULT=$CARGO_TARGET_DIR/quick/fault
}

# fault_nodes COMMAND…: with NATS, and a PostgreSQL as durable as a clinic's, because the runs also
# kill it.
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
