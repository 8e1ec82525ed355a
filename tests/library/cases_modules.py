"""cases_modules.py: layers of nn, with every option, that generate_modules.py compares: M(name, tg, torch, inputs…, args, kw); args are
further arguments of the call: (name in tg, name in PyTorch, text in tg, value)."""
import warnings

import torch
from cases import I, K, L, P, X
from torch import nn

warnings.simplefilter("ignore")


class M:
    def __init__(self, name, tg, layer, *inputs, args=(), evaluate=True, first=False, states=()):
        self.name, self.tg, self.layer, self.inputs, self.args = name, tg, layer, inputs, args
        self.evaluate, self.first, self.states = evaluate, first, states


class Mask(L):
    """a bool mask, known to tg as comparisons of a literal"""
    def __init__(self, rows):
        super().__init__(f"{rows} == 1", rows)

    def torch(self, s):
        return torch.tensor(self.value) == 1


ROW, IMAGE, T = (2, 4, 7), (2, 4, 6, 5), torch.tensor
SIGNS = L("[1, -1, -1, 1]", [1, -1, -1, 1])
D = dict(dropout=0.0)
CAUSAL = Mask([[0, 1, 1], [0, 0, 1], [0, 0, 0]])
PAD = Mask([[0, 0, 0], [0, 0, 1]])
FLOATS = K(3, 3, scale=2.0, shift=0.0)


def simple(name, tg, layer, *inputs, **kw):
    return M(name, "nn." + tg, layer, *inputs, **kw)


def encoder(**kw):
    return nn.TransformerEncoderLayer(8, 2, 12, dropout=0.0, **kw)


def decoder(**kw):
    return nn.TransformerDecoderLayer(8, 2, 12, dropout=0.0, **kw)


class NormOut(nn.Module):
    """attention with all its results"""


