"""reference.py: what `tgc --ops` says, as entries, and the pages docs/ops.md and docs/library.md made of them.

An entry is a function, a module or a row of the op table; tgc_ops.c says in which form tgc prints it, docs/adding-an-op.md how its
comment is written."""
import re

KEYS = ("shapes", "derivative", "errors", "example", "error", "theme", "from", "types", "pointwise", "traps", "gives")
THEMES = [  # in the order of docs/ops.md: theme, heading
    ("language", "The language's own"),
    ("creation", "Making tensors"),
    ("random", "Random numbers"),
    ("types", "Types, sizes, single values"),
    ("conversions", "Conversions"),
    ("arithmetic", "Arithmetic"),
    ("exponentials", "Exponentials, logarithms, powers"),
    ("trigonometry", "Trigonometric and hyperbolic functions"),
    ("special", "Special functions"),
    ("rounding", "Steps, limits, extremes"),
    ("comparison", "Comparison, choice, logic, bits"),
    ("pointwise", "More of each element"),
    ("reductions", "Reductions"),
    ("statistics", "Statistics"),
    ("distances", "Distances"),
    ("sorting", "Scans, sorting, searching"),
    ("shapes", "Shapes, joins, parts"),
    ("indexing", "Elements at indices"),
    ("linalg", "Matrices and linear algebra"),
    ("activations", "Activations"),
    ("layers", "Layers as functions"),
    ("embedding", "Embeddings"),
    ("dropout", "Dropout"),
    ("convolution", "Convolution"),
    ("pooling", "Pooling"),
    ("interpolate", "Resizing"),
    ("grid", "Grids of places"),
    ("rearrange", "Patches, pixels, channels"),
    ("losses", "Losses"),
    ("ctc", "Connectionist temporal classification"),
    ("trees", "Gradients and trees"),
    ("aliases", "Other names"),
]
SPACES = [  # of docs/library.md
    ("nn", "Layers: `nn`"),
    ("init", "Initial values: `init`"),
    ("optim", "Optimizers, schedules, averages: `optim`"),
    ("metrics", "Metrics: `metrics`"),
    ("linalg", "Linear algebra: `linalg`"),
    ("special", "Special functions: `special`"),
]


class Entry:
    def __init__(self, kind, head):
        self.kind, self.head = kind, head
        self.name = re.match(r"[\w.]+", head)[0]
        self.lines = {key: [] for key in KEYS}

    def __getattr__(self, key):  # the text of a key that stands once, "" without
        if key not in KEYS:
            raise AttributeError(key)
        return " ".join(self.lines[key])

    @property
    def space(self):
        return self.name.rpartition(".")[0]

    @property
    def examples(self):
        """[(expression, what is printed)]"""
        return [tuple(part.strip() for part in line.rpartition(" -> ")[::2]) for line in self.lines["example"]]

    @property
    def wrong(self):
        """[(expression, words of the message)]"""
        return [tuple(part.strip() for part in line.rpartition(" -> ")[::2]) for line in self.lines["error"]]


def read(text):
    """what tgc --ops prints: entries in its order"""
    entries, key = [], None
    for line in text.split("\n"):
        if line and line[0] != " ":
            kind, _, head = line.partition(" ")
            entries.append(Entry(kind, head))
        elif line:
            m = re.match(r"    (\w+): (.*)", line)
            if m and m[1] in KEYS:
                key = m[1]
                entries[-1].lines[key].append(m[2])
            else:  # a line without a key goes on
                entries[-1].lines[key][-1] += " " + line.strip()
    return entries


def missing(entry):
    """what the documentation of an entry lacks"""
    wanted = ["gives", "shapes", "errors", "example"]
    if entry.kind == "operation" or entry.lines["from"] == ["compiler"]:
        wanted.append("derivative")
    return [key for key in wanted if not entry.lines[key]]


def without_marks(head):
    return re.sub(r" = ", "=", head)


def item(entry, operation):
    """an entry as an item of a list; operation: the row of the op table with its name, or None"""
    rest = without_marks(entry.head)[len(entry.name):]
    lines = [f"- **{entry.name}**`{rest}`: {entry.gives}" if rest else f"- **{entry.name}**: {entry.gives}"]
    for key in ("types", "shapes", "derivative", "errors"):
        text = entry.lines[key]
        if key == "derivative" and not text and operation:
            text = operation.lines[key]
        if key == "derivative" and not text and entry.kind == "function" and entry.shapes:
            text = ["through its code"]
        if text:
            lines.append(f"  - {key}: {marked(key, text)}")
    lines += [f"  - `{given}` → `{printed}`" for given, printed in entry.examples]
    lines += [f"  - `{given}` is refused: {words}" for given, words in entry.wrong]
    return lines


