"""Attention by its definition, dense, in float64: of a call as it is meant, or as a kernel may have misread it.

With x_j = scale <q, k_j> + b_j over the keys j that a row sees and P_j = exp(x_j)/sum exp(x):

    O = P V,    dV = P^T dO,    delta = sum_j P_j <dO, v_j>,    dS_j = P_j (<dO, v_j> - delta),
    dQ = scale dS K,    dK = scale dS^T Q,   dK and dV summed over the query heads that read a key head.

What rows see is worked out here once more, from the words of `attention.options`, and not by `instances.visibility`: each is
tested against the other. A row that sees no key gives 0, and no gradients.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from hardlab.kernels.call import Call, sides_of
from hardlab.kernels.kernel import Gradients
from instances.bits import Bools, Ints
from instances.coded import Floats
from instances.visibility import Corner

ENTRIES = 2**22
"""Scores held at a time."""

Sees = Callable[[int, int, Ints], Bools]
"""Which keys the rows of a batch member and a head see: (rows, m)."""

Added = Callable[[int, int, Ints], Floats]
"""What is added to their scores, broadcast to (rows, m)."""

Rounding = Callable[[Floats], Floats]


def exactly(X: Floats) -> Floats:
    return X


@dataclass(frozen=True, eq=False)
class Reading:
    """A call as it is computed. `K` and `V` may be other arrays than those of the call, `keys_of` and `values_of` (b, H, 2) say
    which batch member and head of them a head reads; `backward` is what the backward pass takes rows to see,
    and where it makes weights `by_kept_sums`, they are exponentials over the mass of the forward pass.

    `rounding` is applied to every intermediate, with sums in `sums`: the definition in another precision.
    """

    Q: Floats
    K: Floats
    V: Floats
    dO: Floats | None
    scale: float
    keys_of: Ints
    values_of: Ints
    sees: Sees
    added: Added | None = None
    backward: Sees | None = None
    by_kept_sums: bool = False
    rounding: Rounding = exactly
    sums: type[np.floating] = np.float64

    def rows(self, batch: int, head: int, rows: Ints) -> Floats:
        """(rows, v) of the output."""
        V = self.V[tuple(self.values_of[batch, head])]
        output = np.empty((len(rows), V.shape[1]))
        step = max(1, ENTRIES // len(V))
        for first in range(0, len(rows), step):
            these = rows[first : first + step]
            output[first : first + step] = self._product(self.weights(batch, head, these), V)
        return output

    def output(self) -> Floats:
        """(b, H, n, v)."""
        b, H, n, _ = self.Q.shape
        rows = np.arange(n)
        return np.array([[self.rows(x, h, rows) for h in range(H)] for x in range(b)]).reshape(b, H, n, self.V.shape[3])

    def weights(self, batch: int, head: int, rows: Ints, sees: Sees | None = None, over: Sees | None = None) -> Floats:
        """P (rows, m), over the mass of what `over` sees, as `sees` does if it is None."""
        r, K = self.rounding, self.K[tuple(self.keys_of[batch, head])]
        scores = self._product(self.Q[batch, head][rows], K.T)
        scores = r(scores * self.scale)
        if self.added is not None:
            scores = r(scores + r(self.added(batch, head, rows)))
        seen = (sees or self.sees)(batch, head, rows)
        of = seen if over is None else over(batch, head, rows)
        peak = np.where(of, scores, -np.inf).max(axis=1, keepdims=True)
        below = r(scores - np.where(np.isfinite(peak), peak, 0.0))
        whole = r(np.exp(np.where(seen | of, below, -np.inf)))
        weights = np.where(seen, whole, 0.0)
        mass = r(np.where(of, whole, 0.0).sum(axis=1, keepdims=True, dtype=self.sums).astype(np.float64))
        return r(np.divide(weights, mass, out=np.zeros_like(weights), where=mass > 0))

    def gradients(self, absolute: bool = False) -> Gradients:
        """dQ, dK, dV, for which scores of a whole head are held; `absolute`: the sums of the absolute values of their terms."""
        assert self.dO is not None
        dQ, dK, dV = np.zeros(self.Q.shape), np.zeros(self.K.shape), np.zeros(self.V.shape)
        rows = np.arange(self.Q.shape[2])
        for batch, head in np.ndindex(*self.Q.shape[:2]):
            k, v = tuple(self.keys_of[batch, head]), tuple(self.values_of[batch, head])
            P, dS, dO = self.sensitivity(batch, head, rows, absolute)
            K, Q = (np.abs(X) if absolute else X for X in (self.K[k], self.Q[batch, head]))
            dQ[batch, head] = self.rounding(self.scale * self._product(dS, K))
            dK[k] += self.rounding(self.scale * self._product(dS.T, Q))
            dV[v] += self._product(P.T, dO)
        return dQ, dK, dV

    def sensitivity(self, batch: int, head: int, rows: Ints, absolute: bool = False) -> tuple[Floats, Floats, Floats]:
        """P, dS and dO of these rows."""
        assert self.dO is not None
        dO, V = self.dO[batch, head][rows], self.V[tuple(self.values_of[batch, head])]
        forward = self.weights(batch, head, rows)
        P = forward if self.backward is None else self.weights(batch, head, rows, self.backward, self._over)
        if absolute:
            f = np.abs(dO) @ np.abs(V).T
            return P, P * (f + (P * f).sum(axis=1, keepdims=True)), np.abs(dO)
        f = self._product(dO, V.T)
        delta = self.rounding(((forward if self.by_kept_sums else P) * f).sum(axis=1, keepdims=True))
        return P, self.rounding(P * self.rounding(f - delta)), dO

    @property
    def _over(self) -> Sees | None:
        return self.sees if self.by_kept_sums else None

    def _product(self, A: Floats, B: Floats) -> Floats:
        return self.rounding((A.astype(self.sums) @ B.astype(self.sums)).astype(np.float64))


def meant(call: Call) -> Reading:
    """The call as it is meant."""
    b, H, G, *_ = call.sizes
    of = heads_read(b, H, G)
    return Reading(call.Q, call.K, call.V, call.dO, call.scale, of, of, partial(seen, Sight.of(call)), added(call))


def heads_read(b: int, H: int, G: int) -> Ints:
    """(b, H, 2): head h of member x reads head floor(h / (H/G)) of member x."""
    x, h = np.meshgrid(np.arange(b), np.arange(H), indexing="ij")
    return np.stack([x, h // (H // G)], axis=2)


@dataclass(frozen=True, eq=False)
class Sight:
    """What rows see, in numbers: row i sees diagonal(i) - left <= j <= diagonal(i) + right of its sequence, of the keys that
    `keep` (b, m) and `mask` (b, H, n, m) leave. The diagonal is i + shift, in packed sequences of each one's own lengths.
    """

    n: int
    m: int
    left: int | None = None
    right: int | None = None
    bottom_right: bool = False
    keep: Bools | None = None
    mask: Bools | None = None
    queries: Ints | None = None
    keys: Ints | None = None

    @classmethod
    def of(cls, call: Call) -> "Sight":
        b, H, _, n, m, _, _ = call.sizes
        o = call.options
        left, right = sides_of(o.window)
        keep = None if o.keep is None else np.broadcast_to(np.asarray(o.keep), (b, m))
        mask = None if o.mask is None else np.broadcast_to(np.asarray(o.mask), (b, H, n, m))
        queries, keys = (None, None) if o.cu_seqlens is None else (np.asarray(part) for part in o.cu_seqlens)  # type: ignore[union-attr]
        corner = (o.causal or o.corner) == "bottom-right"
        return cls(n, m, left, 0 if o.causal else right, corner, keep, mask, queries, keys)

    @property
    def other(self) -> Corner:
        """The corner at which its diagonal does not begin."""
        return "top-left" if self.bottom_right else "bottom-right"

    def diagonal(self, rows: Ints) -> Ints:
        """The key on each row's diagonal."""
        first, stop, start, end = self.bounds(rows)
        shift = (end - start) - (stop - first) if self.bottom_right else 0
        return rows - first + start + shift

    def bounds(self, rows: Ints) -> tuple[Ints, Ints, Ints, Ints]:
        """The first row and the row behind the last of each row's sequence, and so of its keys."""
        if self.queries is None or self.keys is None:
            zero = np.zeros(len(rows), dtype=np.int64)
            return zero, zero + self.n, zero, zero + self.m
        number = np.searchsorted(self.queries, rows, side="right") - 1
        return self.queries[number], self.queries[number + 1], self.keys[number], self.keys[number + 1]


