#!/bin/sh
# Prints a CPython >= 3.11 that can make virtual environments: $PYTHON where it is set, else the first on PATH.
# Where there is none, says so in one line.

usable() {
    "$1" -c 'import sys, venv, ensurepip; sys.exit(sys.implementation.name != "cpython" or sys.version_info < (3, 11))' \
        >/dev/null 2>&1
}

if [ -n "${PYTHON:-}" ]; then
    usable "$PYTHON" && command -v "$PYTHON" && exit 0
    echo "migstat: PYTHON=$PYTHON is not a CPython >= 3.11 with the modules venv and ensurepip." >&2
    exit 1
fi
for name in python3 python3.14 python3.13 python3.12 python3.11 python; do
    usable "$name" && command -v "$name" && exit 0
done
echo "migstat: needs CPython >= 3.11 with the modules venv and ensurepip: found none on PATH; name one with PYTHON=..." >&2
exit 1
