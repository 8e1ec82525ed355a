#!/usr/bin/env python3
"""test_resume.py [--tgc PATH]: programs of tests/resume that are stopped (at --stop N) and resumed print, from the checkpoint on,
what they print when nothing stops them, to the last digit; with another number of threads too."""
import argparse
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
STOPS = {"flat": (13, 14, 19, 27, 32), "epochs": (2, 4, 5, 9, 12), "inner": (1, 2, 10, 11, 17, 20, 29, 30)}


def run(program, *args):
    return subprocess.run([program, *args], capture_output=True, text=True, timeout=60)


def check(tgc, name, folder):
    program = os.path.join(folder, name)
    made = run(tgc, os.path.join(HERE, "resume", name + ".tg"), "-o", program)
    if made.returncode:
        return [f"{name}: tgc: {made.stderr}"]
    file = os.path.join(folder, name + ".run")
    whole = run(program, "--file", file).stdout
    os.remove(file)
    problems = []
    for stop in STOPS[name]:
        for left in (file, file + ".old"):
            if os.path.exists(left):
                os.remove(left)
        part = run(program, "--file", file, "--stop", str(stop))
        if part.returncode != 1:
            problems.append(f"{name} --stop {stop}: exit status {part.returncode}, expected 1")
        rest = run(program, "--file", file, "--resume", "--threads", "1")
        if rest.returncode or not rest.stdout:
            problems.append(f"{name} --stop {stop} --resume: {rest.stderr}")
        elif name == "flat":  # what stands before the loop is printed again
            head, tail = rest.stdout.split("epoch 2", 1)
            if not whole.endswith(tail.split("\n", 1)[1]) or not whole.startswith(head):
                problems.append(f"{name} --stop {stop}: resumed\n{rest.stdout}--- whole\n{whole}")
        elif not whole.endswith(rest.stdout):
            problems.append(f"{name} --stop {stop}: resumed\n{rest.stdout}--- whole\n{whole}")
        again = run(program, "--file", file, "--resume")
        if again.returncode or again.stdout.strip().split("\n")[-1] != whole.strip().split("\n")[-1]:
            problems.append(f"{name} --stop {stop}: a finished loop is not skipped: {again.stdout}{again.stderr}")
    return problems


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tgc", default=os.environ.get("TGC"), help="default: $TGC")
    tgc = parser.parse_args().tgc
    if not tgc:
        parser.error("no --tgc and no $TGC")
    with tempfile.TemporaryDirectory() as folder:
        problems = [p for name in sorted(STOPS) for p in check(os.path.abspath(tgc), name, folder)]
    for problem in problems:
        print("FAILED", problem)
    print(f"{len(STOPS)} programs, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
