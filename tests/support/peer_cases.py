"""Small calls of attention, one feature or a few at a time, and how each convention of a peer says them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import numpy as np

from hardlab.conformance.arithmetic import representable
from hardlab.kernels.adapters.adapter import bits_of
from hardlab.kernels.kernel import Dtype
from instances.coded import Floats
from tests.support.defined import Asked, visible

Numbers = list[Floats]


@dataclass(frozen=True)
class Case:
    """The sizes and the features, by the keywords of the convention `heads`; `mask`, `bias`, `keep` name a shape."""

    name: str
    n: int = 5
    m: int = 7
    G: int = 4
    v: int = 8
    b: int = 2
    d: int = 8
    scale: float = 0.3
    features: dict[str, Any] = field(default_factory=dict)

    def asked(self, dtype: Dtype) -> tuple[Asked, dict[str, Any]]:
        """Numbers that the type holds, and the features with arrays for shapes. Each row sees a key unless causal hides all."""
        random, H = np.random.default_rng(7), 4
        shapes = ((self.b, H, self.n, self.d), (self.b, self.G, self.m, self.d), (self.b, self.G, self.m, self.v))
        Q, K, V, dO = (representable(random.normal(size=s), dtype) for s in (*shapes, (self.b, H, self.n, self.v)))
        given = dict(self.features)
        seen, behind = visible(self.n, self.m, given.get("causal"), given.get("window"), given.get("cu_seqlens"))
        seen = np.broadcast_to(seen, (self.b, H, self.n, self.m))
        added = np.zeros(seen.shape)
        if "keep" in given:
            given["keep"] = np.arange(self.m) < np.array([[3], [self.m]])
            seen = seen & given["keep"][:, None, None, :]
        if "mask" in given:
            given["mask"] = (random.random(given["mask"]) < 0.6) | (np.arange(self.m) == 0)
            seen = seen & given["mask"]
        if "bias" in given:
            given["bias"] = representable(random.normal(size=given["bias"]), dtype)
            added = added + given["bias"]
        if "alibi" in given:
            given["alibi"] = np.array([0.5, 0.25, 0.125, 0.0625])
            added = added - given["alibi"][:, None, None] * np.abs(behind)
        return Asked(Q, K, V, self.scale, dO, seen, np.broadcast_to(added, seen.shape)), given


ALL = (2, 4, 5, 7)

CASES = {
    case.name: case
    for case in (
        Case("plain"),
        Case("groups", G=2),
        Case("one head of keys", G=1),
        Case("wider V", v=11),
        Case("several blocks", n=150, m=290, d=16, v=16, G=2),
        Case("causal, more keys", features={"causal": "top-left"}),
        Case("causal, more queries", n=9, m=4, features={"causal": "top-left"}),
        Case("bottom-right, more keys", features={"causal": "bottom-right"}),
        Case("bottom-right, more queries", n=9, m=4, features={"causal": "bottom-right"}),
        Case("causal blocks", n=290, m=150, d=16, v=16, G=2, features={"causal": "top-left"}),
        Case("window", n=9, m=9, features={"window": (2, 1)}),
        Case("window open to the left", n=9, m=9, features={"window": (None, 1)}),
        Case("causal window", n=9, m=12, features={"causal": "bottom-right", "window": (3, None)}),
        Case("keep", features={"keep": ()}),
        Case("one mask for all", features={"mask": (5, 7)}),
        Case("masks", features={"mask": ALL}, G=2),
        Case("one bias for all", features={"bias": (5, 7)}),
        Case("biases", features={"bias": ALL}, G=2),
        Case("mask and bias", features={"mask": ALL, "bias": ALL}),
        Case("keep, mask and bias, causal", features={"keep": (), "mask": ALL, "bias": ALL, "causal": "top-left"}),
        Case("slopes", features={"alibi": ()}),
        Case("slopes, causal", features={"alibi": (), "causal": "bottom-right"}),
        Case("sequences", n=8, m=9, b=1, features={"cu_seqlens": ((0, 3, 8), (0, 5, 9))}),
        Case(
            "sequences, causal", n=8, m=12, b=1, G=2, features={"cu_seqlens": ((0, 3, 8), (0, 5, 12)), "causal": "bottom-right"}
        ),
    )
}


def as_tensor(X: Any, dtype: str) -> Any:
    torch = import_module("torch")
    if dtype == "bfloat16":
        return torch.from_numpy(bits_of(X).view(np.int16)).view(torch.bfloat16)
    return torch.from_numpy(np.array(X, dtype))


def by_sdpa(function: Callable[..., Any], case: Case, dtype: Dtype) -> tuple[Asked, Numbers]:
    """Causal is the flag where nothing else hides pairs; what is hidden and what is added are one mask."""
    torch = import_module("torch")
    of, given = case.asked(dtype)
    words: dict[str, Any] = {"scale": of.scale}
    if set(given) == {"causal"}:
        words["is_causal"] = True
    elif "bias" in given:
        mask = as_tensor(np.array(of.added), dtype)
        words["attn_mask"] = mask.masked_fill(~torch.from_numpy(of.seen.copy()), float("-inf"))
    elif given:
        words["attn_mask"] = torch.from_numpy(of.seen.copy())
    if case.G != 4:
        words["enable_gqa"] = True
    Q, K, V, dO = (as_tensor(X, dtype) for X in (of.Q, of.K, of.V, of.dO))
    operands = [X.requires_grad_() for X in (Q, K, V)]
    output = function(*operands, **words)
    output.backward(dO)
    return of, [X.detach().double().numpy() for X in (output, *(operand.grad for operand in operands))]


def by_flex(function: Callable[..., Any], case: Case, dtype: Dtype) -> tuple[Asked, Numbers]:
    torch = import_module("torch")
    of, given = case.asked(dtype)
    for name in ("keep", "mask"):
        if name in given:
            given[name] = torch.from_numpy(given[name])
    for name in ("bias", "alibi"):
        if name in given:
            given[name] = as_tensor(given[name], dtype)
    if "cu_seqlens" in given:
        given["cu_seqlens"] = tuple(torch.tensor(part, dtype=torch.int32) for part in given["cu_seqlens"])
    operands = [as_tensor(X, dtype) for X in (of.Q, of.K, of.V)]
    return of, [function(*operands, of.scale, **given).double().numpy()]


def by_onnx(function: Callable[..., Any], case: Case, dtype: Dtype) -> tuple[Asked, Numbers]:
    of, given = case.asked(dtype)
    if "bias" in given:
        given["bias"] = given["bias"].astype(dtype)
    return of, [function(*(X.astype(dtype) for X in (of.Q, of.K, of.V)), of.scale, **given).astype(float)]


def by_jax(function: Callable[..., Any], case: Case, dtype: Dtype) -> tuple[Asked, Numbers]:
    jax, jnp = import_module("jax"), import_module("jax.numpy")
    of, given = case.asked(dtype)

    def array(X: Floats) -> Any:
        return jnp.asarray(np.swapaxes(X, 1, 2)).astype(dtype)

    words: dict[str, Any] = {"scale": of.scale}
    if "causal" in given:
        words["is_causal"] = True
    if "window" in given:
        words["local_window_size"] = tuple(case.m + case.n if side is None else side for side in given["window"])
    if "keep" in given:
        words["key_value_seq_lengths"] = given["keep"].sum(axis=1).astype(np.int32)
    for name in ("mask", "bias"):
        if name in given:
            whole = given[name] if given[name].ndim == 4 else given[name][None, None]
            words[name] = jnp.asarray(whole) if name == "mask" else jnp.asarray(whole).astype(dtype)
    output, back = jax.vjp(lambda *operands: function(*operands, **words), *(array(X) for X in (of.Q, of.K, of.V)))
    return of, [np.swapaxes(np.asarray(X.astype("float64")), 1, 2) for X in (output, *back(array(of.dO)))]


def by_tinygrad(function: Callable[..., Any], case: Case, dtype: Dtype) -> tuple[Asked, Numbers]:
    """The scale is the one that is built in."""
    grad = import_module("tinygrad")
    of, given = case.asked(dtype)
    of = of._replace(scale=case.d**-0.5)
    type_ = getattr(grad.dtypes, dtype)

    def made(X: Floats) -> Any:
        return grad.Tensor(X.copy()).cast(type_)

    words: dict[str, Any] = {"is_causal": True} if set(given) == {"causal"} else {}
    if "bias" in given:
        words["attn_mask"] = made(np.where(of.seen, of.added, -np.inf))
    elif given and not words:
        words["attn_mask"] = grad.Tensor(of.seen.copy())
    if case.G != 4:
        words["enable_gqa"] = True
    operands = [made(X).realize() for X in (of.Q, of.K, of.V)]
    output = function(*operands, **words)
    output.backward(made(of.dO))
    return of, [X.cast(grad.dtypes.float64).numpy() for X in (output, *(operand.grad for operand in operands))]
