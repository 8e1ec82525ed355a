"""cases_norms.py: normalisation and attention as functions"""
import torch.nn.functional as f
from cases import F, K, L, X
from torch.nn.attention import SDPBackend, sdpa_kernel

ROW, IMAGE = (2, 4, 7), (2, 4, 6, 5)
SEEN = L("[[1, 1, 0, 1], [1, 0, 1, 1], [0, 1, 1, 0]] == 1", [[1, 1, 0, 1], [1, 0, 1, 1], [0, 1, 1, 0]])
Q, KEYS = X(2, 3, 3, 4), X(2, 3, 4, 4)


def attention(q, k, v, *mask, **kw):
    m = mask[0] if mask else None
    with sdpa_kernel(SDPBackend.MATH):     # the one that has second derivatives
        return f.scaled_dot_product_attention(q, k, v, m == 1 if m is not None and not m.is_floating_point() else m, **kw)


CASES = [
    F("layer_norm", "layer_norm(x0, 7, x1, x2)", lambda x, w, b: f.layer_norm(x, (7,), w, b), X(*ROW), X(7), X(7)),
    F("layer_norm_two", "layer_norm(x0, (4, 7), eps=0.1)", lambda x: f.layer_norm(x, (4, 7), eps=0.1), X(*ROW)),
    F("rms_norm", "rms_norm(x0, 7, x1)", lambda x, w: f.rms_norm(x, (7,), w), X(*ROW), X(7)),
    F("rms_norm_two", "rms_norm(x0, (4, 7), eps=0.1)", lambda x: f.rms_norm(x, (4, 7), eps=0.1), X(*ROW)),
    F("group_norm", "group_norm(x0, 2, x1, x2)", lambda x, w, b: f.group_norm(x, 2, w, b), X(*IMAGE), X(4), X(4)),
    F("group_norm_plain", "group_norm(x0, 4, eps=0.1)", lambda x: f.group_norm(x, 4, eps=0.1), X(*ROW)),
    F("instance_norm", "instance_norm(x0, weight=x1, bias=x2)", lambda x, w, b: f.instance_norm(x, weight=w, bias=b), X(*IMAGE), X(4), X(4)),
    F("instance_norm_rows", "instance_norm(x0, eps=0.1)", lambda x: f.instance_norm(x, eps=0.1), X(*ROW)),
    F("instance_norm_given", "instance_norm(x0, x1, x2, use_input_stats=false)", lambda x, m, v: f.instance_norm(x, m, v, use_input_stats=False), X(*ROW), K(4), K(4)),
    F("batch_norm_train", "batch_norm(x0, None, None, x1, x2, training=true)", lambda x, w, b: f.batch_norm(x, None, None, w, b, True), X(*IMAGE), X(4), X(4)),
    F("batch_norm_columns", "batch_norm(x0, None, None, training=true, eps=0.1)", lambda x: f.batch_norm(x, None, None, training=True, eps=0.1), X(5, 3)),
    F("batch_norm_eval", "batch_norm(x0, x1, x2, x3, x4)", f.batch_norm, X(*ROW), K(4), K(4), X(4), X(4)),
    F("attention", "scaled_dot_product_attention(x0, x1, x2)", attention, Q, KEYS, KEYS),
    F("attention_scale", "scaled_dot_product_attention(x0, x1, x2, scale=0.3)", lambda q, k, v: attention(q, k, v, scale=0.3), Q, KEYS, KEYS),
    F("attention_causal", "scaled_dot_product_attention(x0, x1, x2, causal=true)", lambda q, k, v: attention(q, k, v, is_causal=True), Q, KEYS, KEYS),
    F("attention_seen", "scaled_dot_product_attention(x0, x1, x2, x3)", attention, Q, KEYS, KEYS, SEEN),
    F("attention_added", "scaled_dot_product_attention(x0, x1, x2, x3)", attention, Q, KEYS, KEYS, X(3, 4)),
    F("attention_wide", "scaled_dot_product_attention(x0, x1, x2)", attention, Q, KEYS, X(2, 3, 4, 5)),
    F("attention_flat", "scaled_dot_product_attention(x0, x1, x2, causal=true)", lambda q, k, v: attention(q, k, v, is_causal=True), X(3, 4), X(3, 4), X(3, 4)),
    F("attention_gqa", "scaled_dot_product_attention(x0, x1, x2, enable_gqa=true)", lambda q, k, v: attention(q, k, v, enable_gqa=True),
      X(2, 6, 3, 4), X(2, 3, 4, 4), X(2, 3, 4, 4)),
    F("attention_dropout_zero", "scaled_dot_product_attention(x0, x1, x2, dropout_p=0.0)", attention, Q, KEYS, KEYS),
]
