"""Which keys a row of attention sees: causal, a window, heads, packed sequences, padding, a mask, and all of these at once.

Row i and key j stand in one *segment* each: the sequence of a packed batch, the head of a batch of heads, or the only one. Row
i sees keys of its own segment alone. Let the segment have n_s rows and m_s keys, of which i is the i'-th and j the j'-th. With
the diagonal j' = i' (corner `top-left`: the first row's first key lies on it) or j' = i' + m_s - n_s (`bottom-right`: the last
row's last key does), row i sees j iff

    diagonal - left <= j' <= diagonal + right   and   keep[j]   and   mask[i, j],

each of them where it is given. Causal attention is right = 0, a sliding window is left = W - 1, right = 0 or left = right = w.

Batches and heads: Q (b, H, n, d) and K (b, G, m, d) are stacked head after head, batch after batch, into (b H n, d) and
(b G m, d); query head h reads key head floor(h / (H/G)). So a batch of heads is a list of rows, as everything else is.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from instances.arrays import array_from
from instances.bits import Bools, Ints
from instances.brackets import fields_of
from instances.faults import BadInput
from instances.seen import Seen, Segments

Corner = Literal["top-left", "bottom-right"]

WIDEST = 10**18

WORDS = ("window", "causal", "left", "right", "corner", "heads")
"""What may be said of it in the brackets of a mechanism."""

ARRAYS = ("queries", "keys", "keep", "mask")
"""The parts of a visibility that are arrays, by the names that files give them."""


@dataclass(frozen=True, eq=False)
class Visibility:
    """A conjunction of conditions, each of which holds for all pairs unless it is given; `ALL` has none.

    `heads` is (b, H, G); `queries` and `keys` are the cumulative lengths of packed sequences, in each head the same;
    `keep` (m,) and `mask` (n, m) are Boolean. Errors: `BadInput` for values of other kinds, heads that G does not divide,
    cumulative lengths that do not start at 0 or that fall, one list of lengths without the other.
    """

    left: int | None = None
    right: int | None = None
    corner: Corner = "top-left"
    heads: tuple[int, int, int] | None = None
    queries: Ints | None = None
    keys: Ints | None = None
    keep: Bools | None = None
    mask: Bools | None = None

    def __post_init__(self) -> None:
        for name in ("left", "right"):
            value = getattr(self, name)
            if value is not None and not (type(value) is int and 0 <= value <= WIDEST):
                raise BadInput(f"{name} = {value!r}: a window reaches a whole number of keys, from 0 to 10^18, to either side")
        if self.corner not in ("top-left", "bottom-right"):
            raise BadInput(f"corner = {self.corner!r}: the diagonal starts at the top-left or ends at the bottom-right")
        if self.heads is not None:
            object.__setattr__(self, "heads", _checked_heads(self.heads))
        for name in ("queries", "keys"):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, _cumulative(getattr(self, name), name))
        if (self.queries is None) != (self.keys is None):
            given = "queries" if self.keys is None else "keys"
            raise BadInput(f"cumulative lengths of the {given} alone: packed sequences have those of queries and of keys")
        if self.queries is not None and self.keys is not None and len(self.queries) != len(self.keys):
            raise BadInput(
                f"cumulative lengths of {len(self.queries) - 1} sequences of queries and {len(self.keys) - 1} of keys: "
                f"give as many"
            )
        for name, axes in (("keep", 1), ("mask", 2)):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, _boolean(getattr(self, name), name, axes))

    @classmethod
    def causal(cls, corner: Corner = "top-left") -> Self:
        """Row i sees the keys up to the diagonal."""
        return cls(right=0, corner=corner)

    @classmethod
    def window(cls, width: int) -> Self:
        """|i - j| <= width."""
        return cls(left=width, right=width)

    @property
    def arrays(self) -> Mapping[str, NDArray[Any]]:
        """Those of its parts that are arrays, by the names of `ARRAYS`."""
        return {name: getattr(self, name) for name in ARRAYS if getattr(self, name) is not None}

    @property
    def word(self) -> str:
        """What a mechanism has in its brackets: all parts but the arrays, as in `causal=top-left,heads=2:8:4`."""
        said = []
        if self.left is not None and self.left == self.right and self.corner == "top-left":
            said.append(f"window={self.left}")
        else:
            if self.right == 0:
                said.append(f"causal={self.corner}")
            elif self.corner != "top-left":
                said.append(f"corner={self.corner}")
            said += [f"left={self.left}"] if self.left is not None else []
            said += [f"right={self.right}"] if self.right else []
        return ",".join(said + ([f"heads={':'.join(map(str, self.heads))}"] if self.heads is not None else []))

    @classmethod
    def of(cls, name: str, word: str) -> Self:
        """The visibility that `word`, in the brackets of a mechanism `name`, spells. Errors: `BadInput`."""
        said = _Word(**fields_of(_Word, name, word))
        if said.window is not None and (said.left, said.right, said.causal, said.corner) != (None, None, None, None):
            raise BadInput(f"{name}[{word}]: a window is window=W, to both sides, or left, right and corner")
        if said.causal is not None and (said.right is not None or said.corner is not None):
            raise BadInput(f"{name}[{word}]: causal=CORNER is right=0,corner=CORNER already")
        left, right = (said.left, said.right) if said.window is None else (said.window, said.window)
        right = 0 if said.causal is not None else right
        corner: Any = said.causal or said.corner or "top-left"
        return cls(left, right, corner, said.heads)  # type: ignore[arg-type]

    def __str__(self) -> str:
        return ", ".join(filter(None, (self.word.replace(",", ", "), *self.arrays))) or "all keys"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Visibility) and self._signature == other._signature

    def __hash__(self) -> int:
        return hash(self._signature)

    @cached_property
    def _signature(self) -> tuple[Any, ...]:
        digests = {name: hashlib.sha256(f"{x.shape}".encode() + x.tobytes()).digest() for name, x in self.arrays.items()}
        return self.left, self.right, self.corner, self.heads, tuple(sorted(digests.items()))

    @property
    def is_all(self) -> bool:
        """Whether every row sees every key, whatever n and m are."""
        return self.left is None and self.right is None and self.heads is None and not self.arrays

    def over(self, n: int, m: int) -> Seen:
        """What each of n rows sees of m keys. Errors: `BadInput` where the parts do not fit these."""
        for name, given, fits in (("keep", self.keep, (m,)), ("mask", self.mask, (n, m))):
            if given is not None and given.shape != fits:
                raise BadInput(f"{name} has the shape {given.shape}, there are n = {n} rows and m = {m} keys: give {fits}")
        return Seen.of(self, self.segments(n, m), n, m)

    def segments(self, n: int, m: int) -> Segments:
        """The segments of n rows and m keys. Errors: `BadInput` where they do not fit these."""
        batch, heads, groups = self.heads or (1, 1, 1)
        if n % (batch * heads) or m % (batch * groups):
            raise BadInput(
                f"{n} rows and {m} keys for b = {batch}, {heads} heads of queries and {groups} of keys: the rows are b H n and "
                f"the keys b G m"
            )
        rows, columns = n // (batch * heads), m // (batch * groups)
        queries = np.array([0, rows]) if self.queries is None else self.queries
        keys = np.array([0, columns]) if self.keys is None else self.keys
        for what, lengths, total in (("queries", queries, rows), ("keys", keys, columns)):
            if lengths[-1] != total:
                raise BadInput(f"the cumulative lengths of the {what} end at {lengths[-1]}, there are {total}: they end there")
        head = np.arange(batch * heads)[:, None]
        first_row, first_key = head * rows, head // (heads // groups) * columns
        edges = (first_row + queries[:-1], first_row + queries[1:], first_key + keys[:-1], first_key + keys[1:])
        return Segments(*(edge.reshape(-1) for edge in edges))


ALL = Visibility()


@dataclass(frozen=True)
class _Word:
    """What may stand in the brackets."""

    window: int | None = None
    causal: str | None = None
    left: int | None = None
    right: int | None = None
    corner: str | None = None
    heads: tuple[int, ...] | None = None


def _checked_heads(heads: object) -> tuple[int, int, int]:
    if not (isinstance(heads, tuple) and len(heads) == 3 and all(type(x) is int and x >= 1 for x in heads)):
        raise BadInput(f"heads = {heads!r}: give (b, heads of queries, heads of keys), whole numbers of at least 1")
    if heads[1] % heads[2]:
        raise BadInput(f"{heads[1]} heads of queries and {heads[2]} of keys: the second number must divide the first")
    return heads


def _cumulative(given: ArrayLike, name: str) -> Ints:
    array = array_from(given, name)
    if array.ndim != 1 or len(array) < 2 or array.dtype.kind not in "iu":
        raise BadInput(f"{name} has shape {array.shape} and type {array.dtype}: give cumulative lengths, 0 first, as integers")
    if array.size and int(array.max()) > WIDEST:
        raise BadInput(f"the cumulative lengths of the {name} reach {int(array.max())}: they are at most 10^18")
    lengths = array.astype(np.int64)
    if lengths[0] != 0:
        raise BadInput(f"the cumulative lengths of the {name} start at {lengths[0]}: they start at 0")
    if falls := np.flatnonzero(np.diff(lengths) < 0).tolist():
        at = falls[0]
        raise BadInput(
            f"the cumulative lengths of the {name} fall from {lengths[at]} to {lengths[at + 1]} at {at + 1}: sort them"
        )
    lengths.setflags(write=False)
    return lengths


def _boolean(given: ArrayLike, name: str, axes: int) -> Bools:
    array = array_from(given, name)
    if array.dtype != np.bool_ or array.ndim != axes:
        shape = "(m,)" if axes == 1 else "(n, m)"
        raise BadInput(f"{name} has shape {array.shape} and type {array.dtype}: give booleans of shape {shape}")
    own: Bools = np.array(array, order="C")
    own.setflags(write=False)
    return own
