"""What rows see and what is added to their scores, as `attend` and `attend_backward` are asked for it, head by head.

Shapes are those of Q (b, H, n, d) and K (b, G, m, d), G dividing H: query head h reads the head floor(h / (H/G)) of keys. Of
matrices (n, d) and (m, d) all is as for one batch and one head, whose axes are left out.
"""

from dataclasses import dataclass, replace
from math import sqrt
from operator import index
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from attention.tensors import array_of, is_tensor
from instances.arrays import array_from, finite_number
from instances.bias import Bias
from instances.bits import Ints
from instances.coded import finite
from instances.faults import BadInput
from instances.mechanism import Mechanism
from instances.task import Attention
from instances.visibility import Corner, Visibility

Window = int | tuple[int | None, int | None]
Lengths = ArrayLike | tuple[ArrayLike, ArrayLike]


@dataclass(frozen=True)
class Options:
    """A conjunction of what is given; module `visibility` has the definitions.

    `causal`: "top-left" (row i sees keys j <= i) or "bottom-right" (j <= i + m - n). `window`: (left, right), row i sees
    i - left <= j <= i + right, None for no border, or w for (w, w); with `causal` its diagonal is that one, and right is 0.
    `corner`: where the diagonal of a window and of slopes begins without `causal`; top-left unless it is said.
    `keep`: booleans (m,), (b, m) or (b, G, m), the keys that are seen at all. `mask`: booleans (n, m) or whatever NumPy
    broadcasts to (b, H, n, m), the pairs that are. `bias`: numbers that are added to the scores, broadcast in the same way.
    `alibi`: slopes (H,) or one for all, -slope |j - diagonal| is added. `lengths`: of sequences packed one after the other,
    (of queries, of keys) or one list for both; rows see keys of their own sequence, in which they are counted from 0, in every
    head the same. `cu_seqlens`: the same, cumulative.
    `blind`: what a row that sees no key is given, which has no answer; None refuses it.
    """

    causal: Corner | None = None
    window: Window | None = None
    keep: ArrayLike | None = None
    mask: ArrayLike | None = None
    bias: ArrayLike | None = None
    alibi: ArrayLike | None = None
    lengths: Lengths | None = None
    cu_seqlens: Lengths | None = None
    blind: float | None = None
    corner: Corner | None = None

    def over(self, b: int, H: int, G: int, n: int, m: int) -> "Heads":
        """The same for so many heads. Errors: `BadInput` for what is no such thing, or does not fit them."""
        if not (self.causal is None or (isinstance(self.causal, str) and self.causal in ("top-left", "bottom-right"))):
            raise BadInput(f'causal = {self.causal!r}: say where the diagonal is, "top-left" or "bottom-right"')
        if self.blind is not None and not (isinstance(self.blind, float) or finite_number(self.blind)):
            raise BadInput(f"blind = {self.blind!r}: give the number that rows get which see no key, such as 0.0 or nan")
        left, right = _window(self.window)
        if self.causal is not None:
            if right is not None and isinstance(self.window, tuple):
                raise BadInput(f"window = {self.window!r} and causal: the right side is closed, give (left, None)")
            right = 0
        corner: Corner = self.causal or self.corner or "top-left"
        queries, keys = self._lengths()
        sees = Visibility(left, right, corner, queries=queries, keys=keys)
        keep = None if self.keep is None else _of_keys(given_array(self.keep, "keep"), b, G, m)
        mask = None if self.mask is None else _of_heads(given_array(self.mask, "mask"), "mask", (b, H), (n, m), whole=True)
        bias = None if self.bias is None else _bias(given_array(self.bias, "bias"), (b, H), (n, m))
        return Heads(sees, H // G if G else 1, keep, mask, bias, _slopes(self.alibi, H), self.blind)

    def _lengths(self) -> tuple[Ints | None, Ints | None]:
        given, name = (self.lengths, "lengths") if self.cu_seqlens is None else (self.cu_seqlens, "cu_seqlens")
        if self.lengths is not None and self.cu_seqlens is not None:
            raise BadInput("lengths and cu_seqlens say the same: give one of them")
        if given is None:
            return None, None
        pair = isinstance(given, tuple) and len(given) == 2 and all(np.ndim(array_from(part, name)) == 1 for part in given)
        parts: tuple[Any, ...] = given if pair else (given, given)  # type: ignore[assignment]
        arrays = [given_array(part, name) for part in parts]
        if name == "cu_seqlens":
            return arrays[0], arrays[1]
        for lengths in arrays:
            if lengths.ndim != 1 or not lengths.size or lengths.dtype.kind not in "iu" or (lengths < 0).any():
                raise BadInput(f"lengths = {self.lengths!r:.80}: give the lengths of the sequences, whole numbers from 0")
        queries, keys = (np.concatenate([[0], np.cumsum(lengths.astype(np.int64))]) for lengths in arrays)
        return queries, keys


NONE = Options()


@dataclass(frozen=True)
class Heads:
    """The mechanism of each head, and which head of keys it reads."""

    sees: Visibility
    share: int
    keep: NDArray[Any] | None
    mask: NDArray[Any] | None
    bias: NDArray[Any] | None
    slopes: NDArray[Any] | None
    blind: float | None

    def inputs(self, head: tuple[int, ...], q: NDArray[Any], k: NDArray[Any], v: NDArray[Any], scale: float) -> Attention:
        """What is asked of a head of all. Errors: `BadInput` for rows that see no key, unless they are given a number."""
        at = self.of_keys(head)
        found = Attention(q[head], k[at], v[at], scale, self.mechanism(head), copy=False)
        if self.blind is None:
            refuse_blind(found.blind)
        return found

    def of_keys(self, head: tuple[int, ...]) -> tuple[int, ...]:
        """Where the keys are that this head of queries reads; both are empty for matrices."""
        return (head[0], head[1] // self.share) if head else ()

    def mechanism(self, of: tuple[int, ...]) -> Mechanism:
        batch, head = of or (0, 0)
        keep = None if self.keep is None else self.keep[batch, head // self.share]
        mask = None if self.mask is None else self.mask[batch, head]
        bias = None if self.bias is None else self.bias[batch, head]
        slopes = None if self.slopes is None else self.slopes[head : head + 1]
        return Mechanism(sees=replace(self.sees, keep=keep, mask=mask), bias=Bias(bias, slopes))


def check_shapes(arrays: list[NDArray[Any]]) -> None:
    """Errors: `BadInput` where the axes of Q, K, V do not fit together."""
    shapes = [array.shape for array in arrays]
    text = f"Q, K, V have shapes {', '.join(map(str, shapes))}"
    if {len(shape) for shape in shapes} not in ({2}, {4}):
        raise BadInput(f"{text}: give (n, d), (m, d), (m, v), or (b, H, n, d), (b, G, m, d), (b, G, m, v)")
    q, k, v = shapes
    if q[:-3] != k[:-3] or k[:-2] != v[:-2]:
        raise BadInput(f"{text}: the batch axes (b, h) must be the same, but that K and V may have fewer heads than Q")
    if len(q) == 4 and (q[1] % k[1] if k[1] else q[1]):
        raise BadInput(f"{text}: the {k[1]} heads of K and V must divide the {q[1]} of Q")
    if q[-1] != k[-1] or k[-2] != v[-2]:
        raise BadInput(f"{text}: Q and K must have the same d, K and V the same m")
    if k[-2] == 0 or q[-1] == 0:
        raise BadInput(f"{text}: attention needs at least one key (m >= 1) and one dimension (d >= 1)")


def heads_of(arrays: list[NDArray[Any]], options: Options) -> Heads:
    """What each head sees, of arrays whose shapes fit."""
    q, k, _ = (array.shape for array in arrays)
    b, H, G = (1, 1, 1) if len(q) == 2 else (*q[:2], k[1])
    return options.over(b, H, G, q[-2], k[-2])


def given_array(values: object, name: str) -> NDArray[Any]:
    """What a caller gave, a torch tensor too, as an array. Errors: `BadInput`."""
    if isinstance(values, np.ma.MaskedArray):
        raise BadInput(f"{name} is a masked array, which is not supported: give a plain array, and what is seen by mask")
    return array_from(array_of(values, name) if is_tensor(values) else values, name)


def refuse_blind(blind: Ints) -> None:
    """Errors: `BadInput` where rows see no key."""
    if len(blind):
        several = f"row {blind[0]} sees" if len(blind) == 1 else f"{len(blind)} rows, the first of them row {blind[0]}, see"
        raise BadInput(f"{several} no key, so there is no answer: give the number to stand there by blind, such as 0.0 or nan")


def checked_scale(scale: float | None, d: int) -> float:
    """The scale, 1/sqrt(d) unless it is given. Errors: `BadInput` unless it is a finite number."""
    if not (scale is None or finite_number(scale)):
        raise BadInput(f"scale = {scale!r}: it must be a finite number")
    return 1 / sqrt(d) if scale is None else scale


def _window(window: Any) -> tuple[int | None, int | None]:
    if window is None:
        return None, None
    sides = window if isinstance(window, tuple) else (window, window)
    try:
        if len(sides) != 2 or any(isinstance(side, bool) or (side is not None and index(side) < 0) for side in sides):
            raise TypeError
        return tuple(None if side is None else index(side) for side in sides)  # type: ignore[return-value]
    except TypeError:
        raise BadInput(f"window = {window!r:.80}: give w or (left, right), whole numbers from 0, None for no border") from None


def _of_keys(keep: NDArray[Any], b: int, G: int, m: int) -> NDArray[Any]:
    """`keep` for (b, G, m)."""
    wide = keep[:, None] if keep.ndim == 2 else keep
    if keep.dtype != np.bool_ or not 1 <= keep.ndim <= 3 or keep.shape[-1] != m or not _fits(wide.shape, (b, G, m)):
        wanted = f"({m},)" + ("" if (b, G) == (1, 1) else f", {(b, m)} or {(b, G, m)}")
        raise BadInput(f"keep has shape {keep.shape} and type {keep.dtype}: give booleans of shape {wanted}")
    return np.broadcast_to(wide, (b, G, m))


def _of_heads(
    array: NDArray[Any], name: str, heads: tuple[int, int], pairs: tuple[int, int], whole: bool = False
) -> NDArray[Any]:
    """The array with an axis for each of b and H; its last two axes stay as they are, unless `whole`."""
    kinds = "b" if name == "mask" else "fiu"
    if array.dtype.kind not in kinds or not 2 <= array.ndim <= 4 or not _fits(array.shape, (*heads, *pairs)):
        what = "booleans" if name == "mask" else "numbers"
        raise BadInput(
            f"{name} has shape {array.shape} and type {array.dtype}: give {what} of shape {pairs}"
            + ("" if heads == (1, 1) else f" or {(*heads, *pairs)}")
        )
    return np.broadcast_to(array, (*heads, *(pairs if whole else array.shape[-2:])))


def _fits(shape: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    """Whether NumPy broadcasts the one to the other."""
    return all(x in (1, y) for x, y in zip(reversed(shape), reversed(wanted), strict=False))


def _bias(array: NDArray[Any], heads: tuple[int, int], pairs: tuple[int, int]) -> NDArray[Any]:
    wide = _of_heads(array, "bias", heads, pairs)
    if array.dtype.kind == "f" and bool(np.isneginf(array).any()):
        raise BadInput("bias holds minus infinity: every entry must be finite, and pairs are hidden by mask")
    return np.broadcast_to(finite(array, "bias"), wide.shape)


def _slopes(alibi: ArrayLike | None, H: int) -> NDArray[Any] | None:
    """(H,) slopes."""
    if alibi is None:
        return None
    slopes = finite(given_array(alibi, "alibi"), "alibi")
    if slopes.ndim > 1 or slopes.size not in (1, H):
        raise BadInput(f"alibi has shape {slopes.shape}: give one slope for each of {H} heads of queries, or one for all")
    return np.broadcast_to(slopes.reshape(-1), (H,)) if slopes.size == 1 else slopes
