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
    return options.replace("True", "true")


def train(name, kind, options, out):
    weight = wave((3, 4), 1, 2.0).clone().requires_grad_()
    bias = wave((4,), 2, 2.0).clone().requires_grad_()
    opt = eval(f"optim.{kind}([weight, bias], foreach=False, {options})")
    for k in range(8):
        weight.grad = wave((3, 4), k + 3, 1.0) + 0.3 * weight.detach()
        bias.grad = wave((4,), k + 20, 1.0) + 0.3 * bias.detach()
        opt.step()
    out += [f"{name} weight {numbers(weight)}", f"{name} bias {numbers(bias)}"]


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


def main():
    out, text = [], HEADER
    for name, kind, options in CASES:
        train(name, kind, options, out)
        text += f"fn case_{name}() {{\n    let net = Net()\n    train(\"{name}\", net, optim.{kind}(net, {in_tg(options)}))\n}}\n"
    schedules(out)
    text += SCHEDULES + "\nfn main() {\n" + "".join(f"    case_{name}()\n" for name, *_ in CASES) + "    schedules()\n}\n"
    for path, what in (("steps.tg", text), ("steps.expected", "\n".join(out) + "\n")):
        with open(os.path.join(HERE, path), "w") as f:
            f.write(what)


if __name__ == "__main__":
    main()
