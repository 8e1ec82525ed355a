"""reference_check.py: what the documentation of functions says is so. Takes the entries of tools/reference.py.

Examples run in few programs, compiled and interpreted, and print what is written after their arrow (all white space counts as one
blank); one that declares something (fn, module, arg, data, const) is a program of its own. Wrong calls are refused, by tgc or when they
run, with the words written. The example of a row of the op table has the row's name in its graph (--emit=ir, nothing folded)."""
import glob
import os
import re
import subprocess
import tempfile

import reference

STD = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "std")
PART = 60  # examples in a program
GONE = ("custom", "recompute", "detach")  # rows that the first pass replaces
DECLARES = re.compile(r"(fn|module|const|arg|data|import) [\w\"]")


def pieces(text):
    """statements, apart by ; outside brackets and text"""
    found, depth, quoted, start = [], 0, False, 0
    for i, c in enumerate(text):
        if c == '"' and text[i - 1] != "\\":
            quoted = not quoted
        elif not quoted:
            depth += (c in "([{") - (c in ")]}")
            if c == ";" and depth == 0:
                found.append(text[start:i].strip())
                start = i + 1
    return found + [text[start:].strip()]


def declares(text):
    return any(DECLARES.match(p) for p in pieces(text))


def function(name, text):
    """declarations, and a function that runs the statements and prints the last expression"""
    parts = pieces(text)
    above = [p for p in parts if DECLARES.match(p)]
    inside = [p for p in parts if not DECLARES.match(p)]
    if not inside[-1].startswith("print("):
        inside[-1] = f"print({inside[-1]})"
    return "".join(p + "\n" for p in above) + f"fn {name}() {{\n" + "".join(f"    {p}\n" for p in inside) + "}\n"


def program(texts):
    main = "".join(f'    print("@@")\n    example_{i}()\n' for i in range(len(texts)))
    return "".join(function(f"example_{i}", t) for i, t in enumerate(texts)) + "fn main() {\n" + main + "}\n"


def squeezed(text):
    return " ".join(text.split())


class Runner:
    def __init__(self, tgc, folder, above=""):
        self.tgc, self.folder, self.above = tgc, folder, above  # above: declarations that examples use

    def call(self, *command):
        return subprocess.run(command, capture_output=True, text=True, timeout=300, cwd=self.folder)

    def write(self, texts):
        with open(os.path.join(self.folder, "example.tg"), "w", encoding="utf-8") as f:
            f.write(self.above + program(texts))

    def results(self, texts, compiled):
        """what each prints, or None and why"""
        self.write(texts)
        done = self.call(self.tgc, "run" if compiled else "interpret", "example.tg")
        if done.returncode:
            return None, done.stderr.strip()
        return [squeezed(r) for r in done.stdout.split("@@\n")[1:]], None

    def compare(self, batch, compiled):
        """batch: [(name, expression, printed)]"""
        printed, problem = self.results([given for _, given, _ in batch], compiled)
        how = "compiled" if compiled else "interpreted"
        if printed is None and len(batch) == 1:
            return [f"{batch[0][0]}: {batch[0][1]}: {problem}"]
        if printed is None:  # which?
            return [p for one in batch for p in self.compare([one], compiled)] or [f"{how} together, examples fail: {problem}"]
        return [f"{name}: {how}, {given} prints {got!r}, not {want!r}"
                for (name, given, want), got in zip(batch, printed) if got != squeezed(want)]

    def refused(self, name, given, words):
        self.write([given])
        done = self.call(self.tgc, "run", "example.tg")
        if done.returncode == 0:
            return [f"{name}: {given} is not refused, but prints {squeezed(done.stdout)!r}"]
        said = re.sub(r"^ *\d* \| .*\n?", "", done.stderr, flags=re.M)  # without the lines of source shown
        return [] if words in said else [f"{name}: {given}: the message has no {words!r}: {done.stderr}"]

    def occurs(self, entry):
        """the row's name in the graph of its first example"""
        if entry.name in GONE:
            return []
        self.write([entry.examples[0][0]])
        done = self.call(self.tgc, "-O0", "--emit=ir", "example.tg")
        if re.search(rf"(^|= ) *{entry.name}\b", done.stdout, re.M):
            return []
        return [f"operation {entry.name} does not occur in the graph of {entry.examples[0][0]}: {done.stdout}{done.stderr}"]


def batches(examples):
    together = [e for e in examples if not declares(e[1])]
    alone = [[e] for e in examples if declares(e[1])]
    return [together[i:i + PART] for i in range(0, len(together), PART)] + alone


def suggestions(tgc):
    """names of the library's own, _name, are not offered to who writes name"""
    own = set()
    for path in glob.glob(os.path.join(STD, "prelude/*.tg")):
        with open(path, encoding="utf-8") as f:
            own |= set(re.findall(r"^fn _(\w+)", f.read(), re.M))
    with tempfile.TemporaryDirectory() as folder:
        source = os.path.join(folder, "names.tg")
        with open(source, "w", encoding="utf-8") as f:
            f.write("fn main() {\n" + "".join(f"    print({name}(1.0))\n" for name in sorted(own)) + "}\n")
        said = subprocess.run([tgc, "interpret", source], capture_output=True, text=True, timeout=60).stderr
    offered = re.findall(r"did you mean (_\w+)", said)
    if not own or "unknown function" not in said:
        return ["no name of the library's own was tried"]
    return [f"a message offers {name}" for name in offered]


def check_declared(tgc, text):
    """what is wrong with the examples in the comments of a program's functions"""
    comment = "function of_the_text()\n" + "".join(f"    {line}\n" for line in re.findall(r"^# (ex\w+: .*|error: .*)$", text, re.M))
    (entry, ) = reference.read(comment)
    with tempfile.TemporaryDirectory() as folder:
        runner = Runner(tgc, folder, text)
        wrong = [p for given, want in entry.examples for p in runner.compare([("example", given, want)], True)]
        return wrong + [p for given, words in entry.wrong for p in runner.refused("error", given, words)]


def check(tgc, entries):
    """([what is wrong], how many examples ran)"""
    wrong, examples = [], [(e.name, *x) for e in entries for x in e.examples]
    with tempfile.TemporaryDirectory() as folder:
        runner = Runner(tgc, folder)
        for batch in batches(examples):
            problems = runner.compare(batch, False)
            wrong += problems or runner.compare(batch, True)
        refusals = [(e.name, *x) for e in entries for x in e.wrong]
        for one in refusals:
            wrong += runner.refused(*one)
        for entry in entries:
            if entry.kind == "operation" and entry.examples:
                wrong += runner.occurs(entry)
    return wrong, len(examples) + len(refusals)
