#!/usr/bin/env python3
"""test_examples.py [--tgc PATH]: every program of examples/ compiles; those with a text in tests/examples/ print it (PyTorch printed
it before): the words are equal, numbers to the last digit or two that are printed."""
import argparse
import glob
import os
import re
import subprocess
import sys
import tempfile

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
NUMBER = re.compile(r"[-+]?\d+\.?\d*(?:e[-+]?\d+)?", re.I)


def last_digit(token):
    digits, _, exponent = token.lower().partition("e")
    return 10.0 ** (int(exponent or 0) - len(digits.partition(".")[2])) if "." in digits else 0.0


def same(want, got):
    if NUMBER.sub("#", want) != NUMBER.sub("#", got):
        return False
    pairs = zip(NUMBER.findall(want), NUMBER.findall(got))
    return all(abs(float(a) - float(b)) <= 1e-6 * abs(float(a)) + 1.1 * last_digit(a) for a, b in pairs if a != b)


def check(tgc, path, folder):
    program = os.path.join(folder, "program")
    made = subprocess.run([tgc, path, "-o", program], capture_output=True, text=True, timeout=120)
    if made.returncode or made.stderr:
        return f"tgc: exit status {made.returncode}: {made.stderr}"
    expected = os.path.join(TOP, "tests/examples", os.path.basename(path)[:-3] + ".txt")
    if not os.path.exists(expected):
        return None
    result = subprocess.run([program], capture_output=True, text=True, timeout=120, cwd=folder)
    if result.returncode:
        return f"exit status {result.returncode}: {result.stderr}"
    with open(expected, encoding="utf-8") as f:
        want, got = f.read().splitlines(), result.stdout.splitlines()
    if len(want) != len(got):
        return f"{len(got)} lines, expected {len(want)}"
    wrong = [i for i, (a, b) in enumerate(zip(want, got)) if not same(a, b)]
    return f"line {wrong[0] + 1} is {got[wrong[0]]!r}, expected {want[wrong[0]]!r}" if wrong else None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tgc", default=os.environ.get("TGC"), help="default: $TGC")
    options = parser.parse_args()
    if not options.tgc:
        parser.error("no --tgc and no $TGC")
    failed, paths = 0, sorted(glob.glob(os.path.join(TOP, "examples/*.tg")))
    for path in paths:
        with tempfile.TemporaryDirectory() as folder:
            problem = check(os.path.abspath(options.tgc), path, folder)
        if problem:
            failed += 1
            print(f"FAILED {os.path.basename(path)}: {problem}")
    print(f"{len(paths) - failed} passed, {failed} failed")
    return 1 if failed or not paths else 0


if __name__ == "__main__":
    sys.exit(main())
