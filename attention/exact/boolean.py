"""Exact attention for coded Q and K, as all our reductions emit them: bit counts and a table of exponentials.

In a column where q takes two values q0, q1 (by the bit a) and k takes k0, k1 (by the bit b),

    q k = q0 k0 + a dq k0 + b q0 dk + ab dq dk                     with dq = q1 - q0, dk = k1 - k0, or
    q k = qm km + sa (dq/2) km + sb qm (dk/2) + sa sb dq dk/4      with means qm, km and signs s = 2 bit - 1,

where sa sb = 1 - 2 (a xor b).

Where |scale dq dk| is the same in all columns in which both vary, a score is alpha_i + gamma_j + x k_ij in units of log 2, with
k_ij the bits of (a and b), or of (a xor b); bits are complemented in columns where x would be negative. The form is taken in
which the gamma_j, which go to the values, spread less: for entries +-B they vanish in the second, for 0 and B in the first.

Rows that see an interval of keys each sum over that: causal attention, windows, heads and packed sequences.

Guarantee (derived here). The identities are exact. Each coefficient is a few operations on entries, relative 6u at most, and
their terms sum to 4 S at most, S bounding the scores; with the sums' gamma_d the exponents are off by at most
14 gamma(d + 16) (S + 1). A weight is a product of three exponentials; a tile sums 64 of them in a lane (a tile that is seen in
part 128), and a row's peak
moves at most 4W times, W the words of a row, each by an exponential and a product. With that as a, the quotient is as in
module `rounding`; weights are at most 2^400 and D at least 2^-300, so that flushed ones count for at most 2^-320.
"""

from dataclasses import dataclass
from math import e as EULER
from math import inf, log2
from typing import ClassVar

import numpy as np

from attention.algorithm import Promise, check_mechanism
from attention.columns import BITS_TILE
from attention.exact.softmax import logsumexp
from attention.exact.streaming import SMALL
from attention.exp2 import EXP2_ULPS
from attention.rounding import U64, Rounding, gamma, largest_score
from attention.summed import Summed
from instances.bits import BitMatrix, Bools, Ints, Words
from instances.coded import Coded, Floats, Rows
from instances.faults import Declined
from instances.memory import MEMORY_BUDGET, within
from instances.seen import Seen
from instances.task import Attention

MAX_STEP = 400 / 15
"""Of x: 2^(15 x) stands in a table."""

MAX_SPREAD = 300.0
"""Of the gamma_j."""

NOTHING = -1e300
"""The exponent of sums over no key."""


