"""programs.py: whole functions of operations, control flow, gradients and training steps. function(seed, number) gives
the text of `case<number>` (and of what it uses), the same for the same seed; program(seeds) joins some to one program."""
from catalog import Catalog
from generate import FLOATS, SMOOTH, Skip, Value, broadcast, typed

OPERATIONS = [name for name in dir(Catalog) if name.startswith("op_")] + ["op_call", "op_choose"] + 9 * ["op_catalog"] + \
    3 * ["op_unary", "op_binary", "op_integer"]
DIFFERENTIABLE = """op_smooth op_smooth op_smooth op_literal op_arithmetic op_arithmetic op_ternary op_where op_permute op_reshape op_flatten
op_flip op_unsqueeze op_squeeze op_expand op_cat op_stack op_slice op_assign op_masked_assign op_roll op_pad op_repeat op_unfold op_triangle
op_diagonal op_split op_take_rows op_index_select op_gather op_scatter op_index_add op_index_assign op_reduce op_reduce_expression
op_statistics op_norm op_extreme op_scan op_sort op_topk op_matmul op_matmul op_einsum op_outer op_conv op_conv op_pool op_adaptive op_softmax
op_normalized op_attention op_loss op_algebra op_binary op_window_slice op_cast op_running op_call op_choose op_option
op_catalog op_catalog op_catalog op_catalog""".split()
OPTIMIZERS = ("SGD(net, lr=0.05)", "SGD(net, lr=0.05, momentum=0.9, nesterov=true)", "SGD(net, lr=0.05, momentum=0.9, weight_decay=0.01)",
              "Adam(net, lr=0.01)", "Adam(net, lr=0.01, amsgrad=true)", "AdamW(net, lr=0.01)", "NAdam(net, lr=0.01)", "RAdam(net, lr=0.01)",
              "Adamax(net, lr=0.01)", "RMSprop(net, lr=0.01, momentum=0.5, centered=true)", "Adagrad(net, lr=0.01)", "Adadelta(net, lr=0.5)",
              "Lion(net, lr=0.01)")
CONTROLS = ("control_for", "control_if", "control_while", "control_batches", "control_nested", "control_recompute", "control_descent")
ACTIVATIONS = ("ReLU", "Tanh", "GELU", "Sigmoid", "SiLU", "Softplus", "ELU", "LeakyReLU", "Hardswish", "Mish", "Softsign")


