#!/usr/bin/env bash
# demo.sh: installs what is missing, builds, compiles examples/digits.tg and trains it on real images.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
"$top/tools/deps.sh"
"$top/tools/build.sh"
out=$top/build/digits
"$top/build/tgc" "$top/examples/digits.tg" -o "$out" || { echo "demo.sh: examples/digits.tg did not compile" >&2; exit 1; }
start=$(date +%s%N)
"$out" --file "$top/examples/data/optdigits.csv" || { echo "demo.sh: the training stopped" >&2; exit 1; }
end=$(date +%s%N)
awk -v ns=$((end - start)) 'BEGIN { printf "trained and tested in %.2f s\n", ns / 1e9 }'
echo "the program: $out ($(stat -c %s "$out") bytes, needs $(ldd "$out" | awk '/=>/ {print $1}' | paste -sd' '))"
