"""Attention from its definition in ball arithmetic: the reference that everything else is measured against.

For coded Q and K an exponent depends only on a few popcounts, so a row is evaluated from the histogram of those
counts: one exponential for each class of keys, whatever m is. Every number is exact or a ball that contains it.
"""

from collections.abc import Callable
from itertools import islice
from math import inf
from typing import Any

import numpy as np
from flint import arb, arb_mat, ctx

from instances.bias import ball
from instances.bits import Bools, Ints
from instances.coded import Coded, Floats, Rows, dense, row_count
from instances.column_groups import Groups, distinct, minus_square
from instances.faults import BadInput
from instances.mechanism import SOFTMAX, Mechanism
from instances.precision import precision as precision
from instances.seen import Seen

MAX_BITS = 1 << 14

PLAIN_BLOCK = 1024
"""Rows of a plain K, or of V, that are turned into balls at a time."""

MAX_KEPT = 1 << 22
"""Entries of a plain K that are kept as balls, of 48 bytes each."""


def sign(value: Callable[[], arb]) -> int:
    """The sign of what `value` computes, at the first working precision where its ball excludes 0.

    0 where none up to MAX_BITS does: the value is 0, or nearer to it than about 2^-MAX_BITS of its terms.
    Errors: `ArithmeticError` for NaN, which has no sign.
    """
    bits = 64
    while bits <= MAX_BITS:
        with precision(bits):
            ball = value()
        if ball > 0 or ball < 0:
            return 1 if ball > 0 else -1
        if ball == 0:
            return 0
        bits *= 4
    if ball.is_nan():
        raise ArithmeticError("a sign was asked of what is no number at any precision")
    return 0


def logarithm(value: arb) -> arb:
    """ln value, minus infinity at exactly 0."""
    return arb(-inf) if value == 0 else value.log()


