#!/usr/bin/env python3
"""test_files.py [--tgc PATH]: what a program does to files when things go wrong: killed at any moment and resumed, a file that may
not grow, a folder that may not be written, a data file that gets shorter, a checkpoint of another program."""
import argparse
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time

TRAIN = """
arg file: str = "run.ckpt"
arg epochs: int = 40
fn main() {
    let xs = rand(f32[200, 8])
    let ys = sin(sum(xs * 2.0, axis=1))
    let net = nn.Sequential(nn.Linear(8, 64), nn.BatchNorm1d(64), nn.Tanh(), nn.Dropout(0.2), nn.Linear(64, 1))
    let opt = optim.AdamW(net, lr=0.01)
    var best = 1e9
    for epoch in 0..epochs checkpoint "{file}" every 1 {
        var total = 0.0
        for x, y in batches((xs, ys), 16, shuffle=true) {
            let loss = mean((net(x).reshape(-1) - y + 0.01 * randn(y.shape)) ** 2)
            opt.step(grad(loss, net))
            total += loss
            log("loss", loss)
        }
        best = minimum(best, total)
        log("epoch", total, step=epoch)
    }
    print("end {norm(net.layers[0].weight):.9g} {best:.9g}")
}
"""
WRITE = """
arg out: str = "m.safetensors"
arg n: int = 20
fn main() {
    var x = zeros(f32[200, 200])
    for i in 0..n checkpoint "run.ckpt" every 10 {
        x = x + rand(f32[200, 200])
        log("s", x[:10])
        if i == 5 { save(x, out) }
        print("{i} {x:.9g}")
    }
}
"""
SHRINK = """
data x: u8[n] = bytes("big.bin")
fn main() {
    var t = 0.0
    for i in 0..1000000 {
        t = 0.5 * t + mean(x[i : i + 100000].to(f32))
        if i == 100 { print("going") }
    }
    print("{t}")
}
"""
MAIN = """
import "part.tg"
fn main() {
    var x = 1.0
    for i in 0..part.count() checkpoint "run.ckpt" every 1 { x = part.next(x) }
    print("{x}")
}
"""
PART = """
fn count() { return 3 }
fn next(x) { return x * 2.0 }
"""


def compile_program(tgc, name, text):
    with open(name + ".tg", "w", encoding="utf-8") as f:
        f.write(text)
    made = subprocess.run([tgc, name + ".tg", "-o", name], capture_output=True, text=True)
    assert made.returncode == 0, made.stderr
    return os.path.join(os.getcwd(), name)


def run(*command, **options):
    return subprocess.run(command, capture_output=True, text=True, timeout=100, **options)


def contents(name):
    with open(name, "rb") as f:
        return f.read()


def killed(tgc):
    """Stopped again and again at any moment: the same bytes in the checkpoint, the log and the output."""
    program = compile_program(tgc, "train", TRAIN)
    began = time.time()
    whole = run(program, "--file", "whole.ckpt", "--log", "whole.csv")
    took = time.time() - began
    dice = random.Random(1)
    for number in (signal.SIGKILL, signal.SIGTERM):
        for left in ("run.ckpt", "part.csv"):
            if os.path.exists(left):
                os.remove(left)
        for _ in range(8):
            p = subprocess.Popen([program, "--resume", "--log", "part.csv", "--threads", str(dice.randint(1, 2))],
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            time.sleep(dice.uniform(0.02, took / 2 + 0.05))
            p.send_signal(number)
            _, err = p.communicate()
            assert p.returncode in (0, -number), (p.returncode, err)
        end = run(program, "--resume", "--log", "part.csv")
        assert end.stdout == whole.stdout, (end.stdout, end.stderr, whole.stdout)
        assert contents("run.ckpt") == contents("whole.ckpt"), "the checkpoint differs"
        assert contents("part.csv") == contents("whole.csv"), "the log differs"


def limited(tgc):
    """A file that may not grow (as a full disk): the line, exit status 1, and the old files whole."""
    program = compile_program(tgc, "write", WRITE)
    cut = {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100000, 100000))}
    assert run(program, "--n", "10").returncode == 0
    old = contents("run.ckpt")
    for args, line, words in ((["--out", "a.safetensors"], 9, "cannot write a.safetensors"), (["--out", "a.npy"], 9, "cannot write a.npy"),
                              (["--n", "5"], 6, "cannot write run.ckpt"),
                              (["--n", "5", "--log", "a.csv"], 8, "cannot write a.csv")):
        if "a.csv" in args:
            cut = {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))}
        end = run(program, *args, **cut)
        assert end.returncode == 1 and f"write.tg:{line}: {words}: File too large" in end.stderr, (args, end.stderr)
        assert contents("run.ckpt") == old, "the old checkpoint is damaged"
        assert not [f for f in os.listdir(".") if f.endswith(".tmp")], os.listdir(".")
    with open("/dev/full", "w") as full:
        end = subprocess.run([program], stdout=full, stderr=subprocess.PIPE, text=True)
    assert end.returncode == 1 and "write.tg:10: cannot write to standard output" in end.stderr, end.stderr
    end = run(program, "--out", "none/x.npy")
    assert end.returncode == 1 and "write.tg:9: cannot write none/x.npy: No such file" in end.stderr, end.stderr


def shortened(tgc):
    program = compile_program(tgc, "shrink", SHRINK)
    with open("big.bin", "wb") as f:
        f.write(bytes(2000000))
    p = subprocess.Popen([program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert p.stdout.readline() == "going\n"
    os.truncate("big.bin", 100)
    _, err = p.communicate()
    assert p.returncode == 1 and "a data file became shorter" in err, (p.returncode, err)


def changed(tgc):
    """A checkpoint is refused when a file that the program imports has changed."""
    for part, want in ((PART, ""), (PART.replace("2.0", "3.0"), "is the checkpoint of another program")):
        with open("part.tg", "w", encoding="utf-8") as f:
            f.write(part)
        program = compile_program(tgc, "main", MAIN)
        if not want:
            assert run(program).stdout == "8.\n"
        end = run(program, "--resume")
        assert end.returncode == (1 if want else 0) and want in end.stderr, end.stderr
    for damage in (lambda b: b[:-1], lambda b: b + b"x", lambda b: b[:40] + bytes([b[40] ^ 1]) + b[41:], lambda b: b"", lambda b: b"TGCKPT01"):
        with open("broken", "wb") as f:
            f.write(damage(contents("run.ckpt")))
        os.replace("broken", "run.ckpt.broken")
        kept = contents("run.ckpt")
        os.replace("run.ckpt.broken", "run.ckpt")
        end = run(program, "--resume")
        assert end.returncode == 1 and "main.tg:5: run.ckpt: is" in end.stderr, end.stderr
        with open("run.ckpt", "wb") as f:
            f.write(kept)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tgc", default=os.environ.get("TGC"), help="default: $TGC")
    parser.add_argument("-k", default="", help="only tests with this in their names")
    options = parser.parse_args()
    if not options.tgc:
        parser.error("no --tgc and no $TGC")
    tgc, failed, tests = os.path.abspath(options.tgc), 0, (killed, limited, shortened, changed)
    for test in tests:
        if options.k not in test.__name__:
            continue
        with tempfile.TemporaryDirectory() as folder:
            os.chdir(folder)
            try:
                test(tgc)
            except AssertionError as e:
                failed += 1
                print(f"FAILED {test.__name__}: {e}")
            os.chdir("/")
    print(f"{len(tests)} tests, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
