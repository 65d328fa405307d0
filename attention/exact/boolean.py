"""Exact attention for coded Q and K, as all our reductions emit them: bit counts and a table of exponentials.

A score is a bit count times a step, and a part of each row alone (module `counted`).

Rows that see an interval of keys each sum over that: causal attention, windows, heads and packed sequences.

Guarantee (derived here). The identities are exact. Each coefficient is a few operations on entries, relative 6u at most, and
their terms sum to 4 S at most, S bounding the scores; with the sums' gamma_d the exponents are off by at most
14 gamma(d + 16) (S + 1). A weight is a product of three exponentials; a tile sums 64 of them in a lane (a tile that is seen in
part 128), and a row's peak
moves at most 4W times, W the words of a row, each by an exponential and a product; the sums of a block of keys, cut where parts
end, are merged as in module `parts`. With that as a, the quotient is as in module `rounding`; weights are at most 2^400 and D
at least 2^-300, so that flushed ones count for at most 2^-320.
"""

from dataclasses import dataclass, field
from math import inf
from typing import ClassVar

import numpy as np

from attention.algorithm import Promise, check_mechanism
from attention.columns import BITS_TILE
from attention.exact.counted import MAX_SPREAD, MAX_STEP, Form
from attention.exact.partial import Partial, merged, quotient
from attention.exact.parts import Part, Parts
from attention.exact.softmax import logsumexp
from attention.exact.streaming import SMALL
from attention.exp2 import EXP2_ULPS
from attention.rounding import U64, Rounding, gamma, largest_score
from attention.summed import Summed
from instances.bits import BitMatrix, Ints, Words
from instances.coded import Coded, Floats, Rows
from instances.faults import BadInput, Declined
from instances.mapping import IN_TURN, Mapper
from instances.memory import MEMORY_BUDGET, within
from instances.task import Attention

NOTHING = -1e300
"""The exponent of sums over no key."""


@dataclass(frozen=True)
class Boolean:
    """D^-1 exp(scale Q K^T) V for coded Q and K in float64 from bit counts: |T - Att| <= (e^{2a} - 1 + 4u) mean|V| + tiny.

    Time O(n m (d/64 + v)), or that of the tiles that rows see; memory O((n + m)(d/64 + v)). A row that sees no key is NaN.
    With `rows` or `keys` the task is cut into parts of so many rows and keys at most (0: all), which `where` has computed, here
    or elsewhere; their sums are merged (module `parts`), and memory is that of a part and O(n v). What would not fit the memory
    budget as a whole is cut where neither is given.
    Errors: `BadInput` for negative `rows` or `keys`; `Declined` where Q or K is a plain array, where columns of a pair of
    blocks change the score by different amounts, where what a row sees is no interval, and for a bias.
    """

    rows: int = 0
    keys: int = 0
    where: Mapper = field(default=IN_TURN, compare=False, repr=False)

    visibility: ClassVar[bool] = True

    key: ClassVar[str] = "boolean"
    logarithmic: ClassVar[bool] = False

    def __post_init__(self) -> None:
        if min(self.rows, self.keys) < 0:
            raise BadInput(f"boolean[rows={self.rows},keys={self.keys}]: a part has at least one row and one key, 0 for all")

    @property
    def cut(self) -> bool:
        """Whether tasks are cut into parts."""
        return self.rows > 0 or self.keys > 0

    def promise(self, inputs: Attention) -> Promise:
        return self._rounding(inputs).of_quotient()

    def logsumexp_error(self, inputs: Attention) -> float:
        """As module `rounding` has it of a mass; a row's exponent is below its largest score by a step and a spread at most."""
        return self._rounding(inputs).of_mass(further=16 * MAX_STEP + MAX_SPREAD)

    def _rounding(self, inputs: Attention) -> Rounding:
        _check(self, inputs)
        for queries in _blocks(inputs.Q):
            for keys in _blocks(inputs.K):
                Form.of(queries, keys, inputs.scale)
        S, words = largest_score(inputs), inputs.d // 64 + 1
        merges = len(_blocks(inputs.K)) + len(self.parts(inputs).keys) - 1
        largest = float(np.abs(inputs.V).max(initial=0.0))
        a = 14 * gamma(inputs.d + 16, U64) * (S + 1) + 3 * EXP2_ULPS * U64
        in_lane = BITS_TILE / (8 if inputs.seen is None else 4)
        a += gamma(in_lane + 16 + inputs.m / BITS_TILE, U64) + (4 * words + max(2, merges)) * (EXP2_ULPS + 4) * U64
        sound = S < 2.0**40 and inputs.m * largest < 2.0**500
        return Rounding(a if sound else inf, S, U64, 2.0**-320, inputs.m, largest, inf)

    def __call__(self, inputs: Attention) -> Floats:
        return self.summed(inputs).T

    def summed(self, inputs: Attention) -> Summed:
        peak, mass, weighted = self.sums(inputs)
        return Summed(quotient((peak, mass, weighted)), logsumexp(peak, mass, inputs.blind))

    def parts(self, inputs: Attention) -> Parts:
        """The parts that are summed: as they are asked for, or the whole, or what fits half of the memory budget."""
        rows, keys = self.rows, self.keys
        if not self.cut and _needed(inputs, inputs.n, inputs.m) > MEMORY_BUDGET:
            rows = keys = BITS_TILE
            while _needed(inputs, 2 * rows, 2 * keys) <= MEMORY_BUDGET // 2:
                rows, keys = 2 * rows, 2 * keys
        return Parts(inputs, rows, keys)

    def sums(self, inputs: Attention) -> Partial:
        """Of every row over all keys that it sees, merged from those of the parts."""
        _check(self, inputs)
        parts, v = self.parts(inputs), inputs.V.shape[1]
        size = {"n": parts.rows[0].stop, "m": parts.keys[0].stop, "d": inputs.d}
        within(_needed(inputs, size["n"], size["m"]), MEMORY_BUDGET, "words and sums of boolean attention", size)
        of_rows = list(parts.summed(part_sums, self.where)) if inputs.n else []
        found = [np.concatenate(each) for each in zip(*of_rows, strict=True)]
        return (found[0], found[1], found[2]) if found else (np.empty(0), np.empty(0), np.empty((0, v)))


