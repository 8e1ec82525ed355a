#!/usr/bin/env bash
# build.sh CLANG LLVM_LINK_DIR CC SOURCE OUT: makes OUT/map_loops.c (the interpreter's loops) and OUT/bitcode.c (an array with the
# bitcode of all tg_… functions) from ops.def and scalar.h.
# The bitcode is compiled for a target whose calling convention passes every vector directly; then triple, layout and
# target attributes are taken off, so that it suits any 64-bit little-endian target.
set -eu
clang=$1 tools=$2 cc=$3 source=$4 out=$5
mkdir -p "$out"
"$cc" -std=c11 -I"$source" "$source/ir/bitcode/gen.c" -o "$out/gen"
"$out/gen" loops >"$out/map_loops.c.new"
mv "$out/map_loops.c.new" "$out/map_loops.c"
for lanes in 1 16; do
    "$out/gen" bitcode $lanes >"$out/map_$lanes.c"
    "$clang" -target nvptx64-nvidia-cuda -ffreestanding -nostdlibinc -std=c11 -O2 -fno-vectorize -fno-slp-vectorize \
        -ffp-contract=off -fwrapv -fno-math-errno -fno-strict-aliasing -Wall -Wextra -Werror -Wno-unused-function \
        -Wno-missing-prototypes -I"$source" -emit-llvm -S "$out/map_$lanes.c" -o "$out/map_$lanes.ll" &
done
wait %1; wait %2
"$tools/llvm-link-19" -S "$out/map_1.ll" "$out/map_16.ll" |
    sed -e '/^target /d' -e '/^!llvm\./d' -e '/^![0-9]* = /d' -e 's/, ![a-z.]* ![0-9]*//g' \
        -e 's/^define dso_local /define linkonce_odr /' -e 's/ local_unnamed_addr//' \
        -e '/^attributes/s/"[a-z-]*"="[^"]*"//g' -e '/^attributes/s/"no-builtins"//' >"$out/map.ll"
"$tools/llvm-as-19" "$out/map.ll" -o "$out/map.bc"
{
    echo '/* made by ir/bitcode/build.sh */'
    echo '#include "ir/bitcode/bitcode.h"'
    echo 'const unsigned char map_bitcode[] = {'
    od -An -v -tu1 -w32 "$out/map.bc" | sed -e 's/  */,/g' -e 's/^,//' -e 's/$/,/'
    echo '};'
    echo 'const unsigned long map_bitcode_size = sizeof map_bitcode;'
} >"$out/bitcode.c.new"
mv "$out/bitcode.c.new" "$out/bitcode.c"
