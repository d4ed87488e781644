#!/usr/bin/env bash
# What the tests of several servers need: PostgreSQL (scripts/postgres.sh), and nats-server, which they start themselves.
#   scripts/nats.sh COMMAND…
source "$(dirname "${BASH_SOURCE[0]}")/postgres.sh"

setup_nats() {
    # Debian puts it where only root looks.
    PATH=$PATH:/usr/sbin
    export PATH
    if ! have nats-server; then apt_install nats-server; fi
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
    setup_nats
    with_postgres "$@"
fi
