#!/usr/bin/env python3
"""generate_steps.py: what the optimizers and schedules of torch.optim 2.15 do, for steps.tg (written here too) and
steps.expected. Needs PyTorch; its results are kept beside it. Two parameters (a matrix, a vector) take eight steps with a gradient that
depends on the step and on them; then both are printed."""
import os

import torch
from generate import HERE, numbers, wave
from torch import optim

# name, optimizer and its options in tg, and in PyTorch
CASES = [
    ("sgd", "SGD", "lr=0.05"),
    ("sgd_momentum", "SGD", "lr=0.05, momentum=0.9, dampening=0.3, weight_decay=0.1"),
    ("sgd_nesterov", "SGD", "lr=0.05, momentum=0.9, weight_decay=0.1, nesterov=True"),
    ("sgd_maximize", "SGD", "lr=0.05, momentum=0.8, maximize=True"),
    ("adam", "Adam", "lr=0.05"),
    ("adam_options", "Adam", "lr=0.05, betas=(0.8, 0.95), eps=1e-3, weight_decay=0.1, amsgrad=True"),
    ("adam_maximize", "Adam", "lr=0.05, maximize=True"),
    ("adamw", "AdamW", "lr=0.05"),
    ("adamw_options", "AdamW", "lr=0.05, betas=(0.8, 0.95), eps=1e-3, weight_decay=0.2, amsgrad=True"),
    ("nadam", "NAdam", "lr=0.05"),
    ("nadam_decay", "NAdam", "lr=0.05, weight_decay=0.1, momentum_decay=0.01"),
    ("nadam_decoupled", "NAdam", "lr=0.05, weight_decay=0.1, decoupled_weight_decay=True"),
    ("radam", "RAdam", "lr=0.05"),
    ("radam_decay", "RAdam", "lr=0.05, betas=(0.8, 0.95), weight_decay=0.1"),
    ("radam_decoupled", "RAdam", "lr=0.05, weight_decay=0.1, decoupled_weight_decay=True"),
    ("adamax", "Adamax", "lr=0.05, weight_decay=0.1"),
    ("rmsprop", "RMSprop", "lr=0.01, weight_decay=0.1"),
    ("rmsprop_momentum", "RMSprop", "lr=0.01, alpha=0.9, momentum=0.9"),
    ("rmsprop_centered", "RMSprop", "lr=0.01, alpha=0.9, centered=True, momentum=0.5, eps=1e-3"),
    ("adagrad", "Adagrad", "lr=0.1, lr_decay=0.1, weight_decay=0.1"),
    ("adagrad_start", "Adagrad", "lr=0.1, initial_accumulator_value=0.5"),
    ("adadelta", "Adadelta", "lr=1.0, rho=0.8, weight_decay=0.1"),
    ("adafactor", "Adafactor", "lr=0.05, weight_decay=0.1"),
    ("adafactor_options", "Adafactor", "lr=0.5, beta2_decay=-0.6, eps=(1e-12, 1e-2), d=1.5"),
    ("adam_decoupled", "Adam", "lr=0.05, weight_decay=0.1, decoupled_weight_decay=True"),
    ("adam_amsgrad_maximize", "Adam", "lr=0.05, amsgrad=True, maximize=True, weight_decay=0.1"),
    ("adamw_maximize", "AdamW", "lr=0.05, maximize=True"),
    ("nadam_maximize", "NAdam", "lr=0.05, weight_decay=0.1, maximize=True"),
    ("radam_maximize", "RAdam", "lr=0.05, weight_decay=0.1, maximize=True"),
    ("adamax_maximize", "Adamax", "lr=0.05, betas=(0.8, 0.95), eps=1e-3, maximize=True"),
    ("rmsprop_maximize", "RMSprop", "lr=0.01, weight_decay=0.1, momentum=0.9, maximize=True"),
    ("adagrad_maximize", "Adagrad", "lr=0.1, eps=1e-3, maximize=True"),
    ("adadelta_maximize", "Adadelta", "lr=0.7, eps=1e-3, weight_decay=0.1, maximize=True"),
    ("adafactor_maximize", "Adafactor", "lr=0.05, weight_decay=0.1, maximize=True"),
    ("rprop", "Rprop", "lr=0.05"),
    ("rprop_options", "Rprop", "lr=0.05, etas=(0.4, 1.5), step_sizes=(0.03, 0.12), maximize=True"),
    ("asgd", "ASGD", "lr=0.05"),
    ("asgd_options", "ASGD", "lr=0.05, lambd=0.1, alpha=0.6, t0=3.0, weight_decay=0.1, maximize=True"),
]

