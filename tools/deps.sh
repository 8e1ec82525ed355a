#!/usr/bin/env bash
# deps.sh: what tgc is built from, one line a package with its reason; installs what is missing (Debian 12, root or sudo).
set -eu

packages() {
    sed 's/#.*//' <<'LIST'
llvm-19-dev     # code generation through LLVM's C API
clang-19        # bitcode of the scalar functions, when tgc is built; second compiler of the checks
libclang-rt-19-dev # the sanitizers of the checks' second build
flex            # the lexer
bison           # the parser
check           # unit tests
zlib1g-dev      # gzip and npz data files
cmake           # the build
ninja-build     # the build
gcc             # the compiler of tgc and of the runtime; links what tgc produces
libc6-dev       # the C library's headers
python3         # runs the tests and generates a table when tgc is built
LIST
}

missing=""
for package in $(packages); do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
done
[ -z "$missing" ] && exit 0

echo "installing:$missing"
run=""
if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || { echo "deps.sh: need root or sudo to install$missing" >&2; exit 1; }
    run=sudo
fi
$run apt-get update -qq || { echo "deps.sh: apt-get update failed" >&2; exit 1; }
# shellcheck disable=SC2086
DEBIAN_FRONTEND=noninteractive $run apt-get install -y -qq --no-install-recommends $missing >/dev/null ||
    { echo "deps.sh: could not install$missing" >&2; exit 1; }
