#!/bin/sh
# Usage: run_python_test.sh <interpreter> <test file> [argument...]
# Runs a unittest file inside a Bazel test. On the path come the folder of the package that STUB_NATIVE, its module, is in
# (tests see it as STUB_PATH) and the folder of EXTENSION, a module in C; an interpreter that loads a module built with
# AddressSanitizer gets its runtime first.
set -eu

interpreter=$1
shift

# The folder that holds the package, from the module in it.
if [ -n "${STUB_NATIVE:-}" ]; then
    STUB_PATH=$(dirname "$(dirname "$(realpath "$STUB_NATIVE")")")
    export STUB_PATH
fi

PYTHONPATH=${STUB_PATH:+$(realpath "$STUB_PATH"):}${EXTENSION:+$(dirname "$(realpath "$EXTENSION")"):}$PWD/tests${PYTHONPATH:+:$PYTHONPATH}
PYTHONDONTWRITEBYTECODE=1
export PYTHONPATH PYTHONDONTWRITEBYTECODE

native=${EXTENSION:-${STUB_PATH:+$STUB_PATH/googleclouddebugger/_native.so}}
if [ -n "$native" ] && [ -e "$native" ] && ldd "$native" | grep -q libasan; then
    # CPython keeps what it allocates for its own life: only the stub's own leaks could be told apart, and tests count them.
    ASAN_OPTIONS=detect_leaks=0${ASAN_OPTIONS:+:$ASAN_OPTIONS}
    SANITIZER_PRELOAD=$(ldd "$native" | awk '/libasan/ {print $3}')
    PYTHONMALLOC=malloc
    export ASAN_OPTIONS PYTHONMALLOC SANITIZER_PRELOAD
    exec env LD_PRELOAD="$SANITIZER_PRELOAD" "$interpreter" tests/unittest_main.py "$@"
fi
exec "$interpreter" tests/unittest_main.py "$@"
