"""What a kernel is asked: batches of heads, what rows see, and how the operands lie in memory.

Query head h reads key head floor(h / (H/G)), as `attention.options` has it. A feature is what a call may need of a kernel
beyond softmax attention of one head over all keys; module `conventions` says how each is spelled.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from attention.options import NONE, Heads, Options
from instances.coded import Floats
from instances.task import Attention

FEATURES: Mapping[str, str] = {
    "batch": "several batch members",
    "heads": "several heads",
    "gqa": "query heads that share key heads",
    "cross": "as many keys as one likes, n != m",
    "width": "values of another width than queries and keys",
    "scale": "a scale that is an argument",
    "causal": "causal masks",
    "window": "sliding windows",
    "lengths": "key lengths of the batch members",
    "keep": "keys that are masked one by one",
    "mask": "Boolean masks of pairs",
    "bias": "what is added to the scores",
    "alibi": "ALiBi slopes",
    "packed": "packed sequences by cumulative lengths",
    "layouts": "operands that are not packed in memory",
    "backward": "gradients dQ, dK, dV",
}
"""What a kernel may offer, in the order in which it is listed."""

OF_SUMS: Mapping[str, str] = {
    "weights": "weights of the points that are summed over, of either sign",
    "tolerance": "an error that is asked for, rtol and atol",
}
"""The same of kernel sums, which offer none of the others."""

Storage = Literal["packed", "transposed", "columns", "padded", "offset", "strided", "reversed", "broadcast", "shared", "one"]
"""How an operand (b, h, n, d) lies in memory; module `storing`."""

PACKED: tuple[Storage, ...] = ("packed",) * 4

_ARRAYS = ("keep", "mask", "bias", "alibi")


@dataclass(frozen=True, eq=False)
class Call:
    """Q (b, H, n, d), K (b, G, m, d), V (b, G, m, v), for gradients dO (b, H, n, v): float64, values that the dtype holds.

    `stored` says how Q, K, V and dO lie in memory. `again` puts the values into the very arrays of the call before. `listen`
    asks which of its library's operators the kernel uses.
    """

    Q: Floats
    K: Floats
    V: Floats
    scale: float
    options: Options = NONE
    dO: Floats | None = None
    stored: tuple[Storage, ...] = PACKED
    again: bool = False
    listen: bool = False
    tolerance: tuple[float, float] | None = None
    """Of kernel sums: rtol and atol."""

    @property
    def sizes(self) -> tuple[int, int, int, int, int, int, int]:
        """b, H, G, n, m, d, v."""
        return (*self.Q.shape[:2], self.K.shape[1], self.Q.shape[2], self.K.shape[2], self.Q.shape[3], self.V.shape[3])

    @property
    def operands(self) -> tuple[Floats, ...]:
        return (self.Q, self.K, self.V) if self.dO is None else (self.Q, self.K, self.V, self.dO)

    @cached_property
    def heads(self) -> Heads:
        b, H, G, n, m, _, _ = self.sizes
        return replace(self.options, blind=0.0).over(b, H, G, n, m)

    def inputs(self, batch: int, head: int) -> Attention:
        """What one head of queries is asked."""
        return self.heads.inputs((batch, head), self.Q, self.K, self.V, self.scale)

    @property
    def needs(self) -> tuple[str, ...]:
        """The features that it needs, but for `scale`."""
        b, H, G, n, m, d, v = self.sizes
        o = self.options
        needed = {
            "batch": b > 1,
            "heads": H > 1,
            "gqa": H != G,
            "cross": n != m,
            "width": d != v,
            "causal": o.causal is not None,
            "window": o.window is not None,
            "keep": o.keep is not None,
            "mask": o.mask is not None,
            "bias": o.bias is not None,
            "alibi": o.alibi is not None,
            "packed": o.cu_seqlens is not None,
            "layouts": any(word != "packed" for word in self.stored),
            "backward": self.dO is not None,
        }
        return tuple(name for name in FEATURES if needed.get(name))

    @property
    def identity(self) -> str:
        """SHA-256 of all that a kernel is told."""
        digest = hashlib.sha256()
        message, arrays = self.message()
        digest.update(repr(sorted(message.items())).encode())
        for name, array in sorted(arrays.items()):
            digest.update(f"{name}{array.shape}{array.dtype}".encode() + np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()

    def message(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        """It as plain values and as arrays by their names."""
        arrays = dict(zip(("Q", "K", "V", "dO"), self.operands, strict=False))
        arrays |= {name: np.asarray(getattr(self.options, name)) for name in _ARRAYS if getattr(self.options, name) is not None}
        if self.options.cu_seqlens is not None:
            arrays["cu_queries"], arrays["cu_keys"] = (np.asarray(part) for part in self.options.cu_seqlens)  # type: ignore[union-attr]
        window = None if self.options.window is None else list(sides_of(self.options.window))
        return {
            "scale": float(self.scale),
            "causal": self.options.causal,
            "window": window,
            "corner": self.options.corner,
            "stored": list(self.stored),
            "again": self.again,
            "listen": self.listen,
            **({} if self.tolerance is None else {"tolerance": list(self.tolerance)}),
            "arrays": sorted(arrays),
        }, arrays

    def save(self, folder: Path) -> dict[str, Any]:
        """The arrays as files of this folder, and the rest. Errors: `OSError`."""
        message, arrays = self.message()
        for name, array in arrays.items():
            np.save(folder / f"{name}.npy", array)
        return message

    @classmethod
    def of(cls, message: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> "Call":
        """The call that `message` and its arrays stand for."""
        cu_seqlens = (arrays["cu_queries"], arrays["cu_keys"]) if "cu_queries" in arrays else None
        window = None if message["window"] is None else tuple(message["window"])
        given: dict[str, Any] = {name: arrays.get(name) for name in _ARRAYS}
        options = Options(message["causal"], window, cu_seqlens=cu_seqlens, corner=message.get("corner"), **given)
        Q, K, V = (arrays[name] for name in "QKV")
        asked = tuple(message["tolerance"]) if "tolerance" in message else None
        how = tuple(message["stored"]), message["again"], message["listen"], asked
        return cls(Q, K, V, message["scale"], options, arrays.get("dO"), *how)

    @classmethod
    def load(cls, folder: Path, message: Mapping[str, Any]) -> "Call":
        """What `save` wrote. Errors: `OSError`, `ValueError`."""
        return cls.of(message, {name: np.load(folder / f"{name}.npy", allow_pickle=False) for name in message["arrays"]})


def sides_of(window: Any) -> tuple[int | None, int | None]:
    """Left and right of a window, as `Options` has it."""
    if isinstance(window, tuple):
        left, right = window
        return left, right
    return window, window