def anchor(heading):
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def contents(sections):
    """a table of headings and the names below each"""
    rows = ["| theme | functions |", "| --- | --- |"]
    for heading, entries in sections:
        rows.append(f"| [{heading}](#{anchor(heading)}) | {' '.join(e.name for e in entries)} |")
    return rows


def page_of(sections, operations):
    page = []
    for heading, entries in sections:
        page += ["", f"## {heading}", ""]
        for entry in entries:
            page += item(entry, operations.get(entry.name))
    return page


def by_theme(entries):
    known = dict(THEMES)
    themes = [t for t, _ in THEMES] + sorted({e.theme for e in entries} - set(known))
    found = [(known.get(t, t.capitalize()), sorted((e for e in entries if e.theme == t), key=lambda e: e.name)) for t in themes]
    return [(heading, inside) for heading, inside in found if inside]


def ops_page(entries):
    rows = [e for e in entries if e.kind == "operation"]
    operations = {e.name: e for e in rows}
    functions = [e for e in entries if e.kind != "operation" and not e.space]
    named = {e.name for e in functions}
    functions += [e for e in rows if e.pointwise and e.name not in named]
    for e in functions:
        if e.kind == "operation":
            e.head = f"{e.name}({', '.join('abc'[:int(e.pointwise)])})"
    sections = by_theme(functions)
    page = ["# Built-in functions", "",
            "Made by `tools/docs.py` from `tgc --ops`; every example is run by `tests/test_docs.py`, compiled and interpreted. Layers, initial "
            "values, optimizers and metrics are in [library.md](library.md).", "",
            "Any function can be called as a method: `x.sum(axis=1)` is `sum(x, axis=1)`. In shapes, `...` stands for any axes; tensors with "
            "`...` in common broadcast as in NumPy. Errors that every function has are not repeated: shapes that do not broadcast, an axis "
            "that is not there, arguments of the wrong kind. Derivatives are by each operand `a b c`, over operands, result `y` and its "
            "cotangent `g`; *through its code*: the function is tg, and differentiated as such; *zero*: a step function; *none*: asking is an "
            "error, or there is nothing to ask for.", ""]
    page += contents(sections) + page_of(sections, operations)
    page += ["", "## Operations of the graph", "",
             "What functions and operators become (`--emit=ir`). Types: `n` any number, `f` float, `i` integer, `z` integer or bool, `a` anything; "
             "equal letters are one type. Pointwise operations take operands of one shape (functions and "
             "operators broadcast first).", ""]
    page += ["### Pointwise", "", "| operation | types | derivative | errors | example |", "| --- | --- | --- | --- | --- |"]
    page += [table_row(e) for e in rows if e.pointwise]
    page += ["", "### Others", ""]
    for entry in rows:
        if not entry.pointwise:
            page += item(entry, None)
    page.append("")
    return "\n".join(page)


def marked(key, texts):
    """lines of a key, code as code"""
    return "; ".join(f"`{t}`" if " = " in t or key == "types" else t for t in texts)


def table_row(entry):
    example = "; ".join(f"`{given}` → `{printed}`" for given, printed in entry.examples)
    cells = [f"**{entry.name}**", f"`{entry.types}`", marked("derivative", entry.lines["derivative"]), entry.errors, example]
    return "| " + " | ".join(c.replace("|", "\\|") for c in cells) + " |"


def library_page(entries):
    sections = []
    known = dict(SPACES)
    spaces = list(known) + sorted({e.space for e in entries if e.space} - set(known))
    for space in spaces:
        heading = known.get(space, f"`{space}`")
        inside = [e for e in entries if e.space == space]
        sections.append((heading, sorted(inside, key=lambda e: e.name)))
    page = ["# The library: layers, initial values, optimizers, metrics", "",
            "Made by `tools/docs.py` from `tgc --ops`; every example is run by `tests/test_docs.py`. All of it is tg, in `std/`. Shapes are those of "
            "calling the layer; `[...]` is any shape.", ""]
    return "\n".join(page + contents(sections) + page_of(sections, {}) + [""])
