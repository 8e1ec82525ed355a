"""cases_tensors.py: shapes, indices and statistics of torch's own names, with their options"""
import torch
from cases import B, F, I, L, X

A = X(3, 4)
SORTED = L("[-1.5, -0.5, 0.25, 1.0]", [-1.5, -0.5, 0.25, 1.0])


def reduce_cases():
    """scatter_reduce and index_reduce in all their kinds"""
    found = []
    for kind in ("sum", "prod", "mean", "amax", "amin"):
        for own in (True, False):
            tg = f"\"{kind}\", include_self={str(own).lower()})"
            found.append(F(f"scatter_reduce_{kind}_{own}", f"scatter_reduce(x0, 1, x1, x2, {tg}",
                           lambda x, i, s, k=kind, o=own: x.scatter_reduce(1, i, s, k, include_self=o), X(2, 4), I(2, 5, n=3), X(2, 5)))
            if kind != "sum":
                found.append(F(f"index_reduce_{kind}_{own}", f"index_reduce(x0, 0, x1, x2, {tg}",
                               lambda x, i, s, k=kind, o=own: x.index_reduce(0, i, s, k, include_self=o), A, I(2, n=3), X(2, 4)))
    return found


def quantile_cases():
    return [F(f"{name}_{how}", f"{name}(x0, [0.125, 0.5, 0.875].to(f64), axis=1, keepdim=true, interpolation=\"{how}\")",
              lambda x, f=getattr(torch, name), h=how: f(x, torch.tensor([0.125, 0.5, 0.875], dtype=torch.float64), dim=1, keepdim=True, interpolation=h), A)
            for name in ("quantile", "nanquantile") for how in ("linear", "lower", "higher", "nearest", "midpoint")]


