#!/usr/bin/env bash
# Runs a command with the requirements of the tests with several nodes: PostgreSQL
# (scripts/postgres.sh), and nats-server, which the tests start themselves.
#   scripts/nats.sh COMMAND…
source "$(dirname "${BASH_SOURCE[0]}")/postgres.sh"

setup_nats() {
    # Debian installs it there, which is only in the PATH of root.
    PATH=$PATH:/usr/sbin
    export PATH
    if ! have nats-server; then apt_install nats-server; fi
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
    setup_nats
    with_postgres "$@"
fi
