#!/usr/bin/env python3
"""test_conformance.py [--tgc PATH] [-k WORD] [--jobs N] [--only plain|opaque|errors]: small programs with PyTorch's numbers.

conformance/cases/NAME.tg prints results as `LABEL [SIZES]: numbers`; NAME.expected holds a tolerance and what PyTorch computes
in f64 from the same literals. Each case is run twice: as it is, and with its float inputs multiplied by an argument whose value
1 only the running program knows, so that nothing of it can be computed by the compiler. Sixteen cases are one program, which
imports them; where it fails, each is run as a program of its own, so that the failure has the case's name.
conformance/errors/NAME.tg has a mistake in each line marked `#: error: WORD ...`: tgc must refuse with one error a marked
line, none elsewhere, and each word must stand in its message."""
import argparse
import concurrent.futures
import math
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "conformance")
LABEL = re.compile(r"^([A-Za-z_]\w*) \[([^\]]*)\]:(.*)$")
EXPECTED = re.compile(r"^(\w+) (\w+)\[([\d,]*)\]:(.*)$")
NUMBER = re.compile(r"[-+]?(?:inf|nan|\d+\.?\d*(?:e[-+]?\d+)?|\.\d+(?:e[-+]?\d+)?)|true|false", re.I)
EXACT = ("i32", "i64", "u8", "bool")
WORDS = {"true": "1", "false": "0"}


class Failure(Exception):
    pass


def execute(command, folder):
    try:
        return subprocess.run(command, capture_output=True, timeout=120, cwd=folder, errors="replace", text=True)
    except subprocess.TimeoutExpired:
        raise Failure(f"{os.path.basename(command[0])} took too long")


def value(token, exact):
    token = WORDS.get(token.lower(), token)
    return int(token) if exact and "." not in token else float(token)


def read_expected(path):
    """(rtol, atol, [(label, type, shape, tokens)])"""
    with open(path, encoding="utf-8") as f:
        header, *lines = f.read().splitlines()
    words = header.lstrip("# ").split()
    tolerance = {words[i]: float(words[i + 1]) for i in range(0, len(words), 2)}
    blocks = []
    for line in lines:
        label, kind, shape, rest = EXPECTED.match(line).groups()
        blocks.append((label, kind, [int(n) for n in shape.split(",") if n], rest.split()))
    return tolerance["rtol"], tolerance["atol"], blocks


def read_printed(text):
    """[(label, shape, tokens)]: from a line `LABEL [SIZES]:` to the next one. Names of axes are passed over."""
    blocks = []
    for line in text.splitlines():
        m = LABEL.match(line)
        if m:
            blocks.append((m[1], [int(n) for n in re.findall(r"(?<![\w.])\d+", m[2])], NUMBER.findall(m[3])))
        elif blocks:
            blocks[-1][2].extend(NUMBER.findall(line))
    return blocks


def same(want, got, exact, rtol, atol):
    want, got = value(want, exact), value(got, exact)
    if exact or math.isinf(want) or math.isinf(got):
        return want == got
    if math.isnan(want) or math.isnan(got):
        return math.isnan(want) and math.isnan(got)
    return abs(want - got) <= atol + rtol * abs(want)


def compare(expected, printed, rtol, atol):
    names = [block[0] for block in printed]
    if names != [block[0] for block in expected]:
        raise Failure(f"printed {names}, expected {[block[0] for block in expected]}")
    for (label, kind, shape, want), (_, printed_shape, got) in zip(expected, printed):
        if printed_shape != shape or len(got) != len(want):
            raise Failure(f"{label}: {len(got)} numbers of shape {printed_shape}, expected {len(want)} of {shape}")
        for i, (a, b) in enumerate(zip(want, got)):
            if not same(a, b, kind in EXACT, rtol, atol):
                raise Failure(f"{label}: element {i} is {b}, expected {a}")


MARK = "---- case ----"
ONE = 'arg one: f32 = 1.0 "what the compiler cannot know"\n'
CONSTANT = re.compile(r"^const (\w+) = [-\[\]\d.,e\s]*\.\d[-\[\]\d.,e\s]*$", re.M)
LITERAL = re.compile(r"    let \w+ = [-\[\]\d.,e()\s]*\.\d[-\[\]\d.,e\s()]*(\.to\(\w+\))?")
LITERAL_LET = re.compile(r"(?m)^    let \w+ = [-\[\d(].*(?:\n(?!    \w).*)*")


