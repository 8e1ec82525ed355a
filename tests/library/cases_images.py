"""cases_images.py: convolution, pooling, interpolation and other functions of images and rows"""
import torch
import torch.nn.functional as f
from cases import F, K, X

ROW, IMAGE = (2, 4, 7), (2, 4, 6, 5)


def both(name, tg, fn, *inputs, second=True):
    """batched and not: the first input loses its batch axis"""
    x, *rest = inputs
    return [F(name, tg, fn, x, *rest, second=second), F(name + "_one", tg, fn, X(*x.shape[1:]), *rest, second=second)]


CASES = (
    both("conv1d", "conv1d(x0, x1, x2)", f.conv1d, X(*ROW), X(6, 4, 3), X(6))
    + both("conv1d_options", "conv1d(x0, x1, None, 2, 3, 2, 2)", lambda x, w: f.conv1d(x, w, None, 2, 3, 2, 2), X(*ROW), X(6, 2, 3))
    + both("conv1d_same", "conv1d(x0, x1, padding=\"same\", dilation=3)", lambda x, w: f.conv1d(x, w, padding="same", dilation=3), X(*ROW), X(6, 4, 2))
    + both("conv1d_valid", "conv1d(x0, x1, stride=(3, ), padding=\"valid\")", lambda x, w: f.conv1d(x, w, stride=(3,), padding="valid"), X(*ROW), X(6, 4, 2))
    + both("conv2d", "conv2d(x0, x1, x2)", f.conv2d, X(*IMAGE), X(6, 4, 3, 2), X(6))
    + both("conv2d_options", "conv2d(x0, x1, None, (2, 1), (1, 2), (1, 2), 4)", lambda x, w: f.conv2d(x, w, None, (2, 1), (1, 2), (1, 2), 4), X(*IMAGE), X(8, 1, 3, 2))
    + both("conv2d_same", "conv2d(x0, x1, padding=\"same\", dilation=(2, 1))", lambda x, w: f.conv2d(x, w, padding="same", dilation=(2, 1)), X(*IMAGE), X(3, 4, 2, 3))
    + both("conv2d_point", "conv2d(x0, x1)", f.conv2d, X(*IMAGE), X(1, 4, 1, 1))
    + both("conv_transpose1d", "conv_transpose1d(x0, x1, x2)", f.conv_transpose1d, X(*ROW), X(4, 3, 3), X(3))
    + both("conv_transpose1d_options", "conv_transpose1d(x0, x1, None, 3, 2, 1, 2, 2)", lambda x, w: f.conv_transpose1d(x, w, None, 3, 2, 1, 2, 2), X(*ROW), X(4, 3, 3))
    + both("conv_transpose2d", "conv_transpose2d(x0, x1, x2)", f.conv_transpose2d, X(*IMAGE), X(4, 3, 3, 2), X(3))
    + both("conv_transpose2d_options", "conv_transpose2d(x0, x1, None, (2, 3), (1, 0), (1, 2), 2, (1, 3))",
           lambda x, w: f.conv_transpose2d(x, w, None, (2, 3), (1, 0), (1, 2), 2, (1, 3)), X(*IMAGE), X(4, 3, 3, 2))
    + both("max_pool1d", "max_pool1d(x0, 3)", lambda x: f.max_pool1d(x, 3), X(*ROW))
    + both("max_pool1d_options", "max_pool1d(x0, 3, 2, 1, 2, ceil_mode=true, return_indices=true)", lambda x: f.max_pool1d(x, 3, 2, 1, 2, ceil_mode=True, return_indices=True), X(*ROW))
    + both("max_pool2d", "max_pool2d(x0, 2)", lambda x: f.max_pool2d(x, 2), X(*IMAGE))
    + both("max_pool2d_options", "max_pool2d(x0, (3, 2), (2, 3), (1, 0), (1, 2), ceil_mode=true, return_indices=true)",
           lambda x: f.max_pool2d(x, (3, 2), (2, 3), (1, 0), (1, 2), ceil_mode=True, return_indices=True), X(*IMAGE))
    + both("max_pool2d_ceil", "max_pool2d(x0, 2, 2, 1, ceil_mode=true)", lambda x: f.max_pool2d(x, 2, 2, 1, ceil_mode=True), X(*IMAGE))
    + both("avg_pool1d", "avg_pool1d(x0, 3)", lambda x: f.avg_pool1d(x, 3), X(*ROW))
    + both("avg_pool1d_options", "avg_pool1d(x0, 3, 2, 1, true, false)", lambda x: f.avg_pool1d(x, 3, 2, 1, True, False), X(*ROW))
    + both("avg_pool1d_ceil", "avg_pool1d(x0, 4, 3, 2, ceil_mode=true)", lambda x: f.avg_pool1d(x, 4, 3, 2, ceil_mode=True), X(*ROW))
    + both("avg_pool2d", "avg_pool2d(x0, 2)", lambda x: f.avg_pool2d(x, 2), X(*IMAGE))
    + both("avg_pool2d_options", "avg_pool2d(x0, (3, 2), (2, 3), (1, 0), true, false)", lambda x: f.avg_pool2d(x, (3, 2), (2, 3), (1, 0), True, False), X(*IMAGE))
    + both("avg_pool2d_ceil", "avg_pool2d(x0, 4, 3, 2, ceil_mode=true)", lambda x: f.avg_pool2d(x, 4, 3, 2, ceil_mode=True), X(*IMAGE))
    + both("avg_pool2d_divisor", "avg_pool2d(x0, 3, 2, 1, divisor_override=2)", lambda x: f.avg_pool2d(x, 3, 2, 1, divisor_override=2), X(*IMAGE))
    + both("lp_pool1d", "lp_pool1d(x0, 2.0, 3, ceil_mode=true)", lambda x: f.lp_pool1d(x, 2.0, 3, ceil_mode=True), X(*ROW))
    + both("lp_pool1d_three", "lp_pool1d(x0 * x0, 3, 3, 2)", lambda x: f.lp_pool1d(x * x, 3, 3, 2), X(*ROW))
    + both("lp_pool2d", "lp_pool2d(x0, 2.0, (3, 2), 2, ceil_mode=true)", lambda x: f.lp_pool2d(x, 2.0, (3, 2), 2, ceil_mode=True), X(*IMAGE))
    + both("adaptive_avg_pool1d", "adaptive_avg_pool1d(x0, 3)", lambda x: f.adaptive_avg_pool1d(x, 3), X(*ROW))
    + both("adaptive_avg_pool2d", "adaptive_avg_pool2d(x0, (4, 2))", lambda x: f.adaptive_avg_pool2d(x, (4, 2)), X(*IMAGE))
    + both("adaptive_avg_pool2d_none", "adaptive_avg_pool2d(x0, (None, 3))", lambda x: f.adaptive_avg_pool2d(x, (None, 3)), X(*IMAGE))
    + both("adaptive_max_pool1d", "adaptive_max_pool1d(x0, 3, return_indices=true)", lambda x: f.adaptive_max_pool1d(x, 3, return_indices=True), X(*ROW))
    + both("adaptive_max_pool2d", "adaptive_max_pool2d(x0, (4, 2), return_indices=true)", lambda x: f.adaptive_max_pool2d(x, (4, 2), return_indices=True), X(*IMAGE))
    + both("adaptive_max_pool2d_none", "adaptive_max_pool2d(x0, (None, 3))", lambda x: f.adaptive_max_pool2d(x, (None, 3)), X(*IMAGE))
    + both("pixel_shuffle", "pixel_shuffle(x0, 2)", lambda x: f.pixel_shuffle(x, 2), X(*IMAGE))
    + both("pixel_unshuffle", "pixel_unshuffle(x0, 3)", lambda x: f.pixel_unshuffle(x, 3), X(2, 4, 6, 3))
    + both("im2col", "im2col(x0, (3, 2))", lambda x: f.unfold(x, (3, 2)), X(*IMAGE))
    + both("im2col_options", "im2col(x0, 2, (2, 1), (1, 2), 2)", lambda x: f.unfold(x, 2, (2, 1), (1, 2), 2), X(*IMAGE))
    + both("fold", "fold(x0, (4, 5), (2, 3))", lambda x: f.fold(x, (4, 5), (2, 3)), X(2, 12, 9))
    + both("fold_options", "fold(x0, 5, 2, 2, 1, 2)", lambda x: f.fold(x, 5, 2, 2, 1, 2), X(2, 8, 9))
    + [F("max_unpool1d_size", "max_unpool1d(max_pool1d(x0, 2), max_pool1d(x0, 2, return_indices=true)[1], 2, output_size=7)",
         lambda x: f.max_unpool1d(*f.max_pool1d(x, 2, return_indices=True), 2, output_size=(2, 4, 7)), X(*ROW)),
       F("max_unpool2d", "max_unpool2d(max_pool2d(x0, 2), max_pool2d(x0, 2, return_indices=true)[1], 2)",
         lambda x: f.max_unpool2d(*f.max_pool2d(x, 2, return_indices=True), 2), X(2, 3, 6, 4)),
       F("max_unpool2d_size", "max_unpool2d(max_pool2d(x0, (2, 3)), max_pool2d(x0, (2, 3), return_indices=true)[1], (2, 3), output_size=(7, 4))",
         lambda x: f.max_unpool2d(*f.max_pool2d(x, (2, 3), return_indices=True), (2, 3), output_size=(7, 4)), X(2, 3, 7, 4)),
       F("channel_shuffle", "channel_shuffle(x0, 2)", lambda x: f.channel_shuffle(x, 2), X(*IMAGE)),
       F("channel_shuffle_rows", "channel_shuffle(x0, 2)", lambda x: f.channel_shuffle(x, 2), X(*ROW)),
       F("local_response_norm", "local_response_norm(x0, 3)", lambda x: f.local_response_norm(x, 3), X(*IMAGE)),
       F("local_response_norm_options", "local_response_norm(x0, 2, 0.5, 0.6, 2.0)", lambda x: f.local_response_norm(x, 2, 0.5, 0.6, 2.0), X(*ROW))]
    + [F(f"interpolate_{mode.replace('-', '_')}_{n}", f"interpolate(x0, {tg}, mode=\"{mode}\"{', align_corners=true' if n.startswith('corners') else ''})",
         (lambda mode, n, kw: lambda x: f.interpolate(x, mode=mode, align_corners=True if n.startswith("corners") else None, **kw))(mode, n, kw),
         X(2, 3, 5) if mode == "linear" else X(2, 3, 5, 4))
       for mode in ("nearest", "nearest-exact", "linear", "bilinear", "bicubic", "area")
       for n, tg, kw in [
           ("up", "size=(9, )" if mode == "linear" else "size=(9, 7)", dict(size=(9,) if mode == "linear" else (9, 7))),
           ("down", "3", dict(size=3)), ("twice", "scale_factor=2", dict(scale_factor=2)),
           ("part", "scale_factor=1.7", dict(scale_factor=1.7)), ("less", "scale_factor=0.7", dict(scale_factor=0.7)),
           ("again", "scale_factor=1.3, recompute_scale_factor=true", dict(scale_factor=1.3, recompute_scale_factor=True)),
           ("corners", "7", dict(size=7)), ("corners_one", "1", dict(size=1)), ("corners_part", "scale_factor=1.5", dict(scale_factor=1.5))]
       if mode in ("linear", "bilinear", "bicubic") or not n.startswith("corners")]
    + [F(f"interpolate_{mode.replace('-', '_')}_row", f"interpolate(x0, size=8, mode=\"{mode}\")", (lambda mode: lambda x: f.interpolate(x, size=8, mode=mode))(mode), X(2, 3, 5))
       for mode in ("nearest", "nearest-exact", "area")]
    + [F(f"affine_grid_{'corners' if c else 'plain'}", f"affine_grid(x0, (2, 3, 4, 5), align_corners={str(c).lower()})",
         (lambda c: lambda t: f.affine_grid(t, (2, 3, 4, 5), align_corners=c))(c), X(2, 2, 3)) for c in (False, True)]
    + [F(f"grid_sample_{mode}_{pad}_{'corners' if c else 'plain'}", f"grid_sample(x0, x1, mode=\"{mode}\", padding_mode=\"{pad}\", align_corners={str(c).lower()})",
         (lambda mode, pad, c: lambda x, g: f.grid_sample(x, g, mode=mode, padding_mode=pad, align_corners=c))(mode, pad, c),
         X(2, 3, 4, 5), (K if mode == "nearest" else X)(2, 3, 2, 2, scale=3.0, shift=0.0), second=False)
       for mode in ("bilinear", "nearest", "bicubic") for pad in ("zeros", "border", "reflection") for c in (False, True)]
)
