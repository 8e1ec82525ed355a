"""operations.py: the operations that generate.py's functions are made of: each method op_NAME adds a statement or a few
to its function, or raises Skip."""
from generate import (ANY_REAL, BINARY, Base, FLOATS, Skip, SMOOTH, UNARY, Value, broadcast, listed, promote, typed, writable)


class Operations(Base):
    # ---- pointwise ----

    def op_unary(self):
        v = self.pick("float")
        self.let(f"{self.rng.choice(UNARY)}({v})", v.dtype, v.shape, v)

    def op_unary_any(self):
        v = self.pick("real")
        self.let(f"{self.rng.choice(ANY_REAL)}({v})", v.dtype, v.shape, v)

    def op_arithmetic(self):
        a = self.pick("real")
        b = self.compatible(a, a.dtype)
        shape = broadcast(a.shape, b.shape)
        op = self.rng.choice("+-*+-*/%" if a.is_float() else "+-*")
        if a.is_float() and self.chance(0.1):
            op = "//"
        left, right = (a, b) if self.chance(0.5) else (b, a)
        self.let(f"{left} {op} {right}", a.dtype, shape, a, b)

    def op_promoted(self):
        a = self.pick("real", where=lambda v: v.shape)
        b = self.compatible(a)
        if not b.shape or b.dtype == "bool":
            raise Skip
        self.let(f"{a} {self.rng.choice('+-*')} {b}", promote(a.dtype, b.dtype), broadcast(a.shape, b.shape), a, b)

    def op_literal(self):
        v = self.pick("float")
        c = self.rng.choice(("2.0", "0.5", "3", "1.1", "-0.75", "1e-3", "100.0"))
        form = self.rng.choice(("{v} * {c}", "{c} - {v}", "{v} / {c}", "{c} / {v}", "{v} ** 2", "{v} ** 3", "abs({v}) ** 0.5",
                                "{v} + {c}", "{v} % {c}", "clamp({v}, -1.0, {c})", "{c} ** {v}", "{v} ** -1.0", "maximum({v}, {c})",
                                "fma({v}, {v}, {v})", "clamp_min({v}, {c})", "threshold({v}, 0.1, 20.0)", "hardshrink({v})",
                                "polygamma(1.0, abs({v}) + 0.5)", "{v} // {c}", "-{v} + {c} * {v}", "logit(sigmoid({v}), 0.01)"))
        if "** {v}" in form:
            c = "1.5"
        self.let(form.format(v=v, c=f"({c})" if c[0] == "-" else c), v.dtype, v.shape, v)

    def op_binary(self):
        a = self.pick("float")
        b = self.compatible(a, a.dtype)
        self.let(f"{self.rng.choice(BINARY)}({a}, {b})", a.dtype, broadcast(a.shape, b.shape), a, b)

    def op_ternary(self):
        a = self.pick("float")
        b = self.compatible(a, a.dtype)
        shape = broadcast(a.shape, b.shape)
        c = self.pick(dtype=a.dtype, shape=shape)
        form = self.rng.choice(("lerp({a}, {b}, {c})", "addcmul({c}, {a}, {b}, 0.5)", "addcdiv({c}, {a}, {b})", "{a} * {b} + {c}",
                                "{c} - {a} * {b}", "clamp({c}, minimum({a}, {b}), maximum({a}, {b}))", "({a} - {c}) * ({b} - {c})"))
        self.let(form.format(a=a, b=b, c=c), a.dtype, shape, a, b, c)

    def op_integer(self):
        a = self.pick("int")
        b = self.compatible(a, a.dtype)
        form = self.rng.choice(("{a} // bitwise_or({b}, 1)", "{a} % bitwise_or({b}, 1)", "fmod({a}, bitwise_or({b}, 1))",
                                "bitwise_and({a}, {b})", "bitwise_or({a}, {b})", "bitwise_xor({a}, {b})", "gcd({a}, {b})", "lcm({a}, {b})",
                                "left_shift({a}, bitwise_and({b}, 15))", "right_shift({a}, bitwise_and({b}, 63))", "{a} ** bitwise_and({b}, 7)",
                                "maximum({a}, {b})", "minimum({a}, {b})", "{a} * {b} - {a}", "clamp({a}, 2, 50) + {b}", "{a} * 3 + {b}"))
        self.let(form.format(a=a, b=b), a.dtype, broadcast(a.shape, b.shape))

    def op_integer_unary(self):
        a = self.pick("int")
        c = self.rng.choice((2, 3, 7, 16, 10))
        form = self.rng.choice(("bitwise_not({a})", "{a} // {c}", "{a} % {c}", "{a} * {c}", "fmod({a}, {c})", "{a} // -{c}", "{a} % -{c}"))
        if a.dtype == "u8" and "-" in form:
            raise Skip
        self.let(form.format(a=a, c=c), a.dtype, a.shape)

    def op_true_divide(self):
        a = self.pick("int")
        b = self.compatible(a, a.dtype)
        self.let(f"{a} / {b}", "f32", broadcast(a.shape, b.shape))

    def op_compare(self):
        a = self.pick("real")
        b = self.compatible(a, a.dtype)
        op = self.rng.choice(("==", "!=", "<", "<=", ">", ">="))
        self.let(f"{a} {op} {b}", "bool", broadcast(a.shape, b.shape))

    def op_classify(self):
        v = self.pick("float")
        self.let(f"{self.rng.choice(('isnan', 'isinf', 'isfinite', 'signbit'))}({v})", "bool", v.shape)

    def op_logic(self):
        a = self.pick(dtype="bool")
        b = self.compatible(a, "bool")
        op = self.rng.choice(("logical_and", "logical_or", "logical_xor", "bitwise_xor", "bitwise_and"))
        self.let(f"{op}({a}, {b})", "bool", broadcast(a.shape, b.shape))

    def op_where(self):
        a = self.pick()
        b = self.compatible(a, a.dtype)
        c = self.compatible(a, "bool")
        self.let(f"where({c}, {a}, {b})", a.dtype, broadcast(broadcast(a.shape, b.shape), c.shape), a, b)

    def op_cast(self):
        v = self.pick()
        to = self.dtype()
        deps = (v,) if v.is_float() else ()
        self.let(f"{v}.to({to})", to, v.shape, *deps)

    # ---- views ----

    def op_permute(self):
        v = self.pick(where=lambda v: len(v.shape) >= 2)
        order = list(range(len(v.shape)))
        self.rng.shuffle(order)
        self.let(f"{v}.permute({', '.join(map(str, order))})", v.dtype, [v.shape[i] for i in order], v)

    def op_reshape(self):
        v = self.pick(where=lambda v: v.known() and v.shape)
        n, shape = v.numel(), []
        while n > 1 and len(shape) < 3:
            k = self.rng.choice([d for d in range(1, n + 1) if n % d == 0][:8])
            shape.append(k)
            n //= k
        if n != 1 or not shape:
            shape.append(n)
        self.rng.shuffle(shape)
        form = ", ".join(map(str, shape))
        self.let(f"{v}.reshape({form})", v.dtype, shape, v)

    def op_flatten(self):
        v = self.pick(where=lambda v: len(v.shape) >= 1 and v.known())
        self.let(f"{v}.reshape(-1)" if v.numel() else f"flatten({v})", v.dtype, [v.numel()], v)

    def op_flip(self):
        v = self.pick(where=lambda v: len(v.shape) >= 1)
        self.let(f"flip({v}, axis={self.axis_text(v, self.axis(v))})", v.dtype, v.shape, v)

    def op_unsqueeze(self):
        v = self.pick(where=lambda v: len(v.shape) <= 3)
        at = self.rng.randrange(len(v.shape) + 1)
        self.let(f"{v}.unsqueeze({at})", v.dtype, v.shape[:at] + (1,) + v.shape[at:], v)

    def op_squeeze(self):
        v = self.pick(where=lambda v: 1 in v.shape)
        at = self.rng.choice([i for i, d in enumerate(v.shape) if d == 1])
        self.let(f"{v}.squeeze({at})", v.dtype, v.shape[:at] + v.shape[at + 1:], v)

    def op_expand(self):
        v = self.pick(where=lambda v: 1 in v.shape and writable(v.shape) and v.numel() < 400)
        shape = [self.rng.choice((1, 2, 5, 17)) if d == 1 else d for d in v.shape]
        self.let(f"{v}.expand({', '.join(map(str, shape))})", v.dtype, shape, v)

    def op_cat(self):
        v = self.pick(where=lambda v: len(v.shape) >= 1)
        axis = self.axis(v)
        pieces, total = [v], v.shape[axis]
        if not isinstance(total, int):
            raise Skip
        for _ in range(self.rng.choice((1, 1, 2))):
            size = self.rng.choice((total, 1, 3, 16))
            w = self.pick(dtype=v.dtype, shape=v.shape[:axis] + (size,) + v.shape[axis + 1:])
            pieces.append(w)
            total += size
        self.rng.shuffle(pieces)
        self.let(f"cat([{', '.join(map(str, pieces))}], axis={self.axis_text(v, axis)})", v.dtype,
                 v.shape[:axis] + (total,) + v.shape[axis + 1:], *pieces)

    def op_stack(self):
        v = self.pick(where=lambda v: len(v.shape) <= 3)
        pieces = [v] + [self.pick(dtype=v.dtype, shape=v.shape) for _ in range(self.rng.choice((1, 2)))]
        at = self.rng.randrange(len(v.shape) + 1)
        self.let(f"stack([{', '.join(map(str, pieces))}], axis={at})", v.dtype, v.shape[:at] + (len(pieces),) + v.shape[at:], *pieces)

    def slices(self, v):
        """items of an index, and the shape of what they take"""
        items, shape = [], []
        for d in v.shape:
            kind = self.rng.randrange(7)
            if not isinstance(d, int):
                items.append("::-1" if kind == 0 else ":")
                shape.append(d)
            elif kind == 0 and d > 0:
                items.append(str(self.rng.randrange(-d, d)))
            elif kind == 1 and d > 0:
                step = self.rng.choice((2, 3, -1, -2, -3))
                items.append(f"::{step}")
                shape.append(-(-d // abs(step)))
            elif kind in (2, 3):
                a = self.rng.randrange(d + 1)
                b = self.rng.randrange(a, d + 1)
                step = self.rng.choice((1, 1, 2))
                items.append(f"{a}:{b}" + (f":{step}" if step > 1 else ""))
                shape.append(-(-(b - a) // step))
            else:
                items.append(":")
                shape.append(d)
        return ", ".join(items), tuple(shape)

    def op_slice(self):
        v = self.pick(where=lambda v: len(v.shape) >= 1)
        items, shape = self.slices(v)
        self.let(f"{v}[{items}]", v.dtype, shape, v)

    def op_window_slice(self):
        v = self.pick(where=lambda v: v.shape and isinstance(v.shape[0], int) and v.shape[0] >= 3)
        k = self.rng.randrange(1, v.shape[0])
        i = self.let(self.integers(0, v.shape[0] - k + 1, ()), "i64", ())
        self.let(f"{v}[{i} : {i} + {k}]", v.dtype, (k,) + v.shape[1:], v)

    def op_assign(self):
        v = self.pick(where=lambda v: len(v.shape) >= 1)
        w = self.let(f"{v}", v.dtype, v.shape, v, var=True)
        self.values.pop()
        items, shape = self.slices(v)
        source = self.rng.choice(("value", "scalar", "add"))
        if source == "scalar" and v.dtype != "bool":
            self.line(f"{w}[{items}] = 3")
            deps = w.deps
        else:
            s = self.pick(dtype=v.dtype, shape=shape)
            self.line(f"{w}[{items}] {'+=' if source == 'add' and v.dtype != 'bool' else '='} {s}")
            deps = w.deps | s.deps | {s.name}
        self.let(str(w), v.dtype, v.shape, *[Value(d, v.dtype, ()) for d in deps])

    def op_masked_assign(self):
        v = self.pick(where=lambda v: len(v.shape) >= 1)
        m = self.pick(dtype="bool", shape=v.shape)
        w = self.let(f"{v}", v.dtype, v.shape, v, var=True)
        self.values.pop()
        self.line(f"{w}[{m}] = {'true' if v.dtype == 'bool' else '7'}")
        self.let(str(w), v.dtype, v.shape, v)

    def op_roll(self):
        v = self.pick(where=lambda v: v.shape and v.known() and v.numel() > 0)
        axis = self.axis(v, 1)
        self.let(f"roll({v}, {self.rng.randrange(-3, 6)}, axis={axis})", v.dtype, v.shape, v)

    def op_pad(self):
        v = self.pick("real", where=lambda v: v.shape and v.known())
        widths = [(self.rng.randrange(3), self.rng.randrange(3)) for _ in v.shape]
        shape = [d + a + b for d, (a, b) in zip(v.shape, widths)]
        text = "(" + ", ".join(f"({a}, {b})" for a, b in widths) + ("," if len(widths) == 1 else "") + ")"
        value = ", value=1.5" if v.is_float() and self.chance(0.3) else ""
        self.let(f"pad({v}, {text}{value})", v.dtype, shape, v)

    def op_repeat(self):
        v = self.pick(where=lambda v: v.shape and v.known() and v.numel() < 300)
        if self.chance(0.4):
            axis, k = self.axis(v), self.rng.choice((2, 3))
            shape = v.shape[:axis] + (v.shape[axis] * k,) + v.shape[axis + 1:]
            self.let(f"repeat_interleave({v}, {k}, axis={axis})", v.dtype, shape, v)
            return
        times = [self.rng.choice((1, 2, 3)) for _ in v.shape]
        self.let(f"{v}.repeat({', '.join(map(str, times))})", v.dtype, [d * k for d, k in zip(v.shape, times)], v)

    def op_unfold(self):
        v = self.pick(where=lambda v: v.shape and v.known() and len(v.shape) < 4 and max(v.shape) >= 3)
        axis = self.axis(v, 3)
        size, step = self.rng.choice((1, 2, 3)), self.rng.choice((1, 2, 3))
        count = (v.shape[axis] - size) // step + 1
        self.let(f"unfold({v}, {axis}, {size}, {step})", v.dtype, v.shape[:axis] + (count,) + v.shape[axis + 1:] + (size,), v)

    def op_triangle(self):
        v = self.pick("real", where=lambda v: len(v.shape) >= 2)
        self.let(f"{self.rng.choice(('tril', 'triu'))}({v}, {self.rng.randrange(-2, 3)})", v.dtype, v.shape, v)

    def op_diagonal(self):
        v = self.pick(rank=2, where=lambda v: v.known() and min(v.shape) >= 1)
        self.let(f"diagonal({v})", v.dtype, [min(v.shape)], v)

    def op_split(self):
        v = self.pick(where=lambda v: v.shape and v.known() and max(v.shape) >= 2)
        axis = self.axis(v, 2)
        size = self.rng.randrange(1, v.shape[axis])
        if v.shape[axis] > 4 * size:
            raise Skip
        parts = [size] * (v.shape[axis] // size) + ([v.shape[axis] % size] if v.shape[axis] % size else [])
        at = self.rng.randrange(len(parts))
        self.let(f"split({v}, {size}, axis={axis})[{at}]", v.dtype, v.shape[:axis] + (parts[at],) + v.shape[axis + 1:], v)

    # ---- indices ----

    def indexed(self):
        v = self.pick("real", where=lambda v: v.shape and v.known() and v.numel() > 0)
        return v, self.axis(v, 1)

    def op_take_rows(self):
        v, _ = self.indexed()
        shape = self.rng.choice(((3,), (17,), (2, 3), (1,), ()))
        index = self.integers(-v.shape[0], v.shape[0], shape)
        self.let(f"{v}[{index}]", v.dtype, shape + v.shape[1:], v)

    def op_index_select(self):
        v, axis = self.indexed()
        k = self.rng.choice((1, 4, 17))
        self.let(f"index_select({v}, {axis}, {self.integers(0, v.shape[axis], (k,))})", v.dtype, v.shape[:axis] + (k,) + v.shape[axis + 1:], v)

    def op_gather(self):
        v, axis = self.indexed()
        shape = v.shape[:axis] + (self.rng.choice((1, 2, 9)),) + v.shape[axis + 1:]
        index = self.integers(0, v.shape[axis], shape)
        self.let(self.rng.choice((f"gather({v}, {axis}, {index})", f"take_along_dim({v}, {index}, axis={axis})")), v.dtype, shape, v)

    def op_scatter(self):
        v, axis = self.indexed()
        shape = v.shape[:axis] + (self.rng.randrange(1, 9),) + v.shape[axis + 1:]
        s = self.pick(dtype=v.dtype, shape=shape)
        name = self.rng.choice(("scatter_add", "scatter"))
        self.let(f"{name}({v}, {axis}, {self.integers(0, v.shape[axis], shape)}, {s})", v.dtype, v.shape, v, s)

    def op_index_add(self):
        v, axis = self.indexed()
        k = self.rng.choice((1, 3, 17))
        s = self.pick(dtype=v.dtype, shape=v.shape[:axis] + (k,) + v.shape[axis + 1:])
        name = self.rng.choice(("index_add", "index_copy"))
        self.let(f"{name}({v}, {axis}, {self.integers(0, v.shape[axis], (k,))}, {s})", v.dtype, v.shape, v, s)

    def op_index_assign(self):
        v, _ = self.indexed()
        k = self.rng.choice((1, 3, 17))
        w = self.let(f"{v}", v.dtype, v.shape, v, var=True)
        self.values.pop()
        s = self.pick(dtype=v.dtype, shape=(k,) + v.shape[1:])
        self.line(f"{w}[{self.integers(-v.shape[0], v.shape[0], (k,))}] {self.rng.choice(('=', '+='))} {s}")
        self.let(str(w), v.dtype, v.shape, v, s)

    # ---- reductions, scans, sorting ----

    def reduced(self, v):
        """the text of the axes, keepdim included, and the shape that is left"""
        if not v.shape or self.chance(0.2):
            return "", ()
        axes = [i for i in range(len(v.shape)) if self.chance(0.5)] or [self.axis(v)]
        keep = self.chance(0.3)
        text = str(self.axis_text(v, axes[0])) if len(axes) == 1 else listed(axes)
        shape = [1 if i in axes else d for i, d in enumerate(v.shape) if keep or i not in axes]
        return f", axis={text}" + (", keepdim=true" if keep else ""), shape

    def op_reduce(self):
        v = self.pick("real")
        text, shape = self.reduced(v)
        name = self.rng.choice(("sum", "sum", "sum", "prod", "amax", "amin"))
        if name[0] == "a" and (not v.known() or v.numel() == 0):
            raise Skip
        dtype = "i64" if v.dtype in ("u8", "i32") and name[0] != "a" else v.dtype
        self.let(f"{name}({v}{text})", dtype, shape, v)

    def op_reduce_expression(self):
        v = self.pick("float")
        w = self.compatible(v, v.dtype)
        form = broadcast(v.shape, w.shape)
        text, shape = self.reduced(Value("", v.dtype, form))
        inner = self.rng.choice(("{v} * {w}", "({v} - {w}) ** 2", "abs({v} - {w})", "exp(-abs({v})) + {w}", "where({v} > {w}, {v}, {w})"))
        self.let(f"{self.rng.choice(('sum', 'sum', 'mean'))}({inner.format(v=v, w=w)}{text})", v.dtype, shape, v, w)

    def op_statistics(self):
        v = self.pick("float", where=lambda v: v.numel() > 0)
        name = self.rng.choice(("mean", "var", "std", "mean"))
        text, shape = self.reduced(v)
        self.let(f"{name}({v}{text})", v.dtype, shape, v)

    def op_norm(self):
        v = self.pick("float", where=lambda v: v.shape and v.numel() > 0 and v.known())
        axis = self.axis(v)
        form = self.rng.choice(("norm({v}, axis={a})", "norm({v}, 1.0, axis={a})", "logsumexp({v}, axis={a})", "norm({v}, 3.0, axis={a})"))
        self.let(form.format(v=v, a=axis), v.dtype, v.shape[:axis] + v.shape[axis + 1:], v)

    def op_any_all(self):
        v = self.pick(dtype="bool")
        text, shape = self.reduced(v)
        self.let(f"{self.rng.choice(('any', 'all'))}({v}{text})", "bool", shape)

    def op_count(self):
        v = self.pick("real")
        self.let(f"count_nonzero({v})", "i64", ())

    def op_argmax(self):
        v = self.pick("real", where=lambda v: v.shape and v.known() and v.numel() > 0)
        axis = self.axis(v, 1)
        self.let(f"{self.rng.choice(('argmax', 'argmin'))}({v}, axis={self.axis_text(v, axis)})", "i64", v.shape[:axis] + v.shape[axis + 1:])

    def op_extreme(self):
        v = self.pick("real", where=lambda v: v.shape and v.known() and v.numel() > 0)
        axis = self.axis(v, 1)
        form = self.rng.choice(("max({v}, axis={a})", "min({v}, axis={a})", "median({v}, axis={a})", "kthvalue({v}, 1, {a})"))
        self.pair(form.format(v=v, a=axis), v, v.shape[:axis] + v.shape[axis + 1:])

    def pair(self, text, v, shape):
        a, b = self.name(), self.name()
        self.line(f"let ({a}, {b}) = {text}")
        self.values.append(Value(b, "i64", shape))
        deps = v.deps | {v.name} if v.is_float() else frozenset()
        self.values.append(Value(a, v.dtype, shape, deps))

    def op_scan(self):
        v = self.pick("real", where=lambda v: v.shape)
        name = self.rng.choice(("cumsum", "cumprod", "cumsum") + (("logcumsumexp",) if v.is_float() else ()))
        dtype = "i64" if v.dtype in ("u8", "i32") else v.dtype
        self.let(f"{name}({v}, {self.axis(v)})", dtype, v.shape, v)

    def op_running(self):
        v = self.pick("real", where=lambda v: v.shape)
        self.pair(f"{self.rng.choice(('cummax', 'cummin'))}({v}, {self.axis(v)})", v, v.shape)

    def op_sort(self):
        v = self.pick("real", where=lambda v: v.shape)
        down = ", descending=true" if self.chance(0.4) else ""
        if self.chance(0.3):
            self.let(f"argsort({v}, axis={self.axis(v)}{down})", "i64", v.shape)
        else:
            self.pair(f"sort({v}, axis={self.axis(v)}{down})", v, v.shape)

    def op_topk(self):
        v, axis = self.indexed()
        k = self.rng.randrange(1, v.shape[axis] + 1)
        self.pair(f"topk({v}, {k}, axis={axis}{self.rng.choice(('', ', largest=false'))})", v, v.shape[:axis] + (k,) + v.shape[axis + 1:])

    # ---- products ----

    def op_matmul(self):
        a = self.pick("real", where=lambda v: 1 <= len(v.shape) <= 3)
        k = a.shape[-1]
        if len(a.shape) == 1:
            b = self.pick(dtype=a.dtype, shape=self.rng.choice(((k,), (k, self.dimension()))))
            shape = b.shape[1:]
        else:
            form = self.rng.choice(((k,), (k, self.dimension())) + ((a.shape[:1] + (k, 5),) if len(a.shape) == 3 else ()))
            b = self.pick(dtype=a.dtype, shape=form)
            shape = a.shape[:-1] + (b.shape[-1:] if len(b.shape) > 1 else ())
        self.let(f"{a} @ {b}", a.dtype, shape, a, b)

    def op_einsum(self):
        dtype = self.dtype("float")
        i, j, k, b = (self.rng.choice((1, 2, 3, 5, 8, 17, 33)) for _ in range(4))
        sizes = dict(i=i, j=j, k=k, b=min(b, 5))
        formula = self.rng.choice(("ij,jk->ik", "ij,kj->ik", "ji,jk->ik", "bij,bjk->bik", "bij,bkj->bki", "i,j->ij", "ij,ij->i", "ij,ij->",
                                   "bij,jk->bik", "ij->ji", "ij->j", "bij,bij->b", "bi,bij->bj", "ij,j,i->j", "bij,kj->ibk"))
        left, right = formula.split("->")
        operands = [self.pick(dtype=dtype, shape=[sizes[c] for c in word]) for word in left.split(",")]
        self.let(f'einsum("{formula}", {", ".join(map(str, operands))})', dtype, [sizes[c] for c in right], *operands)

    def op_outer(self):
        a = self.pick("float", rank=1)
        b = self.pick(dtype=a.dtype, rank=1)
        self.let(f"outer({a}, {b})", a.dtype, a.shape + b.shape, a, b)

    def op_conv(self):
        dims = self.rng.choice((1, 1, 2))
        groups = self.rng.choice((1, 1, 1, 2))
        c, o = self.rng.choice((1, 2, 3, 4, 17)) * groups, self.rng.choice((1, 2, 3, 16)) * groups
        stride, padding, dilation = self.rng.choice((1, 1, 2, 3)), self.rng.choice((0, 0, 1, 2)), self.rng.choice((1, 1, 2))
        space = [self.rng.choice((5, 8, 9, 17, 20) if dims == 1 else (5, 7, 9)) for _ in range(dims)]
        kernel = [self.rng.choice((1, 2, 3)) for _ in range(dims)]
        dtype = self.dtype("float")
        x = self.pick(dtype=dtype, shape=[self.rng.choice((1, 2, 3)), c, *space])
        transposed = self.chance(0.25)
        w = self.pick(dtype=dtype, shape=[c, o // groups, *kernel] if transposed else [o, c // groups, *kernel])
        if transposed:
            out = [(d - 1) * stride - 2 * padding + dilation * (k - 1) + 1 for d, k in zip(space, kernel)]
        else:
            out = [(d + 2 * padding - dilation * (k - 1) - 1) // stride + 1 for d, k in zip(space, kernel)]
        if min(out) < 1:
            raise Skip
        bias = f", {self.pick(dtype=dtype, shape=(o,))}" if self.chance(0.3) else ""
        name = f"conv_transpose{dims}d" if transposed else f"conv{dims}d"
        self.let(f"{name}({x}, {w}{bias}, stride={stride}, padding={padding}, dilation={dilation}, groups={groups})", dtype,
                 [x.shape[0], o, *out], x, w)

    def op_pool(self):
        dims = self.rng.choice((1, 2))
        x = self.pick("float", rank=dims + 2, where=lambda v: v.known() and v.numel() > 0 and min(v.shape[2:]) >= 2 and v.numel() <= 3000)
        kernel = self.rng.choice((1, 2, 3))
        stride = self.rng.choice((1, 2, 3))
        padding = self.rng.choice((0, kernel // 2))
        out = [(d + 2 * padding - kernel) // stride + 1 for d in x.shape[2:]]
        if min(out) < 1:
            raise Skip
        name = self.rng.choice(("max_pool", "avg_pool"))
        self.let(f"{name}{dims}d({x}, {kernel}, {stride}, {padding})", x.dtype, [*x.shape[:2], *out], x)

    def op_adaptive(self):
        x = self.pick("float", rank=4, where=lambda v: v.known() and v.numel() > 0)
        h, w = (self.rng.randrange(1, d + 1) for d in x.shape[2:])
        self.let(f"adaptive_avg_pool2d({x}, ({h}, {w}))", x.dtype, [*x.shape[:2], h, w], x)

    # ---- layers and losses ----

    def op_softmax(self):
        v = self.pick("float", where=lambda v: v.shape and v.numel() > 0 and v.known() or any(d in ("n",) for d in v.shape[-1:]))
        self.let(f"{self.rng.choice(('softmax', 'log_softmax', 'softmin'))}({v}, axis={self.axis(v)})", v.dtype, v.shape, v)

    def op_normalized(self):
        v = self.pick("float", where=lambda v: len(v.shape) >= 2 and v.known() and v.numel() > 0)
        last, channels = v.shape[-1], v.shape[1]
        if self.chance(0.5):
            w = self.pick(dtype=v.dtype, shape=(last,))
            text = f"{self.rng.choice(('layer_norm', 'rms_norm'))}({v}, {last}, {w})"
        elif len(v.shape) in (3, 4) and self.chance(0.5):
            w = self.pick(dtype=v.dtype, shape=(channels,))
            text = f"group_norm({v}, {channels}, {w}, {w})"
        else:
            w = self.pick(dtype=v.dtype, shape=(channels,))
            text = f"batch_norm({v}, {w}, abs({w}) + 0.1, {w}, {w}, training={self.rng.choice(('true', 'false'))})"
        self.let(text, v.dtype, v.shape, v, w)

    def op_attention(self):
        dtype = self.dtype("float")
        b, q, k, e, f = (self.rng.choice(c) for c in ((1, 2), (1, 3, 5, 17), (1, 4, 5, 16), (2, 8, 5), (1, 4, 7)))
        x = [self.pick(dtype=dtype, shape=s) for s in ((b, q, e), (b, k, e), (b, k, f))]
        self.let(f"scaled_dot_product_attention({x[0]}, {x[1]}, {x[2]}{self.rng.choice(('', ', causal=true'))})", dtype, (b, q, f), *x)

    def op_loss(self):
        v = self.pick("float", where=lambda v: len(v.shape) == 2 and v.known() and v.numel() > 0)
        t = self.pick(dtype=v.dtype, shape=v.shape)
        ids = self.integers(0, v.shape[1], (v.shape[0],))
        form = self.rng.choice(("mse_loss({v}, {t})", "l1_loss({v}, {t})", "smooth_l1_loss({v}, {t})", "huber_loss({v}, {t})", "cross_entropy({v}, {i})",
                                "binary_cross_entropy_with_logits({v}, sigmoid({t}))", "kl_div({v}, softmax({t}, axis=1))", "cross_entropy({v}, softmax({t}, axis=1))",
                                "cross_entropy({v}, {i}, label_smoothing=0.1)", "poisson_nll_loss({v}, {t})", "soft_margin_loss({v}, {t})",
                                "gaussian_nll_loss({v}, {t}, square({t}) + 0.1)", "multi_margin_loss({v}, {i})"))
        self.let(form.format(v=v, t=t, i=ids), v.dtype, (), v)

    def op_algebra(self):
        n = self.rng.choice((1, 2, 3, 5, 17))
        dtype = self.rng.choice(("f32", "f64"))
        a = self.pick(dtype=dtype, shape=(n, n))
        b = self.pick(dtype=dtype, shape=(n, self.rng.choice((1, 3))))
        base = f"({a} @ {a}.t() + eye({n}).to({dtype}))"
        kind = self.rng.randrange(4)
        if kind == 0:
            self.let(f"cholesky({base})", dtype, (n, n), a)
        elif kind == 1:
            self.let(f"det({a})", dtype, (), a)
        elif kind == 2:
            self.let(f"solve({base}, {b})", dtype, b.shape, a, b)
        else:
            self.let(f"solve_triangular(tril({base}), {b})", dtype, b.shape, a, b)

    def op_random(self):
        shape = self.shape(empty=False)
        if not writable(shape):
            raise Skip
        dtype = self.rng.choice(("f32", "f64"))
        if self.chance(0.2):
            n = self.rng.choice((1, 5, 17))
            self.let(f"randperm({n})", "i64", (n,))
        else:
            self.let(f"{self.rng.choice(('rand', 'randn'))}({typed(dtype, shape)})", dtype, shape)
