#!/usr/bin/env python3
"""generate_modules.py: what the layers of cases_modules.py compute in PyTorch 2.15, in f64: modules.tg, modules.safetensors and
modules.expected, as generate.py makes layers.*; module_prints.tg and module_prints.expected: how they print."""
import os

import torch
from cases import HEADER, digits, flat, wave
from cases_modules import MODULES
from generate import HERE, write
from safetensors.torch import save_file
from torch import nn


def value(given):
    if isinstance(given, tuple):
        return tuple(wave(shape, k + 3, 1.0) for k, shape in enumerate(given))
    return given.torch(9) if hasattr(given, "torch") else given


def call(m, xs):
    kw = {name: value(v) for _, name, _, v in m.args}
    if isinstance(m.layer, nn.MultiheadAttention):
        kw.setdefault("need_weights", False)
    y = m.layer(*xs, **kw)
    if isinstance(m.layer, nn.MultiheadAttention) and not kw["need_weights"]:
        return y[0]
    return tuple(y) if isinstance(y, tuple) else y


def expected(m, out):
    xs = [x.torch(k + 1) for k, x in enumerate(m.inputs)]
    m.layer.double().train()
    y = flat(call(m, xs))
    out += [f"{m.name} y {digits(t)}" for t in y]
    total = sum((t * wave(t.shape, 5, 2.0)).sum() for t in y if t.is_floating_point())
    floating = [x for x, i in zip(xs, m.inputs) if i.floating]
    params = list(m.layer.parameters())
    if floating or params:
        grads = torch.autograd.grad(total, floating + params)
        out += [f"{m.name} {'x' if k < len(floating) else 'p'} {digits(g)}" for k, g in enumerate(grads)]
    m.layer.eval()
    with torch.no_grad():
        out += [f"{m.name} y {digits(t)}" for t in flat(call(m, xs))]
    out += [f"{m.name} s {digits(getattr(m.layer, s))}" for s in m.states]


def tg_case(m):
    xs = ", ".join([f"x{k}" for k in range(len(m.inputs))] + [f"{name}={text}" for name, _, text, _ in m.args])
    lines = [f"fn case_{m.name}(net) {{"] + [f"    let x{k} = {x.tg(k + 1, 'f32')}" for k, x in enumerate(m.inputs)]
    lines += [f"    let y = net.{m.name}({xs})", f"    show_all(\"{m.name} y\", y)"]
    floating = [f"x{k}" for k, x in enumerate(m.inputs) if x.floating]
    if floating:
        lines.append(f"    show_all(\"{m.name} x\", grad(whole(y, 5), ({', '.join(floating)}, )))")
    if list(m.layer.parameters()):
        lines.append(f"    for g in grad(whole(y, 5), net.{m.name}) {{ show(\"{m.name} p\", g) }}")
    lines.append(f"    eval {{ show_all(\"{m.name} y\", net.{m.name}({xs})) }}")
    lines += [f"    show(\"{m.name} s\", net.{m.name}.{s})" for s in m.states]
    return "\n".join(lines + ["}", ""])


def main():
    torch.set_num_threads(1)
    layers = nn.ModuleDict({m.name: m.layer for m in MODULES})
    prints = [(m.tg, str(m.layer)) for m in MODULES]
    with torch.no_grad():
        for s, p in enumerate(layers.parameters()):
            p.copy_(wave(p.shape, s + 11, 1.2, torch.float32))
    save_file({k: v.clone() for k, v in layers.state_dict().items()}, os.path.join(HERE, "modules.safetensors"))
    out = []
    for m in MODULES:
        expected(m, out)
    text = "# modules.tg: layers of nn with their options (by generate_modules.py): outputs and gradients, while training and in eval.\n"
    text += "arg file: str     \"the layers' state\"\narg back: str     \"where it is written again\"\n\n" + HEADER
    text += "\nmodule Modules() {\n" + "".join(f"    {m.name} = {m.tg}\n" for m in MODULES) + "}\n\n"
    text += "\n".join(tg_case(m) for m in MODULES) + "\nfn main() {\n    let net = Modules()\n    load(net, file)\n    save(net, back)\n"
    write("modules.tg", text + "".join(f"    case_{m.name}(net)\n" for m in MODULES) + "}\n")
    write("modules.expected", "\n".join(out) + "\n")
    write("module_prints.tg", "# module_prints.tg: layers with options, printed (by generate_modules.py).\nfn main() {\n" + "".join(f"    print({tg})\n" for tg, _ in prints) + "}\n")
    write("module_prints.expected", "".join(f"{text}\n" for _, text in prints))


if __name__ == "__main__":
    main()
