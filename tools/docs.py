#!/usr/bin/env python3
"""docs.py --tgc PATH [--check]: makes docs/ops.md and the dumps in docs/*.md anew from what tgc says.

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


def examples():
    """name -> a line of a conformance case that calls it: tested, and compared with PyTorch"""
    found = {}
    for path in sorted(glob.glob(os.path.join(TOP, "tests/conformance/cases/*.tg"))):
        with open(path, encoding="utf-8") as f:
            text = f.read()
        for line in text.splitlines():
            m = re.match(r"\s+let \w+(?:: [^=]*)? = (.*)$", line)
            if not m or len(m[1]) > 70:
                continue
            for name in re.findall(r"(?<![\w])([a-z]\w*)\(", m[1]):
                if f"fn {name}" in text:
                    continue  # the case's own
                if name not in found or len(m[1]) < len(found[name]):
                    found[name] = m[1]
    return found


def cell(text):
    return text.replace("|", "\\|")


def ops_page(tgc):
    shown = examples()
    page = ["# Built-in functions", "",
            "Made by `tools/docs.py` from `tgc --ops` and the conformance cases, which compare every example with PyTorch.", ""]
    for section in tgc_says(tgc, "--ops").strip().split("\n\n"):
        title, *lines = section.split("\n")
        rows = [line.split("\t") for line in lines]
        if title.startswith("[operations"):
            page += ["## Operations", "",
                     "What functions and operators become in the graph (`--emit=ir`). Types: `n` any number, `f` float, `i` integer, `z` "
                     "integer or bool, `a` anything; equal letters are one type. Derivatives: by each operand, in tg, over the operands "
                     "`a b c`, the result `y` and its cotangent `g`; `zero`: a step function; `none`: asking for it is an error (or "
                     "there is nothing to ask for); `computed`: a rule in `autodiff/rules.c`.", "",
                     "| operation | types | derivative | meaning |", "| --- | --- | --- | --- |"]
            page += [f"| `{row[0]}` | `{row[1]}` | `{cell(row[2])}` | {cell(row[3])} |" for row in rows]
        else:
            file = re.search(r"std/[\w/]+\.tg", title)
            where = f"written in tg (`{file[0]}`)" if file else "of the compiler"
            page += [f"## Functions {where}", "", "| function | what it gives | example |", "| --- | --- | --- |"]
            for row in sorted(rows):
                example = shown.get(re.match(r"\w+", row[0])[0])
                page.append(f"| `{cell(row[0])}` | {cell(row[1]) if len(row) > 1 else ''} | {f'`{cell(example)}`' if example else ''} |")
        page.append("")
    page += ["Layers, initialisers, optimizers and metrics are in `std/nn/`, `std/init.tg`, `std/optim/` and `std/metrics.tg`, in tg.",
             "What a message's code in brackets means is said by `tgc --explain=CODE`; docs/errors.md lists them.", ""]
    return "\n".join(page)


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
    made = {"docs/ops.md": ops_page(tgc), "docs/errors.md": errors_page()}
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