class ExactAttention:
    """Rows of D^-1 exp(scale Q K^T) V as balls, or of another mechanism; O(m W) popcounts a row where Q and K are coded.

    The working precision is that of `precision`, which other threads wait for.
    """

    def __init__(
        self, Q: Rows, K: Rows, V: Floats, scale: float, mechanism: Mechanism = SOFTMAX, seen: Seen | None = None
    ) -> None:
        """Over the keys that `seen` shows to each row, all unless it is given; with the mechanism's bias it is given."""
        self._Q, self._K, self._V, self._scale, self._mechanism, self._seen = Q, K, V, scale, mechanism, seen
        values, kinds = np.unique(V, axis=0, return_inverse=True)
        self.values: Floats = values
        self._kinds: Ints = kinds.reshape(-1)
        self._weights: dict[tuple[Any, ...], arb] = {}
        self._groups: dict[tuple[int, int], Groups] = {}
        self._blocks: dict[tuple[int, int], arb_mat] = {}

    def row(self, i: int) -> list[arb]:
        """The v outputs of row i as balls, which are right at any working precision.

        Errors: `BadInput` where the row is normalised and sees no key.
        """
        if self._mechanism.normalised and self._seen is not None and self._seen.start[i] >= self._seen.stop[i]:
            raise BadInput(f"{self._mechanism}: row {i} sees no key, so it has no answer")
        total, sums, found = arb(0), arb_mat(1, self._V.shape[1]), iter(self.classes(i))
        while some := list(islice(found, PLAIN_BLOCK)):
            masses = [weight * count for weight, _, count in some]
            total = sum(masses, total)
            sums += arb_mat([masses]) * arb_mat(self.values[[kind for _, kind, _ in some]].tolist())
        return [s / total for s in sums.entries()] if self._mechanism.normalised else sums.entries()

    def mass(self, i: int) -> arb:
        """sum_j w_ij over the keys that row i sees, as a ball; 0 where there are none."""
        return sum((weight * count for weight, _, count in self.classes(i)), arb(0))

    def _visible(self, i: int, only: int | None) -> tuple[slice, Bools | None]:
        """The interval in which row i sees keys, and which of them it sees: None for all. With `only`, of that key alone."""
        interval, shown = (slice(0, row_count(self._K)), None) if self._seen is None else self._seen.keys(i)
        if only is None:
            return interval, shown
        there = interval.start <= only < interval.stop and (shown is None or bool(shown[only - interval.start]))
        return slice(only, only + there), None

    def _biases(self, i: int, keys: slice) -> tuple[Ints, list[tuple[float, float, float]]] | None:
        """What is added to the scores of these keys, as `Bias.exact` gives it; None where nothing is."""
        return None if self._seen is None or self._mechanism.bias.is_none else self._mechanism.bias.exact(self._seen, i, keys)

    def classes(self, i: int, only: int | None = None) -> list[tuple[arb, int, int]]:
        """(w_ij, index of V_j among the distinct rows of V, number of such keys j), for the keys that row i sees; with `only`,
        for that key alone, and nothing where the row does not see it.
        """
        if self._mechanism.rotary is not None or not (isinstance(self._Q, tuple) and isinstance(self._K, tuple)):
            return self._plain_classes(i, only)
        block, q = located(self._Q, i)
        found, offset = [], 0
        seen, shown = self._visible(i, only)
        for number, keys in enumerate(self._K):
            m = keys.bits.n
            these = slice(max(seen.start - offset, 0), min(seen.stop - offset, m))
            if these.start >= these.stop:
                offset += m
                continue
            groups = self._groups.get((block, number))
            if groups is None:
                groups = self._groups[block, number] = Groups(self._Q[block], keys, self._mechanism.kernel)
            counts = groups.counts(self._Q[block].bits, q, these)
            kinds = self._kinds[offset : offset + m][these]
            whole = slice(offset + these.start, offset + these.stop)
            biases = self._biases(i, whole)
            added = np.zeros(len(kinds), dtype=np.int64) if biases is None else biases[0]
            table = np.concatenate((counts, added[:, None], kinds[:, None]), axis=1)
            rows, frequency = distinct(
                table if shown is None else table[shown[whole.start - seen.start : whole.stop - seen.start]]
            )
            for (*key, bias, kind), count in zip(rows.tolist(), frequency.tolist(), strict=True):
                tilt = None if biases is None else biases[1][bias]
                label = (ctx.prec, block, number, tilt, *key)
                if label not in self._weights:
                    score = groups.score(key) * arb(self._scale)
                    self._weights[label] = (score if tilt is None else score + ball(tilt)).exp()
                found.append((self._weights[label], kind, count))
            offset += m
        return found

    def _plain_classes(self, i: int, only: int | None) -> list[tuple[arb, int, int]]:
        row = dense(self._Q, slice(i, i + 1))[0].tolist()
        if self._mechanism.rotary is not None and self._seen is not None:
            row = self._mechanism.rotary.ball(row, int(self._seen.diagonal[i]))
        q, scale = arb_mat([[x] for x in row]), arb(self._scale)
        found: list[tuple[arb, int, int]] = []
        seen, shown = self._visible(i, only)
        if seen.start == seen.stop:
            return found
        biases = self._biases(i, seen)
        for number in range(seen.start // PLAIN_BLOCK, -(-seen.stop // PLAIN_BLOCK)):
            whole = only is None
            start = PLAIN_BLOCK * number if whole else seen.start
            keys = self._plain_keys(number) if whole else self._balls(seen)
            scores = keys * q if self._mechanism.kernel == "dot" else None
            for j in range(max(seen.start, start), min(seen.stop, start + keys.nrows())):
                if shown is not None and not shown[j - seen.start]:
                    continue
                score = scale * (scores[j - start, 0] if scores is not None else _minus_distance(keys, j - start, row))
                if biases is not None:
                    score += ball(biases[1][biases[0][j - seen.start]])
                found.append((score.exp(), int(self._kinds[j]), 1))
        return found

    def _plain_keys(self, number: int) -> arb_mat:
        """A block of rows of K as balls, exact unless they turn; kept for the next row while all of K is small."""
        label = (number, 0 if self._mechanism.rotary is None else ctx.prec)
        if label in self._blocks:
            return self._blocks[label]
        block = self._balls(slice(PLAIN_BLOCK * number, PLAIN_BLOCK * (number + 1)))
        if row_count(self._K) * block.ncols() <= MAX_KEPT:
            self._blocks[label] = block
        return block

    def _balls(self, keys: slice) -> arb_mat:
        """These rows of K, turned where they turn."""
        rotary, rows = self._mechanism.rotary, dense(self._K, keys).tolist()
        return arb_mat(rows if rotary is None else [rotary.ball(row, j) for j, row in enumerate(rows, keys.start)])


def _minus_distance(keys: arb_mat, j: int, row: list[float]) -> arb:
    """-||q - k_j||^2."""
    return sum((minus_square(arb(x), keys[j, c]) for c, x in enumerate(row)), arb(0))


def located(blocks: tuple[Coded, ...], i: int) -> tuple[int, int]:
    """The block that holds row i, and the row's number in it."""
    for number, block in enumerate(blocks):
        if i < block.bits.n:
            return number, i
        i -= block.bits.n
    raise IndexError(i)
