"""cases.py: how the generators of this folder state a case, and what PyTorch computes for it in f64.

F(name, tg, torch, inputs…): a function's; tg is an expression over x0, x1, …; torch a function of the same. Inputs: X(shape, scale) floating
around 0, P(shape) between 0.1 and 0.9, I(shape, n) integers below n, B(shape) bools, L(text, value) a literal in tg. For each case: outputs (y), gradients of a fixed
sum by every floating input (x), and gradients of a fixed sum of those (xx), unless second=False."""
import torch

HEADER = '''fn wave(p, s: int, scale) {
    let i = arange(numel(p))
    return ((((i * i * 37 + i * 101 + s * 1009) % 8191).to(p.dtype) / 8192.0 - 0.5) * scale).reshape(p.shape)
}
fn numbers(n, p) { return ((arange(numel(p)) * 5 + 2) % n).reshape(p.shape) }
fn show(label: str, x) { print("{label} {x.to(f64).reshape(-1):.10g}") }

# a fixed sum of all of an output that has a gradient
fn whole(y, s: int) {
    if is_tuple(y) {
        var all = whole(y[0], s)
        for i, part in enumerate(y) {
            if i > 0 { all = all + whole(part, s) }
        }
        return all
    }
    return if is_floating_point(y) then sum(y * wave(y, s, 2.0)) else 0.0
}
fn show_all(label: str, y) {
    if is_tuple(y) { for part in y { show_all(label, part) } } else { show(label, y) }
}
'''


def wave(shape, s, scale, dtype=torch.float64):
    n = torch.Size(shape).numel()
    i = torch.arange(n)
    w = ((i * i * 37 + i * 101 + s * 1009) % 8191).to(dtype) / 8192.0
    return ((w - 0.5) * scale).reshape(shape)


def tg_shape(kind, shape):
    return f"zeros({kind}[{', '.join(map(str, shape))}])" if shape else f"0.0.to({kind})"


class X:
    def __init__(self, *shape, scale=4.0, shift=0.0):
        self.shape, self.scale, self.shift = shape, scale, shift
        self.floating = True

    def torch(self, s):
        return (wave(self.shape, s, self.scale) + self.shift).requires_grad_()

    def tg(self, s, kind):
        w = f"wave({tg_shape(kind, self.shape)}, {s}, {self.scale})"
        return f"{w} + {self.shift}" if self.shift else w


class P(X):
    def __init__(self, *shape):
        X.__init__(self, *shape, scale=0.8, shift=0.5)


class K(X):
    """floating, but no gradient is asked for it"""
    def __init__(self, *shape, scale=0.8, shift=0.5):
        X.__init__(self, *shape, scale=scale, shift=shift)
        self.floating = False

    def torch(self, s):
        return X.torch(self, s).detach()


class I:
    floating = False

    def __init__(self, *shape, n=3, shift=0):
        self.shape, self.n, self.shift = shape, n, shift

    def torch(self, s):
        count = torch.Size(self.shape).numel()
        return (torch.arange(count) * 5 + 2).remainder(self.n).reshape(self.shape) + self.shift

    def tg(self, s, kind):
        w = f"numbers({self.n}, {tg_shape('i64', self.shape) if self.shape else '0'})"
        return f"{w} + {self.shift}" if self.shift else w


class B(I):
    def torch(self, s):
        return I.torch(self, s) != 0

    def tg(self, s, kind):
        return f"{I.tg(self, s, kind)} != 0"


class L:
    """a literal, of integers or bools"""
    floating = False

    def __init__(self, text, value):
        self.text, self.value = text, value

    def torch(self, s):
        return torch.tensor(self.value)

    def tg(self, s, kind):
        return self.text


class F:
    def __init__(self, name, tg, fn, *inputs, second=True, evaluate=False, grad=True):
        self.name, self.tg, self.fn, self.inputs = name, tg, fn, inputs
        self.second, self.evaluate, self.grad = second, evaluate, grad


def flat(y):
    return [t for part in y for t in flat(part)] if isinstance(y, (tuple, list)) else [y]


def digits(t):
    return " ".join(f"{v:.10g}" for v in (t.detach() + 0).double().reshape(-1).tolist())


def expected(case, out):
    xs = [x.torch(k + 1) for k, x in enumerate(case.inputs)]
    y = flat(case.fn(*xs))
    out += [f"{case.name} y {digits(t)}" for t in y]
    floating = [x for x, i in zip(xs, case.inputs) if i.floating]
    if not case.grad or not floating:
        return
    total = sum((t * wave(t.shape, 5, 2.0)).sum() for t in y if t.is_floating_point())
    grads = torch.autograd.grad(total, floating, create_graph=case.second)
    out += [f"{case.name} x {digits(g)}" for g in grads]
    if case.second:
        total = sum((g * wave(g.shape, 7, 2.0)).sum() for g in grads)
        twice = torch.autograd.grad(total, floating, allow_unused=True) if total.requires_grad else [None] * len(floating)
        out += [f"{case.name} xx {digits(torch.zeros_like(x) if g is None else g)}" for g, x in zip(twice, floating)]


def tg_case(case, kind="f64"):
    lines = [f"fn case_{case.name}() {{"]
    lines += [f"    let x{k} = {x.tg(k + 1, kind)}" for k, x in enumerate(case.inputs)]
    lines += [f"    let y = {case.tg}", f"    show_all(\"{case.name} y\", y)"]
    floating = [f"x{k}" for k, x in enumerate(case.inputs) if x.floating]
    if case.grad and floating:
        names = f"({', '.join(floating)}, )"
        lines += [f"    let g = grad(whole(y, 5), {names})", f"    show_all(\"{case.name} x\", g)"]
        if case.second:
            unused = "whole(g, 7) + " + " + ".join(f"0.0 * sum({x} * {x})" for x in floating)
            lines += [f"    show_all(\"{case.name} xx\", grad({unused}, {names}))"]
    return "\n".join(lines + ["}", ""])


def program(title, cases, kind="f64"):
    text = f"# {title}\n" + HEADER + "\n" + "\n".join(tg_case(c, kind) for c in cases)
    return text + "\nfn main() {\n" + "".join(f"    case_{c.name}()\n" for c in cases) + "}\n"
