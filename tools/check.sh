#!/usr/bin/env bash
# check.sh: installs what is missing, builds, runs every test. Can be run again, from any folder.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
"$top/tools/deps.sh"
"$top/tools/build.sh"
cd "$top/build"
ctest --output-on-failure --no-tests=error -j "$(nproc)" || { echo "check.sh: tests failed" >&2; exit 1; }
