"""nesting.py: functions of nested control flow with gradients of first, second and third order, and what they should
give. function(seed, number) is the text of `case<number>`, program(texts, numbers) joins some to one program, wrong(number,
lines) says what is not as the same function in Python gives it, differentiated there by dual numbers."""
import math
import random
import re

SCALAR = ("sin({x}) * {y} + 0.3", "tanh({x} + {y})", "{x} * 0.5 + {y} * {y} * 0.1", "cos({x} * {y})", "{x} - 0.4 * {y}",
          "exp(-{x} * {x}) + {y} * 0.5", "sum({u}) * 0.3", "sum({u} * {v}) * {x}", "{u}[{k}] * {x}", "tanh({u}[{k}] - {y})")
VECTOR = ("{u} * 0.5 + {v} * {x}", "tanh({u} + {v})", "sin({u}) * {v}", "{u} - {v} * 0.3", "cos({u} * {x}) + {y}")


class Writer:
    """a function as tg and as Python"""

    def __init__(self, rng, number):
        self.rng, self.number, self.count, self.tg, self.py = rng, number, 0, [], []

    def name(self, kind):
        self.count += 1
        return f"{kind}_{self.count}"

    def both(self, indent, tg, py=None):
        self.tg.append("    " * indent + tg)
        self.py.append("    " * indent + (tg if py is None else py))

    def index(self, scope):
        return f"{self.rng.choice(scope.indices)} % 3" if scope.indices and self.rng.random() < 0.5 else str(self.rng.randrange(3))

    def fill(self, form, scope):
        pick = self.rng.choice
        return form.format(x=pick(scope.scalars), y=pick(scope.scalars), u=pick(scope.vectors), v=pick(scope.vectors), k=self.index(scope))

    def scalar(self, scope):
        return self.fill(self.rng.choice(SCALAR), scope)

    def vector(self, scope):
        return self.fill(self.rng.choice(VECTOR), scope)

    def condition(self, scope):
        return f"{self.rng.choice(scope.scalars)} {self.rng.choice('<>')} {self.rng.uniform(-1, 1):.2f}"


class Scope:
    """names that may be read, and what may be done here"""

    def __init__(self, scalars, vectors, variables, places, **more):
        self.scalars, self.vectors, self.variables, self.places = scalars, vectors, variables, places
        self.indices, self.loop, self.returns, self.calls, self.early, self.module = [], False, True, (), [], False
        self.depth = 3
        self.__dict__.update(more)

    def inner(self, **more):
        copy = Scope(list(self.scalars), list(self.vectors), self.variables, self.places)
        copy.__dict__.update({k: list(v) if isinstance(v, list) else v for k, v in self.__dict__.items()})
        copy.__dict__.update(more)
        copy.depth = self.depth - 1
        return copy


def statements(w, scope, indent):
    for _ in range(w.rng.randint(1, 3)):
        kinds = [k for k, (weight, fits) in KINDS.items() if fits(scope)]
        kind = w.rng.choices(kinds, [KINDS[k][0] for k in kinds])[0]
        globals()["write_" + kind](w, scope, indent)


def write_assign(w, scope, indent):
    w.both(indent, f"{w.rng.choice(scope.variables)} = {w.scalar(scope)}")


def write_vector(w, scope, indent):
    w.both(indent, f"{w.rng.choice(scope.places)} = {w.vector(scope)}")


def write_element(w, scope, indent):
    u, k, e = w.rng.choice(scope.places), w.index(scope), w.scalar(scope)
    if w.rng.random() < 0.5:
        w.both(indent, f"{u}[{k}] = {e}", f"{u} = put({u}, {k}, {e})")
    else:
        w.both(indent, f"{u}[{k}] += {e}", f"{u} = put({u}, {k}, {u}[{k}] + ({e}))")


def write_tuple(w, scope, indent):
    if len(scope.variables) < 2:
        return
    a, b = w.rng.sample(scope.variables, 2)
    w.both(indent, f"({a}, {b}) = ({w.scalar(scope)}, {w.scalar(scope)})")


