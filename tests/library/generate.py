#!/usr/bin/env python3
"""generate.py: what torch.nn 2.15 computes. Needs PyTorch and safetensors; its results are kept beside it, so that the
tests need neither: layers.tg (the same layers in tg), layers.safetensors (their state, by PyTorch's names) and
layers.expected (outputs and gradients: NAME y|x|p|s and the numbers); prints.tg and prints.expected (how they print).

Each case: a name, the layer in tg, the layer in PyTorch, the shapes of its inputs (an integer in front: indices below it)."""
import os

import torch
from safetensors.torch import save_file
from torch import nn

HERE = os.path.dirname(os.path.abspath(__file__))

IMAGE, ROW = (2, 4, 6, 6), (2, 4, 7)
CASES = [
    ("linear", "nn.Linear(4, 3)", nn.Linear(4, 3), [(2, 5, 4)]),
    ("linear_plain", "nn.Linear(4, 3, bias=false)", nn.Linear(4, 3, bias=False), [(5, 4)]),
    ("bilinear", "nn.Bilinear(3, 4, 2)", nn.Bilinear(3, 4, 2), [(5, 3), (5, 4)]),
    ("embedding", "nn.Embedding(7, 3)", nn.Embedding(7, 3), [(7, 2, 5)]),
    ("embedding_pad", "nn.Embedding(7, 3, padding_idx=2)", nn.Embedding(7, 3, padding_idx=2), [(7, 2, 5)]),
    ("conv1d", "nn.Conv1d(4, 6, 3)", nn.Conv1d(4, 6, 3), [ROW]),
    ("conv1d_options", "nn.Conv1d(4, 6, 3, stride=2, padding=2, dilation=2, groups=2)",
     nn.Conv1d(4, 6, 3, stride=2, padding=2, dilation=2, groups=2), [ROW]),
    ("conv2d", "nn.Conv2d(4, 6, 3, padding=1)", nn.Conv2d(4, 6, 3, padding=1), [IMAGE]),
    ("conv2d_options", "nn.Conv2d(4, 6, (3, 2), stride=(2, 1), padding=(1, 2), dilation=(1, 2), groups=2, bias=false)",
     nn.Conv2d(4, 6, (3, 2), stride=(2, 1), padding=(1, 2), dilation=(1, 2), groups=2, bias=False), [IMAGE]),
    ("conv2d_same", "nn.Conv2d(4, 3, 3, padding=\"same\")", nn.Conv2d(4, 3, 3, padding="same"), [IMAGE]),
    ("conv_depthwise", "nn.Conv2d(4, 8, 3, groups=4)", nn.Conv2d(4, 8, 3, groups=4), [IMAGE]),
    ("conv_transpose1d", "nn.ConvTranspose1d(4, 3, 3, stride=2, padding=1, output_padding=1)",
     nn.ConvTranspose1d(4, 3, 3, stride=2, padding=1, output_padding=1), [ROW]),
    ("conv_transpose2d", "nn.ConvTranspose2d(4, 3, 3)", nn.ConvTranspose2d(4, 3, 3), [IMAGE]),
    ("conv_transpose2d_options", "nn.ConvTranspose2d(4, 6, (3, 2), stride=2, padding=1, output_padding=1, groups=2, dilation=2)",
     nn.ConvTranspose2d(4, 6, (3, 2), stride=2, padding=1, output_padding=1, groups=2, dilation=2), [IMAGE]),
    ("max_pool1d", "nn.MaxPool1d(3, 2, 1)", nn.MaxPool1d(3, 2, 1), [ROW]),
    ("max_pool2d", "nn.MaxPool2d(2)", nn.MaxPool2d(2), [IMAGE]),
    ("max_pool2d_options", "nn.MaxPool2d((3, 2), stride=(1, 2), padding=(1, 0))",
     nn.MaxPool2d((3, 2), stride=(1, 2), padding=(1, 0)), [IMAGE]),
    ("avg_pool1d", "nn.AvgPool1d(3, 2, 1)", nn.AvgPool1d(3, 2, 1), [ROW]),
    ("avg_pool2d", "nn.AvgPool2d(3, 2, 1)", nn.AvgPool2d(3, 2, 1), [IMAGE]),
    ("avg_pool2d_inside", "nn.AvgPool2d(3, 2, 1, count_include_pad=false)",
     nn.AvgPool2d(3, 2, 1, count_include_pad=False), [IMAGE]),
    ("adaptive_avg_pool1d", "nn.AdaptiveAvgPool1d(3)", nn.AdaptiveAvgPool1d(3), [ROW]),
    ("adaptive_avg_pool2d", "nn.AdaptiveAvgPool2d((4, 1))", nn.AdaptiveAvgPool2d((4, 1)), [IMAGE]),
    ("batch_norm1d", "nn.BatchNorm1d(4)", nn.BatchNorm1d(4), [(5, 4)]),
    ("batch_norm1d_rows", "nn.BatchNorm1d(4, eps=1e-3, momentum=0.3)", nn.BatchNorm1d(4, eps=1e-3, momentum=0.3), [ROW]),
    ("batch_norm2d", "nn.BatchNorm2d(4)", nn.BatchNorm2d(4), [IMAGE]),
    ("batch_norm2d_mean", "nn.BatchNorm2d(4, momentum=None)", nn.BatchNorm2d(4, momentum=None), [IMAGE]),
    ("batch_norm2d_plain", "nn.BatchNorm2d(4, affine=false)", nn.BatchNorm2d(4, affine=False), [IMAGE]),
    ("layer_norm", "nn.LayerNorm(4)", nn.LayerNorm(4), [(2, 3, 4)]),
    ("layer_norm_two", "nn.LayerNorm((3, 4), bias=false)", nn.LayerNorm((3, 4), bias=False), [(2, 3, 4)]),
    ("group_norm", "nn.GroupNorm(2, 4)", nn.GroupNorm(2, 4), [IMAGE]),
    ("rms_norm", "nn.RMSNorm(4)", nn.RMSNorm(4), [(2, 3, 4)]),
    ("rms_norm_eps", "nn.RMSNorm(4, eps=1e-2)", nn.RMSNorm(4, eps=1e-2), [(2, 3, 4)]),
    ("instance_norm1d", "nn.InstanceNorm1d(4)", nn.InstanceNorm1d(4), [ROW]),
    ("instance_norm2d", "nn.InstanceNorm2d(4, affine=true)", nn.InstanceNorm2d(4, affine=True), [IMAGE]),
    ("rnn", "nn.RNN(3, 4)", nn.RNN(3, 4), [(5, 2, 3)]),
    ("rnn_relu", "nn.RNN(3, 4, num_layers=2, nonlinearity=\"relu\", bias=false, bidirectional=true)",
     nn.RNN(3, 4, num_layers=2, nonlinearity="relu", bias=False, bidirectional=True), [(5, 2, 3), (4, 2, 4)]),
    ("gru", "nn.GRU(3, 4, num_layers=2)", nn.GRU(3, 4, num_layers=2), [(5, 2, 3)]),
    ("gru_both", "nn.GRU(3, 4, num_layers=2, batch_first=true, bidirectional=true)",
     nn.GRU(3, 4, num_layers=2, batch_first=True, bidirectional=True), [(2, 5, 3), (4, 2, 4)]),
    ("lstm", "nn.LSTM(3, 4, num_layers=2)", nn.LSTM(3, 4, num_layers=2), [(5, 2, 3)]),
    ("lstm_both", "nn.LSTM(3, 4, num_layers=2, batch_first=true, bidirectional=true)",
     nn.LSTM(3, 4, num_layers=2, batch_first=True, bidirectional=True), [(2, 5, 3)]),
    ("rnn_cell", "nn.RNNCell(3, 4)", nn.RNNCell(3, 4), [(2, 3), (2, 4)]),
    ("gru_cell", "nn.GRUCell(3, 4)", nn.GRUCell(3, 4), [(2, 3), (2, 4)]),
    ("lstm_cell", "nn.LSTMCell(3, 4)", nn.LSTMCell(3, 4), [(2, 3)]),
    ("attention", "nn.MultiheadAttention(8, 2, batch_first=true)", nn.MultiheadAttention(8, 2, batch_first=True),
     [(2, 3, 8), (2, 5, 8), (2, 5, 8)]),
    ("attention_plain", "nn.MultiheadAttention(8, 4, bias=false)", nn.MultiheadAttention(8, 4, bias=False),
     [(3, 2, 8), (5, 2, 8), (5, 2, 8)]),
    ("encoder", "nn.TransformerEncoderLayer(8, 2, 12, dropout=0.0)", nn.TransformerEncoderLayer(8, 2, 12, dropout=0.0),
     [(3, 2, 8)]),
    ("encoder_first", "nn.TransformerEncoderLayer(8, 2, 12, dropout=0.0, activation=\"gelu\", batch_first=true, norm_first=true)",
     nn.TransformerEncoderLayer(8, 2, 12, dropout=0.0, activation="gelu", batch_first=True, norm_first=True), [(2, 3, 8)]),
    ("sequential", "nn.Sequential(nn.Conv2d(4, 2, 3), nn.Tanh(), nn.Flatten(), nn.Dropout(0.0), nn.Linear(32, 3))",
     nn.Sequential(nn.Conv2d(4, 2, 3), nn.Tanh(), nn.Flatten(), nn.Dropout(0.0), nn.Linear(32, 3)), [IMAGE]),
    ("prelu", "nn.PReLU(4)", nn.PReLU(4), [IMAGE]),
] + [(name.lower(), f"nn.{tg}", layer, [(3, 5)]) for name, tg, layer in [
    ("Identity", "Identity()", nn.Identity()),
    ("ReLU", "ReLU()", nn.ReLU()), ("ReLU6", "ReLU6()", nn.ReLU6()), ("LeakyReLU", "LeakyReLU(0.2)", nn.LeakyReLU(0.2)),
    ("ELU", "ELU(1.5)", nn.ELU(1.5)), ("CELU", "CELU(1.5)", nn.CELU(1.5)), ("SELU", "SELU()", nn.SELU()),
    ("GELU", "GELU()", nn.GELU()), ("GELU_tanh", "GELU(\"tanh\")", nn.GELU("tanh")), ("SiLU", "SiLU()", nn.SiLU()),
    ("Mish", "Mish()", nn.Mish()), ("Tanh", "Tanh()", nn.Tanh()), ("Sigmoid", "Sigmoid()", nn.Sigmoid()),
    ("Softplus", "Softplus(2.0)", nn.Softplus(2.0)), ("Softsign", "Softsign()", nn.Softsign()),
    ("Hardtanh", "Hardtanh(-0.5, 0.7)", nn.Hardtanh(-0.5, 0.7)), ("Hardswish", "Hardswish()", nn.Hardswish()),
    ("Hardsigmoid", "Hardsigmoid()", nn.Hardsigmoid()), ("Softmax", "Softmax(1)", nn.Softmax(1)),
    ("LogSoftmax", "LogSoftmax(1)", nn.LogSoftmax(1)), ("LogSigmoid", "LogSigmoid()", nn.LogSigmoid())]]

