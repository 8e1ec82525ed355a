#!/usr/bin/env python3
"""docs.py --tgc PATH [--check]: makes docs/ops.md, docs/library.md, docs/errors.md and the dumps in docs/*.md anew from what tgc says.

A dump stands after a comment that names its command, cut to what is worth reading:
    <!-- dump: --emit=ast examples/thermometer.tg -->
    <!-- dump: --emit=llvm examples/thermometer.tg | from head: lines 8 -->
With --check nothing is written: exit status 1, and the files' names, when one is not what it would become."""
import argparse
import glob
import os
import re
import subprocess
import sys

import reference

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
WIDTH = 132
DUMP = re.compile(r"(<!-- dump: (?P<command>.*?)(?: \| from (?P<start>\S+) lines (?P<count>\d+))? -->\n```\w*\n).*?(\n```)", re.S)


def tgc_says(tgc, *words):
    return subprocess.run([tgc, *words], capture_output=True, text=True, check=True, cwd=TOP).stdout


def dump(tgc, match):
    lines = tgc_says(tgc, *match["command"].split()).rstrip("\n").split("\n")
    if match["start"]:
        first = next((i for i, line in enumerate(lines) if match["start"] in line), None)
        if first is None:
            sys.exit(f"docs.py: tgc {match['command']}: no line with {match['start']!r}")
        lines = lines[first:first + int(match["count"])]
    lines = [line if len(line) <= WIDTH else line[:WIDTH - 2] + " …" for line in lines]
    return match[1] + "\n".join(lines) + match[5]


def errors_page():
    with open(os.path.join(TOP, "base/codes.def"), encoding="utf-8") as f:
        text = f.read()
    page = ["# Errors", "",
            "A message says where, what is wrong in the program's own terms, and ends in a code: `tgc --explain=CODE` prints what stands here. "
            "Made by `tools/docs.py` from `base/codes.def`; `tests/error/` holds programs that meet them.", ""]
    for m in re.finditer(r"/\* --- (.*?) -+ \*/|CODE\(\"([^\"]*)\",((?:\s*\"(?:[^\"\\]|\\.)*\")+)\)", text):
        if m[1]:
            page += [f"## {m[1][0].upper()}{m[1][1:]}", ""]
        else:
            said = "".join(re.findall(r"\"((?:[^\"\\]|\\.)*)\"", m[3]))
            said = re.sub(r"\\(.)", lambda e: {"n": " "}.get(e[1], e[1]), said)
            page += [f"**{m[2]}**: {said}", ""]
    return "\n".join(page)


def pages(tgc):
    """path -> what it should hold"""
    entries = reference.read(tgc_says(tgc, "--ops"))
    made = {"docs/ops.md": reference.ops_page(entries), "docs/library.md": reference.library_page(entries),
            "docs/errors.md": errors_page()}
    for path in glob.glob(os.path.join(TOP, "docs/*.md")) + [os.path.join(TOP, "README.md")]:
        name = os.path.relpath(path, TOP)
        if name not in made and os.path.exists(path):
            with open(path, encoding="utf-8") as f:
                made[name] = DUMP.sub(lambda m: dump(tgc, m), f.read())
    return made


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tgc", default=os.environ.get("TGC", os.path.join(TOP, "build/tgc")), help="default: $TGC or build/tgc")
    parser.add_argument("--check", action="store_true", help="write nothing, compare")
    options = parser.parse_args()
    old = []
    for name, text in pages(os.path.abspath(options.tgc)).items():
        path = os.path.join(TOP, name)
        before = open(path, encoding="utf-8").read() if os.path.exists(path) else None
        if before == text:
            continue
        old.append(name)
        if not options.check:
            with open(path, "w", encoding="utf-8") as f:
                f.write(text)
            print(f"wrote {name}")
    if options.check and old:
        print(f"not what tgc says: {', '.join(old)}; tools/docs.py writes them")
    return 1 if options.check and old else 0


if __name__ == "__main__":
    sys.exit(main())
