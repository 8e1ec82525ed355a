"""catalog.py: the library's functions as a table of expressions. op_catalog takes a row, fills in operands of the kinds
that its letters name, prints the result as f64 and, mostly, its gradient by the first floating operand. Nothing here
knows the shapes of results, but of rows that begin with "=": theirs are the first operand's, and later operations may
take them."""
from generate import FLOATS, Skip
from operations import Operations

# "letters: expression": an expression's {v} is the operand of that letter (KINDS below); "no" before: it has no gradient
POINTWISE = """
=v: prelu({v}, 0.2)
=v: hardshrink({v}, 0.3)
=v: arccos({v}) + arcsin({v})
=v: arctan({v}) * arcsinh({v})
=v: arccosh({v}) - arctanh({v})
=vs: arctan2({v}, {s})
=v: fix({v}) + positive({v})
=v: sgn({v}) * expit({v})
=v: log_sigmoid({v})
=v: entr({v})
=v: ndtr({v})
=v: log_ndtr({v})
=v: ndtri(sigmoid({v}))
=vs: zeta(abs({v}) + 1.5, abs({s}) + 0.5)
=vs: igamma(abs({s}) + 0.5, abs({v}) + 0.1)
=vs: igammac(abs({s}) + 0.5, abs({v}) + 0.1)
=v: mvlgamma(abs({v}) + 2.0, 2)
=v: sqrt1pm1(abs({v}))
=vs: nextafter({v}, {s})
=v: frexp({v})[0]
v: ldexp(frexp({v})[0], frexp({v})[1])
=vs: sub({v}, {s}, alpha=2)
=vs: rsub({v}, {s})
=vs: div({v}, {s}, rounding_mode="floor")
=vs: div({v}, {s}, rounding_mode="trunc")
=vs: float_power(abs({v}), {s}).to({v}.dtype)
=vs: clip({v}, -1.0, 0.5) + true_divide({s}, 2.0)
=vs: masked_fill({v}, {s} > 0.0, 3.0)
=v: detach({v}) * {v}
=vs: special.xlog1py({v}, abs({s}))
=v: special.hermite_polynomial_h({v}, 3)
=v: special.chebyshev_polynomial_t({v}, 4)
=v: special.chebyshev_polynomial_u({v}, 3)
=v: special.chebyshev_polynomial_v({v}, 3)
=v: special.chebyshev_polynomial_w({v}, 2)
=v: special.hermite_polynomial_he({v}, 4)
=v: special.laguerre_polynomial_l({v}, 3)
=v: special.legendre_polynomial_p({v}, 4)
=v: special.shifted_chebyshev_polynomial_t({v}, 3)
=v: special.spherical_bessel_j0({v})
=v: special.gammaln(abs({v}) + 0.1) + special.psi(abs({v}) + 0.5)
=v: special.modified_bessel_i0({v}) - special.modified_bessel_i1({v})
no v: isposinf({v})
no v: isneginf({v})
no v: isreal({v})
v: angle({v})
no vs: isclose({v}, {s}, atol=0.5)
no vs: allclose({v}, {s}, equal_nan=true)
no v: isin({v}, [0.0, 1.0])
no ij: bitwise_left_shift({i}, bitwise_and({j}, 7))
no ij: bitwise_right_shift({i}, bitwise_and({j}, 7))
no ij: logical_not(logical_xor({i} > 2, {j} <= 3))
=v: gumbel_softmax({v}, hard=true)
=v: dropout({v}, 0.3, training=true)
=v: alpha_dropout({v}, 0.3, training=true)
=v: rrelu({v}, training=true)
v: glu(cat([{v}, {v}], axis=-1))
"""
SHAPES = """
v: transpose({v}, 0, -1)
v: movedim({v}, 0, -1)
v: tile({v}, 2)
v: chunk({v}, 2)[0]
v: unbind({v})[-1]
v: narrow({v}, 0, 0, 1)
v: select({v}, -1, 0)
v: ravel({v})
v: unflatten({v}, -1, (-1, 1))
v: tensor_split({v}, 2)[0]
v: atleast_3d({v})
vs: broadcast_tensors({v}, {s})[0]
vs: hstack([{v}, {s}])
vs: vstack([{v}, {s}])
vs: dstack([{v}, {s}])
vs: column_stack([{v}, {s}])
=vs: concatenate([{v}, {s}])[:len({v})]
v: sum_to_size({v}, 1)
=v: renorm({v}, 2.0, 0, 1.0)
m: rot90({m})
m: fliplr({m}) + flipud({m})
m: diag({m})
m: diag_embed({m})
m: diagflat({m})
m: trace({m})
m: tril({m}) * tri({m}.shape[0], {m}.shape[1]).to({m}.dtype)
mt: block_diag({m}, {t})
mt: kron({m}, {t})
ab: meshgrid({a}, {b})[0]
ab: cartesian_prod({a}, {b})
a: combinations({a}, 2)
a: combinations({a}, 2, with_replacement=true)
a: vander({a}, 3)
ab: ger({a}, {b})
p: pixel_shuffle(cat([{p}, {p}, {p}, {p}], axis=1), 2)
p: channel_shuffle(cat([{p}, {p}], axis=1), 2)
p: im2col({p}, 2, padding=1)
p: fold(im2col({p}, (2, 2), padding=1), ({p}.shape[2], {p}.shape[3]), (2, 2), padding=1)
c: conv1d({c}, ones(2, {c}.shape[1], 1, dtype={c}.dtype))
"""
INDICES = """
=m: scatter_reduce({m}, 0, zeros(i64[1, {m}.shape[1]]), {m}[:1], "prod")
=m: scatter_reduce({m}, 0, zeros(i64[1, {m}.shape[1]]), {m}[:1], "amax", include_self=false)
=m: scatter_reduce({m}, 0, zeros(i64[1, {m}.shape[1]]), {m}[:1], "mean")
=m: index_fill({m}, 0, [0], 2.0)
=m: index_reduce({m}, 0, [0], {m}[:1], "amin")
=m: index_put({m}, ([0, 0], ), {m}[0], accumulate=true)
=ms: masked_scatter({m}, {s} > 0.0, {s})
=m: select_scatter({m}, {m}[-1], 0, 0)
=m: slice_scatter({m}, {m}[:1], 0, 0, 1)
=m: diagonal_scatter({m}, diagonal({m}) * 2.0)
m: take_along_dim({m}, argsort({m}, axis=0), axis=0)
m: embedding([0, 0], {m})
m: embedding([0, 0], {m}, padding_idx=0)
m: embedding([0, 0], {m}, max_norm=1.0)
m: embedding_bag([[0, 0]], {m}, mode="sum")
m: embedding_bag([0, 0, 0], {m}, [0, 1], mode="mean")
m: embedding_bag([0, 0, 0], {m}, [0, 1], mode="max")
no a: one_hot(argsort({a}), len({a}))
no i: unravel_index(abs({i} % 6), (2, 3))[0]
no ab: searchsorted(sort({a})[0], {b})
no ab: bucketize({b}, sort({a})[0], right=true)
no i: bincount(abs({i} % 7), minlength=7)
no i: tril_indices(3, 4)[0].reshape(-1) + sum({i})
no v: histc({v}, 5, -1, 1)
no a: histogram({a}, 4, (-1.0, 1.0))[0]
no v: count_nonzero({v}, axis=0)
no v: multinomial(softmax({v}.reshape(-1), axis=0), 2, replacement=true)
no v: bernoulli(sigmoid({v}))
"""
STATISTICS = """
v: aminmax({v})[0] + aminmax({v})[1]
v: var_mean({v}, axis=-1, correction=0)[0]
v: std_mean({v})[1]
v: nansum({v}, axis=0)
v: nanmean({v})
v: nanmedian({v})
v: msort({v})
v: mode({v})[0]
x: quantile({x}, 0.4)
x: quantile({x}, 0.3, axis=-1, interpolation="midpoint")
x: nanquantile({x}, 0.7)
x: cov({x}.reshape({x}.shape[0], -1), correction=0)
x: corrcoef({x}.reshape({x}.shape[0], -1))
v: diff({v}, axis=0, prepend={v})
v: trapezoid({v}, axis=0)
v: cumulative_trapezoid(cat([{v}, {v}]), axis=0)
vs: dist({v}, {s}, 3.0)
mt: cosine_similarity({m}, {t})
mt: pairwise_distance({m}, {t})
mt: cdist({m}, {t})
m: pdist(cat([{m}, {m} + 1.0]))
m: normalize({m})
mt: metrics.r2({m}.reshape(-1), {t}.reshape(-1))
no mt: metrics.accuracy({m}, argmax({t}, axis=1))
no mt: metrics.confusion(argmax({m}, axis=1), argmax({t}, axis=1), {m}.shape[1])
no mt: metrics.f1_of_classes(argmax({m}, axis=1), argmax({t}, axis=1), {m}.shape[1])
"""
LAYERS = """
mt: binary_cross_entropy(sigmoid({m}), sigmoid({t}))
mt: nll_loss(log_softmax({m}, axis=1), argmax({t}, axis=1))
mt: cross_entropy({m}, argmax({t}, axis=1), reduction="none")
mt: multilabel_soft_margin_loss({m}, ({t} > 0.0).to({m}.dtype))
mt: hinge_embedding_loss({m}, sign({t}))
mt: margin_ranking_loss({m}, {t}, sign({t}))
mt: cosine_embedding_loss({m}, {t}, ones({m}.shape[0], dtype={m}.dtype))
mt: triplet_margin_loss({m}, {t}, {m} * {t})
mt: linear({m}, {t})
mt: bilinear({m}, {t}, ones(2, {m}.shape[1], {m}.shape[1], dtype={m}.dtype))
mt: addmm(ones(1, dtype={m}.dtype), {m}, {t}.t(), beta=0.5)
ab: addr(ones(1, 1, dtype={a}.dtype), {a}, {b}, alpha=2)
c: baddbmm(ones(1, dtype={c}.dtype), {c}, transpose({c}, 1, 2))
c: addbmm(ones(1, dtype={c}.dtype), {c}, transpose({c}, 1, 2))
c: instance_norm(cat([{c}, {c} + 1.0], axis=2))
c: lp_pool1d(abs({c}) + 0.1, 2.0, 2, stride=1)
p: lp_pool2d(abs({p}) + 0.1, 2.0, 2)
p: local_response_norm({p}, 2)
c: adaptive_avg_pool1d({c}, 2)
c: adaptive_max_pool1d({c}, 2)
p: adaptive_max_pool2d({p}, (1, 2))
c: max_pool1d({c}, 2, ceil_mode=true)
p: max_pool2d({p}, 2, return_indices=true)[0]
p: avg_pool2d({p}, 2, ceil_mode=true, count_include_pad=false)
c: max_unpool1d(max_pool1d({c}, 2, return_indices=true)[0], max_pool1d({c}, 2, return_indices=true)[1], 2)
c: interpolate({c}, scale_factor=2)
c: interpolate({c}, size=5, mode="linear", align_corners=true)
p: interpolate({p}, size=(3, 5), mode="bilinear")
p: interpolate({p}, size=(5, 3), mode="bicubic")
p: interpolate({p}, size=(2, 2), mode="area")
p: grid_sample({p}, randn(f32[{p}.shape[0], 2, 3, 2], seed=3).to({p}.dtype))
p: grid_sample({p}, randn(f32[{p}.shape[0], 2, 3, 2], seed=4).to({p}.dtype), mode="bicubic", padding_mode="border")
p: grid_sample({p}, randn(f32[{p}.shape[0], 2, 3, 2], seed=5).to({p}.dtype), padding_mode="reflection", align_corners=true)
c: ctc_loss(log_softmax(cat([{c}, {c}, {c}], axis=2), axis=2), ones(i64[{c}.shape[1], 1]), full(i64[{c}.shape[1]], {c}.shape[0]), ones(i64[{c}.shape[1]]))
"""
ALGEBRA = """
q: linalg.qr({q})[1]
q: linalg.qr({q}, "complete")[0]
x: linalg.qr({x}.reshape({x}.shape[0], -1))[0]
q: linalg.eigh({q} + {q}.t())[0]
q: linalg.eigh({q} + {q}.t(), UPLO="U")[1]
q: linalg.svd({q})[1]
x: linalg.svd({x}.reshape({x}.shape[0], -1), full_matrices=false)[0]
x: linalg.svdvals({x}.reshape({x}.shape[0], -1))
q: linalg.pinv({q})
no q: linalg.matrix_rank({q})
x: linalg.vector_norm({x}, 3.0)
q: linalg.matrix_norm({q}, "nuc")
q: linalg.matrix_norm({q}, 1)
q: linalg.cond({q})
q: linalg.inv({q})
q: linalg.slogdet({q})[1]
q: linalg.matrix_power({q}, 3)
q: linalg.matrix_power({q}, -2)
q: matrix_exp({q} * 0.1)
q: linalg.multi_dot([{q}, {q}, {q}])
q: linalg.lstsq({q}, {q})[0]
q: logdet({q} @ {q}.t() + eye({q}.shape[0]).to({q}.dtype))
q: cholesky_solve({q}, cholesky({q} @ {q}.t() + eye({q}.shape[0]).to({q}.dtype)))
q: cholesky_inverse(cholesky({q} @ {q}.t() + eye({q}.shape[0]).to({q}.dtype)))
q: tensordot({q}, {q}, axes=2)
ab: linalg.cross(cat([{a}, {a}, {a}])[:3], cat([{b}, {b}, {b}])[:3])
aA: vdot({a}, {A})
a: jacobian(sin({a}) * sum({a}), {a})
a: hessian(sum({a} ** 3) * sum({a}), {a})
"""
TABLE = [row.strip() for part in (POINTWISE, SHAPES, INDICES, STATISTICS, LAYERS, ALGEBRA) for row in part.strip().split("\n")]


