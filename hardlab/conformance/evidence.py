"""What a kernel gave for a planted call, held against the definition entry by entry.

Outputs must be within the a-priori bound of the dtype (module `arithmetic`). Gradients must be within `OFTEN` times the largest
error that the definition has when it is computed in that dtype, every result rounded to it, of the same gradient, and FLOOR
roundings of the absolute terms of the largest entry, and what d roundings of a score of random signs may move it by beyond
that. Rows that see no key are not looked at.

Of calls with more than `WHOLE` pairs only those rows are computed that are not close to the value of a near key.
"""

from dataclasses import dataclass, replace
from functools import partial
from math import sqrt

import numpy as np

from hardlab.conformance.arithmetic import ROUNDOFF, SUMS, bound_of_rows, representable
from hardlab.conformance.case import Case
from hardlab.conformance.dense import Reading
from hardlab.conformance.planting import TOP_OF_GRADIENTS, Planted
from hardlab.kernels.kernel import Answer, Dtype
from instances.bits import Bools, Ints
from instances.coded import Floats

OFTEN = 4.0
FLOOR = 4.0

WHOLE = 2**19
"""Pairs of a call that is computed whole."""

JUDGED = 128
"""Rows of a head that are computed in larger ones."""

CLOSE = 0.35
"""Of the distance between values that are told apart."""

PARTS = ("output", "dQ", "dK", "dV")


@dataclass(frozen=True, eq=False)
class Evidence:
    """One tensor: what was given and expected (b, h, n, columns), what is allowed, and the entries that are `wrong`.

    Where it was not computed whole, `expected` is NaN in other rows, which are not wrong.
    """

    case: Case
    planted: Planted
    part: str
    given: Floats
    expected: Floats
    allowed: Floats
    wrong: Bools
    near: int = 0
    """Rows that are close to the value of the key that is theirs, and were not computed for that."""

    @property
    def reading(self) -> Reading:
        return self.planted.reading

    @property
    def rows(self) -> Bools:
        """(b, h, n): the rows with a wrong entry."""
        return np.asarray(self.wrong.any(axis=3))

    @property
    def place(self) -> tuple[int, ...]:
        """The entry that is furthest out."""
        error = np.where(np.isfinite(self.given), np.abs(self.given - self.expected), np.inf)
        excess = np.where(self.wrong, error / np.where(self.wrong, np.maximum(self.allowed, 1e-300), np.nan), -1.0)
        return tuple(int(x) for x in np.unravel_index(int(np.nanargmax(excess)), excess.shape))

    @property
    def said(self) -> str:
        """That entry in words."""
        place = self.place
        return f"{self.part}{list(place)} is {self.given[place]:.6g}, expected {self.expected[place]:.6g}"


def evidence(case: Case, planted: Planted, answer: Answer, dtype: Dtype) -> list[Evidence]:
    """What there is to see in each tensor that was asked for."""
    b, H, _, n, m, _, _ = planted.call.sizes
    judge = _output if b * H * n * m <= WHOLE else _sampled
    found = [judge(case, planted, answer.output, dtype)]
    if answer.gradients is not None:
        found += _gradients(case, planted, answer.gradients, dtype)
    return found


def _output(case: Case, planted: Planted, given: Floats, dtype: Dtype) -> Evidence:
    return _judged(case, planted, "output", given, *_held(planted.reading, given, dtype))


def _held(reading: Reading, given: Floats, dtype: Dtype) -> tuple[Floats, Floats]:
    """The outputs of a reading, and what is allowed of each: the bound, where more is needed than it always allows."""
    expected, least = reading.output(), _least_allowed(reading, dtype)
    error = np.where(np.isfinite(given), np.abs(given - expected), np.inf).max(axis=3)
    allowed = np.full(given.shape, np.inf)
    for batch, head in np.ndindex(*given.shape[:2]):
        sees = reading.sees(batch, head, np.arange(given.shape[2]))
        seeing = np.asarray(sees.any(axis=1))
        allowed[batch, head, seeing] = least
        rows = np.flatnonzero(seeing & (error[batch, head] > least))
        allowed[batch, head, rows] = allowed_of_rows(reading, batch, head, rows, sees[rows], dtype)
    return expected, allowed


def _least_allowed(reading: Reading, dtype: Dtype) -> float:
    """No bound of module `arithmetic` is smaller: its part b, times the least |V|, which no mean is below."""
    m = reading.K.shape[2]
    roundings = 2 * (m + 32) * ROUNDOFF[SUMS[dtype]] + 5 * ROUNDOFF[dtype]
    least: float = roundings * float(np.abs(reading.V).min())
    return least