HEADER = '''# layers.tg: every layer of nn on fixed inputs (by generate.py): its outputs and gradients, while training and in eval.
arg file: str     "the layers' state"
arg back: str     "where it is written again"

fn wave(p, s: int, scale: f32) {
    let i = arange(numel(p))
    return ((((i * i * 37 + i * 101 + s * 1009) % 8191).to(f32) / 8192.0 - 0.5) * scale).reshape(p.shape)
}
fn show(label: str, x) { print("{label} {x.to(f64).reshape(-1):.7g}") }

# a fixed sum of all of an output
fn whole(y) {
    if is_tuple(y) { return whole(y[0]) + whole(y[1]) }
    return sum(y * wave(y, 5, 2.0))
}
fn show_output(name: str, y) {
    if is_tuple(y) {
        show_output(name, y[0])
        show_output(name, y[1])
    } else {
        show("{name} y", y)
    }
}

'''


def wave(shape, s, scale):
    n = torch.Size(shape).numel()
    i = torch.arange(n)
    w = ((i * i * 37 + i * 101 + s * 1009) % 8191).float() / 8192.0
    return ((w - 0.5) * scale).reshape(shape)


def make_input(shape, s):
    if len(shape) == 3 and shape[0] == 7:       # indices below 7
        return (torch.arange(shape[1] * shape[2]) * 5 + 2).remainder(7).reshape(shape[1:])
    return wave(shape, s, 4.0).requires_grad_()