def write_let(w, scope, indent):
    name, e = w.name("t"), w.scalar(scope)
    w.both(indent, f"let {name} = {e}", f"{name} = {e}")
    scope.scalars.append(name)


def write_choose(w, scope, indent):
    a, c, e, f = w.rng.choice(scope.variables), w.condition(scope), w.scalar(scope), w.scalar(scope)
    w.both(indent, f"{a} = if {c} then {e} else {f}", f"{a} = ({e}) if {c} else ({f})")


def write_if(w, scope, indent):
    c = w.condition(scope)
    w.both(indent, f"if {c} {{", f"if {c}:")
    statements(w, scope.inner(), indent + 1)
    if w.rng.random() < 0.6:
        w.both(indent, "} else {", "else:")
        statements(w, scope.inner(), indent + 1)
    w.tg.append("    " * indent + "}")


def write_for(w, scope, indent):
    i, inner, way = w.name("i"), scope.inner(loop=True), w.rng.random()
    inner.indices.append(i)
    if way < 0.4:
        hi = str(w.rng.randint(0, 3))
    elif way < 0.6:
        hi = "n"
    elif scope.indices:
        hi = f"{w.rng.choice(scope.indices)} + 1" if way < 0.8 else f"3 - {w.rng.choice(scope.indices)}"
    else:
        hi = "n - 1"
    if w.rng.random() < 0.15:
        w.both(indent, f"for {i} in {hi}..-1 step -1 {{", f"for {i} in range({hi}, -1, -1):")
    else:
        w.both(indent, f"for {i} in 0..{hi} {{", f"for {i} in range(0, {hi}):")
    statements(w, inner, indent + 1)
    w.tg.append("    " * indent + "}")


def write_while(w, scope, indent):
    i, inner = w.name("w"), scope.inner(loop=True)
    c = f" and {w.condition(scope)}" if w.rng.random() < 0.4 else ""
    hi = w.rng.choice(["1", "2", "3", "n"] + [f"{k} + 1" for k in scope.indices[-1:]])
    w.both(indent, f"var {i} = 0", f"{i} = 0")
    w.both(indent, f"while {i} < {hi}{c} {{", f"while {i} < {hi}{c}:")
    w.both(indent + 1, f"{i} += 1")
    inner.indices.append(i)
    statements(w, inner, indent + 1)
    w.tg.append("    " * indent + "}")


def write_recompute(w, scope, indent):
    w.both(indent, "recompute {", "if True:")
    statements(w, scope.inner(returns=False, loop=False), indent + 1)
    w.tg.append("    " * indent + "}")


def write_jump(w, scope, indent):
    c, jump = w.condition(scope), w.rng.choice(("break", "continue"))
    w.both(indent, f"if {c} {{ {jump} }}", f"if {c}: {jump}")


def write_return(w, scope, indent):
    c, e = w.condition(scope), w.scalar(scope)
    w.both(indent, f"if {c} {{ return {e} }}", f"if {c}: return {e}")


def write_call(w, scope, indent):
    f = w.rng.choice(scope.calls)
    x, y, u = w.rng.choice(scope.scalars), w.rng.choice(scope.scalars), w.rng.choice(scope.vectors)
    more = f", {u}, n" if f[0] == "h" else ""
    w.both(indent, f"{w.rng.choice(scope.variables)} = {f}({x}, {y}{more}) * 0.7")


def write_module(w, scope, indent):
    w.both(indent, f"{w.rng.choice(scope.variables)} = m.step({w.rng.choice(scope.scalars)})")


def write_gradient(w, scope, indent):
    """of a function called here"""
    note = begin(w, scope, indent)
    finish(w, scope, indent, note)


def write_early(w, scope, indent):
    """of a function that was called further out"""
    finish(w, scope, indent, w.rng.choice(scope.early))


def write_begin(w, scope, indent):
    scope.early.append(begin(w, scope, indent))


