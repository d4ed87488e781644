#!/usr/bin/env bash
# Measures what an honest patient and doctor notice while others abuse the server (docs/faults.md,
# "Abuse"): about two minutes, on this machine only. Fails unless the server acknowledges all of
# their sends, 99 of 100 within a second, and its memory stays below 300 MB.
source "$(dirname "${BASH_SOURCE[0]}")/fault.sh"

cd "$ROOT"
setup_build
locked build forget_other_clones
build_fault
timeout 240 "$FAULT" abuse