HEADER = '''# steps.tg: optimizers and schedules, for the numbers of steps.expected (written by generate_steps.py).
fn wave(p, s, scale: f32) {
    let i = arange(numel(p))
    return ((((i * i * 37 + i * 101 + s * 1009) % 8191).to(f32) / 8192.0 - 0.5) * scale).reshape(p.shape)
}
fn show(label: str, x) { print("{label} {x.to(f64).reshape(-1):.9g}") }

module Net() {
    param weight: f32[3, 4] = wave(zeros(f32[3, 4]), 1, 2.0)
    param bias: f32[4] = wave(zeros(f32[4]), 2, 2.0)
}

fn train(name: str, net, opt) {
    for k in 0..8 {
        opt.step((wave(net.weight, k + 3, 1.0) + 0.3 * net.weight, wave(net.bias, k + 20, 1.0) + 0.3 * net.bias))
    }
    show("{name} weight", net.weight)
    show("{name} bias", net.bias)
}

'''

SCHEDULES = '''
fn muon(name: str, net, opt) {
    for k in 0..8 { opt.step((wave(net.weight, k + 3, 1.0) + 0.3 * net.weight, )) }
    show("{name} weight", round(net.weight * 50.0))
}
fn schedules_more() {
    var plateau = optim.Plateau(factor=0.5, patience=0, threshold=0.5, mode="max", threshold_mode="abs", cooldown=2, min_lr=0.02)
    let measures = [1.0, 1.2, 1.3, 2.0, 2.1, 2.2, 2.3, 3.0, 3.0, 3.0, 3.0, 3.0]
    var rates = zeros(f64[15, 12])
    for k in 0..12 {
        rates[0, k] = optim.multi_step_lr(0.1, k, (3, 7, 8), 0.3)
        rates[1, k] = optim.constant_lr(0.1, k, 0.3, 4)
        rates[2, k] = optim.linear_lr(0.1, k, 0.2, 0.7, 5)
        rates[3, k] = optim.polynomial_lr(0.1, k, 9, 1.7)
        rates[4, k] = optim.cosine_restarts_lr(0.1, k, 4, low=0.02)
        rates[5, k] = optim.cosine_restarts_lr(0.1, k, 2, 2)
        rates[6, k] = optim.cyclic_lr(0.01, 0.1, k, 3)
        rates[7, k] = optim.cyclic_lr(0.01, 0.1, k, 2, 3, "triangular2")
        rates[8, k] = optim.cyclic_lr(0.01, 0.1, k, 2, mode="exp_range", gamma=0.9)
        rates[9, k] = optim.one_cycle_lr(0.1, k, 12, anneal_strategy="linear")
        rates[10, k] = optim.one_cycle_lr(0.1, k, 12, three_phase=true, pct_start=0.4)
        rates[11, k] = optim.swa_lr(0.1, 0.03, k, 5)
        rates[12, k] = optim.swa_lr(0.1, 0.03, k, 5, "linear")
        rates[13, k] = optim.cosine_lr(0.1, k, 5, 0.01)
        plateau.step(measures[k])
        rates[14, k] = plateau.rate(0.1)
    }
    for k in 0..15 { show("more {k}", rates[k]) }
}
fn schedules() {
    var plateau = optim.Plateau(factor=0.5, patience=1, threshold=1e-2)
    let losses = [5.0, 4.0, 4.1, 3.99, 4.2, 3.0, 3.0, 3.0, 3.0, 2.0, 2.0, 2.0]
    var rates = zeros(f64[7, 12])
    for k in 0..12 {
        rates[0, k] = optim.step_lr(0.1, k, 4, 0.3)
        rates[1, k] = optim.exponential_lr(0.1, k, 0.9)
        rates[2, k] = optim.cosine_lr(0.1, k, 12, 0.01)
        rates[3, k] = optim.warmup_lr(0.1, k, 5)
        rates[4, k] = optim.one_cycle_lr(0.1, k, 12)
        rates[5, k] = optim.one_cycle_lr(0.1, k, 12, 0.5, 10.0, 100.0)
        plateau.step(losses[k])
        rates[6, k] = 0.1 * plateau.scale
    }
    for k in 0..7 { show("schedule {k}", rates[k]) }
}
'''


def in_tg(options):
    return options.replace("True", "true").replace("False", "false")


def train(name, kind, options, out):
    weight = wave((3, 4), 1, 2.0).clone().requires_grad_()
    bias = wave((4,), 2, 2.0).clone().requires_grad_()
    opt = eval(f"optim.{kind}([weight, bias], foreach=False, {options})")
    for k in range(8):
        weight.grad = wave((3, 4), k + 3, 1.0) + 0.3 * weight.detach()
        bias.grad = wave((4,), k + 20, 1.0) + 0.3 * bias.detach()
        opt.step()
    out += [f"{name} weight {numbers(weight)}", f"{name} bias {numbers(bias)}"]
    if kind == "ASGD":
        out += [f"{name} average {numbers(opt.state[weight]['ax'])}"]


# PyTorch rounds to bf16 on the way: one weight, compared to the size of one such rounding
MUON = [("muon", "lr=0.05"), ("muon_options", "lr=0.05, weight_decay=0.3, momentum=0.8, nesterov=False, ns_steps=3, adjust_lr_fn=\"match_rms_adamw\""),
        ("muon_unclamped", "lr=0.05, ns_coefficients=(2.0, -1.5, 0.5), adjust_lr_fn=\"spectral_unclamped\"")]