def allowed_of_rows(reading: Reading, batch: int, head: int, rows: Ints, sees: Bools, dtype: Dtype) -> Floats:
    """(rows, v): the a-priori bound of outputs, and that of float64, in which they are expected."""
    K, V = reading.K[tuple(reading.keys_of[batch, head])], reading.V[tuple(reading.values_of[batch, head])]
    Q, added = reading.Q[batch, head][rows], None if reading.added is None else reading.added(batch, head, rows)
    given = (Q, K, V, reading.scale)
    return bound_of_rows(*given, dtype, sees, added) + bound_of_rows(*given, "float64", sees, added)


def close(given: Floats, reading: Reading, dtype: Dtype) -> bool:
    """Whether all outputs of rows that see a key are within what is allowed of that reading."""
    expected, allowed = _held(reading, given, dtype)
    return not _outside(given, expected, allowed).any()


def _sampled(case: Case, planted: Planted, given: Floats, dtype: Dtype) -> Evidence:
    expected, allowed = np.full(given.shape, np.nan), np.full(given.shape, np.inf)
    reading, n, near = planted.reading, given.shape[2], 0
    for batch, head in np.ndindex(*given.shape[:2]):
        V = reading.V[tuple(reading.values_of[batch, head])]
        asked, stay = planted.asked[batch, head], planted.stay[batch, head]
        far = np.empty(n)
        for first in range(0, n, 512):
            these = np.arange(first, min(first + 512, n))
            sees = reading.sees(batch, head, these)
            right = np.where(sees[np.arange(len(these)), asked[these]][:, None], V[asked[these]], V[stay[these]])
            apart = np.abs(given[batch, head][these] - right).max(axis=1)
            far[these] = np.where(sees.any(axis=1), np.where(np.isfinite(apart), apart, np.inf), -2 * CLOSE)
        rows = np.argsort(-far)[:JUDGED]
        rows = np.sort(rows[far[rows] > CLOSE]) if (far > CLOSE).any() else rows[:4]
        rows, near = rows[far[rows] >= 0], near + int((np.abs(far) <= CLOSE).sum())
        expected[batch, head, rows] = reading.rows(batch, head, rows)
        allowed[batch, head, rows] = allowed_of_rows(reading, batch, head, rows, reading.sees(batch, head, rows), dtype)
    return replace(_judged(case, planted, "output", given, expected, allowed), near=near)


def _gradients(case: Case, planted: Planted, given: tuple[Floats, Floats, Floats], dtype: Dtype) -> list[Evidence]:
    held = held_gradients(planted.reading, dtype)
    return [
        _judged(case, planted, name, x, expected, np.full(x.shape, allowed))
        for name, x, (expected, allowed) in zip(PARTS[1:], given, held, strict=True)
    ]


def held_gradients(reading: Reading, dtype: Dtype) -> list[tuple[Floats, float]]:
    """dQ, dK and dV of a reading, and what is allowed of all entries of each."""
    rough = replace(reading, rounding=partial(representable, dtype=dtype), sums=getattr(np, SUMS[dtype]))
    d = reading.Q.shape[3]
    relative = FLOOR * ROUNDOFF[dtype] + 8 * TOP_OF_GRADIENTS * sqrt(d + 2) * ROUNDOFF[SUMS[dtype]]
    found = []
    with np.errstate(all="ignore"):
        rounded = rough.gradients()
    for right, other, size in zip(reading.gradients(), rounded, reading.gradients(absolute=True), strict=True):
        error = float(np.abs(np.where(np.isfinite(other), other - right, 0.0)).max(initial=0.0))
        floor = relative * float(np.abs(size).max(initial=0.0)) + 1e-300
        found.append((right, OFTEN * error + floor))
    return found


def _judged(case: Case, planted: Planted, part: str, given: Floats, expected: Floats, allowed: Floats) -> Evidence:
    return Evidence(case, planted, part, given, expected, allowed, _outside(given, expected, allowed))


def _outside(given: Floats, expected: Floats, allowed: Floats) -> Bools:
    """The entries that are further off than is allowed, of those of which something is."""
    with np.errstate(invalid="ignore"):
        outside = ~(np.abs(given - expected) <= allowed)
    return outside & np.isfinite(allowed) & np.isfinite(expected)


def useful(evidence: Evidence) -> bool:
    """Whether what is allowed tells right from wrong in half of the entries at least, or rows are near the value of a key."""
    if evidence.near:
        return True
    judged = np.isfinite(evidence.allowed)
    reach = float(np.abs(evidence.expected[judged]).max(initial=0.0))
    return bool(judged.any()) and float(np.median(evidence.allowed[judged])) < reach / 4
