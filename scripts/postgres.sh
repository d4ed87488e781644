#!/usr/bin/env bash
# A PostgreSQL server for tests: in a temporary folder, on a free port of 127.0.0.1, removed
# afterwards.
#   scripts/postgres.sh COMMAND…   runs COMMAND with
#                                  BEDSIDE_TEST_POSTGRES=postgres://postgres@127.0.0.1:PORT
# BEDSIDE_TEST_POSTGRES_CA is the file of the authority's certificate. The server's certificate is
# for "localhost".
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# Prints the folder of the newest installed version's programs.
postgres_programs() {
    find /usr/lib/postgresql -mindepth 2 -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -n 1
}

setup_postgres() {
    have openssl || apt_install openssl
    if [ -z "$(postgres_programs)" ]; then apt_install postgresql; fi
}

# as_postgres COMMAND…: PostgreSQL refuses to run as root.
as_postgres() {
    if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi
}

free_port() {
    node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })'
}

# make_certificates FOLDER: creates an authority, and the server's certificate for "localhost".
make_certificates() {
    local days=2 curve=(-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes)
    openssl req -x509 -days $days "${curve[@]}" -subj "/CN=Bedside tests" -keyout "$1/ca.key" -out "$1/ca.crt"
    openssl req "${curve[@]}" -subj "/CN=localhost" -keyout "$1/server.key" -out "$1/server.csr"
    openssl x509 -req -days $days -in "$1/server.csr" -CA "$1/ca.crt" -CAkey "$1/ca.key" -CAcreateserial \
        -extfile <(printf 'subjectAltName=DNS:localhost') -out "$1/server.crt"
}

# start_postgres [SETTING…]: starts the server. Sets PG_FOLDER, BEDSIDE_TEST_POSTGRES and
# BEDSIDE_TEST_POSTGRES_CA; and, for tests that restart it, BEDSIDE_TEST_POSTGRES_DATA and
# BEDSIDE_TEST_POSTGRES_CONTROL.
start_postgres() {
    local programs port settings=()
    programs=$(postgres_programs)
    port=$(free_port)
    PG_FOLDER=$(mktemp -d)
    make_certificates "$PG_FOLDER" 2>/dev/null
    chmod 711 "$PG_FOLDER"
    chmod 644 "$PG_FOLDER/ca.crt"
    mkdir "$PG_FOLDER/data"
    if [ "$(id -u)" = 0 ]; then chown -R postgres: "$PG_FOLDER/data" "$PG_FOLDER"/server.*; fi
    chmod 600 "$PG_FOLDER/server.key"
    as_postgres "$programs/initdb" -D "$PG_FOLDER/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 >/dev/null
    local setting
    for setting in "port=$port" "listen_addresses='127.0.0.1'" "unix_socket_directories=''" max_connections=400 ssl=on \
        "ssl_cert_file='$PG_FOLDER/server.crt'" "ssl_key_file='$PG_FOLDER/server.key'" "$@"; do
        settings+=("$setting")
    done
    printf '%s\n' "${settings[@]}" | as_postgres tee -a "$PG_FOLDER/data/postgresql.conf" >/dev/null
    as_postgres "$programs/pg_ctl" -D "$PG_FOLDER/data" -l "$PG_FOLDER/data/log" -w start >/dev/null
    export BEDSIDE_TEST_POSTGRES=postgres://postgres@127.0.0.1:$port
    export BEDSIDE_TEST_POSTGRES_CA=$PG_FOLDER/ca.crt
    export BEDSIDE_TEST_POSTGRES_DATA=$PG_FOLDER/data BEDSIDE_TEST_POSTGRES_CONTROL=$programs/pg_ctl
}

stop_postgres() {
    [ -n "${PG_FOLDER:-}" ] || return 0
    if [ -e "$PG_FOLDER/data/postmaster.pid" ]; then
        as_postgres "$(postgres_programs)/pg_ctl" -D "$PG_FOLDER/data" -m immediate stop >/dev/null
    fi
    rm -rf "$PG_FOLDER"
}

# with_postgres COMMAND…: runs the command with a server without durability, which tests do not
# need.
with_postgres() (
    setup_postgres
    trap stop_postgres EXIT
    start_postgres fsync=off full_page_writes=off
    "$@"
)

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
    with_postgres "$@"
fi