@dataclass(frozen=True)
class Boolean:
    """D^-1 exp(scale Q K^T) V for coded Q and K in float64 from bit counts: |T - Att| <= (e^{2a} - 1 + 4u) mean|V| + tiny.

    Time O(n m (d/64 + v)), or that of the tiles that rows see; memory O((n + m)(d/64 + v)). A row that sees no key is NaN.
    Errors: `Declined` where Q or K is a plain array, where columns of a pair of blocks change the score by different amounts,
    where what a row sees is no interval, and for a bias.
    """

    visibility: ClassVar[bool] = True

    key: ClassVar[str] = "boolean"
    logarithmic: ClassVar[bool] = False

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
        largest = float(np.abs(inputs.V).max(initial=0.0))
        a = 14 * gamma(inputs.d + 16, U64) * (S + 1) + 3 * EXP2_ULPS * U64
        in_lane = BITS_TILE / (8 if inputs.seen is None else 4)
        a += gamma(in_lane + 16 + inputs.m / BITS_TILE, U64) + (4 * words + 2) * (EXP2_ULPS + 4) * U64
        sound = S < 2.0**40 and inputs.m * largest < 2.0**500
        return Rounding(a if sound else inf, S, U64, 2.0**-320, inputs.m, largest, inf)

    def __call__(self, inputs: Attention) -> Floats:
        return self.summed(inputs).T

    def summed(self, inputs: Attention) -> Summed:
        _check(self, inputs)
        v = inputs.V.shape[1]
        size = {"n": inputs.n, "m": inputs.m, "d": inputs.d}
        needed = 8 * (inputs.n + inputs.m) * (4 * (inputs.d // 64 + 1) + 3 * v + 8)
        within(needed, MEMORY_BUDGET, "words and sums of boolean attention", size)
        values = np.hstack([inputs.V, np.ones((inputs.m, 1))])
        rows, masses, seen, first = [], [], inputs.seen, 0
        for queries in _blocks(inputs.Q):
            peak, sums = np.full(queries.bits.n, -inf), np.zeros((queries.bits.n, v + 1))
            start, of_rows = 0, slice(first, first + queries.bits.n)
            for keys in _blocks(inputs.K):
                stop = start + keys.bits.n
                part, spans = (slice(0, len(peak)), None) if seen is None else _seeing(seen, of_rows, start, stop)
                if part.start < part.stop:
                    these = Coded(queries.bits.rows(part), queries.zero, queries.one)
                    exponent, new = _block_sums(these, keys, inputs.scale, values[start:stop], spans)
                    top = np.maximum(peak[part], exponent)
                    sums[part] = sums[part] * np.exp2(peak[part] - top)[:, None] + new * np.exp2(exponent - top)[:, None]
                    peak[part] = top
                start = stop
            first = of_rows.stop
            with np.errstate(invalid="ignore"):  # of rows that see no key
                rows.append(sums[:, :v] / sums[:, v:])
            masses.append(np.stack([peak, sums[:, v]]))
        if not rows:
            return Summed(np.empty((0, v)), np.empty(0))
        peaks, D = np.concatenate(masses, axis=1)
        return Summed(np.concatenate(rows), logsumexp(peaks, D, inputs.blind))


@dataclass(frozen=True)
class Form:
    """Scores of a pair of blocks, in units of log 2: constant + <a, alpha> + <b, gamma> + x k, as in the module's text.

    `varies` tells the columns in which both bits count, `flipped` those in which one is complemented (a for the exclusive or,
    b for `and`).
    """

    either: bool
    constant: float
    alpha: Floats
    gamma: Floats
    x: float
    varies: Bools
    flipped: Bools

    @classmethod
    def of(cls, queries: Coded, keys: Coded, scale: float) -> "Form":
        """The one of the two forms in which the gamma_j spread less. Errors: `Declined`."""
        form = min((cls._of(queries, keys, scale, either) for either in (False, True)), key=lambda form: form.spread)
        if not form.x <= MAX_STEP or not form.spread <= MAX_SPREAD:
            what = f"a bit changes scores by {form.x:.4g} powers of two, keys alone by {form.spread:.4g}"
            raise Declined(f"boolean: {what}; it needs at most {MAX_STEP:.3g} and {MAX_SPREAD:g}: use softmax")
        return form

    @classmethod
    def _of(cls, queries: Coded, keys: Coded, scale: float, either: bool) -> "Form":
        unit = scale * log2(EULER)
        q, k = queries.zero, keys.zero
        dq, dk = queries.one - queries.zero, keys.one - keys.zero
        step = unit * dq * dk
        varies, negative = step != 0, step < 0
        sizes = np.abs(step[varies])
        if len(sizes) and not sizes.max() <= sizes.min() * (1 + 2.0**-50):
            what = f"a bit changes scores by {sizes.min():.6g} powers of two in one column and by {sizes.max():.6g} in another"
            raise Declined(f"boolean: {what}; it counts bits of one weight: use softmax")
        x = float(sizes.max(initial=0.0))
        if not either:
            alpha = unit * dq * k + np.where(negative, step, 0)
            return cls(False, float((unit * q * k).sum()), alpha, unit * q * dk, x, varies, negative)
        qm, km = q + dq / 2, k + dk / 2
        constant = (unit * (qm * km - dq * km / 2 - qm * dk / 2) - np.abs(step) / 4).sum()
        return cls(True, float(constant), unit * dq * km, unit * qm * dk, x / 2, varies, varies & ~negative)

    @property
    def spread(self) -> float:
        """How far apart two <b, gamma> may be."""
        return float(np.abs(self.gamma).sum())


def _check(algorithm: Boolean, inputs: Attention) -> None:
    """Errors: `Declined` for what it does not compute."""
    check_mechanism(algorithm, inputs)
    if not inputs.mechanism.bias.is_none or (inputs.seen is not None and not inputs.seen.intervals):
        raise Declined(f"boolean sums over intervals of keys, and adds nothing; this is {inputs.mechanism}: use softmax")


def _seeing(seen: Seen, rows: slice, start: int, stop: int) -> tuple[slice, Ints | None]:
    """The first to the last of these rows that see something of a block of keys, and the parts of their intervals in it.

    Rows and keys are counted from the start of their block; None where all of them see all of it.
    """
    spans = np.clip(np.stack([seen.start[rows], seen.stop[rows]], axis=1), start, stop) - start
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