def _needed(inputs: Attention, rows: int, keys: int) -> int:
    """Bytes for parts of so many rows and keys, and the sums of all rows."""
    v = int(inputs.V.shape[1])
    return 8 * (rows + keys) * (4 * (inputs.d // 64 + 1) + 3 * v + 8) + 16 * inputs.n * (v + 2)


def _check(algorithm: Boolean, inputs: Attention) -> None:
    """Errors: `Declined` for what it does not compute."""
    check_mechanism(algorithm, inputs)
    for matrix in (inputs.Q, inputs.K):
        _blocks(matrix)
    if not inputs.mechanism.bias.is_none or (inputs.seen is not None and not inputs.seen.intervals):
        raise Declined(f"boolean sums over intervals of keys, and adds nothing; this is {inputs.mechanism}: use softmax")


def part_sums(part: Part) -> Partial:
    """The sums of a part, block by block of its rows."""
    found, first = [], 0
    for queries in _blocks(part.Q):
        rows = slice(first, first + queries.bits.n)
        found.append(_row_sums(queries, part, None if part.spans is None else part.spans[rows]))
        first = rows.stop
    peak, mass, weighted = (np.concatenate(each) for each in zip(*found, strict=True))
    return peak, mass, weighted


def _row_sums(queries: Coded, part: Part, spans: Ints | None) -> Partial:
    n, v = queries.bits.n, part.values.shape[1]
    found: Partial = np.full(n, NOTHING), np.zeros(n), np.zeros((n, v))
    values, start = np.hstack([part.values, np.ones((len(part.values), 1))]), 0
    for keys in _blocks(part.K):
        stop = start + keys.bits.n
        rows, inner = (slice(0, n), None) if spans is None else _seeing(spans, start, stop)
        if rows.start < rows.stop:
            these = Coded(queries.bits.rows(rows), queries.zero, queries.one)
            exponent, sums = _block_sums(these, keys, part.scale, values[start:stop], inner)
            new = merged((found[0][rows], found[1][rows], found[2][rows]), (exponent, sums[:, v], sums[:, :v]))
            for whole, some in zip(found, new, strict=True):
                whole[rows] = some
        start = stop
    return found


def _seeing(spans: Ints, start: int, stop: int) -> tuple[slice, Ints | None]:
    """The first to the last of these rows that see something of a block of keys, and the parts of their intervals in it.

    Rows and keys are counted from the start of their block; None where all of them see all of it.
    """
    spans = np.clip(spans, start, stop) - start
    which = np.flatnonzero(spans[:, 0] < spans[:, 1])
    part = slice(int(which[0]), int(which[-1]) + 1) if len(which) else slice(0, 0)
    return part, None if bool((spans[part] == (0, stop - start)).all()) else spans[part]


def _block_sums(queries: Coded, keys: Coded, scale: float, values: Floats, spans: Ints | None = None) -> tuple[Floats, Floats]:
    """(n,) exponents and (n, C) sums of 2^(score - exponent) y_jc over the keys of one block, of each row those in its span."""
    form = Form.of(queries, keys, scale)
    of_keys = _weighted(keys.bits, form.gamma)
    exponent = form.constant + of_keys.max() + _weighted(queries.bits, form.alpha)
    y = values * np.exp2(of_keys - of_keys.max())[:, None]
    if not form.varies.any():
        if spans is None:
            return exponent, np.broadcast_to(y.sum(axis=0), (queries.bits.n, y.shape[1]))
        none = [np.zeros((bits.n, 1), dtype=np.uint64) for bits in (queries.bits, keys.bits)]
        return _of_seeing(exponent, spans), _sums(none[0], none[1], form, y, spans)[0]
    mask, flipped = (BitMatrix.of(columns[None]).words[0] for columns in (form.varies, form.flipped))
    used = mask != 0
    A, B = ((block.bits.words & mask)[:, used] for block in (queries, keys))
    A, B = (A ^ flipped[used], B) if form.either else (A, B ^ flipped[used])
    sums, peaks = _sums(A, B, form, y, spans)
    exponent = exponent + 16 * form.x * peaks
    return exponent if spans is None else _of_seeing(exponent, spans), sums


def _of_seeing(exponent: Floats, spans: Ints) -> Floats:
    """The exponents of rows that see something of a block, and elsewhere one that is below all others."""
    return np.where(spans[:, 0] < spans[:, 1], exponent, NOTHING)


def _sums(A: Words, B: Words, form: Form, y: Floats, spans: Ints | None) -> tuple[Floats, Ints]:
    if len(A) * len(B) <= SMALL:
        return few_sums(A, B, form.either, form.x, y, spans)
    from attention.exact.boolean_sums import boolean_sums

    return boolean_sums(A, B, form.either, form.x, y, max(1, int(form.varies.sum())), spans)


def few_sums(A: Words, B: Words, either: bool, x: float, y: Floats, spans: Ints | None = None) -> tuple[Floats, Ints]:
    """What `boolean_sums` gives, by NumPy, which takes less than to load compiled code for so few pairs; sums are pairwise."""
    counts = np.zeros((len(A), len(B)), dtype=np.int64)
    for a, b in zip(A.T, B.T, strict=True):
        counts += np.bitwise_count(a[:, None] ^ b if either else a[:, None] & b)
    j = np.arange(len(B))
    shown = True if spans is None else (spans[:, :1] <= j) & (j < spans[:, 1:])
    counts = np.where(shown, counts, 0)
    peaks = counts.max(axis=1) // 16
    weights = np.exp2(x * (counts - 16 * peaks[:, None])) * shown
    return np.stack([(weights * column).sum(axis=1) for column in y.T], axis=1), peaks


def _weighted(bits: BitMatrix, weights: Floats) -> Floats:
    """<b_i, weights> for every row."""
    if not weights.any():
        return np.zeros(bits.n)
    rows = 1 + 2**22 // bits.d
    return np.concatenate([bits.bools(slice(i, i + rows)) @ weights for i in range(0, bits.n, rows)])


def _blocks(matrix: Rows) -> tuple[Coded, ...]:
    if not isinstance(matrix, tuple):
        raise Declined("boolean: Q and K must be coded, as reductions emit them; this one is a plain array: use softmax")
    return tuple(block for block in matrix if block.bits.n)