MODULES = [
    # losses
    simple("l1", "L1Loss(reduction=\"sum\")", nn.L1Loss(reduction="sum"), X(4, 3), X(4, 3)),
    simple("mse", "MSELoss()", nn.MSELoss(), X(4, 3), X(4, 3)),
    simple("smooth_l1", "SmoothL1Loss(beta=0.5)", nn.SmoothL1Loss(beta=0.5), X(4, 3), X(4, 3)),
    simple("huber", "HuberLoss(\"none\", 0.5)", nn.HuberLoss("none", 0.5), X(4, 3), X(4, 3)),
    simple("bce", "BCELoss([0.5, 2.0, 1.0])", nn.BCELoss(T([0.5, 2.0, 1.0])), P(4, 3), K(4, 3)),
    simple("bce_logits", "BCEWithLogitsLoss(pos_weight=[0.5, 2.0, 1.0])", nn.BCEWithLogitsLoss(pos_weight=T([0.5, 2.0, 1.0])), X(4, 3), K(4, 3)),
    simple("nll", "NLLLoss([0.5, 2.0, 1.0], ignore_index=1)", nn.NLLLoss(T([0.5, 2.0, 1.0]), ignore_index=1), X(4, 3), I(4)),
    simple("ce", "CrossEntropyLoss()", nn.CrossEntropyLoss(), X(4, 3), I(4)),
    simple("ce_options", "CrossEntropyLoss([0.5, 2.0, 1.0], label_smoothing=0.1)", nn.CrossEntropyLoss(T([0.5, 2.0, 1.0]), label_smoothing=0.1), X(4, 3), I(4)),
    simple("kl", "KLDivLoss(reduction=\"batchmean\", log_target=true)", nn.KLDivLoss(reduction="batchmean", log_target=True), X(4, 3), X(4, 3)),
    simple("poisson", "PoissonNLLLoss(full=true)", nn.PoissonNLLLoss(full=True), X(4, 3), K(4, 3, scale=6.0, shift=3.2)),
    simple("gaussian", "GaussianNLLLoss(full=true)", nn.GaussianNLLLoss(full=True), X(4, 3), X(4, 3), P(4, 3)),
    simple("hinge", "HingeEmbeddingLoss(0.5)", nn.HingeEmbeddingLoss(0.5), X(4), SIGNS),
    simple("soft_margin", "SoftMarginLoss()", nn.SoftMarginLoss(), X(4), SIGNS),
    simple("ranking", "MarginRankingLoss(0.5)", nn.MarginRankingLoss(0.5), X(4), X(4), SIGNS),
    simple("cosine", "CosineEmbeddingLoss(0.1)", nn.CosineEmbeddingLoss(0.1), X(4, 3), X(4, 3), SIGNS),
    simple("triplet", "TripletMarginLoss(3.0, swap=true)", nn.TripletMarginLoss(3.0, swap=True), X(4, 3), X(4, 3), X(4, 3)),
    simple("triplet_distance", "TripletMarginWithDistanceLoss(margin=3.0)", nn.TripletMarginWithDistanceLoss(margin=3.0), X(4, 3), X(4, 3), X(4, 3)),
    simple("multi_margin", "MultiMarginLoss(2, 0.5, [0.5, 2.0, 1.0])", nn.MultiMarginLoss(2, 0.5, T([0.5, 2.0, 1.0])), X(4, 3), I(4)),
    simple("multilabel_margin", "MultiLabelMarginLoss()", nn.MultiLabelMarginLoss(), X(4), L("[3, 0, -1, 1]", [3, 0, -1, 1])),
    simple("multilabel_soft", "MultiLabelSoftMarginLoss()", nn.MultiLabelSoftMarginLoss(), X(4, 3), K(4, 3)),
    simple("linear_ce", "LinearCrossEntropyLoss(5, 3, (2, ), true)", nn.LinearCrossEntropyLoss(5, 3, out_features=(2,), bias=True), X(4, 5), I(4, 2)),
    # activations
    simple("hardshrink", "Hardshrink(0.7)", nn.Hardshrink(0.7), X(3, 5)),
    simple("softshrink", "Softshrink(0.7)", nn.Softshrink(0.7), X(3, 5)),
    simple("tanhshrink", "Tanhshrink()", nn.Tanhshrink(), X(3, 5)),
    simple("threshold", "Threshold(0.1, 20.0)", nn.Threshold(0.1, 20.0), X(3, 5)),
    simple("rrelu", "RReLU(0.25, 0.25)", nn.RReLU(0.25, 0.25), X(3, 5)),
    simple("glu", "GLU()", nn.GLU(), X(3, 6)),
    simple("softmin", "Softmin(1)", nn.Softmin(1), X(3, 5)),
    simple("softmax2d", "Softmax2d()", nn.Softmax2d(), X(*IMAGE)),
    simple("adaptive_softmax", "AdaptiveLogSoftmaxWithLoss(16, 10, (2, 5), head_bias=true)", nn.AdaptiveLogSoftmaxWithLoss(16, 10, [2, 5], head_bias=True), X(4, 16),
           L("[0, 3, 9, 5]", [0, 3, 9, 5])),
    # padding, resizing, rearranging
] + [simple(f"{kind.lower()}_pad{n}", f"{kind}Pad{n}d({p if not v else f'{p}, {v}'})", getattr(nn, f"{kind}Pad{n}d")(*([p, v] if v else [p])), x)
     for kind, v in (("Zero", None), ("Constant", 1.5), ("Reflection", None), ("Replication", None), ("Circular", None))
     for n, p, x in ((1, (2, 1), X(*ROW)), (2, (2, 1, 0, 3), X(*IMAGE)))] + [
    simple("zero_pad_same", "ZeroPad2d(2)", nn.ZeroPad2d(2), X(4, 6, 5)),
    simple("upsample", "Upsample(scale_factor=2)", nn.Upsample(scale_factor=2), X(*IMAGE)),
    simple("upsample_size", "Upsample(size=(7, 3), mode=\"bilinear\", align_corners=true)", nn.Upsample(size=(7, 3), mode="bilinear", align_corners=True), X(*IMAGE)),
    simple("upsample_nearest", "UpsamplingNearest2d(scale_factor=3)", nn.UpsamplingNearest2d(scale_factor=3), X(*IMAGE)),
    simple("upsample_bilinear", "UpsamplingBilinear2d(size=(9, 8))", nn.UpsamplingBilinear2d(size=(9, 8)), X(*IMAGE)),
    simple("pixel_shuffle", "PixelShuffle(2)", nn.PixelShuffle(2), X(*IMAGE)),
    simple("pixel_unshuffle", "PixelUnshuffle(3)", nn.PixelUnshuffle(3), X(2, 4, 6, 3)),
    simple("channel_shuffle", "ChannelShuffle(2)", nn.ChannelShuffle(2), X(*IMAGE)),
    simple("unfold", "Unfold((3, 2), padding=1)", nn.Unfold((3, 2), padding=1), X(*IMAGE)),
    simple("fold", "Fold((4, 5), (2, 3))", nn.Fold((4, 5), (2, 3)), X(2, 12, 9)),
    simple("unflatten", "Unflatten(1, (2, 2))", nn.Unflatten(1, (2, 2)), X(*IMAGE)),
    simple("flatten", "Flatten(0, 1)", nn.Flatten(0, 1), X(*IMAGE)),
    simple("cosine_similarity", "CosineSimilarity(axis=0)", nn.CosineSimilarity(dim=0), X(3, 5), X(3, 5)),
    simple("pairwise", "PairwiseDistance(p=1.0, keepdim=true)", nn.PairwiseDistance(p=1.0, keepdim=True), X(3, 5), X(3, 5)),
    simple("local_norm", "LocalResponseNorm(3, 0.1)", nn.LocalResponseNorm(3, 0.1), X(*IMAGE)),
    simple("dropout1d", "Dropout1d(1.0)", nn.Dropout1d(1.0), X(*ROW)),
    simple("dropout2d", "Dropout2d(0.0)", nn.Dropout2d(0.0), X(*IMAGE)),
    simple("alpha_dropout", "AlphaDropout(0.0)", nn.AlphaDropout(0.0), X(*ROW)),
    simple("feature_alpha_dropout", "FeatureAlphaDropout(0.0)", nn.FeatureAlphaDropout(0.0), X(*ROW)),
    # pooling
    simple("max_pool1d", "MaxPool1d(3, 2, 1, 2, true, true)", nn.MaxPool1d(3, 2, 1, 2, True, True), X(*ROW)),
    simple("max_pool2d", "MaxPool2d(2, ceil_mode=true)", nn.MaxPool2d(2, ceil_mode=True), X(*IMAGE)),
    simple("max_unpool1d", "MaxUnpool1d(2)", nn.MaxUnpool1d(2), X(4, 3), L("[[0, 3, 5], [1, 2, 4], [1, 3, 5], [0, 2, 4]]", [[0, 3, 5], [1, 2, 4], [1, 3, 5], [0, 2, 4]])),
    simple("max_unpool2d", "MaxUnpool2d((2, 1))", nn.MaxUnpool2d((2, 1)), X(1, 2, 1, 2), L("[[[[0, 3]], [[2, 1]]]]", [[[[0, 3]], [[2, 1]]]])),
    simple("avg_pool1d", "AvgPool1d(3, 2, 1, true, false)", nn.AvgPool1d(3, 2, 1, True, False), X(*ROW)),
    simple("avg_pool2d", "AvgPool2d((3, 2), padding=1, divisor_override=3)", nn.AvgPool2d((3, 2), padding=1, divisor_override=3), X(*IMAGE)),
    simple("lp_pool1d", "LPPool1d(2, 3, ceil_mode=true)", nn.LPPool1d(2, 3, ceil_mode=True), X(*ROW)),
    simple("lp_pool2d", "LPPool2d(2, (3, 2), stride=2)", nn.LPPool2d(2, (3, 2), stride=2), X(*IMAGE)),
    simple("adaptive_avg", "AdaptiveAvgPool2d((None, 2))", nn.AdaptiveAvgPool2d((None, 2)), X(*IMAGE)),
    simple("adaptive_max1d", "AdaptiveMaxPool1d(3)", nn.AdaptiveMaxPool1d(3), X(*ROW)),
    simple("adaptive_max2d", "AdaptiveMaxPool2d((4, 2), true)", nn.AdaptiveMaxPool2d((4, 2), True), X(*IMAGE)),
    # convolution
] + [simple(f"conv1d_{mode}", f"Conv1d(4, 6, 3, padding=2, padding_mode=\"{mode}\")", nn.Conv1d(4, 6, 3, padding=2, padding_mode=mode), X(*ROW))
     for mode in ("reflect", "replicate", "circular")] + [
    simple("conv2d_reflect", "Conv2d(4, 6, (3, 2), padding=(2, 1), stride=2, padding_mode=\"reflect\")",
           nn.Conv2d(4, 6, (3, 2), padding=(2, 1), stride=2, padding_mode="reflect"), X(*IMAGE)),
    simple("conv2d_same", "Conv2d(4, 6, (4, 3), padding=\"same\", padding_mode=\"circular\", bias=false)",
           nn.Conv2d(4, 6, (4, 3), padding="same", padding_mode="circular", bias=False), X(*IMAGE)),
    simple("conv2d_one", "Conv2d(4, 6, 3)", nn.Conv2d(4, 6, 3), X(4, 6, 5)),
    simple("conv_transpose1d_one", "ConvTranspose1d(4, 6, 3, 2, 1, 1, 2, false, 2)", nn.ConvTranspose1d(4, 6, 3, 2, 1, 1, 2, False, 2), X(4, 7)),
    simple("embedding_freq", "Embedding(7, 3, padding_idx=-1, scale_grad_by_freq=true)", nn.Embedding(7, 3, padding_idx=-1, scale_grad_by_freq=True), I(2, 5, n=7)),
    simple("embedding_norm", "Embedding(7, 3, max_norm=0.5)", nn.Embedding(7, 3, max_norm=0.5), I(2, 5, n=7)),
    simple("embedding_bag", "EmbeddingBag(7, 3, mode=\"sum\", padding_idx=2)", nn.EmbeddingBag(7, 3, mode="sum", padding_idx=2), I(2, 5, n=7)),
    simple("embedding_bag_offsets", "EmbeddingBag(7, 3)", nn.EmbeddingBag(7, 3), I(10, n=7), L("[0, 3, 4]", [0, 3, 4])),
    # normalisation
    simple("batch_norm_untracked", "BatchNorm1d(4, track_running_stats=false)", nn.BatchNorm1d(4, track_running_stats=False), X(*ROW)),
    simple("instance_norm_running", "InstanceNorm1d(4, affine=true, track_running_stats=true)", nn.InstanceNorm1d(4, affine=True, track_running_stats=True), X(*ROW),
           states=("running_mean", "running_var")),
    simple("instance_norm2d_running", "InstanceNorm2d(4, 1e-3, 0.3, true, true)", nn.InstanceNorm2d(4, 1e-3, 0.3, True, True), X(*IMAGE), states=("running_mean", "running_var")),
    simple("instance_norm_one", "InstanceNorm1d(4)", nn.InstanceNorm1d(4), X(4, 7)),
    simple("group_norm_rows", "GroupNorm(2, 4, affine=false)", nn.GroupNorm(2, 4, affine=False), X(3, 4)),
    simple("layer_norm_names", "LayerNorm(normalized_shape=(4, 7), elementwise_affine=false)", nn.LayerNorm(normalized_shape=(4, 7), elementwise_affine=False), X(*ROW)),
    # recurrent
    simple("rnn_one", "RNN(3, 4, 2, \"relu\")", nn.RNN(3, 4, 2, "relu"), X(5, 3), X(2, 4)),
    simple("gru_one", "GRU(3, 4, bidirectional=true)", nn.GRU(3, 4, bidirectional=True), X(5, 3)),
    simple("lstm_one", "LSTM(3, 4, 2, false, true, 0.0, true)", nn.LSTM(3, 4, 2, False, True, 0.0, True), X(5, 3)),
    simple("lstm_proj", "LSTM(3, 5, 2, proj_size=2, bidirectional=true)", nn.LSTM(3, 5, 2, proj_size=2, bidirectional=True), X(5, 2, 3)),
    simple("lstm_start", "LSTM(3, 5, proj_size=2, batch_first=true)", nn.LSTM(3, 5, proj_size=2, batch_first=True), X(2, 6, 3),
           args=[("state", "hx", "(wave(zeros(f32[1, 2, 2]), 3, 1.0), wave(zeros(f32[1, 2, 5]), 4, 1.0))", ((1, 2, 2), (1, 2, 5)))]),
    simple("rnn_cell_one", "RNNCell(3, 4, nonlinearity=\"relu\")", nn.RNNCell(3, 4, nonlinearity="relu"), X(3), X(4)),
    simple("gru_cell_one", "GRUCell(3, 4, bias=false)", nn.GRUCell(3, 4, bias=False), X(3)),
    simple("lstm_cell_one", "LSTMCell(3, 4)", nn.LSTMCell(3, 4), X(3)),
    # attention
    simple("mha_weights", "MultiheadAttention(8, 2)", nn.MultiheadAttention(8, 2), X(3, 2, 8), X(3, 2, 8), X(3, 2, 8),
           args=[("need_weights", "need_weights", "true", True)]),
    simple("mha_heads", "MultiheadAttention(8, 2, batch_first=true)", nn.MultiheadAttention(8, 2, batch_first=True), X(2, 3, 8), X(2, 3, 8), X(2, 3, 8),
           args=[("need_weights", "need_weights", "true", True), ("average_attn_weights", "average_attn_weights", "false", False)]),
    simple("mha_mask", "MultiheadAttention(8, 2)", nn.MultiheadAttention(8, 2), X(3, 2, 8), X(3, 2, 8), X(3, 2, 8), first=True,
           args=[("attn_mask", "attn_mask", CAUSAL.text, CAUSAL), ("key_padding_mask", "key_padding_mask", PAD.text, PAD)]),
    simple("mha_float", "MultiheadAttention(8, 2, kdim=5, vdim=4)", nn.MultiheadAttention(8, 2, kdim=5, vdim=4), X(3, 2, 8), X(3, 2, 5), X(3, 2, 4), first=True,
           args=[("attn_mask", "attn_mask", FLOATS.tg(9, "f32"), FLOATS)]),
    simple("mha_bias", "MultiheadAttention(8, 2, 0.0, true, true, true)", nn.MultiheadAttention(8, 2, 0.0, True, True, True), X(3, 2, 8), X(3, 2, 8), X(3, 2, 8),
           args=[("key_padding_mask", "key_padding_mask", PAD.text, PAD), ("need_weights", "need_weights", "true", True)]),
    simple("mha_one", "MultiheadAttention(8, 4)", nn.MultiheadAttention(8, 4), X(3, 8), X(5, 8), X(5, 8), args=[("need_weights", "need_weights", "true", True)]),
    simple("encoder_gelu", "TransformerEncoderLayer(8, 2, 12, 0.0, gelu, 1e-3, true, true, false)", encoder(activation=nn.functional.gelu, layer_norm_eps=1e-3, batch_first=True, norm_first=True, bias=False),
           X(2, 3, 8), args=[("src_mask", "src_mask", CAUSAL.text, CAUSAL), ("src_key_padding_mask", "src_key_padding_mask", PAD.text, PAD)]),
    simple("encoder_one", "TransformerEncoderLayer(8, 2, 12, 0.0)", encoder(), X(3, 8)),
    simple("encoder_stack", "TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 12, 0.0), 2, nn.LayerNorm(8))", nn.TransformerEncoder(encoder(), 2, nn.LayerNorm(8), enable_nested_tensor=False), X(3, 2, 8),
           args=[("mask", "mask", CAUSAL.text, CAUSAL)]),
    simple("decoder_layer", "TransformerDecoderLayer(8, 2, 12, 0.0, \"gelu\")", decoder(activation="gelu"), X(3, 2, 8), X(3, 2, 8),
           args=[("tgt_mask", "tgt_mask", CAUSAL.text, CAUSAL), ("memory_key_padding_mask", "memory_key_padding_mask", PAD.text, PAD)]),
    simple("decoder_first", "TransformerDecoderLayer(8, 2, 12, 0.0, batch_first=true, norm_first=true)", decoder(batch_first=True, norm_first=True), X(2, 3, 8), X(2, 4, 8)),
    simple("decoder_stack", "TransformerDecoder(nn.TransformerDecoderLayer(8, 2, 12, 0.0), 2)", nn.TransformerDecoder(decoder(), 2), X(3, 2, 8), X(4, 2, 8)),
    simple("transformer", "Transformer(8, 2, 1, 2, 12, 0.0)", nn.Transformer(8, 2, 1, 2, 12, 0.0), X(4, 2, 8), X(3, 2, 8), args=[("tgt_mask", "tgt_mask", CAUSAL.text, CAUSAL)]),
]