def seen(sight: Sight, batch: int, head: int, rows: Ints) -> Bools:
    """(rows, m)."""
    j = np.arange(sight.m)
    _, _, start, end = sight.bounds(rows)
    found = (j >= start[:, None]) & (j < end[:, None])
    diagonal = sight.diagonal(rows)[:, None]
    if sight.left is not None:
        found &= j >= diagonal - sight.left
    if sight.right is not None:
        found &= j <= diagonal + sight.right
    if sight.keep is not None:
        found &= sight.keep[batch]
    if sight.mask is not None:
        found &= sight.mask[batch, head, rows]
    return found


def added(call: Call) -> Added | None:
    """What the call adds to scores: a bias, and -slope |j - diagonal|."""
    o = call.options
    if o.bias is None and o.alibi is None:
        return None
    b, H, _, n, m, _, _ = call.sizes
    bias = np.broadcast_to(0.0 if o.bias is None else np.asarray(o.bias, dtype=np.float64), (b, H, n, m))
    slopes = np.broadcast_to(0.0 if o.alibi is None else np.asarray(o.alibi, dtype=np.float64), (H,))
    sight, alone = Sight.of(call), o.alibi is None

    def of(batch: int, head: int, rows: Ints) -> Floats:
        given: Floats = bias[batch, head, rows]
        return given if alone else given - slopes[head] * np.abs(np.arange(m) - sight.diagonal(rows)[:, None])

    return of