def tg_input(shape, s):
    if len(shape) == 3 and shape[0] == 7:
        return f"((arange({shape[1] * shape[2]}) * 5 + 2) % 7).reshape({shape[1]}, {shape[2]})"
    return f"wave(zeros(f32{list(shape)}), {s}, 4.0)"


def flat(y):
    return [t for part in y for t in flat(part)] if isinstance(y, (tuple, list)) else [y]


def numbers(t):
    return " ".join(f"{v:.7g}" for v in t.detach().double().reshape(-1).tolist())


def call(layer, name, xs):
    y = layer(*xs)
    return y[0] if name.startswith("attention") else y


def expected(name, layer, shapes, out):
    xs = [make_input(s, k + 1) for k, s in enumerate(shapes)]
    layer.train()
    y = flat(call(layer, name, xs))
    out += [f"{name} y {numbers(t)}" for t in y]
    total = sum((t * wave(t.shape, 5, 2.0)).sum() for t in y)
    floating = [x for x in xs if x.is_floating_point()]
    params = list(layer.parameters())
    grads = torch.autograd.grad(total, floating + params)
    out += [f"{name} x {numbers(g)}" for g in grads[:len(floating)]]
    out += [f"{name} p {numbers(g)}" for g in grads[len(floating):]]
    layer.eval()
    with torch.no_grad():
        out += [f"{name} y {numbers(t)}" for t in flat(call(layer, name, xs))]
    if name.startswith("batch_norm"):
        out += [f"{name} s {numbers(t)}" for t in (layer.running_mean, layer.running_var, layer.num_batches_tracked)]


