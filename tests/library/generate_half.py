#!/usr/bin/env python3
"""generate_half.py: what PyTorch 2.15 computes in f16 and bf16, on a CPU, for cases of cases_*.py and the ones below: half_KIND.tg and half_KIND.expected.
The same numbers go in, rounded to the type; out come results and gradients. Needs PyTorch; its results are kept beside it."""
import importlib

import torch
import torch.nn.functional as f
from cases import F, HEADER, I, K, P, X, flat, wave
from generate import HERE, write

DTYPES = {"f16": torch.float16, "bf16": torch.bfloat16}
TAKEN = {
    "activations": "celu elu gelu glu hardsigmoid hardswish leaky_relu logsigmoid mish prelu_channels selu silu softmax softplus softshrink tanhshrink cosine_similarity",
    "losses": "mse_mean mse_sum l1_mean smooth_l1_mean huber_mean bce_mean kl_batchmean nll_mean hinge_embedding_none margin_ranking_none gaussian_mean poisson_mean",
    "norms": "rms_norm_two group_norm batch_norm_eval attention attention_causal",
    "images": "avg_pool2d adaptive_avg_pool2d interpolate_bilinear_up interpolate_linear_up",
}
ROWS = X(4, 40, scale=20.0)
OWN = [
    F("mean_large", "mean(x0, axis=1)", lambda x: x.mean(1), X(2, 9, scale=100.0, shift=60000.0)),
    F("mean_f32", "mean(x0, dtype=f32)", lambda x: x.mean(dtype=torch.float32), X(2, 9, scale=100.0, shift=60000.0)),
    F("norm_large", "norm(x0)", torch.norm, X(2, 9, scale=20000.0)),
    F("std_large", "std(x0, axis=1)", lambda x: x.std(1), X(2, 9, scale=2000.0)),
    F("logsumexp_large", "logsumexp(x0, axis=1)", lambda x: x.logsumexp(1), X(2, 9, scale=2000.0)),
    F("softmax_rows", "softmax(x0, axis=1)", lambda x: x.softmax(1), ROWS),
    F("log_softmax_rows", "log_softmax(x0, axis=1)", lambda x: x.log_softmax(1), ROWS),
    F("layer_norm_large", "layer_norm(x0, 40)", lambda x: f.layer_norm(x, (40,)), X(4, 40, scale=2000.0)),
    F("rms_norm_small", "rms_norm(x0, 40)", lambda x: f.rms_norm(x, (40,)), X(4, 40, scale=0.002)),
    F("mse_large", "mse_loss(x0, x1)", f.mse_loss, X(4, 40, scale=800.0), X(4, 40)),
    F("gelu_tanh", "gelu(x0, \"tanh\")", lambda x: f.gelu(x, approximate="tanh"), X(33, scale=12.0)),
    F("silu_large", "silu(x0)", f.silu, X(33, scale=100000.0)),
    F("cross_entropy_rows", "cross_entropy(x0, x1)", f.cross_entropy, X(8, 10), I(8, n=10)),
    F("lerp", "lerp(x0, x1, 0.3)", lambda a, b: torch.lerp(a, b, 0.3), X(17), X(17)),
    F("addcmul", "addcmul(x0, x1, x2, 0.5)", lambda a, b, c: torch.addcmul(a, b, c, value=0.5), X(17), X(17), X(17)),
    F("linear", "linear(x0, x1, x2)", f.linear, X(5, 70), X(6, 70), X(6)),
    F("addmm", "addmm(x0, x1, x2, beta=0.5, alpha=2)", lambda a, b, c: torch.addmm(a, b, c, beta=0.5, alpha=2), X(6), X(5, 70), X(70, 6)),
    F("times_number", "x0 * 0.1 + x0 / 0.3", lambda x: x * 0.1 + x / 0.3, X(33)),
    F("tan", "tan(x0)", torch.tan, X(33, scale=2.5)),
    F("power", "x0 ** 3", lambda x: x**3, X(17)),
    F("layer_norm_f32_weight", "layer_norm(x0, 40, x1.to(f32))", lambda x, w: f.layer_norm(x, (40,), w.float(), torch.zeros(40)), ROWS, K(40)),
    F("mse_f32_target", "mse_loss(x0, x1.to(f32))", lambda x, t: f.mse_loss(x, t.float()), X(4, 5), K(4, 5)),
]


def chosen():
    found = list(OWN)
    for theme, names in TAKEN.items():
        by_name = {c.name: c for c in importlib.import_module("cases_" + theme).CASES}
        found += [by_name[n] for n in names.split()]
    return found


def expected(case, kind, out):
    xs = []
    for k, x in enumerate(case.inputs):
        v = x.torch(k + 1)
        xs.append(v.detach().to(DTYPES[kind]).requires_grad_(x.floating) if v.is_floating_point() else v)
    y = flat(case.fn(*xs))
    floating = [x for x, i in zip(xs, case.inputs) if i.floating]
    grads = torch.autograd.grad(y, floating, [wave(t.shape, 5, 2.0).to(t.dtype) for t in y])
    for label, ts in (("y", y), ("x", grads)):
        out += [f"{case.name} {label} " + " ".join(f"{v:.10g}" for v in t.detach().double().reshape(-1).tolist()) for t in ts]


def program(case, kind):
    lines = [f"fn case_{case.name}() {{"]
    for k, x in enumerate(case.inputs):
        lines.append(f"    let x{k} = ({x.tg(k + 1, 'f64')}).to({kind})" if isinstance(x, X) else f"    let x{k} = {x.tg(k + 1, kind)}")
    names = ", ".join(f"x{k}" for k, x in enumerate(case.inputs) if x.floating)
    lines += [f"    let y = {case.tg}", f"    show(\"{case.name} y\", y)"]
    lines += [f"    show_all(\"{case.name} x\", vjp(y, ({names}, ), wave(y.to(f64), 5, 2.0).to(y.dtype)))", "}", ""]
    return "\n".join(lines)


def main():
    torch.set_num_threads(1)
    for kind in DTYPES:
        out = []
        for case in chosen():
            expected(case, kind, out)
        title = f"# half_{kind}.tg: functions of {kind}, and their gradients (by generate_half.py).\n"
        calls = "".join(f"    case_{c.name}()\n" for c in chosen())
        write(f"half_{kind}.tg", title + HEADER + "\n" + "\n".join(program(c, kind) for c in chosen()) + "\nfn main() {\n" + calls + "}\n")
        write(f"half_{kind}.expected", "\n".join(out) + "\n")


if __name__ == "__main__":
    main()