CASES = (
    [F(n, tg, fn, *xs) for n, tg, fn, *xs in (
        ("unflatten", "unflatten(x0, 1, (2, -1))", lambda x: x.unflatten(1, (2, -1)), A),
        ("block_diag", "block_diag(x0, x1, x2)", torch.block_diag, X(2, 1), X(3), X(1, 2)),
        ("cartesian", "cartesian_prod(x0, x1)", torch.cartesian_prod, X(2), X(3)),
        ("combinations", "combinations(x0, 3)", lambda x: torch.combinations(x, 3), X(5)),
        ("combinations_again", "combinations(x0, with_replacement=true)", lambda x: torch.combinations(x, with_replacement=True), X(3)),
        ("meshgrid_xy", "meshgrid(x0, x1, indexing=\"xy\")[0] + 0.0 * sum(x1)", lambda a, b: torch.meshgrid(a, b, indexing="xy")[0] + 0 * b.sum(), X(2), X(3)),
        ("column_stack", "column_stack((x0, x1))", lambda a, b: torch.column_stack((a, b)), X(3), X(3, 2)),
        ("dstack", "dstack((x0, x1))", lambda a, b: torch.dstack((a, b)), X(2, 3), X(2, 3)),
        ("sum_to_size", "sum_to_size(x0, 3, 1)", lambda x: x.sum_to_size(3, 1), X(2, 3, 4)),
        ("tensor_split", "tensor_split(x0, (1, 3), axis=1)[1]", lambda x: x.tensor_split((1, 3), dim=1)[1], A),
        ("select_scatter", "select_scatter(x0, x1, 1, -2)", lambda x, s: x.select_scatter(s, 1, -2), A, X(3)),
        ("slice_scatter", "slice_scatter(x0, x1, 1, 1, 4, 2)", lambda x, s: x.slice_scatter(s, 1, 1, 4, 2), A, X(3, 2)),
        ("diagonal_scatter", "diagonal_scatter(x0, x1, -1)", lambda x, s: x.diagonal_scatter(s, -1), A, X(2)),
        ("index_put_add", "index_put(x0, (x1, x2), x3, accumulate=true)", lambda x, i, j, v: x.index_put((i, j), v, accumulate=True), A, I(4, n=3), I(4, n=2), X(4)),
        ("masked_scatter", "masked_scatter(x0, x1, x2)", lambda x, m, s: x.masked_scatter(m, s), A, B(3, 4, n=2), X(12)),
        ("put_add", "put(x0, x1, x2, accumulate=true)", lambda x, i, s: x.put(i, s, accumulate=True), A, I(3, n=2), X(3)),
        ("scatter_multiply", "scatter(x0, 1, x1, 2.5, reduce=\"multiply\")", lambda x, i: x.scatter_reduce(1, i, torch.full((2, 5), 2.5, dtype=x.dtype), "prod"), X(2, 4), I(2, 5, n=3)),
        ("index_add_alpha", "index_add(x0, 1, x1, x2, alpha=-2)", lambda x, i, s: x.index_add(1, i, s, alpha=-2), A, I(3, n=2), X(3, 3)),
        ("median", "median(x0, axis=1, keepdim=true)", lambda x: x.median(1, keepdim=True), A),
        ("nanmedian", "nanmedian(x0, axis=0)", lambda x: x.nanmedian(0), A),
        ("mode", "mode(round(x0), axis=1)", lambda x: x.round().mode(1), X(3, 7)),
        ("histc", "histc(x0, 5, -1, 1)", lambda x: x.histc(5, -1, 1), A),
        ("cov", "cov(x0, correction=0, fweights=x1, aweights=x2)", lambda x, f, a: x.cov(correction=0, fweights=f, aweights=a), A, L("[1, 2, 3, 1]", [1, 2, 3, 1]), L("[0.5, 1.0, 0.25, 2.0].to(f64)", [0.5, 1.0, 0.25, 2.0])),
        ("corrcoef", "corrcoef(x0)", torch.corrcoef, A),
        ("diff", "diff(x0, 2, axis=0, prepend=x1, append=x1)", lambda x, p: x.diff(2, dim=0, prepend=p, append=p), A, X(1, 4)),
        ("gradient", "gradient(x0, spacing=0.5, axis=1, edge_order=2)[0]", lambda x: torch.gradient(x, spacing=0.5, dim=1, edge_order=2)[0], A),
        ("trapezoid", "trapezoid(x0, x1, axis=0)", lambda y, x: torch.trapezoid(y, x, dim=0), A, X(3)),
        ("cumulative_trapezoid", "cumulative_trapezoid(x0, dx=0.5)", lambda y: torch.cumulative_trapezoid(y, dx=0.5), A),
        ("renorm", "renorm(x0, 3, 1, 1.5)", lambda x: x.renorm(3, 1, 1.5), A),
        ("searchsorted", "searchsorted(x0, x1, side=\"right\")", lambda s, x: torch.searchsorted(s.double(), x.detach(), side="right"), SORTED, X(2, 3)),
        ("std_older", "std(x0, 1, false)", lambda x: x.std(1, False), A),
        ("var_mean", "var_mean(x0, axis=(0, 1), correction=3)", lambda x: torch.var_mean(x, dim=(0, 1), correction=3), A),
        ("norm_half", "norm(x0, 0.5, axis=1)", lambda x: x.norm(0.5, dim=1), A),
        ("sum_dtype", "sum(x0, axis=0, dtype=f32)", lambda x: x.sum(0, dtype=torch.float32).double(), X(3, 2, scale=2.0)),
        ("add_alpha", "add(x0, x1, alpha=0.5)", lambda a, b: torch.add(a, b, alpha=0.5), A, X(4)),
        ("div_trunc", "div(x0, x1, rounding_mode=\"trunc\")", lambda a, b: torch.div(a.detach(), b.detach(), rounding_mode="trunc"), A, X(4)),
        ("round_decimals", "round(x0, decimals=2)", lambda a: a.detach().round(decimals=2), A),
    )]
    + reduce_cases() + quantile_cases()
)
for case in CASES:
    if case.name in ("histc", "searchsorted", "div_trunc", "round_decimals"):
        case.grad = case.second = False
    if case.name in ("sum_dtype",):
        case.grad = case.second = False