class Catalog(Operations):
    def operand(self, letter, found):
        """KINDS: v any floats, x the same in f32 or f64, m t matrices, a b vectors, A like a, q square, c p channels and
        space, i j integers; s is like the first operand, t like m, j like i, b of a's type"""
        first = next(iter(found.values()), None)
        full = lambda v: v.shape and v.known() and 0 < v.numel() < 300
        if letter in "stjA":
            return self.pick(dtype=first.dtype, shape=first.shape)
        if letter in "xq":
            n = self.rng.choice((1, 2, 3, 4, 5, 9))
            kind = self.rng.choice(("f32", "f64"))
            if letter == "q":
                return self.fresh(kind, (n, n))
            return self.pick(dtype=kind, where=lambda v: full(v) and len(v.shape) == 2)
        if letter == "i":
            return self.pick("int", where=full)
        if letter == "b":
            return self.pick(dtype=first.dtype, rank=1, where=full)
        if letter in "cp":
            return self.fresh(self.dtype("float"), [self.rng.choice(c) for c in ((1, 2), (1, 3, 5), (2, 4, 5), (2, 5))[:3 if letter == "c" else 4]])
        rank = {"m": 2, "a": 1}.get(letter)
        return self.pick("float", rank=rank, where=lambda v: full(v) and (letter != "a" or v.shape[0] < 18))

    def op_catalog(self):
        letters, form = self.rng.choice(TABLE).split(": ", 1)
        found = {}
        for letter in letters.replace("no ", "").lstrip("="):
            found[letter] = self.operand(letter, found)
        first = next(iter(found.values()))
        expr = form.format(**found)
        if letters[0] == "=":
            y = self.let(expr, first.dtype, first.shape, *found.values())
        else:
            y = self.name()
            self.line(f"let {y} = {expr}")
        self.printed += 1
        self.line(f'print("{self.number}.{self.printed} {{{y}.to(f64):.17g}}")')
        if not letters.startswith("no ") and first.dtype in FLOATS and not first.mutable and self.chance(0.7):
            self.show(self.let(f"grad(sum({y}.to(f64)), {first})", first.dtype, first.shape))

    # ---- what needs more than an expression ----

    def op_file(self):
        v = self.pick("float", where=lambda v: v.known() and v.dtype != "bf16")
        path = f"case{self.number}_{self.names}.npy"
        self.line(f'save({v}, "{path}")')
        self.let(f'load({v.dtype}[{", ".join(map(str, v.shape))}], "{path}")' if v.shape else f'load({v.dtype}, "{path}")', v.dtype, v.shape)

    def op_assert(self):
        v = self.pick("float", where=lambda v: v.numel() > 0)
        self.line(f'assert count_nonzero(isnan({v})) < 1000000, "{{{v}}} is mostly nan"')

    def op_record(self):
        v = self.pick("float", where=lambda v: v.numel() > 0)
        self.line(f'log("value of {v}", sum({v}))')

    def op_option(self):
        a = self.pick("float")
        b = self.pick(dtype=a.dtype, shape=a.shape)
        self.let(f'if word == "train" then {a} else {b}', a.dtype, a.shape, a, b)

    def op_data(self):
        v = self.pick("float", rank=1)
        self.let(f"{v} + sum(numbers.to(i64)).to({v.dtype})", v.dtype, v.shape, v)
