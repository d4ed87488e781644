#!/usr/bin/env bash
# Sends a running server requests that its API description allows, and others that it doesn't
# (schemathesis). Fails on a server error, or on an answer that is not described. Needs the quick
# build in target/quick-dist.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

SCHEMATHESIS_VERSION=4.32.5
SCHEMATHESIS=$TOOLS/schemathesis-$SCHEMATHESIS_VERSION
# Far more than a run needs; stops only a run that hangs.
WITHIN_SECONDS=120

setup_schemathesis() {
    [ -x "$SCHEMATHESIS/bin/schemathesis" ] && return
    python3 -c 'import venv, ensurepip' 2>/dev/null || apt_install python3-venv
    say "installing schemathesis $SCHEMATHESIS_VERSION"
    rm -rf "$SCHEMATHESIS"
    python3 -m venv "$SCHEMATHESIS"
    "$SCHEMATHESIS/bin/pip" install --quiet --disable-pip-version-check "schemathesis==$SCHEMATHESIS_VERSION" >&2 ||
        { rm -rf "$SCHEMATHESIS"; die "schemathesis could not be installed"; }
}

# check_api [EXAMPLES]: runs in a subshell, so that the trap always stops the server and removes its
# folder.
check_api() (
    folder=$(mktemp -d)
    server=
    trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true; rm -rf "$folder"' EXIT
    export BEDSIDE_DATA_DIR=$folder/data BEDSIDE_ADDR=127.0.0.1:0 BEDSIDE_LIMIT_SCALE=1000000
    bedside=$ROOT/target/quick-dist/bedside
    "$bedside" user add --role doctor --email doctor@example.org --name Doctor --specialty Any </dev/null >/dev/null
    "$bedside" user add --role patient --email patient@example.org --name Patient </dev/null >/dev/null
    token=$("$bedside" token add --email patient@example.org --name check | sed -n 's/^token: //p')
    "$bedside" serve >"$folder/out" 2>"$folder/log" &
    server=$!
    for _ in $(seq 200); do
        grep -q '^listening on ' "$folder/out" && break
        kill -0 "$server" 2>/dev/null || { cat "$folder/log" >&2; die "the server stopped"; }
        sleep 0.1
    done
    url=$(sed -n 's/^listening on //p' "$folder/out")
    [ -n "$url" ] || die "the server did not start in time"
    cd "$folder"
    # Signing out would revoke the token of all other requests; the Rust tests cover it.
    timeout "$WITHIN_SECONDS" "$SCHEMATHESIS/bin/schemathesis" run "$url/api/openapi.json" \
        -H "Authorization: Bearer $token" --exclude-operation-id signOut \
        --checks not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance \
        --phases coverage,fuzzing --max-examples "${1:-100}" --generation-database none --no-color
)

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
    locked schemathesis setup_schemathesis
    check_api
fi
