#!/usr/bin/env python3
"""test_codes.py [--tgc PATH]: compares base/codes.def with the codes that the sources give to diagnostics, and with those that tests reach.

Every function with parameters `const char *code, const char *format` is a reporter; the string in
the place of its code must have a row, and every row must be used by one (or stand in a
`*code = "..."`, for codes chosen apart from the report).
A code is reached when a program of tests/error, tests/conformance/errors or tests/bug is refused by it, or a test names
it in brackets, as [define] in test_commands.py.
Exit status 1 and a list when they differ.
"""
import argparse
import glob
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
FOLDERS = ["base", "frontend/syntax", "frontend/elaborate", "ir", "autodiff", "codegen", "codegen/llvm", "codegen/cuda"]
STRING = r'"((?:[^"\\]|\\.)*)"'


def sources():
    for folder in FOLDERS:
        for ending in "chly":
            yield from sorted(glob.glob(f"{ROOT}/{folder}/*.{ending}"))
    yield f"{ROOT}/tgc.c"


def arguments(text, at):
    """The arguments of the call whose opening bracket stands before `at`."""
    depth, start, found = 1, at, []
    while depth and at < len(text):
        c = text[at]
        if c == '"':
            at = re.compile(STRING).match(text, at).end() - 1
        elif c == "'":
            at += 3 if text[at + 1] == "\\" else 2
        elif c in "([{":
            depth += 1
        elif c in ")]}":
            depth -= 1
        if depth == 0 or (depth == 1 and c == ","):
            found.append(text[start:at].strip())
            start = at + 1
        at += 1
    return found


def refused():
    """The paths of programs that are refused; of a file that holds several, each in a file of its own."""
    with tempfile.TemporaryDirectory(dir=f"{ROOT}/tests/error") as folder:
        for path in sorted(glob.glob(f"{ROOT}/tests/error/*.tg") + glob.glob(f"{ROOT}/tests/conformance/errors/*.tg")):
            parts = re.split(r"^#---.*\n", open(path, encoding="utf-8", errors="surrogateescape").read(), flags=re.M)
            for part in parts:
                if len(parts) == 1:
                    yield path
                elif part.strip():
                    with open(f"{folder}/it.tg", "w", encoding="utf-8", errors="surrogateescape") as out:
                        out.write(part)
                    yield f"{folder}/it.tg"


def reached(tgc):
    found = set()
    for path in glob.glob(f"{ROOT}/tests/*.py"):
        found |= set(re.findall(r"\[([a-z][a-z0-9-]*)\]", open(path, encoding="utf-8").read()))
    for path in refused():
        said = subprocess.run([tgc, "--emit=ir", path, "-o", os.devnull], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=60).stderr
        found |= set(re.findall(r"^\S.*\[([a-z][a-z0-9-]*)\]$", said.decode("utf-8", "replace"), re.M))
    return found


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tgc", default=os.environ.get("TGC", "build/tgc"))
    tgc = os.path.abspath(parser.parse_args().tgc)
    texts = {path: re.sub(r"/\*.*?\*/", "", open(path, encoding="utf-8").read(), flags=re.S)
             for path in sources() if os.path.exists(path)}
    places = {}  # reporter -> index of its code
    for text in texts.values():
        for m in re.finditer(r"\b(\w+)\(([^(){};]*)const char \*code,\s*const char \*\w+", text):
            places[m[1]] = m[2].count(",")
    used = {}
    for path, text in texts.items():
        where = os.path.relpath(path, ROOT)
        for m in re.finditer(r"\b(\w+)\(", text):
            if m[1] not in places:
                continue
            args = arguments(text, m.end())
            code = args[places[m[1]]] if len(args) > places[m[1]] else ""
            for literal in re.findall(STRING, code):
                used.setdefault(literal, where)
        for m in re.finditer(r"\bcode = (?:[^;]*\? )?" + STRING + r"(?: : " + STRING + ")?", text):
            for literal in filter(None, m.groups()):
                used.setdefault(literal, where)
    rows = set(re.findall(r'^CODE\("([^"]*)"', open(f"{ROOT}/base/codes.def", encoding="utf-8").read(), re.M))
    missing = sorted(set(used) - rows - {""})
    unused = sorted(rows - set(used))
    for code in missing:
        print(f"{used[code]}: the code {code} has no row in base/codes.def")
    for code in unused:
        print(f"base/codes.def: nothing reports {code}")
    untested = sorted(set(used) & rows - reached(tgc))
    for code in untested:
        print(f"base/codes.def: no test is refused by {code} ({used[code]})")
    return 1 if missing or unused or untested or not used else 0


sys.exit(main())