def begin(w, scope, indent):
    h, by_vector = f"h{w.number}", w.rng.random() < 0.4
    t, y, q, u = w.name("t"), w.name("y"), w.name("q"), w.name("d")
    e, x, v = w.vector(scope) if by_vector else w.scalar(scope), w.rng.choice(scope.scalars), w.rng.choice(scope.vectors)
    w.both(indent, f"let {t} = ({e}) * 1.0", f"{t} = {e}")
    w.both(indent, f"let {q} = {x} * 1.0", f"{q} = {x}")
    w.both(indent, f"let {u} = {v} * 1.0", f"{u} = {v}")
    call = f"{h}({q}, 0.3 * {q}, {{}}, n)" if by_vector else f"{h}({{}}, {q}, {u}, n)"
    w.both(indent, f"let {y} = {call.format(t)}", f"{y} = {call.format(t)}")
    scope.scalars.append(y)
    return t, y, by_vector, call, q, u


def finish(w, scope, indent, note):
    t, y, by_vector, call, q, u = note
    g = w.name("g")
    w.both(indent, f"let {g} = grad({y}, {t})", f"{g} = D(lambda z, {q}={q}, {u}={u}: {call.format('z')}, {t})")
    if by_vector:
        w.both(indent, f"{w.rng.choice(scope.places)} = tanh({g})")
    else:
        w.both(indent, f"{w.rng.choice(scope.variables)} = tanh({g} * 0.3)")


KINDS = {
    "assign": (5, lambda s: True), "vector": (3, lambda s: True), "element": (3, lambda s: True), "tuple": (1, lambda s: True),
    "let": (1, lambda s: True), "choose": (1, lambda s: True), "if": (4, lambda s: s.depth > 0), "for": (5, lambda s: s.depth > 0),
    "while": (4, lambda s: s.depth > 0), "recompute": (1, lambda s: s.depth > 0), "jump": (2, lambda s: s.loop),
    "return": (1, lambda s: s.returns), "call": (1, lambda s: bool(s.calls)), "module": (1, lambda s: s.module),
    "gradient": (1.5, lambda s: bool(s.calls)), "begin": (1, lambda s: bool(s.calls)), "early": (3, lambda s: bool(s.early)),
}
CUSTOM = """fn k{n}(p: f64, q: f64) -> f64 {{
    var a = p
    for i in 0..2 {{
        a = sin(a) * q
    }}
    return a
}} vjp(p, q, y, dy) {{
    let s = sin(p) * q
    return (dy * cos(s) * q * cos(p) * q, dy * (sin(s) + cos(s) * q * sin(p)))
}}
module M{n}() {{
    param w: f64 = 0.4
    state s: f64 = 0.1
    fn step(z: f64) -> f64 {{
        s = tanh(s * 0.5 + z * w)
        return s + z * w
    }}
}}"""
PYTHON = """def k{n}(p, q):
    return sin(sin(p) * q) * q
class M{n}:
    def __init__(self):
        self.w, self.s = 0.4, 0.1
    def step(self, z):
        self.s = tanh(self.s * 0.5 + z * self.w)
        return self.s + z * self.w"""


def body(w, head_tg, head_py, setup, scope, last):
    w.both(0, head_tg + " {", head_py + ":")
    for tg, py in setup:
        w.both(1, tg, py)
    statements(w, scope, 1)
    statements(w, scope, 1)
    w.both(1, f"return {last}")
    w.tg.append("}")


def variables(names, text):
    return [(f"var {name} = {e}", f"{name} = {e}") for name, e in zip(names, text)]


