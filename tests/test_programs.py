#!/usr/bin/env python3
"""test_programs.py [--tgc PATH] [-k WORD] [--jobs N]: the programs of tests/run and tests/error.

tests/run/NAME.tg must compile and print what its comments say, as a program and in the interpreter:
    print("x {x}")              #: x 1.5          a line that is printed, in order of the comments
    #: args = --n 3             the program's arguments; {tmp} is a folder for what it writes
    #: exit = 1                 its exit status (0 is expected otherwise)
    #: stderr = words           what its messages must contain
    #: rtol = 1e-5              numbers may differ by that much (otherwise: equal text)
    #: kernels = 2              how many kernels it has
    #: looped = 9               how many kernels run in its loops
    #: copies = 0               how many copies of tensors its loops make in each iteration
    #: memory = 3000            how many kB it says at most that it takes (--memory)
    #: foretold = 4000          --memory names no tape that grows, and it takes at most so many kB more than that says
    #: flags = --check=nan      options of tgc that it is compiled (and interpreted) with
    #: interpret = no           not run in the interpreter, which would take too long
tests/error/NAME.tg must be refused: each line that ends in `#: error: WORD …` gets exactly one error, with these words, and no
other line gets one. `#: warning: WORD …` likewise for warnings, which do not refuse. A file with lines `#---` holds several
programs, each between two of them, and each is refused by itself."""
import argparse
import concurrent.futures
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
SETTINGS = ("args", "exit", "stderr", "rtol", "kernels", "looped", "copies", "memory", "foretold", "interpret", "flags")
NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*(?:e[-+]?\d+)?|inf|nan)", re.I)


def read_expectations(path):
    settings, lines = {}, []
    for line in open(path, encoding="utf-8"):
        match = re.search(r"#: ?(.*)$", line.rstrip("\n"))
        if not match:
            continue
        setting = re.match(r"(\w+) = (.*)$", match.group(1))
        if setting and setting.group(1) in SETTINGS:
            settings[setting.group(1)] = setting.group(2)
        else:
            lines.append(match.group(1))
    return settings, lines


def same_line(want, got, rtol):
    if want == got:
        return True
    if not rtol or NUMBER.sub("#", want) != NUMBER.sub("#", got):
        return False
    for a, b in zip(NUMBER.findall(want), NUMBER.findall(got)):
        a, b = float(a), float(b)
        if a != b and not (a != a and b != b) and not abs(a - b) <= rtol * (abs(a) + 1e-30):
            return False
    return True


def compare(what, want, got, rtol):
    got = got.split("\n")
    if got and got[-1] == "":
        got.pop()
    for i in range(max(len(want), len(got))):
        a = want[i] if i < len(want) else "(nothing)"
        b = got[i].rstrip() if i < len(got) else "(nothing)"
        if not same_line(a.rstrip(), b, rtol):
            return f"{what}: line {i + 1}: expected {a!r}, got {b!r}"
    return None


def run(command, timeout=120):
    return subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=timeout, cwd=HERE)


def foretold(command, slack):
    """what is wrong with the memory plan, by what the program takes"""
    plan = run([*command, "--memory"]).stdout
    total = re.search(r"([\d.]+) (\w*B)  in all", plan)
    if not total or "  grows  " in plan:
        return f"--memory does not foretell all:\n{plan}"
    kb = float(total.group(1)) * {"B": 1e-3, "kB": 1, "MB": 1e3, "GB": 1e6}[total.group(2)]
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=HERE)
    took = os.wait4(child.pid, 0)[2].ru_maxrss * 1.024
    return f"it takes {took:.0f} kB, foretold were {kb:.0f}" if not 0.5 * kb < took < kb + slack else None


def check_program(what, result, settings, lines):
    want = int(settings.get("exit", "0"))
    if result.returncode != want:
        return f"{what}: exit status {result.returncode}, expected {want}\n{result.stdout}{result.stderr}"
    if settings.get("stderr", "") not in result.stderr:
        return f"{what}: no {settings['stderr']!r} in its messages: {result.stderr}"
    return compare(what, lines, result.stdout, float(settings.get("rtol", "0")))