def muon(name, options, out):
    weight = wave((3, 4), 1, 2.0).clone().requires_grad_()
    opt = eval(f"optim.Muon([weight], {options})")
    for k in range(8):
        weight.grad = wave((3, 4), k + 3, 1.0) + 0.3 * weight.detach()
        opt.step()
    out.append(f"{name} weight {numbers((weight.detach() * 50).round())}")


def rates(make, losses=None):
    p = torch.zeros(1, requires_grad=True)
    opt = optim.SGD([p], lr=0.1)
    schedule = make(opt)
    found = []
    for k in range(12):
        if losses is None:
            found.append(opt.param_groups[0]["lr"])
            opt.step()
            schedule.step()
        else:
            schedule.step(losses[k])
            found.append(opt.param_groups[0]["lr"])
    return " ".join(f"{r:.9g}" for r in found)


def schedules(out):
    s = optim.lr_scheduler
    losses = [5.0, 4.0, 4.1, 3.99, 4.2, 3.0, 3.0, 3.0, 3.0, 2.0, 2.0, 2.0]
    makes = [lambda o: s.StepLR(o, 4, 0.3), lambda o: s.ExponentialLR(o, 0.9), lambda o: s.CosineAnnealingLR(o, 12, 0.01),
             lambda o: s.LinearLR(o, 0.2, 1.0, 4), lambda o: s.OneCycleLR(o, 0.1, 12),
             lambda o: s.OneCycleLR(o, 0.1, 12, pct_start=0.5, div_factor=10.0, final_div_factor=100.0)]
    for k, make in enumerate(makes):
        out.append(f"schedule {k} {rates(make)}")
    plateau = lambda o: s.ReduceLROnPlateau(o, factor=0.5, patience=1, threshold=1e-2)
    out.append(f"schedule 6 {rates(plateau, losses)}")
    w = optim.swa_utils.SWALR
    makes = [lambda o: s.MultiStepLR(o, [3, 7, 8], 0.3), lambda o: s.ConstantLR(o, 0.3, 4), lambda o: s.LinearLR(o, 0.2, 0.7, 5),
             lambda o: s.PolynomialLR(o, 9, 1.7), lambda o: s.CosineAnnealingWarmRestarts(o, 4, eta_min=0.02), lambda o: s.CosineAnnealingWarmRestarts(o, 2, 2),
             lambda o: s.CyclicLR(o, 0.01, 0.1, 3, cycle_momentum=False), lambda o: s.CyclicLR(o, 0.01, 0.1, 2, 3, "triangular2", cycle_momentum=False),
             lambda o: s.CyclicLR(o, 0.01, 0.1, 2, mode="exp_range", gamma=0.9, cycle_momentum=False),
             lambda o: s.OneCycleLR(o, 0.1, 12, anneal_strategy="linear", cycle_momentum=False),
             lambda o: s.OneCycleLR(o, 0.1, 12, three_phase=True, pct_start=0.4, cycle_momentum=False),
             lambda o: w(o, 0.03, 5), lambda o: w(o, 0.03, 5, "linear"), lambda o: s.CosineAnnealingLR(o, 5, 0.01)]
    for k, make in enumerate(makes):
        out.append(f"more {k} {rates(make)}")
    measures = [1.0, 1.2, 1.3, 2.0, 2.1, 2.2, 2.3, 3.0, 3.0, 3.0, 3.0, 3.0]
    best = lambda o: s.ReduceLROnPlateau(o, mode="max", factor=0.5, patience=0, threshold=0.5, threshold_mode="abs", cooldown=2, min_lr=0.02)
    out.append(f"more 14 {rates(best, measures)}")


def main():
    out, text = [], HEADER
    for name, kind, options in CASES:
        train(name, kind, options, out)
        more = f"    show(\"{name} average\", opt.ax.weight)\n" if kind == "ASGD" else ""
        text += f"fn case_{name}() {{\n    let net = Net()\n    let opt = optim.{kind}(net, {in_tg(options)})\n    train(\"{name}\", net, opt)\n{more}}}\n"
    for name, options in MUON:
        muon(name, options, out)
        text += f"fn case_{name}() {{\n    let net = Net()\n    muon(\"{name}\", net, optim.Muon((net.weight, ), {in_tg(options)}))\n}}\n"
    schedules(out)
    text += SCHEDULES + "\nfn main() {\n" + "".join(f"    case_{name}()\n" for name, *_ in CASES + MUON) + "    schedules()\n    schedules_more()\n}\n"
    for path, what in (("steps.tg", text), ("steps.expected", "\n".join(out) + "\n")):
        with open(os.path.join(HERE, path), "w") as f:
            f.write(what)


if __name__ == "__main__":
    main()
