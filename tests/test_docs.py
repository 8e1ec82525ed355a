#!/usr/bin/env python3
"""test_docs.py [--tgc PATH] [-k WORD]: what README.md and docs/ say is so.

The documentation of functions and operations (`tgc --ops`) is complete, and its examples hold (reference_check.py); -k: only of
those whose names contain WORD, and nothing else. Pages and dumps made by tools/docs.py are current. Each ```tg block is a program, or the
inside of one (declarations, or statements of main): it compiles, and runs unless it reads data; a ```text block after it is what it
prints, a ```error block what tgc says."""
import argparse
import glob
import os
import re
import subprocess
import sys
import tempfile

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path += [os.path.join(TOP, "tools")]
import reference  # noqa: E402
import reference_check  # noqa: E402

BLOCK = re.compile(r"^```(tg|text|error)\n(.*?)^```$", re.M | re.S)


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=TOP)


def whole(text):
    if "fn main()" in text:
        return text
    if re.match(r"\s*(#.*\n\s*)*(fn|module|const|arg|data) ", text):
        return text + "\nfn main() { }\n"
    return "fn main() {\n" + text + "}\n"


def check_block(tgc, text, expected, folder):
    source, program = os.path.join(folder, "block.tg"), os.path.join(folder, "block")
    with open(source, "w", encoding="utf-8") as f:
        f.write(whole(text))
    wrong = reference_check.check_declared(tgc, text)
    if wrong:
        return "; ".join(wrong)
    made = run(tgc, source, "-o", program)
    if expected and expected[0] == "error":
        said = made.stderr.split("\n")[0].partition(": ")[2]
        want = expected[1].strip()
        return None if made.returncode == 1 and said == want else f"tgc said {said!r}, expected {want!r}"
    if made.returncode:
        return f"tgc: exit status {made.returncode}: {made.stderr}"
    if re.search(r"^data ", text, re.M):
        return None
    result = subprocess.run([program], capture_output=True, text=True, timeout=120, cwd=folder)
    if result.returncode:
        return f"exit status {result.returncode}: {result.stderr}"
    if expected and result.stdout != expected[1]:
        return f"it printed {result.stdout!r}, expected {expected[1]!r}"
    return None


def check_functions(tgc, word):
    """how many problems the documentation of functions has"""
    entries = [e for e in reference.read(run(tgc, "--ops").stdout) if word in e.name]
    wrong, count = reference_check.check(tgc, entries)
    incomplete = [f"{e.kind} {e.name} ({', '.join(e.lines['from']) or 'ir/ops.def'}) has no {', '.join(lacks)}"
                  for e in entries if (lacks := reference.missing(e))]
    wrong += incomplete
    print("".join(f"FAILED {w}\n" for w in wrong), end="")
    print(f"{count} examples of {len(entries)} functions and operations, {len(wrong)} failures")
    return len(wrong) + (not entries)


def check_pages(tgc):
    failed, count = 0, 0
    current = run(sys.executable, "tools/docs.py", "--check", "--tgc", tgc)
    if current.returncode:
        failed += 1
        print(f"FAILED {current.stdout}{current.stderr}")
    for path in [os.path.join(TOP, "README.md"), *sorted(glob.glob(os.path.join(TOP, "docs/*.md")))]:
        with open(path, encoding="utf-8") as f:
            text = f.read()
        blocks = list(BLOCK.finditer(text))
        for i, block in enumerate(blocks):
            if block[1] != "tg":
                continue
            follows = blocks[i + 1] if i + 1 < len(blocks) and blocks[i + 1][1] != "tg" else None
            with tempfile.TemporaryDirectory() as folder:
                problem = check_block(tgc, block[2], follows and (follows[1], follows[2]), folder)
            count += 1
            if problem:
                failed += 1
                line = text[:block.start()].count("\n") + 1
                print(f"FAILED {os.path.relpath(path, TOP)}:{line}: {problem}")
    print(f"{count} programs in the documentation, {failed} failures")
    return failed + (not count)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tgc", default=os.environ.get("TGC"), help="default: $TGC")
    parser.add_argument("-k", metavar="WORD", default="", help="only functions whose names contain WORD")
    options = parser.parse_args()
    if not options.tgc:
        parser.error("no --tgc and no $TGC")
    tgc = os.path.abspath(options.tgc)
    failed = check_functions(tgc, options.k)
    if not options.k:
        offered = reference_check.suggestions(tgc)
        print("".join(f"FAILED {o}\n" for o in offered), end="")
        failed += len(offered) + check_pages(tgc)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