class Function(Catalog):
    def __init__(self, seed, number):
        super().__init__(seed, number)
        self.before = []

    def op_smooth(self):
        v = self.pick("float")
        self.let(f"{self.rng.choice(SMOOTH)}({v})", v.dtype, v.shape, v)

    def step(self, names, tries=30):
        """one more statement that fits"""
        for _ in range(tries):
            try:
                return getattr(self, self.rng.choice(names))()
            except Skip:
                pass

    def statements(self, names, count):
        for _ in range(count):
            if not self.looping and self.depth < 4 and self.chance(0.08):
                try:
                    getattr(self, self.rng.choice(CONTROLS))(names)
                    continue
                except Skip:
                    pass
            self.step(names)
            if self.chance(0.25) and self.values:
                self.show(self.values[-1])

    # ---- control flow: variables carried through a block ----

    def carried(self, count):
        found = []
        for _ in range(count):
            v = self.pick("real", where=lambda v: v.numel() < 2000)
            w = self.let(f"{v}", v.dtype, v.shape, v, var=True)
            found.append(w)
        return found

    def block(self, head, names, carried, count, closing=(), end=True):
        """head, then count statements and new values for some of what is carried; gives what they depend on"""
        self.line(head + " {")
        self.depth += 1
        self.looping += 1
        kept = len(self.values)
        for text in closing:
            self.line(text)
        for _ in range(count):
            self.step(names)
        deps = set()
        for w in carried:
            same = [v for v in self.values if v.dtype == w.dtype and v.name != w.name]
            near = [v for v in same[-6:] if self.fits(v, w)]
            if near:
                s = self.rng.choice(near)
                self.line(f"{w} {'+=' if self.chance(0.4) else '='} {s}" if s.shape == w.shape else f"{w} += {s}")
                deps |= s.deps | {s.name}
            else:
                self.line(f"{w} = {w} + {w}" if self.chance(0.5) else f"{w} *= 2")
        if self.chance(0.1) and carried:
            self.show(carried[0])
        del self.values[kept:]
        self.looping -= 1
        self.depth -= 1
        if end:
            self.line("}")
        return deps

    @staticmethod
    def fits(v, w):
        try:
            return broadcast(v.shape, w.shape) == w.shape
        except Skip:
            return False

    def after(self, carried, deps):
        names = {v.name for v in self.values}
        for w in carried:
            self.values.remove(w)
            if w.is_float():
                w.deps = frozenset(w.deps | (deps & names)) - {w.name}
            self.values.append(w)
            self.let(f"{w}", w.dtype, w.shape, w)
            self.values.remove(w)

    def control_for(self, names):
        carried = self.carried(self.rng.choice((1, 1, 2)))
        i = self.name()
        trips = self.rng.choice(("0..3", "0..1", "1..=4", "5..0 step -2", "0..0", "0..n"))
        extra = []
        if self.chance(0.25):
            extra = [f"if {self.condition()} {{ {self.rng.choice(('break', 'continue'))} }}"]
        elif self.chance(0.3):
            extra = [f"{carried[0]} += {i}.to({carried[0].dtype})"]
        deps = self.block(f"for {i} in {trips}", names, carried, self.rng.randrange(1, 5), extra)
        self.after(carried, deps)

    def control_nested(self, names):
        carried = self.carried(1)
        i, j = self.name(), self.name()
        self.line(f"for {i} in 0..3 {{")
        self.depth += 1
        deps = self.block(f"for {j} in {self.rng.choice((f'0..{i}', '0..2', f'{i}..4'))}", names, carried, self.rng.randrange(1, 4))
        self.depth -= 1
        self.line("}")
        self.after(carried, deps)

    def control_recompute(self, names):
        carried = self.carried(1)
        self.after(carried, self.block("recompute", names, carried, self.rng.randrange(1, 4)))

    def control_descent(self, names):
        """steps along a gradient, of first or second order"""
        v = self.pick("float", where=lambda v: v.numel() < 500)
        w = self.let(f"{v}", v.dtype, v.shape, v, var=True)
        c = self.pick(dtype=v.dtype, shape=v.shape)
        i, y, g = self.name(), self.name(), self.name()
        inner = self.rng.choice(SMOOTH)
        self.line(f"for {i} in 0..{self.rng.choice(('2', '3', 'm'))} {{")
        self.line(f"    let {y} = sum({inner}({w}) * {c} + {w} * {w})")
        self.line(f"    let {g} = grad({y}, {w})")
        if self.chance(0.4):
            self.line(f"    {w} -= grad(sum({g} * {g}), {w}) * 0.01")
        else:
            self.line(f"    {w} -= {g} * 0.1")
        self.line("}")
        self.values.remove(w)
        self.let(str(w), v.dtype, v.shape)

    def op_call(self):
        """a function of sizes, checked at each call"""
        v = self.pick("float", rank=2)
        name = self.name()
        body = self.rng.choice(("x * 2.0 - sum(x, axis=0)", "softmax(x, axis=1) + x", "x @ (x.t() @ x)", "where(x > 0.0, x, sin(x)) * n",
                                "if sum(x) > 0.0 then x + 1.0 else x * x", "(x - mean(x, axis=1, keepdim=true)) * rsqrt(1.0 + sum(x * x))"))
        if self.chance(0.3):
            rule = "return dy * 3.0" if self.chance(0.5) else "return dy * y + x"
            self.before.append(f"fn {name}_{self.number}[n, m](x: {v.dtype}[n, m]) -> {v.dtype}[n, m] {{ return {body} }} vjp(x, y, dy) {{ {rule} }}")
        elif self.chance(0.4):
            self.before.append(f"fn {name}_{self.number}[n, m](x: {v.dtype}[n, m]) -> {v.dtype}[n, m] {{\n    if sum(x) > 1.0 {{ return x }}\n    return {body}\n}}")
        else:
            self.before.append(f"fn {name}_{self.number}[n, m](x: {v.dtype}[n, m]) -> {v.dtype}[n, m] {{ return {body} }}")
        self.let(f"{name}_{self.number}({v})", v.dtype, v.shape, v)

    def op_choose(self):
        a = self.pick("real")
        b = self.pick(dtype=a.dtype, shape=a.shape)
        self.let(f"if {self.condition()} then {a} else {b}", a.dtype, a.shape, a, b)

    def control_if(self, names):
        carried = self.carried(self.rng.choice((1, 2)))
        condition = self.condition()
        deps = self.block(f"if {condition}", names, carried, self.rng.randrange(1, 4), end=False)
        if self.chance(0.7):
            deps |= self.block("} else", names, carried, self.rng.randrange(0, 3))
        else:
            self.line("}")
        self.after(carried, deps)

    def control_while(self, names):
        carried = self.carried(self.rng.choice((1, 2)))
        k = self.name()
        self.line(f"var {k} = 0")
        deps = self.block(f"while {k} < {self.rng.choice((1, 3, 4))} and {self.condition()}", names, carried, self.rng.randrange(1, 4), [f"{k} += 1"])
        self.after(carried, deps)

    def control_batches(self, names):
        v = self.pick("float", where=lambda v: v.shape and v.shape[0] != 0)
        rows = v.shape[1:]
        if not all(isinstance(d, int) for d in rows):
            raise Skip
        x, total = self.name(), self.name()
        self.line(f"var {total} = zeros({typed(v.dtype, rows)})")
        shuffle = self.rng.choice(("", ", shuffle=true", ", drop_last=true"))
        self.line(f"for {x} in batches({v}, {self.rng.choice((1, 2, 3, 5))}{shuffle}) {{")
        self.depth += 1
        self.looping += 1
        outer, self.values = self.values, [Value(x, v.dtype, ("?" + x, *rows))]
        for _ in range(self.rng.randrange(0, 4)):
            self.step(("op_smooth", "op_literal", "op_unary_any", "op_reduce_expression", "op_matmul", "op_softmax", "op_scan", "op_arithmetic", "op_sort"), 5)
        inner = [w for w in self.values if w.dtype == v.dtype and w.shape == ("?" + x, *rows)]
        self.line(f"{total} += sum({self.rng.choice(inner)}, axis=0)")
        self.looping -= 1
        self.depth -= 1
        self.line("}")
        self.values = outer
        self.let(total, v.dtype, rows)

    # ---- gradients ----

    def gradient(self):
        found = [v for v in self.values if v.is_float() and v.deps and not v.mutable]
        if not found:
            raise Skip
        y = self.rng.choice(found[-5:])
        visible = [v for v in self.values if v.name in y.deps and not v.mutable]
        if not visible:
            raise Skip
        x = self.rng.choice(visible[:4] if self.chance(0.7) else visible)
        kind = self.rng.choice(("grad", "grad", "grad", "pair", "vjp", "jvp", "second"))
        if kind == "vjp":
            v = self.pick(dtype=y.dtype, shape=y.shape)
            self.show(self.plain(f"vjp({y}, {x}, {v})", x))
        elif kind == "jvp":
            v = self.pick(dtype=x.dtype, shape=x.shape)
            self.show(self.plain(f"jvp({y}, {x}, {v})", y))
        else:
            s = self.let(self.rng.choice((f"sum({y})", f"sum({y} * {y})", f"sum(sin({y}))")), y.dtype, (), y)
            if kind == "pair" and len(visible) > 1:
                z = self.rng.choice([v for v in visible if v is not x])
                a, b = self.name(), self.name()
                self.line(f"let ({a}, {b}) = grad({s}, ({x}, {z}))")
                self.values += [Value(a, x.dtype, x.shape), Value(b, z.dtype, z.shape)]
                self.show(self.values[-2])
            else:
                self.plain(f"grad({s}, {x})", x)
            g = self.values[-1]
            self.show(g)
            if kind == "second":
                w = self.let(f"sum({g} * cos({x}))", x.dtype, ())
                self.show(self.plain(f"grad({w}, {x})", x))

    def plain(self, expr, like):
        return self.let(expr, like.dtype, like.shape)

    # ---- training ----

    def training(self):
        """a network, some steps of an optimizer"""
        c = self.rng.choice
        kind = c(("mlp", "mlp", "conv", "rnn", "norm", "attention"))
        a, o = c((1, 3, 5, 17)), c((1, 2, 4, 10))
        h, b = c((1, 4, 8, 17, 33)), c((1, 3, 7, 16))
        act = c(ACTIVATIONS)
        if kind == "conv":
            k, s = c((1, 3)), c((6, 8, 9))
            shape, net = (b, 2, s, s), f"nn.Sequential(nn.Conv2d(2, {h}, {k}, padding={c((0, 1))}), nn.{act}(), nn.{c(('Max', 'Avg'))}Pool2d(2), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear({h}, {o}))"
        elif kind == "rnn":
            shape, net = (b, 5, a), f"nn.{c(('RNN', 'GRU', 'LSTM'))}({a}, {o}, batch_first=true)"
        elif kind == "norm":
            norm = c((f"nn.BatchNorm1d({h})", f"nn.LayerNorm({h})", f"nn.RMSNorm({h})"))
            b = max(b, 2)
            shape, net = (b, a), f"nn.Sequential(nn.Linear({a}, {h}), {norm}, nn.{act}(), nn.Dropout(0.2), nn.Linear({h}, {o}))"
        elif kind == "attention":
            o, shape = 8, (b, 5, 8)
            net = f"nn.MultiheadAttention(8, {c((1, 2, 4))}, batch_first=true)"
        else:
            shape, net = (b, a), f"nn.Sequential(nn.Linear({a}, {h}), nn.{act}(), nn.Linear({h}, {o}))"
        self.line(f"let x = randn({typed('f32', shape)}, seed={self.number_seed()})")
        self.line(f"let net = {net}")
        self.line(f"let opt = optim.{c(OPTIMIZERS)}")
        call = {"rnn": "let y = net(x)[0]", "attention": "let y = net(x, x, x)"}.get(kind, "let y = net(x)")
        loss = c(("mean(y ** 2)", "mean(abs(y - 0.5))", "mean(softplus(y))", "huber_loss(y, ones_like(y))"))
        if len(shape) != 3:
            loss = c((loss, f"cross_entropy(y, {self.integers(0, o, (b,))})"))
        self.line(f"for i in 0..{c((1, 2, 3))} {{")
        self.line(f"    {call}")
        self.line(f"    let loss = {loss}")
        step = c(("grad(loss, net)", "clip_norm(grad(loss, net), 0.5)", "clip_value(grad(loss, net), 0.1)"))
        self.line(f"    opt.step({step})")
        self.line(f'    print("{self.number}.t {{loss:.9g}}")')
        self.line("}")
        self.line("for p in net {")
        self.line(f'    print("{self.number}.p {{p:.9g}}")')
        self.line("}")

    def text(self):
        kind = self.rng.random()
        if kind < 0.08:
            self.training()
        elif kind < 0.4:
            self.special = self.special and self.chance(0.2)
            for _ in range(self.rng.randrange(1, 4)):
                self.fresh(self.dtype("float"), self.shape())
            self.statements(DIFFERENTIABLE, self.rng.randrange(2, 9))
            for _ in range(self.rng.randrange(1, 4)):
                try:
                    self.gradient()
                except Skip:
                    pass
        else:
            names = OPERATIONS if self.chance(0.7) else self.rng.sample(OPERATIONS, 8)
            self.statements(names, self.rng.randrange(3, 14))
        for v in self.values[-4:]:
            if not v.mutable:
                self.show(v)
        return f"fn case{self.number}() {{\n" + "\n".join(self.lines + ["}"] + self.before) + "\n"


def function(seed, number):
    return Function(seed, number).text()


def program(texts, numbers):
    calls = "\n".join(f"    case{n}()" for n in numbers)
    head = "arg n: dim = 5\narg m: dim = 3\narg word: str = \"train\"\ndata numbers: u8[length] = bytes(\"numbers.bin\")\n\n"
    return head + "\n".join(texts) + "\nfn main() {\n" + calls + "\n}\n"
