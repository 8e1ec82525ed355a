"""generate.py: random well-typed tg functions. function(seed, number) takes a seed and gives the text of one function
`case<number>()` that prints what it computes; the same seed gives the same text. Types and shapes are tracked here, by
the language's rules, so that what is made should compile; what may stop a program (an index outside, an integer
divisor of zero) is avoided."""
import random

FLOATS = ("f16", "bf16", "f32", "f64")
INTS = ("u8", "i32", "i64")
PRINTED = {"f16": ".6g", "bf16": ".6g", "f32": ".9g", "f64": ".17g", "u8": "d", "i32": "d", "i64": "d"}
SIZES = ("n", "m")  # the program's run-time sizes
SPECIAL = {
    "f32": "inf, -inf, nan, -0.0, 0.0, 1e-40, -3e-42, 3e38, -2.5e38, 1.0, -1.0, 0.5, 88.5, -104.0, 1e-20, 16777217.0",
    "f64": "inf, -inf, nan, -0.0, 0.0, 1e-30, -5e-33, 1.5e38, -1.7e38, 1.0, -1.0, 0.5, 709.5, -746.0, 1e-20, 9007199254740993.0",
    "f16": "inf, -inf, nan, -0.0, 0.0, 6e-8, -3e-6, 65504.0, -60000.0, 1.0, -1.0, 0.5, 11.0, -18.0, 0.001, 2049.0",
    "bf16": "inf, -inf, nan, -0.0, 0.0, 1e-40, -9e-41, 3e38, -2.5e38, 1.0, -1.0, 0.5, 88.5, -104.0, 1e-20, 257.0",
}
ANY_REAL = """neg abs sign square relu""".split()
UNARY = """reciprocal sqrt rsqrt cbrt exp exp2 expm1 log log2 log10 log1p sin cos tan asin acos atan sinh cosh tanh asinh
acosh atanh sinc sigmoid logsigmoid erf erfc erfcx erfinv lgamma digamma i0 i0e i1 i1e floor ceil round trunc frac relu6
hardtanh leaky_relu elu celu selu gelu silu mish softplus softsign hardsigmoid hardswish hardshrink softshrink tanhshrink
nan_to_num deg2rad rad2deg""".split()
SMOOTH = """sin cos tanh sigmoid exp erf atan asinh softplus gelu silu square logsigmoid expm1 mish elu relu neg abs sinh cosh
i0e i1e erfcx tan leaky_relu softsign hardswish cbrt log1p sqrt selu celu lgamma digamma""".split()
BINARY = """fmod atan2 hypot logaddexp logaddexp2 xlogy xlog1py maximum minimum fmax fmin copysign heaviside""".split()
ORDER = {"bool": 0, "u8": 1, "i32": 2, "i64": 3, "f16": 4, "bf16": 4, "f32": 5, "f64": 6}


class Skip(Exception):
    """this operation does not fit here"""


class Value:
    def __init__(self, name, dtype, shape, deps=frozenset(), mutable=False):
        self.name, self.dtype, self.shape = name, dtype, tuple(shape)
        self.deps, self.mutable = deps, mutable

    def __str__(self):
        return self.name

    def is_float(self):
        return self.dtype in FLOATS

    def known(self):
        return all(isinstance(d, int) for d in self.shape)

    def numel(self):
        n = 1
        for d in self.shape:
            n *= d if isinstance(d, int) else 40
        return n


def promote(a, b):
    if a == b:
        return a
    if {a, b} == {"f16", "bf16"}:
        return "f32"
    return a if ORDER[a] > ORDER[b] else b


def broadcast(a, b):
    out = []
    for i in range(max(len(a), len(b))):
        x = a[len(a) - 1 - i] if i < len(a) else 1
        y = b[len(b) - 1 - i] if i < len(b) else 1
        if x != y and x != 1 and y != 1:
            raise Skip
        out.append(y if x == 1 else x)
    return tuple(reversed(out))


