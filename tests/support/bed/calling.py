"""Kernels of the bed, called by their conventions, and how far from the definition they are."""

from collections.abc import Callable
from functools import cache
from importlib import import_module
from inspect import signature
from math import inf, isclose, sqrt
from typing import Any

import numpy as np

from tests.support.bed.cases import CASES, Array, Call, Case, drawn
from tests.support.bed.definition import ROUNDOFF, SMALLEST, gradients, outputs, scores, seen
from tests.support.bed.entries import Entry

Arrays = tuple[Any, ...]


def fits(entry: Entry, case: Case) -> bool:
    """Whether the kernel offers what is asked, and its convention can say it."""
    asked = set(case.features) - ({"causal"} if entry.always else set())
    square = case.n == case.m
    if entry.always and case.causal != entry.always:
        return False
    if entry.convention == "plain":
        return case.features <= {"scale"} and (entry.layout == "bhnd" or case.b * case.H == 1)
    if entry.convention == "sdpa":
        if asked & {"window", "keep", "mask", "bias", "alibi"} or case.causal == "bottom-right":
            asked = (asked & {"groups", "scale"}) | {"mask", "bias"}
        return not case.cu_seqlens and asked <= set(entry.offers)
    if entry.convention.startswith("flash-attn"):
        varlen = bool(case.cu_seqlens) == (entry.convention == "flash-attn-varlen")
        cornered = case.causal != "top-left" and (case.causal or not (case.window or case.alibi))
        return varlen and bool(square or cornered) and asked <= set(entry.offers)
    return asked <= set(entry.offers)


def shown(entry: Entry) -> list[str]:
    """The cases of an entry."""
    return list(entry.on) or [name for name, case in CASES.items() if fits(entry, case)]


@cache
def exact(name: str, dtype: str) -> dict[str, Array]:
    """O, dQ, dK, dV of a case by the definition."""
    return defined(drawn(name, dtype))


def defined(call: Call) -> dict[str, Array]:
    return dict(zip(("O", "dQ", "dK", "dV"), (outputs(call), *gradients(call)), strict=True))


def roundings(entry: Entry, name: str, dtype: str) -> float:
    """The largest error on a case: see `off`."""
    return off(entry, drawn(name, dtype), exact(name, dtype), dtype)


def off(entry: Entry, call: Call, expected: dict[str, Array], dtype: str) -> float:
    """The largest error of what the entry is about, O or O and gradients, in roundings of numbers as large as `largest`;
    infinite for what is missing, of another shape, or no number.
    """
    found = answers(entry, call, dtype)
    sizes = {of: max(largest(call, expected, of), SMALLEST[dtype]) for of in found}
    return max(distance(found[of], expected[of], ROUNDOFF[dtype] * sizes[of]) for of in found)


def largest(call: Call, expected: dict[str, Array], of: str) -> float:
    """The size of the numbers that are averaged, or that are cancelled, where they are larger than what is left."""
    if of == "O":
        return float(np.abs(call.V).max())
    if of == "dV":
        return float(np.abs(expected["dV"]).max())
    other = call.K if of == "dQ" else call.Q
    return float(call.scale * np.abs(other).max() * np.abs(call.V).max() * np.abs(call.dO).max())


def allowed(call: Call) -> float:
    """Roundings that a right kernel may be off: those of the scores move the weights."""
    visible = np.abs(scores(call) * seen(call)).max()
    return float(8 * (2 + visible))


def distance(found: Any, expected: Array, rounding: float) -> float:
    if found is None or found.shape != expected.shape:
        return inf
    off = np.abs(found - expected).max() / rounding
    return float(off) if np.isfinite(off) else inf


def answers(entry: Entry, call: Call, dtype: str) -> dict[str, Any]:
    """O, or the gradients where the entry has any, in float64 and (b, h, n, d); None for what the kernel does not give."""
    with np.errstate(all="ignore"):
        if entry.backward not in ("", "autograd"):
            function, (args, keywords) = loaded(entry.backward), spelled(entry, call, dtype)
            given = function(*args[:3], put(entry, call.dO, call, dtype), call.scale, **keywords)
            return dict(zip(("dQ", "dK", "dV"), (None if X is None else _numbers(X) for X in given), strict=True))
        args, keywords = spelled(entry, call, dtype)
        if entry.backward:
            return _autograd(entry, call, dtype, args, keywords)
        return {"O": _back(entry, _numbers(loaded(entry.target)(*args, **keywords)))}


def _autograd(entry: Entry, call: Call, dtype: str, args: Arrays, keywords: dict[str, Any]) -> dict[str, Any]:
    torch = import_module("torch")
    leaves = [X.requires_grad_() for X in args[:3]]
    output = loaded(entry.target)(*args, **keywords)
    found = torch.autograd.grad(output, leaves, put(entry, call.dO, call, dtype), allow_unused=True)
    numbers = [_numbers(output), *(None if X is None else _numbers(X) for X in found)]
    return {of: None if X is None else _back(entry, X) for of, X in zip(("O", "dQ", "dK", "dV"), numbers, strict=True)}


def loaded(target: str) -> Callable[..., Any]:
    module, _, name = target.partition(":")
    function: Callable[..., Any] = getattr(import_module(module), name)
    return function


