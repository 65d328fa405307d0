"""What is known of exponents and values before Algorithm 1 runs: their ranges and means, from passes over blocks of rows.

Values are centred at the mean of some of them: any vector will do, and how far the mean of all is from it is computed.
The mean of a column over blocks of m_B rows is sum_B mean_B m_B/m. A summand goes through m_B - 1 additions in its block, b - 1
with other blocks, and m_B + b - 1 <= m; with a product and two quotients that is m + 2 roundings; m + 8 are allowed
for.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial
from math import ceil, frexp, inf, ldexp

import numpy as np

from attention.blocks import Blocks, sampled
from attention.columns import Columns
from attention.polynomial.rounding import TINY64, Ranges
from attention.rounding import U64, WIDEN
from instances.coded import Floats, Rows, row_count
from instances.faults import Declined


@dataclass(frozen=True)
class Extents:
    """`keys` (3, d): the least, the largest and the mean entry of each column of K; `queries` (d,): the largest |q_c|."""

    keys: Floats
    queries: Floats

    @classmethod
    def of(cls, inputs: Blocks) -> "Extents":
        """O((n + m) d), in one pass over Q and over K."""
        low, high, _ = _merged(inputs.over("Q", _extents), inputs.d)
        return cls(_merged(inputs.over("K", _extents), inputs.d), np.maximum(-low, high))

    @property
    def middle(self) -> Floats:
        """Between the least and the largest keys."""
        found: Floats = self.keys[0] / 2 + self.keys[1] / 2
        return found

    def away(self, centre: Floats) -> Floats:
        """(d,): the largest |k_c - centre_c|, for a centre between the least and the largest keys."""
        found: Floats = np.maximum(self.keys[1] - centre, centre - self.keys[0])
        return found


@dataclass(frozen=True)
class Scores:
    """What is known of the exponents: |x_ij| <= M about `centre`, |mean_j x_ij| <= b; and how the columns are scaled."""

    M: float
    b: float
    centre: Floats
    key_factor: Floats
    query_factor: Floats

    @classmethod
    def of(cls, inputs: Blocks, extents: Extents, centre: Floats, norms: float | None = None) -> "Scores":
        """O((n + m) d), in one pass over Q and over K, or none where a bound on the exponents by `norms` is given. M is
        infinite where they are beyond float64.
        """
        keys = extents.keys
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            k = extents.away(centre)
            q = extents.queries * abs(inputs.scale)
            each = k * q
            used = each > TINY64  # less changes an exponent by nothing that the underflow term does not cover
            exponent = np.where(used, np.log2(q) - np.log2(k), 0.0) / 2
            middle = exponent[each.argmax()]
            key_factor = np.where(used, np.exp2(np.rint(exponent - middle) + np.rint(middle)), 0.0)
            query_factor = np.where(used, inputs.scale / key_factor, 0.0)
            lost = (k > 2.0**900) & (q < TINY64) & (extents.queries != 0)  # |Q| scale underflows, and K makes up for it
            normal = [x[used] for x in (each, key_factor, np.abs(query_factor))]
            M = float(each.sum())
            if not M < 2.0**1000 or lost.any() or not all(((x > TINY64) & (x < inf)).all() for x in normal):
                return cls(inf, inf, centre, key_factor, query_factor)
            if norms is None:
                of_keys = max(inputs.over("K", partial(_norm, centre, key_factor)))
                of_queries = max(inputs.over("Q", partial(_norm, np.zeros(inputs.d), query_factor)))
                norms = of_keys * of_queries if of_keys < inf and of_queries < inf else inf
            M = min(M, norms)
            drift = np.abs(keys[2] - centre) + (inputs.m + 8) * U64 * (np.abs(keys[0]) + np.abs(keys[1]))
            b = float((drift * q).sum())
        return cls(_rounded_up(M * WIDEN), (b if b <= M else M) * WIDEN, centre, key_factor, query_factor)


@dataclass(frozen=True)
class Values:
    """What is known of V: its columns about what is near their means, each of them at most `spread` wide."""

    columns: Columns
    constants: Floats
    spread: float
    extent: Floats
    mu: Floats

    @classmethod
    def of(cls, inputs: Blocks) -> "Values":
        """O(m v), in one pass; the columns hold no values, those of a block take their place.

        Errors: `Declined` where V spans more than float64 holds.
        """
        some = sampled(inputs, "V")
        assert some is not None
        with np.errstate(over="ignore", invalid="ignore"):
            middle = some.mean(axis=0)
            mean = np.where(np.abs(middle) < inf, middle, 0.0)
            apart = np.log2(np.maximum(np.abs(some - mean).max(axis=0), 2.0**-500))
            factor = np.exp2(-np.clip(np.ceil(apart), -500, 1020))  # so that sums neither overflow nor vanish
            parts = list(inputs.over("V", partial(_deviations, mean, factor)))
            low, high = (function([part[place] for part in parts], axis=0) for place, function in ((0, np.min), (1, np.max)))
            extent = np.maximum(high - mean, mean - low)
            spread = float((high - low).max(initial=0.0))
        if not spread < inf:
            raise Declined(f"V has entries from {low.min():.3g} to {high.max():.3g}, further apart than float64 holds: scale V")
        unit = np.exp2(np.clip(np.ceil(np.log2(np.maximum(extent, 2.0**-1000))), -1000, 1020))
        residue, mu = (sum(part[place] for part in parts) / inputs.m / factor / unit for place in (2, 3))
        columns = Columns(np.empty((0, inputs.v)), mean, unit)
        constants = np.zeros(columns.count)
        constants[: len(mean)], constants[len(mean)] = residue, 1.0
        return cls(columns, constants, spread, extent / unit, mu)

    def ranges(self, inputs: Blocks, scores: Scores) -> Ranges:
        columns = self.columns
        blocks, rows = inputs.key_blocks
        return Ranges(
            d=inputs.d,
            m=inputs.m,
            b=scores.b,
            mu=float(self.mu.max(initial=0.0)),
            Y=float(self.extent.max(initial=0.0)),
            mean=float(np.abs(columns.mean).max(initial=0.0)),
            sigma=float(columns.unit.max(initial=0.0)),
            residue=float(np.abs(self.constants[: len(columns.mean)]).max(initial=0.0)),
            blocks=blocks,
            rows=rows,
        )


def with_values(columns: Columns, V: Floats) -> Columns:
    """The columns with the values of a block of keys."""
    return replace(columns, V=V)


def _extents(matrix: Rows) -> tuple[int, Floats]:
    """The number of rows, and the least, the largest and the mean entry of each column (the largest for coded rows, a bound
    too); 0 without rows.
    """
    if not isinstance(matrix, tuple):
        from attention.extents import extents

        return len(matrix), extents(matrix) if len(matrix) else np.zeros((3, matrix.shape[1]))
    blocks = [block for block in matrix if block.bits.n]
    if not blocks:
        return 0, np.zeros((3, matrix[0].bits.d))
    both = np.concatenate([[block.zero, block.one] for block in blocks])
    return row_count(matrix), np.stack([both.min(axis=0), both.max(axis=0), both.max(axis=0)])


def _merged(parts: Iterable[tuple[int, Floats]], columns: int) -> Floats:
    """The extents of all blocks, from those of each that has rows."""
    found = [part for part in parts if part[0]]
    if not found:
        return np.zeros((3, columns))
    mean = _means(((rows, extent[2]) for rows, extent in found), (columns,))
    return np.stack([np.min([e[0] for _, e in found], axis=0), np.max([e[1] for _, e in found], axis=0), mean])


def _means(parts: Iterable[tuple[int, Floats]], shape: tuple[int, ...]) -> Floats:
    """The mean over all rows, from that of each block."""
    found = list(parts)
    total, mean = sum(rows for rows, _ in found), np.zeros(shape)
    with np.errstate(over="ignore", invalid="ignore"):
        for rows, part in found:
            mean = mean + part * (rows / total)
    return mean


def _norm(centre: Floats, factor: Floats, matrix: Rows) -> float:
    """The largest norm of the scaled rows; infinite for coded ones, whose columns are bound enough."""
    if isinstance(matrix, tuple):
        return inf
    from attention.extents import largest_norm

    return largest_norm(matrix, centre, factor)


def _deviations(mean: Floats, factor: Floats, V: Floats) -> Floats:
    from attention.extents import deviations

    return deviations(V, mean, factor)


def _rounded_up(M: float) -> float:
    """The next number with six binary digits, so that polynomials are found again; at least 2^-30."""
    fraction, exponent = frexp(max(M, 2.0**-30))
    return ldexp(ceil(fraction * 64) / 64, exponent)