def source(seed, number):
    """tg and Python of the functions, the point, and the orders that are asked for"""
    rng = random.Random(seed)
    n, w = number, Writer(rng, number)
    w.tg.append(CUSTOM.format(n=n))
    w.py.append(PYTHON.format(n=n))
    forward = rng.random() < 0.3
    calls = [f"h{n}"] + ([] if forward else [f"k{n}"])
    scope = Scope(["a", "b", "p", "q"], ["r", "v"], ["a", "b"], ["r"], calls=[] if forward else [f"k{n}"], depth=2)
    scope.calls = ()
    body(w, f"fn h{n}(p: f64, q: f64, v: f64[3], n: int) -> f64", f"def h{n}(p, q, v, n)", variables(("a", "b", "r"), ("p * 1.0", "p * q", "v * p")),
         scope, "a + b * 2.0 + sum(r) * 0.1 + 0.01 * p * q")
    scope = Scope(["a", "b", "c", "p", "q"], ["r", "v"], ["a", "b", "c"], ["r"], calls=calls, module=True, depth=rng.choice((2, 3, 3)))
    setup = variables(("a", "b", "c", "r"), ("p * 1.0", "q * 1.0", "p * q", "v * q")) + [(f"let m = M{n}()", f"m = M{n}()"), ("m.w = p * 0.5", "m.w = p * 0.5")]
    body(w, f"fn go{n}(p: f64, q: f64, v: f64[3], n: int) -> f64", f"def go{n}(p, q, v, n)", setup, scope, "a + b * 2.0 + c * 0.5 + sum(r) * 0.2")
    point = [round(rng.uniform(-1, 1), 3) for _ in range(5)]
    return w, point, forward, rng.random() < 0.25


def function(seed, number):
    w, point, forward, third = source(seed, number)
    n, x, y, u = number, point[0], point[1], ", ".join(map(str, point[2:]))
    lines = [*w.tg, f"fn case{n}(n: int) {{", f"    let x: f64 = {x}", f"    let y: f64 = {y}", f"    let u: f64[3] = [{u}]",
             f"    let l = go{n}(x, y, u, n) + 0.001 * x * y * x * sum(u * u * u)", "    let (gx, gy, gu) = grad(l, (x, y, u))",
             f'    print("{n}.value {{l:.17g}}")', f'    print("{n}.first {{gx:.17g}} {{gy:.17g}} {{gu:.17g}}")',
             "    let s = gx * gx + gy * 0.7 * x + sum(gu * gu) * y", "    let (hx, hy, hu) = grad(s, (x, y, u))",
             f'    print("{n}.second {{hx:.17g}} {{hy:.17g}} {{hu:.17g}}")']
    if forward:
        lines += ["    let j = jvp(l, u, u)", f'    print("{n}.forward {{j:.17g}} {{jvp(gx, x, y):.17g}} {{grad(j, y):.17g}}")']
    if third:
        lines += ["    let z = hx * y + hy * hy + sum(hu)", f'    print("{n}.third {{grad(z, x):.17g}}")']
    return "\n".join(lines + ["}"])


def program(texts, numbers):
    calls = "\n".join(f"    case{n}(n)" for n in numbers)
    return "arg n: int = 3\narg m: int = 1\n" + "\n".join(texts) + "\nfn main() {\n" + calls + "\n}\n"


# ---- the same in Python, with dual numbers ----


class Dual:
    """x + dx * e of a level: numbers of lower levels inside"""
    levels = 0

    def __init__(self, level, x, dx):
        self.level, self.x, self.dx = level, x, dx

    def __add__(self, o):
        return binary(self, o, lambda a, b: a + b, lambda a, b: 1.0, lambda a, b: 1.0)

    def __sub__(self, o):
        return binary(self, o, lambda a, b: a - b, lambda a, b: 1.0, lambda a, b: -1.0)

    def __mul__(self, o):
        return binary(self, o, lambda a, b: a * b, lambda a, b: b, lambda a, b: a)

    def __rsub__(self, o):
        return Dual(self.level, o - self.x, -self.dx)

    __radd__, __rmul__ = __add__, __mul__

    def __neg__(self):
        return Dual(self.level, -self.x, -self.dx)

    def __lt__(self, o):
        return number(self) < number(o)

    def __gt__(self, o):
        return number(self) > number(o)


class Vector(list):
    def each(self, o, f):
        return Vector(map(f, self, o if isinstance(o, Vector) else [o] * len(self)))

    def __add__(self, o):
        return self.each(o, lambda a, b: a + b)

    def __sub__(self, o):
        return self.each(o, lambda a, b: a - b)

    def __mul__(self, o):
        return self.each(o, lambda a, b: a * b)

    __radd__, __rmul__ = __add__, __mul__


