#!/usr/bin/env bash
# Packs a release into one archive that runs on a bare Debian 12: the program, its site, and a
# systemd unit.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

"$ROOT/scripts/build.sh" release
version=$(sed -n '/^\[workspace.package\]/,/^\[/s/^version = "\(.*\)"$/\1/p' "$ROOT/Cargo.toml")
archive=$ROOT/dist/bedside-$version-$(uname -m).tar.gz
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/bedside"
cp -r "$ROOT/dist/bedside" "$ROOT/dist/hash.txt" "$ROOT/dist/site" "$ROOT/deploy/bedside.service" "$ROOT/README.md" \
    "$folder/bedside/"
tar --create --gzip --file "$archive" --directory "$folder" --owner 0 --group 0 --sort name bedside
say "done: $archive"