def test_run(tgc, path):
    settings, lines = read_expectations(path)
    args = settings.get("args", "").split()
    with tempfile.TemporaryDirectory() as folder:
        program = os.path.join(folder, "program")
        flags = settings.get("flags", "").split()
        made = run([tgc, *flags, path, "-o", program])
        if made.returncode != 0:
            return f"tgc: exit status {made.returncode}\n{made.stderr}"
        args = [word.replace("{tmp}", folder) for word in args]
        problem = check_program("program", run([program, *args]), settings, lines)
        if problem:
            return problem
        if settings.get("interpret") != "no":
            problem = check_program("interpreter", run([tgc, "interpret", path, *flags, "--", *args]), settings, lines)
            if problem:
                return problem
        if "memory" in settings:
            total = re.search(r"([\d.]+) (\w*B)  in all", run([program, *args, "--memory"]).stdout)
            if not total or total.group(2) not in ("B", "kB") or \
                    (total.group(2) == "kB" and float(total.group(1)) > float(settings["memory"])):
                return f"memory: {total and total.group(0)}, expected at most {settings['memory']} kB"
        if "foretold" in settings:
            problem = foretold([program, *args], float(settings["foretold"]))
            if problem:
                return problem
    if "kernels" in settings:
        text = run([tgc, "--emit=kernels", path]).stdout
        count = len(re.findall(r"^kernel ", text, re.M))
        if count != int(settings["kernels"]):
            return f"{count} kernels, expected {settings['kernels']}"
    for word, pattern in (("looped", r"^ +(?:kernel|run) "), ("copies", r"^ +copy ")):
        if word in settings:
            text = run([tgc, "--emit=kernels", path]).stdout
            count = len(re.findall(pattern, text, re.M))
            if count != int(settings[word]):
                return f"{count} {word} in loops, expected {settings[word]}"
    return None


def test_error(tgc, path):
    text = open(path, encoding="utf-8", errors="replace").read()
    parts = re.split(r"^#---.*\n", text, flags=re.M)
    if len(parts) == 1:
        return one_error(tgc, path, text)
    problems, line = [], 1
    with tempfile.TemporaryDirectory() as folder:
        for part in parts:
            if "#: " in part:
                name = os.path.join(folder, "part.tg")
                with open(name, "w", encoding="utf-8") as file:
                    file.write(part)
                problem = one_error(tgc, name, part)
                if problem:
                    problems.append(f"the program at line {line}: {problem}")
            line += part.count("\n") + 1
    return "\n".join(problems) or None


def one_error(tgc, path, source):
    wanted = {}
    for number, line in enumerate(source.split("\n"), 1):
        match = re.search(r"#: (error|warning): (.*)$", line)
        if match:
            wanted[(number, match.group(1))] = match.group(2).split()
    result = run([tgc, path, "-o", os.devnull, "--emit=ir"])
    status = 1 if any(kind == "error" for _, kind in wanted) else 0
    if result.returncode != status:
        return f"exit status {result.returncode}, expected {status}\n{result.stderr}"
    texts, last = {}, None
    for line in result.stderr.split("\n"):
        match = re.match(r"(.*?):(\d+):(\d+): (error|warning|note): (.*)$", line)
        if match and match.group(4) != "note":
            last = (int(match.group(2)), match.group(4))
            if last in texts:
                return f"line {last[0]}: two messages\n{result.stderr}"
            texts[last] = ""
        if last and (match or re.match(r"\s*(help|hint):", line)):
            texts[last] += line.lower() + "\n"
    for place in sorted(set(wanted) | set(texts)):
        if place not in texts:
            return f"line {place[0]}: no {place[1]}\n{result.stderr}"
        if place not in wanted:
            return f"line {place[0]}: an {place[1]} that is not expected\n{result.stderr}"
        missing = [word for word in wanted[place] if word.lower() not in texts[place]]
        if missing:
            return f"line {place[0]}: no {' '.join(missing)} in: {texts[place]}"
    return None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tgc", default=os.environ.get("TGC"), help="default: $TGC")
    parser.add_argument("-k", default="", help="only names with this in them")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    options = parser.parse_args()
    if not options.tgc:
        parser.error("no --tgc and no $TGC")
    tgc = os.path.abspath(options.tgc)
    tests = []
    for folder, check in (("run", test_run), ("error", test_error), ("bug", test_run)):
        place = os.path.join(HERE, folder)
        for name in sorted(os.listdir(place)) if os.path.isdir(place) else []:
            if name.endswith(".tg") and options.k in f"{folder}/{name}":
                tests.append((f"{folder}/{name}", check, os.path.join(place, name)))
    failed = 0

    def one(test):
        try:
            return test[1](tgc, test[2])
        except subprocess.TimeoutExpired as e:
            return f"took too long: {' '.join(e.cmd)}"

    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for (name, _, _), problem in zip(tests, pool.map(one, tests)):
            if problem:
                failed += 1
                print(f"FAILED {name}: {problem}")
    print(f"{len(tests) - failed} passed, {failed} failed")
    return 1 if failed or not tests else 0


if __name__ == "__main__":
    sys.exit(main())