def binary(a, b, f, da, db):
    if isinstance(b, Vector):
        return NotImplemented
    level = max(getattr(a, "level", -1), getattr(b, "level", -1))
    x, dx = (a.x, a.dx) if getattr(a, "level", -1) == level else (a, 0.0)
    y, dy = (b.x, b.dx) if getattr(b, "level", -1) == level else (b, 0.0)
    return Dual(level, f(x, y), da(x, y) * dx + db(x, y) * dy)


def number(x):
    while isinstance(x, Dual):
        x = x.x
    return x


def smooth(f, derivative):
    def g(x):
        if isinstance(x, Vector):
            return Vector(map(g, x))
        return Dual(x.level, g(x.x), derivative(x.x) * x.dx) if isinstance(x, Dual) else f(x)
    return g


sin = smooth(math.sin, lambda x: cos(x))
cos = smooth(math.cos, lambda x: -sin(x))
exp = smooth(math.exp, lambda x: exp(x))
tanh = smooth(math.tanh, lambda x: 1.0 - tanh(x) * tanh(x))


def total(u):
    return u[0] + u[1] + u[2]


def put(u, k, e):
    return Vector(u[:k] + [e] + u[k + 1:])


def along(f, x, dx):
    """f at x and its derivative along dx"""
    Dual.levels += 1
    level = Dual.levels
    y = f(Vector(Dual(level, a, b) for a, b in zip(x, dx)) if isinstance(x, Vector) else Dual(level, x, dx))
    Dual.levels -= 1
    return y.dx if isinstance(y, Dual) and y.level == level else 0.0


def D(f, x):
    if not isinstance(x, Vector):
        return along(f, x, 1.0)
    return Vector(along(f, x, Vector(float(i == k) for i in range(len(x)))) for k in range(len(x)))


def expected(number_, n):
    w, point, forward, third = source(number_, number_)
    names = {"sin": sin, "cos": cos, "exp": exp, "tanh": tanh, "sum": total, "put": put, "D": D}
    exec("\n".join(w.py), names)
    return answers(names, f"go{number_}", point, forward, third, n)


def answers(names, name, point, forward, third, n):
    f, x0, y0, u0 = names[name], point[0], point[1], Vector(point[2:])

    def l(x, y, u):
        return f(x, y, u, n) + 0.001 * x * y * x * total(u * u * u)

    def first(x, y, u):
        return D(lambda z: l(z, y, u), x), D(lambda z: l(x, z, u), y), D(lambda z: l(x, y, z), u)

    def s(x, y, u):
        gx, gy, gu = first(x, y, u)
        return gx * gx + gy * 0.7 * x + total(gu * gu) * y

    def second(x, y, u):
        return D(lambda z: s(z, y, u), x), D(lambda z: s(x, z, u), y), D(lambda z: s(x, y, z), u)

    found = {"value": [l(x0, y0, u0)]}
    for key, f_ in (("first", first), ("second", second)):
        gx, gy, gu = f_(x0, y0, u0)
        found[key] = [gx, gy, *gu]
    if forward:
        found["forward"] = [along(lambda z: l(x0, y0, z), u0, u0), along(lambda z: first(z, y0, u0)[0], x0, y0),
                            D(lambda z: along(lambda v: l(x0, z, v), u0, u0), y0)]
    if third:
        def z(x, y, u):
            hx, hy, hu = second(x, y, u)
            return hx * y + hy * hy + total(hu)
        found["third"] = [D(lambda t: z(t, y0, u0), x0)]
    return found


def wrong(number_, lines, n):
    got = {}
    for line in lines:
        label = re.match(r"\d+\.(\w+) ", line)
        key = label.group(1) if label else key
        got.setdefault(key, []).extend(float(t) for t in re.findall(r"-?(?:\d[\d.]*(?:e[+-]\d+)?|nan|inf)", line[label.end() if label else 0:]))
    for key, want in expected(number_, n).items():
        have = got.get(key, [])
        scale = max([1.0] + [abs(v) for v in want])
        if len(have) != len(want) or any(not abs(a - b) <= 1e-7 * scale for a, b in zip(have, want)):
            return f"{key}: expected {want} got {have}"
    return None
