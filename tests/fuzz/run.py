#!/usr/bin/env python3
"""run.py [--tgc PATH] [--from SEED] [--count N] [--group K] [--jobs J] [--keep DIR]: runs random functions (programs.py),
K to a program, as the interpreter does without optimization and as compiled programs do, by one thread and two, at -O2
and -O0; every byte of what they print must be equal. Functions that the compiler refuses are left out and counted.
With --nesting the functions are nesting.py's, whose numbers are checked as well. With --rows it says which rows of the
op table no program had. With --show SEED the function's program is printed. A failing function is written to DIR as its
own program."""
import argparse
import concurrent.futures
import os
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import nesting
import programs

NESTING_SIZES = (("3", "1"), ("2", "1"), ("1", "1"), ("0", "1"))
SIZES = (("5", "3"), ("17", "1"), ("1", "16"), ("33", "2"))


class Batch:
    def __init__(self, tgc, folder, numbers, quick, maker):
        self.maker = maker
        self.tgc, self.folder, self.numbers, self.quick = tgc, folder, list(numbers), quick
        self.texts = {n: maker.function(n, n) for n in numbers}
        self.refused, self.stopped, self.failed = [], [], []
        self.words = set()  # of the graphs
        self.data(folder)

    @staticmethod
    def data(folder):
        """what the programs of programs.py read"""
        with open(os.path.join(folder, "numbers.bin"), "wb") as f:
            f.write(bytes(range(0, 250, 7)))

    def run(self, command, timeout=100):
        try:
            r = subprocess.run(command, capture_output=True, text=True, timeout=timeout, cwd=self.folder)
            return r.returncode, r.stdout, r.stderr
        except subprocess.TimeoutExpired:
            return "timeout", "", "timeout"

    def write(self, name, numbers):
        """the program's path, and which function each line belongs to"""
        text = self.maker.program([self.texts[n] for n in numbers], numbers)
        owners, owner = [0], None
        for line in text.split("\n"):
            found = re.match(r"fn case(\d+)\(", line)
            owner = int(found.group(1)) if found else None if line.startswith("fn main") else owner
            owners.append(owner)
        path = os.path.join(self.folder, name + ".tg")
        with open(path, "w") as f:
            f.write(text)
        return path, owners

    def inlined(self):
        """rows that give way to what they hold before a graph is printed: known from the text"""
        text = "".join(self.texts[n] for n in self.numbers)
        return {row for row, mark in (("custom", " vjp("), ("recompute", "recompute {"), ("detach", "detach(")) if mark in text}

    @staticmethod
    def blamed(errors, owners):
        """functions whose lines messages name"""
        found = {}
        for line in errors.split("\n"):
            place = re.match(r"\S*?\.tg:(\d+):(?:\d+: error:)? ?(.*)$", line)
            if place and int(place.group(1)) < len(owners) and owners[int(place.group(1))]:
                found.setdefault(owners[int(place.group(1))], place.group(2))
        return found

    def outputs(self, numbers, sizes):
        """what each way gives: [(way, status, stdout, stderr)]"""
        path, _ = self.write("program", numbers)
        options = ["--n", sizes[0], "--m", sizes[1], "--seed", "1"]
        status, out, err = self.run([self.tgc, "interpret", "-O0", path, "--", *options])
        found = [("interpreter", status, out, err)]
        for level in ("-O2", "-O0"):
            if level == "-O0" and self.quick:
                continue
            binary = os.path.join(self.folder, "program" + level)
            status, out, err = self.run([self.tgc, level, path, "-o", binary], 300)
            if status != 0:
                found.append(("tgc " + level, status, out, err))
                continue
            for threads in ("1", "2") if level == "-O2" else ("1",):
                found.append((f"{level} --threads {threads}", *self.run([binary, *options, "--threads", threads])))
        return found

    def accept(self):
        """leaves out what the front end refuses"""
        while self.numbers:
            path, owners = self.write("program", self.numbers)
            status, graph, err = self.run([self.tgc, "--emit=ir", "-O0", path, "-o", "-"])
            if status == 0:
                self.words = set(re.findall(r"\w+", graph)) | self.inlined()
                return
            blamed = self.blamed(err, owners) if status == 1 else {}
            if not blamed and len(self.numbers) > 1:
                for n in list(self.numbers):
                    path, owners = self.write("single", [n])
                    status, _, err = self.run([self.tgc, "--emit=ir", path, "-o", os.devnull])
                    if status != 0:
                        self.numbers.remove(n)
                        (self.refused if status == 1 else self.failed).append((n, f"tgc: status {status}: {err[:300]}"))
                continue
            if not blamed:
                self.failed.append((self.numbers.pop(), f"tgc: status {status}: {err[:300]}"))
                continue
            for n, message in blamed.items():
                self.refused.append((n, message))
                self.numbers.remove(n)

    @staticmethod
    def sections(text):
        """what each function printed"""
        found, owner = {}, None
        for line in text.split("\n"):
            label = re.match(r"(\d+)\.\w+ ", line)
            owner = int(label.group(1)) if label else owner
            found.setdefault(owner, []).append(line)
        return found

    def check(self, sizes):
        while self.numbers:
            found = self.outputs(self.numbers, sizes)
            first = found[0]
            if all(f[1:3] == (0, first[2]) for f in found):
                self.check_numbers(self.sections(first[2]), int(sizes[0]))
                return
            if any(f[1] != 0 for f in found):
                if not self.leave_out(found, sizes):
                    return
                continue
            for way, _, out, _ in found[1:]:
                if out != first[2]:
                    self.compare(way, self.sections(first[2]), self.sections(out), sizes)
            return

    def check_numbers(self, sections, n):
        for number in list(self.numbers) if hasattr(self.maker, "wrong") else []:
            message = self.maker.wrong(number, sections.get(number, []), n)
            if message:
                self.failed.append((number, message))
                self.numbers.remove(number)

    def leave_out(self, found, sizes):
        """a program stopped: the functions that stop, alone"""
        _, owners = self.write("program", self.numbers)
        blamed = self.blamed(found[0][3], owners) if found[0][1] == 1 else {}
        if blamed and all(f[1:3] == found[0][1:3] and self.blamed(f[3], owners) == blamed for f in found):
            for n, message in blamed.items():
                self.stopped.append((n, message))
                self.numbers.remove(n)
            return True
        if len(self.numbers) == 1:
            n = self.numbers[0]
            same = all(f[1:3] == found[0][1:3] for f in found) and found[0][1] == 1
            text = "; ".join(f"{f[0]}: {f[1]} {f[3][:200]}" for f in found)
            (self.stopped if same else self.failed).append((n, f"{sizes}: {text}"))
            self.numbers = []
            return False
        whole, self.numbers = self.numbers, []
        kept = []
        middle = len(whole) // 2
        for part in (whole[:middle], whole[middle:]):
            self.numbers = part
            self.check(sizes)
            kept += self.numbers
        self.numbers = kept
        return False

    def compare(self, way, want, got, sizes):
        for n in list(self.numbers):
            if want.get(n) == got.get(n):
                continue
            a, b = want.get(n, []), got.get(n, [])
            for x, y in zip(a + [""] * len(b), b + [""] * len(a)):
                if x != y:
                    label = re.match(r"(\d+\.\w+)", x)
                    self.failed.append((n, f"{sizes} {way}: {label.group(1) if label else ''} expected {x[:90]!r} got {y[:90]!r}"))
                    break
            self.numbers.remove(n)


