# embed.cmake: cmake -DOUT=file.c -DROOT=dir "-DFILES=a.tg;b.tg" -P embed.cmake
# Writes a C file with the text of each file (std/embedded.h declares what it defines), named by its path from ROOT.
set(arrays "")
set(rows "")
set(count 0)
foreach(file IN LISTS FILES)
    file(READ "${file}" hex HEX)
    file(RELATIVE_PATH name "${ROOT}" "${file}")
    string(LENGTH "${hex}" digits)
    math(EXPR length "${digits} / 2")
    string(REGEX REPLACE "(................................)" "\\1\n" hex "${hex}")
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
    string(APPEND arrays "static const unsigned char file_${count}[] = {\n${bytes}0};\n")
    string(APPEND rows "    {\"${name}\", (const char *)file_${count}, ${length}},\n")
    math(EXPR count "${count} + 1")
endforeach()
file(WRITE "${OUT}.new" "/* made by cmake/embed.cmake */\n#include \"std/embedded.h\"\n\n${arrays}\n\
const StdFile std_files[] = {\n${rows}    {0, 0, 0},\n};\nconst int std_file_count = ${count};\n")
file(RENAME "${OUT}.new" "${OUT}")
