"""cases_losses.py: losses as functions, each with its options"""
import torch
import torch.nn.functional as f
from cases import B, F, I, K, L, P, X

REDUCTIONS = [("none", dict(reduction="none"), ", reduction=\"none\""), ("mean", {}, ""), ("sum", dict(reduction="sum"), ", reduction=\"sum\"")]


def each(name, tg, fn, *inputs, second=True, **options):
    """one case for each reduction; tg and fn with their options, without the reduction"""
    text = "".join(f", {k}={str(v).lower() if isinstance(v, bool) else v}" for k, v in options.items() if k != "extra")
    return [F(f"{name}_{r}", f"{tg[:-1]}{text}{t})", (lambda kw: lambda *xs: fn(*xs, **options, **kw))(kw), *inputs, second=second)
            for r, kw, t in REDUCTIONS]


def weighted(fn):
    return lambda x, t, w, **kw: fn(x, t, weight=w, **kw)


SIGNS = L("[1, -1, -1, 1]", [1, -1, -1, 1])
CASES = (
    each("mse", "mse_loss(x0, x1)", f.mse_loss, X(3, 5), X(3, 5))
    + each("mse_weight", "mse_loss(x0, x1, weight=x2)", weighted(f.mse_loss), X(3, 5), X(3, 5), K(3, 5))
    + each("l1", "l1_loss(x0, x1)", f.l1_loss, X(3, 5), X(3, 5))
    + each("l1_weight", "l1_loss(x0, x1, weight=x2)", weighted(f.l1_loss), X(3, 5), X(3, 5), K(3, 5))
    + each("smooth_l1", "smooth_l1_loss(x0, x1)", f.smooth_l1_loss, X(3, 5), X(3, 5))
    + each("smooth_l1_beta", "smooth_l1_loss(x0, x1)", f.smooth_l1_loss, X(3, 5), X(3, 5), beta=0.3)
    + each("smooth_l1_zero", "smooth_l1_loss(x0, x1)", f.smooth_l1_loss, X(3, 5), X(3, 5), beta=0.0, second=False)
    + each("huber", "huber_loss(x0, x1)", f.huber_loss, X(3, 5), X(3, 5))
    + each("huber_delta", "huber_loss(x0, x1)", f.huber_loss, X(3, 5), X(3, 5), delta=0.4)
    + each("huber_weight", "huber_loss(x0, x1, weight=x2)", weighted(f.huber_loss), X(3, 5), X(3, 5), K(3, 5))
    + each("bce", "binary_cross_entropy(x0, x1)", f.binary_cross_entropy, P(3, 5), K(3, 5))
    + each("bce_weight", "binary_cross_entropy(x0, x1, x2)", weighted(f.binary_cross_entropy), P(3, 5), K(3, 5), K(5))
    + each("bce_target", "binary_cross_entropy(x0, x1)", f.binary_cross_entropy, P(3), P(3), second=False)
    + each("bce_logits", "binary_cross_entropy_with_logits(x0, x1)", f.binary_cross_entropy_with_logits, X(3, 5), P(3, 5))
    + each("bce_logits_large", "binary_cross_entropy_with_logits(x0, x1)", f.binary_cross_entropy_with_logits, X(3, 5, scale=4000.0), K(3, 5))
    + each("bce_logits_weight", "binary_cross_entropy_with_logits(x0, x1, weight=x2, pos_weight=x3)",
           lambda x, t, w, p, **kw: f.binary_cross_entropy_with_logits(x, t, w, pos_weight=p, **kw), X(3, 5), K(3, 5), K(3, 5), K(5))
    + each("nll", "nll_loss(x0, x1)", f.nll_loss, X(4, 3), I(4))
    + each("nll_one", "nll_loss(x0, x1)", f.nll_loss, X(3), I(n=3))
    + each("nll_weight", "nll_loss(x0, x1, x2)", f.nll_loss, X(4, 3), I(4), K(3))
    + each("nll_ignore", "nll_loss(x0, x1, x2)", f.nll_loss, X(4, 3), I(4), K(3), ignore_index=2)
    + each("nll_image", "nll_loss(x0, x1, x2)", f.nll_loss, X(2, 3, 4, 5), I(2, 4, 5), K(3), ignore_index=1)
    + each("nll_row", "nll_loss(x0, x1)", f.nll_loss, X(2, 3, 4), I(2, 4))
    + each("ce", "cross_entropy(x0, x1)", f.cross_entropy, X(4, 3), I(4))
    + each("ce_one", "cross_entropy(x0, x1)", f.cross_entropy, X(3), I(n=3))
    + each("ce_one_options", "cross_entropy(x0, x1, x2)", f.cross_entropy, X(3), I(n=3), K(3), label_smoothing=0.2)
    + each("ce_weight", "cross_entropy(x0, x1, x2)", f.cross_entropy, X(4, 3), I(4), K(3), label_smoothing=0.2, ignore_index=1)
    + each("ce_image", "cross_entropy(x0, x1, x2)", f.cross_entropy, X(2, 3, 4, 5), I(2, 4, 5), K(3), label_smoothing=0.1, ignore_index=-100)
    + each("ce_deep", "cross_entropy(x0, x1)", f.cross_entropy, X(2, 3, 2, 2, 2), I(2, 2, 2, 2))
    + each("ce_row", "cross_entropy(x0, x1)", f.cross_entropy, X(2, 3, 4), I(2, 4))
    + each("ce_probability", "cross_entropy(x0, x1)", f.cross_entropy, X(4, 3), P(4, 3))
    + each("ce_probability_one", "cross_entropy(x0, x1)", f.cross_entropy, X(3), P(3), label_smoothing=0.3)
    + each("ce_probability_weight", "cross_entropy(x0, x1, x2)", f.cross_entropy, X(4, 3), P(4, 3), K(3), label_smoothing=0.3)
    + each("ce_probability_image", "cross_entropy(x0, x1, x2)", f.cross_entropy, X(2, 3, 4, 5), P(2, 3, 4, 5), K(3))
    + each("linear_ce", "linear_cross_entropy(x0, x1, x2, linear_bias=x3)",
           lambda x, w, t, b, **kw: f.linear_cross_entropy(x, w, t, linear_bias=b, **kw), X(4, 5), X(3, 5), I(4), X(3), label_smoothing=0.1)
    + each("linear_ce_image", "linear_cross_entropy(x0, x1, x2)", f.linear_cross_entropy, X(4, 5), X(3, 2, 5), I(4, 2))
    + each("kl", "kl_div(x0, x1)", f.kl_div, X(3, 5), P(3, 5))
    + each("kl_log", "kl_div(x0, x1)", f.kl_div, X(3, 5), X(3, 5), log_target=True)
    + [F("kl_batchmean", "kl_div(x0, x1, reduction=\"batchmean\")", lambda x, t: f.kl_div(x, t, reduction="batchmean"), X(3, 5), P(3, 5)),
       F("kl_zero", "kl_div(x0, x1)", f.kl_div, X(2, 2), L("[[0.0, 0.5], [1.0, 0.25]]", [[0.0, 0.5], [1.0, 0.25]]))]
    + each("poisson", "poisson_nll_loss(x0, x1)", f.poisson_nll_loss, X(3, 5), K(3, 5, scale=6.0, shift=3.2))
    + each("poisson_full", "poisson_nll_loss(x0, x1)", f.poisson_nll_loss, X(3, 5), K(3, 5, scale=6.0, shift=3.2), full=True)
    + each("poisson_rate", "poisson_nll_loss(x0, x1)", f.poisson_nll_loss, P(3, 5), K(3, 5, scale=6.0, shift=3.2), log_input=False, eps=0.1)
    + each("gaussian", "gaussian_nll_loss(x0, x1, x2)", f.gaussian_nll_loss, X(3, 5), X(3, 5), P(3, 5))
    + each("gaussian_full", "gaussian_nll_loss(x0, x1, x2)", f.gaussian_nll_loss, X(3, 5), X(3, 5), P(3, 5), full=True, eps=0.4)
    + each("gaussian_row", "gaussian_nll_loss(x0, x1, x2)", f.gaussian_nll_loss, X(3, 5), X(3, 5), P(3))
    + each("gaussian_one", "gaussian_nll_loss(x0, x1, x2)", f.gaussian_nll_loss, X(3, 5), X(3, 5), P(3, 1))
    + each("gaussian_scalar", "gaussian_nll_loss(x0, x1, 0.7)", lambda x, t, **kw: f.gaussian_nll_loss(x, t, 0.7, **kw), X(3, 5), X(3, 5))
    + each("hinge_embedding", "hinge_embedding_loss(x0, x1)", f.hinge_embedding_loss, X(4), SIGNS)
    + each("hinge_embedding_margin", "hinge_embedding_loss(x0, x1)", f.hinge_embedding_loss, X(4), SIGNS, margin=0.4)
    + each("soft_margin", "soft_margin_loss(x0, x1)", f.soft_margin_loss, X(4), SIGNS)
    + each("soft_margin_large", "soft_margin_loss(x0, x1)", f.soft_margin_loss, X(4, scale=200.0), SIGNS)
    + each("margin_ranking", "margin_ranking_loss(x0, x1, x2)", f.margin_ranking_loss, X(4), X(4), SIGNS)
    + each("margin_ranking_margin", "margin_ranking_loss(x0, x1, x2)", f.margin_ranking_loss, X(4), X(4), SIGNS, margin=0.7)
    + each("cosine_embedding", "cosine_embedding_loss(x0, x1, x2)", f.cosine_embedding_loss, X(4, 3), X(4, 3), SIGNS)
    + each("cosine_embedding_margin", "cosine_embedding_loss(x0, x1, x2)", f.cosine_embedding_loss, X(4, 3), X(4, 3), SIGNS, margin=0.2)
    + each("cosine_embedding_one", "cosine_embedding_loss(x0, x1, x2)", f.cosine_embedding_loss, X(3), X(3), L("-1", -1))
    + each("multilabel_soft_margin", "multilabel_soft_margin_loss(x0, x1)", f.multilabel_soft_margin_loss, X(4, 3), K(4, 3))
    + each("multilabel_soft_margin_weight", "multilabel_soft_margin_loss(x0, x1, x2)", f.multilabel_soft_margin_loss, X(4, 3), K(4, 3), K(3))
    + each("multilabel_margin", "multilabel_margin_loss(x0, x1)", f.multilabel_margin_loss, X(2, 4),
           L("[[3, 0, -1, 1], [1, -1, 0, 2]]", [[3, 0, -1, 1], [1, -1, 0, 2]]), second=False)
    + each("multilabel_margin_one", "multilabel_margin_loss(x0, x1)", f.multilabel_margin_loss, X(4), L("[3, 0, -1, 1]", [3, 0, -1, 1]), second=False)
    + each("multi_margin", "multi_margin_loss(x0, x1)", f.multi_margin_loss, X(4, 3), I(4), second=False)
    + each("multi_margin_options", "multi_margin_loss(x0, x1, weight=x2)", weighted(f.multi_margin_loss), X(4, 3), I(4), K(3), second=False, p=2, margin=0.6)
    + each("multi_margin_one", "multi_margin_loss(x0, x1)", f.multi_margin_loss, X(3), I(n=3), second=False)
    + each("triplet", "triplet_margin_loss(x0, x1, x2)", f.triplet_margin_loss, X(4, 3), X(4, 3), X(4, 3))
    + each("triplet_options", "triplet_margin_loss(x0, x1, x2)", f.triplet_margin_loss, X(4, 3), X(4, 3), X(4, 3), margin=3.0, p=1.0, eps=0.1, swap=True)
    + each("triplet_one", "triplet_margin_loss(x0, x1, x2)", f.triplet_margin_loss, X(3), X(3), X(3), margin=4.0)
    + each("triplet_distance", "triplet_margin_with_distance_loss(x0, x1, x2)", f.triplet_margin_with_distance_loss, X(4, 3), X(4, 3), X(4, 3), margin=3.0, swap=True)
    + each("triplet_own", "triplet_margin_with_distance_loss(x0, x1, x2, distance_function=fn(a, b) { return 1.0 - cosine_similarity(a, b) })",
           lambda a, p, n, **kw: f.triplet_margin_with_distance_loss(a, p, n, distance_function=lambda u, v: 1 - f.cosine_similarity(u, v), **kw),
           X(4, 3), X(4, 3), X(4, 3))
    + each("ctc", "ctc_loss(log_softmax(x0, axis=2), x1, [6, 6, 6], [3, 3, 3])",
           lambda x, t, **kw: f.ctc_loss(f.log_softmax(x, 2), t, (6, 6, 6), (3, 3, 3), **kw), X(6, 3, 5), I(3, 3, n=4, shift=1), second=False)
    + each("ctc_lengths", "ctc_loss(log_softmax(x0, axis=2), x1, [6, 5, 4], [3, 1, 2], blank=2)",
           lambda x, t, **kw: f.ctc_loss(f.log_softmax(x, 2), t, (6, 5, 4), (3, 1, 2), blank=2, **kw), X(6, 3, 5),
           L("[[1, 1, 3], [4, 0, 0], [0, 3, 3]]", [[1, 1, 3], [4, 0, 0], [0, 3, 3]]), second=False)
    + each("ctc_one", "ctc_loss(log_softmax(x0, axis=1), x1, 6, 3)",
           lambda x, t, **kw: f.ctc_loss(f.log_softmax(x, 1), t, torch.tensor(6), torch.tensor(3), **kw), X(6, 5), L("[1, 3, 3]", [1, 3, 3]), second=False)
    + each("ctc_inf", "ctc_loss(log_softmax(x0, axis=2), x1, [6, 2, 4], [3, 3, 2], zero_infinity=true)",
           lambda x, t, **kw: f.ctc_loss(f.log_softmax(x, 2), t, (6, 2, 4), (3, 3, 2), zero_infinity=True, **kw), X(6, 3, 5),
           I(3, 3, n=4, shift=1), second=False)
    + each("ctc_joined", "ctc_loss(log_softmax(x0, axis=2), x1, [6, 6, 6], [3, 1, 2])",
           lambda x, t, **kw: f.ctc_loss(f.log_softmax(x, 2), t, (6, 6, 6), (3, 1, 2), **kw), X(6, 3, 5), L("[1, 3, 3, 2, 1, 4]", [1, 3, 3, 2, 1, 4]), second=False)
)
