"""cases_algebra.py: torch.linalg and torch.special, with their options; matrices are shifted where they must have an inverse"""
import torch
from cases import F, L, P, X

M = X(3, 3)
TALL, WIDE = X(4, 3), X(3, 4)
SHIFT = L("4.0 * eye(3, dtype=f64)", [[4.0, 0, 0], [0, 4.0, 0], [0, 0, 4.0]])


def good(fn):
    return lambda a, s, *xs: fn(a + s.double(), *xs)


def positive(fn):
    return lambda a, s, *xs: fn(a @ a.mT + s.double(), *xs)


n = torch.linalg
CASES = (
    [F(name, tg.replace("POS", "(x0 @ x0.mT + x1)").replace("INV", "(x0 + x1)"), (positive if "POS" in tg else good)(fn), M, SHIFT, *xs) for name, tg, fn, *xs in (
        ("inv", "linalg.inv(INV)", n.inv),
        ("solve", "linalg.solve(INV, x2)", n.solve, X(3)),
        ("solve_right", "linalg.solve(INV, x2, left=false)", lambda a, b: n.solve(a, b, left=False), X(2, 3)),
        ("solve_batch", "linalg.solve(INV, x2)", n.solve, X(2, 3, 2)),
        ("triangular", "linalg.solve_triangular(INV, x2, upper=true, unitriangular=true)", lambda a, b: n.solve_triangular(a, b, upper=True, unitriangular=True), X(3, 2)),
        ("slogdet", "linalg.slogdet(INV)[1]", lambda a: n.slogdet(a)[1]),
        ("logdet", "logdet(POS)", torch.logdet),
        ("cholesky_upper", "linalg.cholesky(POS, upper=true)", lambda a: n.cholesky(a, upper=True)),
        ("cholesky_solve", "cholesky_solve(x2, cholesky(POS))", lambda a, b: torch.cholesky_solve(b, n.cholesky(a)), X(3, 2)),
        ("cholesky_inverse", "cholesky_inverse(cholesky(POS))", lambda a: torch.cholesky_inverse(n.cholesky(a))),
        ("matrix_power", "linalg.matrix_power(INV, -2)", lambda a: n.matrix_power(a, -2)),
        ("eigvalsh", "linalg.eigvalsh(POS)", n.eigvalsh),
        ("tensorinv", "linalg.tensorinv(INV, 1)", lambda a: n.tensorinv(a, 1)),
    )]
    + [F(name, tg, fn, *xs) for name, tg, fn, *xs in (
        ("qr", "linalg.qr(x0)", n.qr, TALL),
        ("qr_wide", "linalg.qr(x0)", n.qr, WIDE),
        ("eigh_invariant", "linalg.eigh(x0 + x0.mT)[1] ** 2", lambda a: n.eigh(a + a.mT)[1] ** 2, M),
        ("svd_invariant", "linalg.svd(x0, full_matrices=false)[0] ** 2", lambda a: n.svd(a, full_matrices=False)[0] ** 2, TALL),
        ("svdvals", "linalg.svdvals(x0)", n.svdvals, WIDE),
        ("pinv", "linalg.pinv(x0)", n.pinv, TALL),
        ("pinv_wide", "linalg.pinv(x0)", n.pinv, WIDE),
        ("lstsq", "linalg.lstsq(x0, x1)[0]", lambda a, b: n.lstsq(a, b)[0], TALL, X(4, 2)),
        ("matrix_exp", "linalg.matrix_exp(x0)", n.matrix_exp, M),
        ("matrix_exp_large", "linalg.matrix_exp(x0)", n.matrix_exp, X(2, 3, 3, scale=12.0)),
        ("multi_dot", "linalg.multi_dot((x0, x1, x2))", lambda a, b, c: n.multi_dot((a, b, c)), X(2, 3), X(3, 4), X(4, 2)),
        ("cross", "linalg.cross(x0, x1, axis=0)", lambda a, b: n.cross(a, b, dim=0), X(3, 2), X(3, 2)),
        ("vander", "linalg.vander(x0, N=4)", lambda x: n.vander(x, N=4), X(3)),
        ("norm_nuc", "linalg.norm(x0, \"nuc\")", lambda x: n.norm(x, "nuc"), TALL),
        ("norm_two", "linalg.norm(x0, -2)", lambda x: n.norm(x, -2), WIDE),
        ("matrix_norm", "linalg.matrix_norm(x0, inf, axis=(0, 2), keepdim=true)", lambda x: n.matrix_norm(x, float("inf"), dim=(0, 2), keepdim=True), X(2, 2, 3)),
        ("vector_norm", "linalg.vector_norm(x0, 3, axis=1)", lambda x: n.vector_norm(x, 3, dim=1), WIDE),
        ("kron", "kron(x0, x1)", torch.kron, X(2, 2), X(3)),
        ("diag_embed", "diag_embed(x0, -1, 0, 2)", lambda x: torch.diag_embed(x, -1, 0, 2), X(2, 3)),
        ("addmm", "addmm(x0, x1, x2, beta=0.5, alpha=-2)", lambda x, a, b: torch.addmm(x, a, b, beta=0.5, alpha=-2), X(2), X(3, 4), X(4, 2)),
        ("log_ndtr", "special.log_ndtr(x0)", torch.special.log_ndtr, X(9, scale=40.0)),
        ("ndtri", "special.ndtri(x0)", torch.special.ndtri, P(9)),
        ("zeta", "special.zeta(2.5, x0)", lambda x: torch.special.zeta(2.5, x), P(5)),
        ("polygamma", "special.polygamma(2, x0)", lambda x: torch.special.polygamma(2, x), P(5)),
        ("gammainc", "special.gammainc([0.5, 1.5, 3.0, 7.0, 20.0].to(f64), 20.0 * x0)", lambda x: torch.special.gammainc(torch.tensor([0.5, 1.5, 3, 7, 20], dtype=x.dtype), 20 * x), P(5)),
        ("gammaincc", "special.gammaincc([0.5, 1.5, 3.0, 7.0, 20.0].to(f64), 20.0 * x0)", lambda x: torch.special.gammaincc(torch.tensor([0.5, 1.5, 3, 7, 20], dtype=x.dtype), 20 * x), P(5)),
        ("multigammaln", "special.multigammaln(x0 + 2.0, 3)", lambda x: torch.special.multigammaln(x + 2, 3), P(5)),
        ("entr", "special.entr(x0)", torch.special.entr, P(5)),
    )]
    + [F(f"{p}_{k}", f"special.{p}(x0, {k})", lambda x, p=p, k=k: getattr(torch.special, p)(x.detach(), k), X(5), grad=False, second=False)
       for p in ("chebyshev_polynomial_t", "chebyshev_polynomial_u", "chebyshev_polynomial_v", "chebyshev_polynomial_w", "hermite_polynomial_h",
                 "hermite_polynomial_he", "laguerre_polynomial_l", "legendre_polynomial_p", "shifted_chebyshev_polynomial_t") for k in (1, 5)]
)
