#!/usr/bin/env bash
# check.sh: installs what is missing, builds, runs every test; then builds with the second compiler and sanitizers, and
# runs the tests that are labelled for it. Can be run again, from any folder.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
"$top/tools/deps.sh"

run_tests() { # FOLDER [option...]
    (cd "$1" && shift && ctest --output-on-failure --no-tests=error --no-label-summary -j "$(nproc)" "$@") ||
        { echo "check.sh: tests failed" >&2; exit 1; }
}

"$top/tools/build.sh"
run_tests "$top/build"

export TGC_CMAKE_FLAGS="-DCMAKE_C_COMPILER=clang-19 -DCMAKE_BUILD_TYPE=Debug -DCMAKE_C_FLAGS=-O1 -DTGC_SANITIZE=ON"
"$top/tools/build.sh" "$top/build/sanitize"
run_tests "$top/build/sanitize" -L sanitize
