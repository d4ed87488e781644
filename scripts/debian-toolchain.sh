#!/usr/bin/env bash
# Creates a Rust toolchain that compiles for the browser from Debian's packages, for machines where
# rustup cannot add a target. Debian's `web` packages contain a compiler and the vendored source of
# its standard library. The script unpacks them without installing them, builds the library once,
# and links the toolchain into rustup as `bedside-wasm`.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

have rustup || die "rustup and the target wasm32-unknown-unknown are missing: install one of them"
have apt-get || die "rustup can't add the target wasm32-unknown-unknown, and without apt-get there is no Debian toolchain either"
have dpkg || die "dpkg is missing"

apt-cache show rustc-web >/dev/null 2>&1 || as_root apt-get update -qq
VERSION=$(apt-cache policy rustc-web | sed -n 's/^ *Candidate: //p')
[ -n "$VERSION" ] && [ "$VERSION" != "(none)" ] || die "Debian's package rustc-web is not available on this machine"
HOME_OF_IT=$CACHE/toolchain-${VERSION//[^A-Za-z0-9.+-]/_}
if [ -e "$HOME_OF_IT/.complete" ]; then
    rustup toolchain link bedside-wasm "$HOME_OF_IT"
    exit 0
fi

say "creating a toolchain for the browser from Debian's rustc-web $VERSION (some minutes, once per machine)"
WORK=$HOME_OF_IT.work
rm -rf "$WORK" "$HOME_OF_IT"
mkdir -p "$WORK/debs" "$WORK/unpacked" "$HOME_OF_IT/bin" "$HOME_OF_IT/lib"

# The dependencies of the packages give the matching versions.
depends() { apt-cache depends "$1" | sed -n 's/^ *Depends: \([^<]*\)$/\1/p'; }
STD=$(depends libstd-rust-web-dev | grep -m1 '^libstd-rust-web-')
LLVM=$(depends "$STD" | grep -m1 '^libllvm')
(cd "$WORK/debs" && apt-get download -qq rustc-web libstd-rust-web-dev "$STD" rust-web-src "$LLVM")
for deb in "$WORK"/debs/*.deb; do dpkg -x "$deb" "$WORK/unpacked"; done

LIB=$WORK/unpacked/usr/lib
# Copies, not links: the compiler derives its folder from the real path of its driver library.
find "$WORK/unpacked/usr" -path '*/bin/rustc' -o -path '*/bin/rustdoc' | while read -r program; do
    cp -L "$program" "$HOME_OF_IT/bin/"
done
find "$LIB" \( -name 'librustc_driver-*.so' -o -name 'libLLVM*.so.*' \) -exec cp -L {} "$HOME_OF_IT/lib/" \;
cp -r "$(find "$LIB" -type d -name rustlib | head -n 1)" "$HOME_OF_IT/lib/rustlib"
# Debian has some of the target's libraries as links to other places in the packages.
find "$LIB" -maxdepth 3 -name 'libstd-*.so' -exec cp -nL {} "$HOME_OF_IT/lib/" \; || true
SOURCE=$(dirname "$(find "$WORK/unpacked/usr/src" -maxdepth 2 -type d -name library | head -n 1)")
mkdir -p "$HOME_OF_IT/lib/rustlib/src"
rm -rf "$HOME_OF_IT/lib/rustlib/src/rust"
cp -r "$SOURCE" "$HOME_OF_IT/lib/rustlib/src/rust"

# Debian has no cargo and no linker for this target, so the default toolchain's are used. Without
# `bin/cargo`, rustup would use the cargo of another toolchain.
DEFAULT=$(rustc --print sysroot)
cp "$DEFAULT/bin/cargo" "$HOME_OF_IT/bin/cargo"
HOST=$(rustc -vV | sed -n 's/^host: //p')
LLD=$HOME_OF_IT/lib/rustlib/$HOST/bin/rust-lld
mkdir -p "$(dirname "$LLD")"
rm -f "$LLD"
printf '#!/bin/sh\nexec "%s" "$@"\n' "$DEFAULT/lib/rustlib/$HOST/bin/rust-lld" >"$LLD"
chmod +x "$LLD"

rustup toolchain link bedside-wasm "$HOME_OF_IT"

say "building the browser's standard library"
mkdir -p "$WORK/empty/src"
printf '[package]\nname = "empty"\nversion = "0.0.0"\nedition = "2021"\n' >"$WORK/empty/Cargo.toml"
: >"$WORK/empty/src/lib.rs"
(
    cd "$WORK/empty"
    RUSTUP_TOOLCHAIN=bedside-wasm RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR=$WORK/target \
        cargo build --release --target wasm32-unknown-unknown -Zbuild-std=std,panic_abort >&2
)
TARGET_LIB=$HOME_OF_IT/lib/rustlib/wasm32-unknown-unknown/lib
mkdir -p "$TARGET_LIB"
find "$WORK/target/wasm32-unknown-unknown/release/deps" -name '*.rlib' ! -name 'libempty-*' -exec cp {} "$TARGET_LIB/" \;
rm -rf "$WORK"
touch "$HOME_OF_IT/.complete"
