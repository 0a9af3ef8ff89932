#!/bin/sh
# Checks that cargo and rustc are there and new enough. Where they are not, says so in one line.

wanted=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
for name in cargo rustc; do
    if ! "$name" --version >/dev/null 2>&1; then
        echo "migstat: needs a Rust toolchain >= $wanted: found no $name on PATH." >&2
        exit 1
    fi
done
found=$(rustc --version | cut -d' ' -f2)
if ! printf '%s\n%s\n' "$wanted" "${found%%-*}" | sort -C -t. -k1,1n -k2,2n -k3,3n; then
    echo "migstat: needs a Rust toolchain >= $wanted: found $found." >&2
    exit 1
fi
