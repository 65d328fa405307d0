"""Tasks of attention whose answer is known, on a ladder of three axes: n, the size B of the entries, and the margin R0.

Every rung has YES and NO rows, told apart by exhaustive distances on the vectors that it is reduced from, never by attention.

| construction | from gap Hamming distance by | margin |
|---|---|---|
| T5 | `hamming-attention`: matched normaliser, V = +-B | R0, the ratio of the YES to the NO mass |
| sink | `hamming-sink`: one sink key, V in {0, 1}, Q and K halves of integers | R0 |
| lemma-4.7 | `hamming-balanced`, then `balanced-attention` with its thresholds exponentiated | 3, its own |

| family | gap Hamming instance |
|---|---|
| worst | rows that sit at the thresholds: one key at t and the rest at d (YES), all keys at t2 (NO) |
| random-sat, planted-sat | `cnf-hamming` of 3-SAT formulas with 2.5 clauses a variable |
| random-ov, planted-ov | `ov-hamming` of vectors in dimension log_{4/3} n + 2, where a row has a partner or not |

Worst rows. Let t = t2 - gap, d + t even, (d + gap)/3 <= t2 <= (d + t)/2. One key has weight t, all others are 1_d. The query
0_d has the distances t and d. A query of weight d - t2 that meets the light key in (d + t)/2 - t2 ones has the distance
t2 from all.

B is counted where the scale is 1/d: B = sqrt(d scale max|Q| max|K|), reported as a multiple of sqrt(ln n). With R0 and n fixed
it is set by the gap: B^2 is about d ln(n R0)/(2 gap).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from math import exp, log, sqrt
from typing import Any, Literal

import numpy as np

from hardlab.conformance import arithmetic
from hardlab.kernels.kernel import Conventions, Dtype
from instances import families
from instances.bits import BitMatrix, Bools
from instances.coded import Coded, Rows, column_bounds
from instances.faults import Declined
from instances.task import Attention, AttentionTask
from instances.vectors import GapHamming
from reductions.chain import Chain
from reductions.edges.balanced_attention import BalancedAttention
from reductions.edges.cnf_hamming import CnfHamming
from reductions.edges.hamming_attention import HammingAttention
from reductions.edges.hamming_balanced import HammingBalanced
from reductions.edges.hamming_sink import HammingSink
from reductions.edges.ov_hamming import OvHamming

Construction = Literal["T5", "sink", "lemma-4.7"]
Drawn = Literal["worst", "random-sat", "planted-sat", "random-ov", "planted-ov"]

CHAINS: Mapping[Construction, Callable[[float], Chain]] = {
    "T5": lambda R0: Chain((HammingAttention(R0),)),
    "sink": lambda R0: Chain((HammingSink(R0),)),
    "lemma-4.7": lambda R0: Chain((HammingBalanced(), BalancedAttention())),
}
"""From gap Hamming distance to the task, by R0."""

SIZES = (16, 64, 256, 1024, 4096)
LARGEST_N = 2**16
"""The largest n that may be asked for."""

MARGINS = (1.05, 1.5, 2.0, 4.0, 16.0)
SHAPES = ((48, 16), (48, 4), (48, 1), (192, 1))
"""(d, gap) of the worst rows: B is about 1.4, 2.7, 5.4 and 10.8 sqrt(ln n)."""

LEMMA_MARGIN = 3.0
CLAUSES = 2.5
"""Clauses a variable: so few that neither half of the variables filters most of its assignments."""

LEAST_NORMAL: dict[Dtype, float] = {
    "float64": 2.0**-1022,
    "float32": 2.0**-126,
    "bfloat16": 2.0**-126,
    "float16": 2.0**-14,
}

_SEEDS = 1000


@dataclass(frozen=True)
class Rung:
    """One place on the ladder; `shape` is (d, gap) of the worst rows and None for the other families.

    n is asked for; formulas give shorter lists, and `vectors` is the length of the longer one.
    """

    construction: Construction
    family: Drawn
    n: int
    R0: float
    shape: tuple[int, int] | None = None
    seed: int = 0

    @property
    def source(self) -> GapHamming:
        return _source(self.family, self.n, self.shape, self.seed)

    @property
    def truth(self) -> Bools:
        """Whether each counted row is YES, by all of its distances."""
        return _truth(self.source)

    def task(self, dtype: Dtype) -> AttentionTask:
        """Errors: `Declined` where thresholds of the lemma are no normal numbers of the dtype."""
        task = self._reduced()
        if not task.logarithmic:
            return task
        if task.low < log(LEAST_NORMAL[dtype]):
            power = task.low / log(10)
            raise Declined(f"the lower threshold is 10^{power:.1f}, below the least normal number of {dtype}")
        return replace(task, low=exp(task.low), high=exp(task.high), logarithmic=False)

    @property
    def chain(self) -> Chain:
        """The edges from the source to the task."""
        return CHAINS[self.construction](self.R0)

    def _reduced(self) -> AttentionTask:
        problem: Any = self.source
        for step in self.chain.steps:
            problem = step.apply(problem)
        task: AttentionTask = problem
        return task

    @property
    def vectors(self) -> int:
        return max(self.source.A.n, self.source.B.n)

    def relative_B(self) -> float:
        """B as a multiple of sqrt(ln n)."""
        inputs = self._reduced().inputs
        q, k = (float(column_bounds(X).max()) for X in (inputs.Q, inputs.K))
        return sqrt(inputs.d * inputs.scale * q * k / log(max(self.vectors, 2)))

    @property
    def name(self) -> str:
        shape = "" if self.shape is None else f"/d={self.shape[0]},gap={self.shape[1]}"
        return f"{self.construction}/{self.family}/n={self.n}/R0={self.R0:g}{shape}"

    @property
    def axes(self) -> tuple[tuple[str, float | str], ...]:
        return (
            ("n", float(self.vectors)),
            ("B", round(self.relative_B(), 4)),
            ("R0", self.R0),
            ("family", self.family),
            ("construction", self.construction),
        )


def ladder(
    sizes: Sequence[int] = SIZES,
    margins: Sequence[float] = MARGINS,
    shapes: Sequence[tuple[int, int]] = SHAPES,
    seed: int = 0,
) -> Iterator[Rung]:
    """The rungs, small n first. Above n = 256 the largest B, above 1024 all but one B and the families from formulas and
    vectors are left out, since they would take most of the time.
    """
    for n in sizes:
        kept = shapes if n <= 256 else shapes[:3] if n <= 1024 else shapes[1:2]
        for construction in CHAINS:
            ratios = (LEMMA_MARGIN,) if construction == "lemma-4.7" else margins
            for R0 in ratios:
                for shape in kept:
                    yield Rung(construction, "worst", n, R0, shape, seed)
                if n <= 1024 and (construction == "T5" or R0 in (LEMMA_MARGIN, *_ends(margins))):
                    for family in ("random-sat", "planted-sat", "random-ov", "planted-ov"):
                        yield Rung(construction, family, n, R0, None, seed)


def rounded(task: AttentionTask, conventions: Conventions) -> AttentionTask:
    """The task with Q, K and V rounded to the dtype, and Q multiplied first by what a built-in scale lacks.

    Errors: `BadInput` where an entry is beyond the dtype.
    """
    inputs, dtype = task.inputs, conventions.dtype
    scale = conventions.built_in(inputs.d)
    factor = 1.0 if scale is None else inputs.scale / scale
    Q, K = _rounded(inputs.Q, factor, dtype), _rounded(inputs.K, 1.0, dtype)
    V = arithmetic.representable(inputs.V, dtype)
    return replace(task, inputs=Attention(Q, K, V, inputs.scale if scale is None else scale))


def _rounded(X: Rows, factor: float, dtype: Dtype) -> Rows:
    if not isinstance(X, tuple):
        return arithmetic.representable(X * factor, dtype)
    return tuple(Coded(x.bits, *(arithmetic.representable(values * factor, dtype) for values in (x.zero, x.one))) for x in X)


def _ends(margins: Sequence[float]) -> tuple[float, ...]:
    return (margins[0], margins[-1]) if margins else ()


def formula_size(n: int) -> tuple[int, int]:
    """Variables and clauses of the formulas for lists of about n vectors."""
    variables = 2 * max(2, round(log(n, 2)))
    return variables, round(CLAUSES * variables)


@lru_cache(maxsize=64)
def _source(family: Drawn, n: int, shape: tuple[int, int] | None, seed: int) -> GapHamming:
    """Errors: `Declined` where no seed gives both YES and NO rows."""
    if family == "worst":
        return worst(n, *(shape or SHAPES[0]), seed=seed)
    for drawn in range(seed, seed + _SEEDS):
        found = _drawn(family, n, drawn)
        if 0 < _truth(found).sum() < found.A.n:
            return found
    raise Declined(f"{family} at n = {n}: no instance in {_SEEDS} has both YES and NO rows")


def _drawn(family: Drawn, n: int, seed: int) -> GapHamming:
    if family in ("random-sat", "planted-sat"):
        build = families.random_ksat if family == "random-sat" else families.planted_ksat
        return CnfHamming().apply(build(*formula_size(n), 3, seed=seed))
    vectors = families.random_ov if family == "random-ov" else families.planted_ov
    return OvHamming().apply(vectors(n, n, round(log(n) / log(4 / 3)) + 2, seed=seed))


@lru_cache(maxsize=64)
def _truth(source: GapHamming) -> Bools:
    return np.array([int(source.B.distances(row).min()) <= source.t for row in source.A.words])


def worst(n: int, d: int, gap: int, *, seed: int = 0) -> GapHamming:
    """n queries, YES and NO rows in turn, and n keys, as in the module's text, t2 being the least that fits.

    Errors: `Declined` where none does.
    """
    least = -(-(d + gap) // 3)
    t2 = least + (d + least - gap) % 2
    t = t2 - gap
    if n < 2 or gap < 1 or t < 0 or 2 * t2 > d + t:
        raise Declined(f"n = {n}, d = {d}, gap = {gap}: there are no worst rows, give n >= 2 and d >= 4 gap or so")
    rng = np.random.default_rng(seed)
    light = rng.permutation(d) < t
    keys = np.ones((n, d), dtype=np.bool_)
    keys[rng.integers(n)] = light
    queries = np.zeros((n, d), dtype=np.bool_)
    inside, outside, both = np.flatnonzero(light), np.flatnonzero(~light), (d + t) // 2 - t2
    for row in queries[1::2]:
        row[rng.permutation(inside)[:both]] = True
        row[rng.permutation(outside)[: d - t2 - both]] = True
    return GapHamming(BitMatrix.build(n, d, lambda rows: queries[rows]), BitMatrix.build(n, d, lambda rows: keys[rows]), t, t2)
