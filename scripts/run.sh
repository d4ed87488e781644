#!/usr/bin/env bash
# Builds what has changed, and runs a demo clinic on this machine.
source "$(dirname "${BASH_SOURCE[0]}")/build.sh"

DATA=${BEDSIDE_DATA_DIR:-$ROOT/data}
SIGN_INS=$DATA/demo-sign-ins.txt

locked build build quick "$ROOT/target/quick-dist"
cd "$ROOT"
export BEDSIDE_DATA_DIR=$DATA
(umask 077 && mkdir -p "$DATA")
if [ ! -e "$DATA/bedside.db" ]; then
    say "creating a demo clinic in $DATA"
    (umask 077 && "$ROOT/target/quick-dist/bedside" demo >"$SIGN_INS.new" && mv "$SIGN_INS.new" "$SIGN_INS")
fi
if [ -s "$SIGN_INS" ]; then
    echo
    echo "Demo sign-ins (for this machine only, stored in ${SIGN_INS#"$ROOT"/}):"
    sed 's/^/  /' "$SIGN_INS"
    echo
fi
exec "$ROOT/target/quick-dist/bedside" serve