def spelled(entry: Entry, call: Call, dtype: str) -> tuple[Arrays, dict[str, Any]]:
    """Arguments and keywords of the call; only those that are needed."""
    arrays = tuple(put(entry, X, call, dtype) for X in (call.Q, call.K, call.V))
    parameters = signature(loaded(entry.target)).parameters
    features = {name: value for name, value in call.features.items() if not (entry.always and name == "causal")}
    named = {name: _feature(entry, value, dtype) for name, value in features.items()}
    usual = isclose(call.scale, 1 / sqrt(call.Q.shape[3]))
    if entry.convention in ("plain", "heads"):
        return (*arrays, call.scale) if "scale" in parameters and not entry.backward.partition(":")[1] else arrays, named
    if entry.convention == "sdpa":
        keywords = _sdpa(entry, call, dtype, features)
        return arrays, keywords | ({} if usual else {"scale": call.scale})
    keywords = {} if usual else {"softmax_scale": call.scale}
    if "causal" in features:
        keywords["causal"] = True
    if "window" in features:
        left, right = (-1 if side is None else side for side in features["window"])
        keywords["window_size"] = (left, 0 if "causal" in features else right)
    if "alibi" in features:
        keywords["alibi_slopes"] = tensor(features["alibi"], "float32")
    if entry.convention == "flash-attn-varlen":
        rows, keys = features["cu_seqlens"]
        torch = import_module("torch")
        lengths = [torch.tensor(X, dtype=torch.int32) for X in (rows, keys)]
        return (*arrays, *lengths, *(int(np.diff(X).max()) for X in (rows, keys))), keywords
    return arrays, keywords


def _sdpa(entry: Entry, call: Call, dtype: str, features: dict[str, Any]) -> dict[str, Any]:
    keywords: dict[str, Any] = {"enable_gqa": True} if call.K.shape[1] < call.Q.shape[1] else {}
    if not features:
        return keywords
    if features == {"causal": "top-left"}:
        return keywords | {"is_causal": True}
    if set(features) == {"mask"}:
        return keywords | {"attn_mask": tensor(features["mask"])}
    if features.keys() & {"bias", "alibi"}:
        added = scores(Call(0 * call.Q, call.K, call.V, call.dO, call.scale, features))
        added = added if set(features) == {"bias"} else np.where(seen(call), added, -np.inf)
        shared = np.ndim(features.get("bias", 0)) == 2 and set(features) == {"bias"}
        return keywords | {"attn_mask": tensor(added[0, 0] if shared else added, dtype)}
    if set(features) == {"keep"}:
        return keywords | {"attn_mask": tensor(features["keep"][:, None, None])}
    return keywords | {"attn_mask": tensor(seen(call))}


def put(entry: Entry, X: Array, call: Call, dtype: str) -> Any:
    """An operand in the type, axes and memory layout in which the kernel is given it."""
    if entry.convention == "plain" and entry.layout == "nd":
        X = X[0, 0]
    elif entry.convention == "flash-attn":
        X = X.swapaxes(1, 2)
    elif entry.convention == "flash-attn-varlen":
        X = X[0].swapaxes(0, 1)
    if entry.arrays == "torch":
        return _laid(tensor(X, dtype), call.layout, import_module("torch").empty, _heads_at(entry))
    return _laid(X.astype(dtype), call.layout, lambda shape, dtype: np.empty(shape, dtype), _heads_at(entry))


def _heads_at(entry: Entry) -> int:
    return {"flash-attn": 2, "flash-attn-varlen": 1}.get(entry.convention, 1)


def _laid(X: Any, layout: str, empty: Callable[..., Any], heads: int) -> Any:
    """The same numbers, otherwise in memory: torch and NumPy have these operations in common."""
    if X.ndim < 3:
        return X
    if layout == "expanded":
        whole = bool((X.reshape(-1)[0] == X).all())
        alone = X[tuple(slice(0, 1) if whole or axis == heads else slice(None) for axis in range(X.ndim))] * 1
        return alone.expand(X.shape) if hasattr(alone, "expand") else np.broadcast_to(alone, X.shape)
    *batch, h, n, d = X.shape
    if layout == "transposed":
        return _copied(X, empty, (*batch, n, h, d), lambda whole: whole.swapaxes(-3, -2))
    more = 7 if layout == "offset" else 0
    return _copied(X, empty, (*X.shape[:-1], d + more), lambda whole: whole[..., more // 2 : more // 2 + d])


def _copied(X: Any, empty: Callable[..., Any], shape: tuple[int, ...], view: Callable[[Any], Any]) -> Any:
    whole = empty(shape, dtype=X.dtype)
    whole[...] = 1
    found = view(whole)
    found[...] = X
    return found


def _feature(entry: Entry, value: Any, dtype: str) -> Any:
    if isinstance(value, tuple) and isinstance(value[0], np.ndarray):
        return tuple(_feature(entry, part, dtype) for part in value)
    if not isinstance(value, np.ndarray):
        return value
    if entry.arrays == "torch":
        return tensor(value, dtype if value.dtype.kind == "f" else "")
    return value.astype(dtype) if value.dtype.kind == "f" else value


def tensor(X: Array, dtype: str = "") -> Any:
    torch = import_module("torch")
    found = torch.from_numpy(np.array(X, order="C"))
    return found.to(getattr(torch, dtype)) if dtype else found


def _numbers(X: Any) -> Array:
    return np.asarray(X.detach().double().numpy() if hasattr(X, "detach") else X, dtype=np.float64)


def _back(entry: Entry, X: Array) -> Array:
    """(b, h, n, d) of what a kernel gives."""
    if entry.convention == "plain" and entry.layout == "nd":
        return X[None, None]
    if entry.convention == "flash-attn":
        return X.swapaxes(1, 2)
    return X.swapaxes(0, 1)[None] if entry.convention == "flash-attn-varlen" else X