def work(options, numbers):
    with tempfile.TemporaryDirectory() as folder:
        batch = Batch(os.path.abspath(options.tgc), folder, numbers, options.quick, options.maker)
        batch.accept()
        sizes = NESTING_SIZES if options.nesting else SIZES
        batch.check(sizes[numbers[0] // len(numbers) % len(sizes)])
        for n, _ in batch.failed if options.keep else []:
            os.makedirs(options.keep, exist_ok=True)
            batch.data(options.keep)
            with open(os.path.join(options.keep, f"f{n}.tg"), "w") as f:
                f.write(options.maker.program([batch.texts[n]], [n]))
        return batch


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tgc", default=os.environ.get("TGC"))
    parser.add_argument("--from", type=int, default=1, dest="start")
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--group", type=int, default=25)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--keep")
    parser.add_argument("--show", type=int)
    parser.add_argument("--refusals", action="store_true", help="print why functions were refused")
    parser.add_argument("--rows", action="store_true", help="print the rows of the op table that no program had")
    parser.add_argument("--quick", action="store_true", help="not at -O0")
    parser.add_argument("--nesting", action="store_true", help="functions of nesting.py")
    options = parser.parse_args()
    options.maker = nesting if options.nesting else programs
    if options.show is not None:
        print(options.maker.program([options.maker.function(options.show, options.show)], [options.show]))
        return 0
    if not options.tgc:
        parser.error("no --tgc and no $TGC")
    groups = [range(i, min(i + options.group, options.start + options.count))
              for i in range(options.start, options.start + options.count, options.group)]
    equal = refused = stopped = failed = 0
    words = set()
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for batch in pool.map(lambda numbers: work(options, numbers), groups):
            equal += len(batch.numbers)
            words |= batch.words
            refused += len(batch.refused)
            stopped += len(batch.stopped)
            failed += len(batch.failed)
            for n, message in batch.failed:
                print(f"FAILED {n}: {message}", flush=True)
            for n, message in batch.refused + batch.stopped if options.refusals else []:
                print(f"refused {n}: {message}", flush=True)
    if options.rows:
        table = subprocess.run([options.tgc, "--ops"], capture_output=True, text=True, check=True).stdout
        print("rows without a program:", *[row for row in re.findall(r"^operation (\w+)", table, re.M) if row not in words])
    print(f"{equal} equal, {failed} failed, {refused} refused, {stopped} stopped")
    return 1 if failed or equal < options.count // 2 else 0


if __name__ == "__main__":
    sys.exit(main())
