#!/usr/bin/env bash
# What an honest patient feels while others abuse the server (docs/faults.md, "Abuse"): some two minutes, on this machine
# only. Fails unless every send of theirs is acknowledged, 99 of 100 within a second, and the server's memory stays below
# 300 MB.
source "$(dirname "${BASH_SOURCE[0]}")/fault.sh"

cd "$ROOT"
setup_build
locked build forget_other_clones
build_fault
timeout 240 "$FAULT" abuse
