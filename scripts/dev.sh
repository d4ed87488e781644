#!/usr/bin/env bash
# Rebuilds and reloads on every change.
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

setup_build
cd "$ROOT"
export BEDSIDE_SITE_DIR=$ROOT/target/site LEPTOS_HASH_FILES=false
with_wasm cargo leptos watch --bin-features styleguide
