#!/usr/bin/env python3
"""test_commands.py [--tgc PATH] [-k WORD]: command lines of tgc and of programs: their status, and words of what they say.
Each row: a name, the text of main, the command ({tgc}, {file}, {program} and {tmp} stand for paths), its status, words of its output."""
import argparse
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
HELLO = 'fn main() { print("hello") }\n'
LOGS = 'fn main() { log("loss", 1.0) }\n'
TABLE = 'arg file: str\ndata t: f32[rows, 3] = csv("{file}")\nfn main() { print("{t}") }\n'
SMALL = """fn main() {
    var w = [1.0, 2.0]
    for epoch in 0..1000 { w = w * 0.5 + 1.0 }
    print("{w}")
}
"""
ROWS = [
    ("another machine's object", HELLO, "{tgc} --target=aarch64-linux-gnu --emit=obj {file} -o {tmp}/a.o", 0, []),
    ("another machine's assembler", HELLO, "{tgc} --target=aarch64-linux-gnu --emit=asm {file} -o {tmp}/a.s", 0, []),
    ("another machine's program", HELLO, "{tgc} --target=aarch64-linux-gnu {file} -o {tmp}/a", 2,
     ["tgc: --target=aarch64-linux-gnu is another machine", "--emit=obj"]),
    ("another machine's run", HELLO, "{tgc} run --target=aarch64-linux-gnu {file}", 2, ["is another machine"]),
    ("a log that cannot be made", LOGS, "{program} --log {tmp}/none/a.csv", 1, ["cannot write {tmp}/none/a.csv: No such file"]),
    ("a folder of logs that cannot be made", LOGS, "{program} --log {tmp}/none/a", 1, ["cannot make the folder {tmp}/none/a: No such"]),
    ("a header of names and numbers", TABLE, "{program} --file {root}/tests/data/mixed.csv", 1,
     ["mixed.csv: row 1 (line 1), column 0: 'a' is not of type f32; a first line of names and numbers is a header only where"]),
    ("a const that is none", HELLO, "{tgc} -D foo=1 {file} -o {tmp}/a", 1, ["-D foo: the program has no const foo [define]"]),
    ("an argument of an imported file", HELLO, "{tgc} {root}/tests/error/parts/imports_arg.tg -o {tmp}/a", 1,
     ["with_arg.tg:1:1: error: an imported file holds const, fn, module and import only, no arg [import-kind]"]),
    ("the profile of a loop of a few operations", SMALL, "{program} --profile", 0,
     ["      1000  ", "epoch", "it.tg:3", "in kernels, of", "(those of a few operations are part of their loops' times)"]),
    ("no machine", HELLO, "{tgc} --target=nonsense {file} -o {tmp}/a", 2, ["tgc: nonsense: "]),
]


def run(command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120)
    return done.returncode, done.stdout.decode("utf-8", "replace")


def check(row, tgc, tmp):
    name, text, command, status, words = row
    file, program = os.path.join(tmp, "it.tg"), os.path.join(tmp, "it")
    with open(file, "w", encoding="utf-8") as out:
        out.write(text)
    if "{program}" in command:
        made, said = run([tgc, file, "-o", program])
        if made:
            return [f"{name}: not compiled: {said}"]
    got, said = run([part.format(tgc=tgc, file=file, program=program, tmp=tmp, root=os.path.dirname(HERE)) for part in command.split()])
    errors = [f"{name}: status {got}, expected {status}: {said}"] if got != status else []
    for word in words:
        if word.format(tmp=tmp) not in said:
            errors.append(f"{name}: no `{word}` in: {said}")
    return errors


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tgc", default=os.environ.get("TGC", "build/tgc"))
    parser.add_argument("-k", default="")
    options = parser.parse_args()
    rows = [row for row in ROWS if options.k in row[0]]
    failures = []
    with tempfile.TemporaryDirectory() as tmp:
        for row in rows:
            failures += check(row, os.path.abspath(options.tgc), tmp)
    for failure in failures:
        print("FAILED", failure)
    print(f"{len(rows)} command lines, {len(failures)} failures")
    return 1 if failures or not rows else 0


if __name__ == "__main__":
    sys.exit(main())
