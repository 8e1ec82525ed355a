#!/usr/bin/env python3
"""test_library.py [--tgc PATH]: the layers of nn, the optimizers and the schedules against what PyTorch computed (recorded in
tests/library by its generate.py and generate_steps.py).

layers.tg loads layers.safetensors by PyTorch's names and prints every output and gradient; each tensor must be within RTOL of its
largest number. The state saved again must hold the same entries, byte for byte. steps.tg: the same of optimizers' steps; prints.tg: the layers as text.
modules.tg, module_prints.tg: the same of layers with their options. functions_*.tg: functions with their options in f64, to F64_RTOL (PyTorch itself keeps some constants as floats). half_*.tg: functions of f16 and
bf16, to one unit in the last place of a tensor's largest number."""
import argparse
import glob
import itertools
import json
import os
import struct
import subprocess
import sys
import tempfile

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "library")
RTOL, F64_RTOL = 2e-5, 1e-7
HALF_RTOL = {"half_f16": 1.001 * 2**-10, "half_bf16": 1.001 * 2**-7}


def tensors(text):
    """[(label, [numbers])] of lines LABEL KIND NUMBERS, brackets and line breaks left out"""
    found = []
    for line in text.replace("[", " ").replace("]", " ").replace(",", " ").split("\n"):
        words = line.split()
        if words and words[0][0].isalpha() and words[0] not in ("nan", "inf"):
            found.append((" ".join(words[:2]), [float(w) for w in words[2:]]))
        elif words:
            found[-1][1].extend(float(w) for w in words)
    return found


def difference(want, got, rtol):
    if want[0] != got[0]:
        return f"{want[0]}: got {got[0]}"
    if len(want[1]) != len(got[1]):
        return f"{want[0]}: {len(got[1])} numbers, expected {len(want[1])}"
    scale = max([abs(v) for v in want[1] if abs(v) < float("inf")] + [0.1])
    gaps = [0.0 if a == b or a != a and b != b else abs(a - b) for a, b in zip(want[1], got[1])]
    worst = max([(gap if gap == gap else float("inf"), i) for i, gap in enumerate(gaps)] + [(0.0, 0)])
    if not worst[0] <= rtol * scale:
        return f"{want[0]}: number {worst[1]} is {got[1][worst[1]]}, expected {want[1][worst[1]]}"
    return None


def entries(path):
    data = open(path, "rb").read()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    header.pop("__metadata__", None)
    body = data[8 + length :]
    return {k: (v["dtype"], v["shape"], body[slice(*v["data_offsets"])]) for k, v in header.items()}


def compile_and_run(tgc, name, folder, *args):
    program = os.path.join(folder, name)
    subprocess.run([tgc, os.path.join(HERE, name + ".tg"), "-o", program], check=True)
    return subprocess.run([program, *args], check=True, capture_output=True, text=True).stdout


def disagreements(name, got, rtol=RTOL):
    want = tensors(open(os.path.join(HERE, name + ".expected")).read())
    found = [d for d in (difference(w, g, rtol) for w, g in zip(want, got)) if d]
    if len(want) != len(got):
        found.append(f"{name}: {len(got)} tensors, expected {len(want)}")
    return found


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tgc", default=os.environ.get("TGC"), help="default: $TGC")
    options = parser.parse_args()
    if not options.tgc:
        parser.error("no --tgc and no $TGC")
    tgc = os.path.abspath(options.tgc)
    with tempfile.TemporaryDirectory() as folder:
        problems, count = [], 0
        for name in ("layers", "modules"):
            state, back = os.path.join(HERE, name + ".safetensors"), os.path.join(folder, "back.safetensors")
            got = tensors(compile_and_run(tgc, name, folder, "--file", state, "--back", back))
            problems += disagreements(name, got)
            count += len(got)
            if entries(state) != entries(back):
                problems.append(f"{name}: the state saved again differs from the state loaded")
        steps = tensors(compile_and_run(tgc, "steps", folder))
        problems += disagreements("steps", steps)
        count += len(steps)
        for path in sorted(glob.glob(os.path.join(HERE, "functions_*.tg"))):
            name = os.path.basename(path)[:-3]
            got = tensors(compile_and_run(tgc, name, folder))
            problems += disagreements(name, got, F64_RTOL)
            count += len(got)
        for name, rtol in HALF_RTOL.items():
            got = tensors(compile_and_run(tgc, name, folder))
            problems += [f"{name}: {p}" for p in disagreements(name, got, rtol)]
            count += len(got)
        for name in ("prints", "module_prints"):
            want = open(os.path.join(HERE, name + ".expected")).read().split("\n")
            got = compile_and_run(tgc, name, folder).split("\n")
            pairs = itertools.zip_longest(want, got)
            problems += [f"{name}: {a!r}, got {b!r}" for a, b in pairs if a != b]
    for p in problems:
        print(f"FAILED {p}")
    print(f"{count} tensors compared, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
