"""How a call is spelled for a kernel, by names that people know. Operands come first, the rest by keyword where it is needed.

| name | a kernel | axes |
|---|---|---|
| plain | f(Q, K, V, scale) | (n, d), or (b, h, n, d) |
| sdpa | torch's scaled_dot_product_attention | (b, h, n, d) |
| flash-attn | flash_attn_func | (b, n, h, d) |
| flash-attn-varlen | flash_attn_varlen_func | (sum of n, h, d) |
| jax | jax.nn.dot_product_attention | (b, n, h, d) |
| onnx | FILE.onnx, inputs Q, K, V and perhaps a mask | (b, h, n, d) |
| heads | f(Q, K, V, scale, **features), features as `attend` has them | (b, h, n, d) |
| kernelbench | FILE.py with ModelNew, forward(Q, K, V) | (b, h, n, d) |
| kde | f(X, Y, bandwidth), weights, rtol and atol by keyword: sum_j w_j exp(-|x_i - y_j|^2/bandwidth^2) | (n, d), gives (n,) |

What a kernel offers is what its signature has a parameter for; of whom no signature is known, all that the convention has.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hardlab.kernels.call import Call, sides_of
from hardlab.kernels.convention import Axes as Axes
from hardlab.kernels.convention import Convention as Convention
from hardlab.kernels.convention import Make as Make
from hardlab.kernels.kernel import Conventions
from hardlab.names.loading import loaded
from instances.faults import BadInput, unknown

_ASSUMED: Mapping[str, tuple[str, ...]] = dict.fromkeys(("batch", "heads", "gqa", "cross", "width", "layouts", "backward"), ())


def _plain(call: Call, make: Make) -> dict[str, Any]:
    return {}


def _pairs(array: Any, call: Call) -> NDArray[Any]:
    """(b, H, n, m) or less of it in front, 4 axes."""
    found = np.asarray(array)
    return found.reshape((1,) * (4 - found.ndim) + found.shape)


def _attn_mask(call: Call, make: Make) -> Any:
    """A Boolean mask, or what is added; None where there is neither."""
    o = call.options
    if o.bias is not None:
        return make(_pairs(o.bias, call))
    if o.keep is None:
        return None if o.mask is None else make(_pairs(o.mask, call))
    keep = _keep(call)[:, None, None, :]
    return make(keep if o.mask is None else keep & _pairs(o.mask, call))


def _keep(call: Call) -> NDArray[Any]:
    """(b, m)."""
    keep = np.asarray(call.options.keep)
    return np.broadcast_to(keep, (call.sizes[0], call.sizes[4]))


def _sdpa(call: Call, make: Make) -> dict[str, Any]:
    words: dict[str, Any] = {"is_causal": True} if call.options.causal else {}
    mask = _attn_mask(call, make)
    words |= {} if mask is None else {"attn_mask": mask}
    return words | ({"enable_gqa": True} if call.sizes[1] != call.sizes[2] else {})


def _sides(call: Call) -> tuple[int | None, int | None]:
    left, right = sides_of(call.options.window)
    return left, 0 if call.options.causal else right


def _flash(call: Call, make: Make) -> dict[str, Any]:
    words: dict[str, Any] = {"causal": True} if call.options.causal else {}
    if call.options.window is not None:
        words["window_size"] = tuple(-1 if side is None else side for side in _sides(call))
    if call.options.alibi is not None:
        words["alibi_slopes"] = make(np.asarray(call.options.alibi, dtype=np.float64))
    return words


def _varlen(call: Call, make: Make) -> dict[str, Any]:
    b, _, _, n, m, _, _ = call.sizes
    given: Any = call.options.cu_seqlens
    queries, keys = given or (n * np.arange(b + 1), m * np.arange(b + 1))
    lengths = {"q": np.asarray(queries, dtype=np.int32), "k": np.asarray(keys, dtype=np.int32)}
    words = {f"cu_seqlens_{side}": make(cumulative) for side, cumulative in lengths.items()}
    words |= {f"max_seqlen_{side}": int(np.diff(cumulative).max()) for side, cumulative in lengths.items()}
    return words | _flash(call, make)


def _jax(call: Call, make: Make) -> dict[str, Any]:
    o = call.options
    words: dict[str, Any] = {"is_causal": True} if o.causal else {}
    for name, given in (("bias", o.bias), ("mask", o.mask)):
        if given is not None:
            words[name] = make(np.broadcast_to(_pairs(given, call), _whole(call)))
    if o.window is not None:
        n, m = call.sizes[3:5]
        words["local_window_size"] = tuple(n + m if side is None else side for side in _sides(call))
    if o.keep is not None:
        words["key_value_seq_lengths"] = make(_keep(call).sum(axis=1).astype(np.int32))
    return words


def _whole(call: Call) -> tuple[int, int, int, int]:
    b, H, _, n, m, _, _ = call.sizes
    return b, H, n, m


def _onnx(call: Call, make: Make) -> dict[str, Any]:
    mask = _attn_mask(call, make)
    return {} if mask is None else {"mask": mask}


def _heads(call: Call, make: Make) -> dict[str, Any]:
    o = call.options
    words: dict[str, Any] = {} if o.causal is None else {"causal": o.causal}
    words |= {} if o.window is None else {"window": o.window}
    words |= {} if o.keep is None else {"keep": make(_keep(call))}
    for name in ("mask", "bias", "alibi"):
        if getattr(o, name) is not None:
            words[name] = make(np.asarray(getattr(o, name)))
    if o.cu_seqlens is not None:
        words["cu_seqlens"] = tuple(make(np.asarray(part, dtype=np.int32)) for part in o.cu_seqlens)  # type: ignore[union-attr]
    return words


def _kde(call: Call, make: Make) -> dict[str, Any]:
    """Weights that are all 1 are not given."""
    words = {} if call.tolerance is None else dict(zip(("rtol", "atol"), call.tolerance, strict=True))
    weights = call.V[0, 0, :, 0]
    return words | ({} if (weights == 1).all() else {"weights": make(weights)})


_MASKS = dict.fromkeys(("lengths", "keep", "mask", "bias"), ("attn_mask",))
_FLASH = {"causal": ("causal",), "window": ("window_size",), "alibi": ("alibi_slopes",)}
_ONE_MASK = tuple((one, other) for one in ("lengths", "keep", "mask") for other in ("bias",))
_ALONE = tuple(("causal", other) for other in ("lengths", "keep", "mask", "bias"))

PLAIN = Convention("plain", "nd", {"cross": (), "width": (), "layouts": (), "backward": ()}, _plain)

CONVENTIONS: Mapping[str, Convention] = {
    made.name: made
    for made in (
        PLAIN,
        Convention(
            "sdpa",
            "bhnd",
            {**_ASSUMED, "causal": ("is_causal",), **_MASKS},
            _sdpa,
            apart=_ALONE + _ONE_MASK,
            optional=("enable_gqa",),
        ),
        Convention("flash-attn", "bnhd", {**_ASSUMED, **_FLASH}, _flash, "softmax_scale", ("bottom-right",)),
        Convention(
            "flash-attn-varlen",
            "tnd",
            {**_ASSUMED, **_FLASH, "packed": ("cu_seqlens_q",)},
            _varlen,
            "softmax_scale",
            ("bottom-right",),
        ),
        Convention(
            "jax",
            "bnhd",
            {
                **_ASSUMED,
                "causal": ("is_causal",),
                "window": ("local_window_size",),
                "lengths": ("key_value_seq_lengths",),
                "mask": ("mask",),
                "bias": ("bias",),
            },
            _jax,
        ),
        Convention("onnx", "bhnd", {**_ASSUMED, **dict.fromkeys(_MASKS, ("mask",))}, _onnx, apart=_ONE_MASK),
        Convention(
            "heads",
            "bhnd",
            {
                **_ASSUMED,
                **{name: (name,) for name in ("causal", "window", "keep", "mask", "bias", "alibi")},
                "lengths": ("keep",),
                "packed": ("cu_seqlens",),
            },
            _heads,
            corners=("top-left", "bottom-right"),
        ),
        Convention("kernelbench", "bhnd", _ASSUMED, _plain, ""),
    )
}


KDE = Convention(
    "kde",
    "nd",
    {"weights": ("weights",), "tolerance": ("rtol", "atol")},
    _kde,
    "bandwidth",
    optional=("weights", "rtol", "atol"),
    sums=True,
)
"""That of kernel sums; the others are of attention."""


def convention_of(conventions: Conventions, path: Path | None = None) -> Convention:
    """How calls are spelled, by a name of the table or by module:object; in the layout bhnd `plain` has batches and heads.

    Errors: `BadInput`.
    """
    name = conventions.convention
    known = {**CONVENTIONS, KDE.name: KDE}
    found = loaded(name, "convention", {}, (), path) if ":" in name else known.get(name)
    if found is None:
        raise unknown("convention", name, known)
    if not isinstance(found, Convention):
        raise BadInput(f"{name} is a {type(found).__name__}: a convention is a hardlab.kernels.conventions.Convention")
    if found.name != "plain" or conventions.layout != "bhnd":
        return found
    heads: dict[str, tuple[str, ...]] = {"batch": (), "heads": ()}
    return replace(found, axes="bhnd", parameters={**heads, **found.parameters})