def tg_case(name, layer, shapes):
    xs = [f"x{k}" for k in range(len(shapes))]
    lines = [f"fn case_{name}(net) {{"]
    lines += [f"    let x{k} = {tg_input(s, k + 1)}" for k, s in enumerate(shapes)]
    lines += [f"    let y = net.{name}({', '.join(xs)})", f"    show_output(\"{name}\", y)", "    let total = whole(y)"]
    for k, s in enumerate(shapes):
        if not (len(s) == 3 and s[0] == 7):
            lines.append(f"    show(\"{name} x\", grad(total, x{k}))")
    if list(layer.parameters()):
        lines.append(f"    for g in grad(total, net.{name}) {{ show(\"{name} p\", g) }}")
    lines.append(f"    eval {{ show_output(\"{name}\", net.{name}({', '.join(xs)})) }}")
    if name.startswith("batch_norm"):
        lines += [f"    show(\"{name} s\", net.{name}.{s})" for s in ("running_mean", "running_var", "num_batches_tracked")]
    return "\n".join(lines + ["}", ""])


def write(name, text):
    with open(os.path.join(HERE, name), "w") as f:
        f.write(text)


def main():
    torch.set_num_threads(1)
    layers = nn.ModuleDict({name: layer for name, _, layer, _ in CASES})
    with torch.no_grad():
        for s, p in enumerate(layers.parameters()):
            p.copy_(wave(p.shape, s + 11, 1.2))
    save_file({k: v.clone() for k, v in layers.state_dict().items()}, os.path.join(HERE, "layers.safetensors"))
    out = []
    text = HEADER + "module Layers() {\n" + "".join(f"    {name} = {tg}\n" for name, tg, _, _ in CASES) + "}\n\n"
    for name, _, layer, shapes in CASES:
        expected(name, layer, shapes, out)
        text += tg_case(name, layer, shapes) + "\n"
    text += "fn main() {\n    let net = Layers()\n    load(net, file)\n    save(net, back)\n"
    text += "".join(f"    case_{name}(net)\n" for name, *_ in CASES) + "}\n"
    write("layers.tg", text)
    write("layers.expected", "\n".join(out) + "\n")
    prints = "# prints.tg: every layer, printed (by generate.py).\nfn main() {\n"
    write("prints.tg", prints + "".join(f"    print({tg})\n" for _, tg, _, _ in CASES) + "}\n")
    write("prints.expected", "".join(f"{layer}\n" for _, _, layer, _ in CASES))


if __name__ == "__main__":
    main()
