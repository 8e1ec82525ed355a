#!/usr/bin/env bash
# build.sh [FOLDER]: configures and builds tgc into FOLDER (default build/), again at no cost.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
build=${1:-$top/build}
[ -f "$build/build.ninja" ] || cmake -S "$top" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release ${TGC_CMAKE_FLAGS:-} >"$build.log" 2>&1 ||
    { cat "$build.log" >&2; echo "build.sh: cmake failed" >&2; exit 1; }
rm -f "$build.log"
ninja -C "$build" --quiet || { echo "build.sh: the build failed" >&2; exit 1; }