def make_opaque(text):
    """The case with each float literal that `main` binds, and each float const, times main's argument `one`."""
    hidden = "".join(f"    let {name} = {name} * one\n" for name in CONSTANT.findall(text))

    def times_one(match):
        statement, brace, rest = match[0].partition("\n}")  # main's closing brace is no part of its last statement
        if LITERAL.fullmatch(statement.rstrip()):
            statement = statement.rstrip() + " * one"
        return statement + brace + rest

    return LITERAL_LET.sub(times_one, text).replace("fn main() {\n", "fn main(one: f32) {\n" + hidden, 1)


def run_cases(tgc, sources, folder, opaque):
    """What the cases print, each imported by one program"""
    imports, calls = [], []
    for source in sources:
        name = "case_" + os.path.basename(source)[:-3]
        with open(source, encoding="utf-8") as f:
            text = f.read()
        with open(os.path.join(folder, name + ".tg"), "w", encoding="utf-8") as f:
            f.write(make_opaque(text) if opaque else text)
        imports.append(f'import "{name}.tg"\n')
        calls.append(f'    print("{MARK}")\n    {name}.main({"one" if opaque else ""})\n')
    with open(os.path.join(folder, "all.tg"), "w", encoding="utf-8") as f:
        f.write("".join(imports) + ONE * opaque + "fn main() {\n" + "".join(calls) + "}\n")
    program = os.path.join(folder, "program")
    for command in [tgc, "all.tg", "-o", program], [program]:
        result = execute(command, folder)
        if result.returncode:
            raise Failure(f"{os.path.basename(command[0])}: exit status {result.returncode}: {result.stderr.strip()}")
    return result.stdout.split(MARK + "\n")[1:]


def test_cases(tgc, sources, folder, opaque):
    """By case: None, or what is wrong"""
    try:
        problems = []
        for source, printed in zip(sources, run_cases(tgc, sources, folder, opaque), strict=True):
            rtol, atol, expected = read_expected(source[:-3] + ".expected")
            compare(expected, read_printed(printed), rtol, atol)
            problems.append(None)
        return problems
    except (Failure, ValueError) as e:
        if len(sources) == 1:
            return [str(e)]
    return [test_cases(tgc, [source], folder, opaque)[0] for source in sources]


def test_error(tgc, source, folder):
    with open(source, encoding="utf-8") as f:
        wanted = {n: line.split("#: error:")[1].split() for n, line in enumerate(f, 1) if "#: error:" in line}
    result = execute([tgc, source, "-o", os.path.join(folder, "program")], folder)
    if result.returncode != 1:
        raise Failure(f"exit status {result.returncode}, expected 1")
    errors, text = {}, []
    for line in result.stderr.splitlines():
        m = re.match(r"^(.*?):(\d+):\d+: (error|warning|note): (.*)$", line)
        if m and m[3] != "note":
            text = [m[4]]
            if m[3] == "error":
                if int(m[2]) in errors or m[1] != source:
                    raise Failure(f"one error too many: {line}")
                errors[int(m[2])] = text
        elif m or re.match(r"^\s*(help|hint):", line):
            text.append(line)
    if sorted(errors) != sorted(wanted):
        raise Failure(f"errors in lines {sorted(errors)}, expected in {sorted(wanted)}\n{result.stderr}")
    for line, words in wanted.items():
        said = "\n".join(errors[line])
        missing = [w for w in words if not re.search(rf"(?<!\w){re.escape(w)}(?!\w)", said, re.I)]
        if missing:
            raise Failure(f"line {line}: no {' '.join(missing)} in: {said}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tgc", default=os.environ.get("TGC"), help="default: $TGC")
    parser.add_argument("-k", default="", help="only names with this in them")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--only", choices=("plain", "opaque", "errors"))
    options = parser.parse_args()
    if not options.tgc:
        parser.error("no --tgc and no $TGC")
    tgc = os.path.abspath(options.tgc)
    batches = []
    for kind, place in ("plain", "cases"), ("opaque", "cases"), ("errors", "errors"):
        names = [name for name in sorted(os.listdir(os.path.join(HERE, place)))
                 if name.endswith(".tg") and options.k in name and options.only in (None, kind)]
        size = 1 if kind == "errors" else 16
        batches += [(kind, [os.path.join(HERE, place, name) for name in names[i:i + size]]) for i in range(0, len(names), size)]

    def one(batch):
        kind, sources = batch
        with tempfile.TemporaryDirectory() as folder:
            if kind != "errors":
                return test_cases(tgc, sources, folder, kind == "opaque")
            try:
                test_error(tgc, sources[0], folder)
            except Failure as e:
                return [str(e)]
        return [None]

    passed = failed = 0
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for (kind, sources), problems in zip(batches, pool.map(one, batches)):
            for source, problem in zip(sources, problems):
                passed += not problem
                failed += bool(problem)
                if problem:
                    print(f"FAILED {kind} {os.path.basename(source)}: {problem}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