def writable(shape):
    return all(isinstance(d, int) or d in SIZES for d in shape)


def listed(items):
    items = [str(i) for i in items]
    return "(" + ", ".join(items) + ("," if len(items) == 1 else "") + ")"


def typed(dtype, shape):
    return f"{dtype}[{', '.join(map(str, shape))}]" if shape else dtype


class Base:
    """a function under construction: its lines and the values in scope"""

    def __init__(self, seed, number):
        self.rng = random.Random(seed)
        self.number = number
        self.lines, self.values, self.depth = [], [], 1
        self.names = 0
        self.printed = 0
        self.looping = 0
        self.sized = self.rng.random() < 0.3
        self.special = self.rng.random() < 0.25
        self.big = self.rng.random() < 0.12
        self.huge = self.rng.random() < 0.06  # worth several threads
        self.most = 150000 if self.huge else 20000

    # ---- text ----

    def chance(self, p):
        return self.rng.random() < p

    def line(self, text):
        self.lines.append("    " * self.depth + text)

    def name(self):
        self.names += 1
        return f"v{self.names}"

    def number_seed(self):
        return self.rng.randrange(1, 100000)

    def let(self, expr, dtype, shape, *operands, var=False):
        name = self.name()
        deps = set()
        if dtype in FLOATS:
            for o in operands:
                if o.is_float():
                    deps |= o.deps | {o.name}
        self.line(f"{'var' if var else 'let'} {name} = {expr}")
        value = Value(name, dtype, shape, frozenset(deps), var)
        self.values.append(value)
        if value.numel() > self.most:
            self.values.pop()
            self.lines.pop()
            raise Skip
        return value

    def show(self, value):
        self.printed += 1
        form = PRINTED.get(value.dtype)
        if value.numel() > 3000 and value.known():
            some = f"{value}.reshape(-1)[::{value.numel() // 500}]"
            total = f", {{sum({value}):{PRINTED[value.dtype if value.is_float() else 'i64']}}}" if form else ""
            inner = f"{some}:{form}" if form else f"{some}.to(i32):d"
            self.line(f'print("{self.number}.{self.printed} {{{inner}}}{total}")')
            return
        inner = f"{value}:{form}" if form else f"{value}.to(i32):d"
        self.line(f'print("{self.number}.{self.printed} {{{inner}}}")')

    # ---- values ----

    def dimension(self):
        if self.sized and self.chance(0.4):
            return self.rng.choice(SIZES)
        if self.huge and self.chance(0.7):
            return self.rng.choice((100, 257, 300, 65, 1000))
        if self.big and self.chance(0.5):
            return self.rng.choice((64, 100, 257, 33, 300))
        return self.rng.choice((1, 2, 3, 4, 5, 7, 8, 16, 17, 3, 4, 5, 33))

    def shape(self, rank=None, empty=True):
        if rank is None:
            rank = self.rng.choice((0, 1, 1, 2, 2, 2, 3, 3, 4))
        shape = [self.dimension() for _ in range(rank)]
        if rank and empty and self.chance(0.02):
            shape[self.rng.randrange(rank)] = 0
        while Value("", "", shape).numel() > (100000 if self.huge else 5000 if self.big else 1200):
            shape[self.rng.randrange(rank)] = self.rng.choice((1, 2, 3))
        return tuple(shape)

    def dtype(self, kinds=None):
        if kinds == "float":
            return self.rng.choice(("f32", "f32", "f32", "f64", "f16", "bf16"))
        if kinds == "int":
            return self.rng.choice(INTS)
        return self.rng.choice(("f32", "f32", "f32", "f64", "f16", "bf16", "u8", "i32", "i64", "bool"))

    def fresh(self, dtype, shape):
        """a new value; not from a file, yet nothing that a compiler could fold"""
        shape = tuple(shape)
        if not writable(shape):
            raise Skip
        seed = self.number_seed()
        if dtype in FLOATS and self.special and self.chance(0.5):
            table = self.name()
            self.line(f"let {table}: {dtype}[16] = [{SPECIAL[dtype]}]")
            scale = self.rng.choice(("", "", " * 1e270", " * 1e-290")) if dtype == "f64" else ""
            return self.let(f"{table}[{self.integers(0, 16, shape)}]{scale}", dtype, shape)
        if dtype in FLOATS:
            base = dtype if dtype in ("f32", "f64") else "f32"
            expr = f"randn({typed(base, shape)}, seed={seed})"
            if self.chance(0.2):
                expr = f"(rand({typed(base, shape)}, seed={seed}) + 0.5)"
            elif self.chance(0.2):
                expr = f"round({expr} * 2.0)"
            return self.let(expr + (f".to({dtype})" if base != dtype else ""), dtype, shape)
        if dtype == "bool":
            return self.let(f"rand({typed('f32', shape)}, seed={seed}) < 0.5", dtype, shape)
        low, high = (0, 256) if dtype == "u8" else self.rng.choice(((-5, 6), (-100, 100), (0, 3)))
        if dtype == "i32" and self.chance(0.1):
            low, high = -2147483648, 2147483647
        if dtype == "i64" and self.chance(0.1):
            low, high = -4000000000000000000, 4000000000000000000
        return self.let(self.integers(low, high, shape) + (f".to({dtype})" if dtype != "i64" else ""), dtype, shape)

    def integers(self, low, high, shape):
        if not shape:
            return f"randint({low}, {high}, (1,), seed={self.number_seed()})[0]"
        return f"randint({low}, {high}, {listed(shape)}, seed={self.number_seed()})"

    def pick(self, kinds=None, rank=None, shape=None, dtype=None, where=None, fresh=0.25):
        def fits(v):
            if dtype and v.dtype != dtype:
                return False
            if kinds == "float" and not v.is_float() or kinds == "int" and v.dtype not in INTS:
                return False
            if kinds == "real" and v.dtype == "bool":
                return False
            if rank is not None and len(v.shape) != rank:
                return False
            return (shape is None or v.shape == tuple(shape)) and (where is None or where(v))

        found = [v for v in self.values if fits(v)]
        if found and not self.chance(fresh):
            return self.rng.choice(found[-4:] if self.chance(0.6) else found)
        for _ in range(20):
            kind = dtype or self.dtype(kinds)
            if kinds == "real" and kind == "bool":
                continue
            form = self.shape(rank) if shape is None else tuple(shape)
            if where is None or where(Value("", kind, form)):
                return self.fresh(kind, form)
        raise Skip

    def compatible(self, value, dtype=None, kinds=None):
        """a value that broadcasts with another"""
        def fits(v):
            try:
                return Value("", "", broadcast(v.shape, value.shape)).numel() <= self.most // 4
            except Skip:
                return False
        found = [v for v in self.values if fits(v) and (dtype is None or v.dtype == dtype)
                 and (kinds != "float" or v.is_float())]
        if found and self.chance(0.6):
            return self.rng.choice(found)
        shape = list(value.shape)
        if shape and self.chance(0.4):
            shape = shape[self.rng.randrange(len(shape) + 1):]
        for i in range(len(shape)):
            if self.chance(0.25):
                shape[i] = 1
        return self.fresh(dtype or self.dtype(kinds), shape)

    def axis(self, value, least=0):
        axes = [i for i, d in enumerate(value.shape) if not isinstance(d, int) or d >= least]
        if not axes:
            raise Skip
        return self.rng.choice(axes)

    def axis_text(self, value, axis):
        return axis - len(value.shape) if self.chance(0.4) else axis

    def condition(self):
        """a bool scalar that only the running program knows"""
        v = self.pick("real", where=lambda v: v.numel() > 0, fresh=0.1)
        return f"sum({v}) {self.rng.choice(('>', '<='))} {'0.5' if v.is_float() else '1'}"
