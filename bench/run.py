#!/usr/bin/env python3
"""Times the workloads beside PyTorch eager, in turn, on one thread, and prints the medians and minima of both.

    bench/run.py --tgc build/tgc --peers PATH/TO/peers --python PYTHON --data FOLDER [--rounds 3] [--only W1,W2]

peers: the folder with w01_thermometer.py, w02_mlp.py, w03_lenet.py (one JSON line a measurement); python: an interpreter that has
torch; data: the folder with MNIST's four gzip files. Losses are compared with the peer's.
"""
import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
# workload: program, peer's script, peer, iterations that one iteration of the timed loop stands for, the loop's label, target
WORKLOADS = {
    "W1": ("w1_thermometer.tg", "w01_thermometer.py", "torch_eager", 200, "block", 500),
    "W2": ("w2_mlp.tg", "w02_mlp.py", "torch_eager", 10, "block", 1.5),
    "W3": ("w3_lenet.tg", "w03_lenet.py", "torch_eager", 1, "step", 2),
}


def ours(program, data, label, per):
    """Best and median time (µs) of one iteration, and the losses printed."""
    core = sorted(os.sched_getaffinity(0))[-1]
    args = [program, "--threads", "1", "--profile"] + ([] if "w1" in program else ["--dir", data])
    run = subprocess.run(args, capture_output=True, text=True, preexec_fn=lambda: os.sched_setaffinity(0, {core}))
    if run.returncode:
        sys.exit(f"{program}: {run.stderr}")
    unit = {"ns": 1e-3, "us": 1, "ms": 1e3, "s": 1e6}
    line = re.search(rf"^ *\d+ +([\d.]+) (\w+) +([\d.]+) (\w+) +\S+ \w+ +{label} ", run.stdout + run.stderr, re.M)
    if not line:
        sys.exit(f"{program}: no profile of the loop {label} in\n{run.stderr}")
    losses = [float(v) for v in re.findall(r"^(?:loss|last) (\S+)", run.stdout, re.M)]
    return float(line[1]) * unit[line[2]] / per, float(line[3]) * unit[line[4]] / per, losses


def theirs(python, script, peer):
    run = subprocess.run([python, script, "--threads", "1", "--peer", peer], capture_output=True, text=True)
    rows = [json.loads(line) for line in run.stdout.splitlines() if line.startswith("{")]
    row = next((r for r in rows if str(r["metric"]).startswith("time per")), None)
    if row is None:
        sys.exit(f"{script}: {run.stdout}{run.stderr}")
    scale = {"us": 1, "ms": 1e3, "s": 1e6}[row["unit"]]
    return row["min"] * scale, row["value"] * scale, row["losses"]


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--tgc", required=True)
    p.add_argument("--peers", required=True)
    p.add_argument("--python", required=True)
    p.add_argument("--data", required=True)
    p.add_argument("--rounds", type=int, default=3)
    p.add_argument("--only", default=",".join(WORKLOADS))
    a = p.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for name in a.only.split(","):
            source, script, peer, per, label, target = WORKLOADS[name]
            program = os.path.join(folder, name.lower() + source[2:-3])
            subprocess.run([a.tgc, HERE / source, "-o", program], check=True)
            mine, peers = [], []
            for _ in range(a.rounds):
                peers.append(theirs(a.python, os.path.join(a.peers, script), peer))
                mine.append(ours(program, a.data, label, per))
            for who, rows in (("tgc", mine), (peer, peers)):
                print(f"{name} {who}: best {min(r[0] for r in rows):.4g} us, median {statistics.median(r[1] for r in rows):.4g} us, "
                      f"losses {', '.join(f'{v:.7g}' for v in rows[-1][2])}")
            best = min(r[0] for r in peers) / min(r[0] for r in mine)
            median = statistics.median(r[1] for r in peers) / statistics.median(r[1] for r in mine)
            print(f"{name}: {best:.1f} times faster by the best, {median:.1f} by the medians (wanted {target})")


main()
