#!/usr/bin/env python3
"""run.py [--tgc PATH] [-k WORD] [--data FOLDER] [NAME]: training programs whose every number PyTorch has printed before.

NAME.tg is the program; NAME.expected.tsv (or NAME.CASE.expected.tsv) begins with how to run it:
    # source: NAME.tg
    # define: OPT=1               a -D for tgc
    # run: --dir {data}/text      arguments; {data} is a folder of data sets, {here} is this one,
                                  {images} the place of images that may not be copied
    # interpret: yes              the interpreter must print the same, to the bit
and goes on with rows: key, PyTorch's value in f32, in f64, tolerance. The program must print a line `key value` whose value is
within the tolerance of the f64 one.

Data that may not be copied, or is large, is looked for in --data (default: $TGC_DATA) and weights in ../traces of it. Cases
whose files are in neither place are skipped, by name; the exit status is 77 when nothing else was asked for."""
import argparse
import glob
import os
import shlex
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
SKIPPED = 77


def read(path):
    case = {"name": os.path.basename(path)[:-len(".expected.tsv")], "define": [], "run": "", "interpret": "", "rows": []}
    with open(path, encoding="utf-8") as f:
        for line in f.read().splitlines():
            if line.startswith("#"):
                word, _, rest = line[1:].strip().partition(":")
                if word == "define":
                    case["define"] += ["-D", rest.strip()]
                elif word in ("source", "run", "interpret"):
                    case[word] = rest.strip()
            elif line:
                key, _, want, tolerance = line.split("\t")
                case["rows"].append((key, float(want), float(tolerance)))
    return case


def place(word, data):
    """The word with its folder filled in; None when there is no such file."""
    beside = os.path.join(data, "..", "traces") if data else None
    roots = {"{data}": [os.path.join(HERE, "data"), data], "{here}": [HERE, beside], "{images}": [beside]}
    for name, folders in roots.items():
        if name in word:
            paths = (word.replace(name, folder) for folder in folders if folder)
            return next((path for path in paths if os.path.exists(path)), None)
    return word


def compare(rows, text):
    got = {}
    for line in text.splitlines():
        key, _, value = line.strip().rpartition(" ")
        try:
            got[key] = float(value)
        except ValueError:
            pass
    for key, want, tolerance in rows:
        if key not in got:
            return f"{key}: not printed"
        if not abs(got[key] - want) <= tolerance:
            return f"{key}: {got[key]:.9g}, expected {want:.9g} within {tolerance:.2g}"
    return None if rows else "no rows to compare"


def run_case(tgc, case, words):
    with tempfile.TemporaryDirectory() as folder:
        program = os.path.join(folder, "program")
        for command in [tgc, os.path.join(HERE, case["source"]), "-o", program, *case["define"]], [program, *words]:
            try:
                result = subprocess.run(command, cwd=folder, capture_output=True, text=True, errors="replace", timeout=300)
            except subprocess.TimeoutExpired:
                return f"{os.path.basename(command[0])} took too long"
            if result.returncode:
                return f"{os.path.basename(command[0])}: exit status {result.returncode}: {result.stderr.strip()}"
        problem = compare(case["rows"], result.stdout)
        if problem or not case["interpret"]:
            return problem
        command = [tgc, "interpret", os.path.join(HERE, case["source"]), *case["define"], "--", *words]
        other = subprocess.run(command, cwd=folder, capture_output=True, text=True, errors="replace", timeout=300)
        same = (other.returncode, other.stdout) == (0, result.stdout)
        return None if same else f"the interpreter prints otherwise: {other.stderr.strip()}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tgc", default=os.environ.get("TGC"), help="default: $TGC")
    parser.add_argument("--data", default=os.environ.get("TGC_DATA"), help="default: $TGC_DATA")
    parser.add_argument("-k", default="", help="only cases with this in their names")
    parser.add_argument("program", nargs="?", help="only the cases of NAME.tg")
    options = parser.parse_args()
    if not options.tgc:
        parser.error("no --tgc and no $TGC")
    tgc, data = os.path.abspath(options.tgc), options.data and os.path.abspath(options.data)
    count = {"passed": 0, "failed": 0, "skipped": 0}
    for path in sorted(glob.glob(os.path.join(HERE, "*.expected.tsv"))):
        case = read(path)
        if options.k not in case["name"] or options.program not in (None, case["source"][:-3]):
            continue
        asked = shlex.split(case["run"])
        words = [place(word, data) for word in asked]
        if None in words:
            absent = " ".join(a for a, w in zip(asked, words) if w is None)
            print(f"skipped {case['name']}: {absent} is not here; --data or $TGC_DATA names the folder of data sets")
            count["skipped"] += 1
            continue
        problem = run_case(tgc, case, words)
        count["failed" if problem else "passed"] += 1
        print(f"FAILED {case['name']}: {problem}" if problem else f"passed {case['name']}", flush=True)
    print(", ".join(f"{n} {what}" for what, n in count.items()))
    if count["failed"] or not any(count.values()):
        return 1
    return 0 if count["passed"] else SKIPPED


if __name__ == "__main__":
    sys.exit(main())
