"""What Algorithm 1 knows beforehand is what it was: ranges, groups of rows, bounds, and units, of inputs of all sizes."""

from dataclasses import replace
from math import inf
from typing import Any

import numpy as np
import pytest

import attention.polynomial.gradient_bounds as gradient_bounds
import attention.polynomial.intervals as intervals
import attention.polynomial.known as known
import attention.polynomial.rounding as of_rounding
import attention.polynomial.sizes as sizes
from attention.blocks import Whole
from attention.columns import Columns
from attention.exp_polynomial import ExpPolynomial
from attention.polynomial.eigenvalues import lifted_factor
from attention.polynomial.gradient_bounds import Reach, gradients_off, largest
from attention.polynomial.gradients import _reach, _with_units, _without_gaps, power_above
from attention.polynomial.groups import Groups
from attention.polynomial.intervals import interval_off, interval_rounding, largest_mean, of_definition, ranges_over
from attention.polynomial.known import Extents, Scores, Values, _means, _rounded_up
from attention.polynomial.monomials import monomials, rank
from attention.polynomial.rounding import Ranges, off, rounding
from attention.polynomial.sizes import Deviation, lost, remainder
from attention.polynomial.sliding import most_held, phases
from attention.polynomial.symmetric import _basis, pass_seconds
from instances.coded import Floats
from instances.faults import Declined
from instances.gradients import Three
from instances.seen import Seen
from instances.task import Attention
from tests.support.coarse import coarse
from tests.support.dyadic import dyadic
from tests.support.in_parts import InParts
from tests.support.kept import NumbersKeeper


def drawn(seed: int, size: float, scale: float = -0.375, n: int = 6, m: int = 9) -> Attention:
    """Columns of different sizes, one of Q and one of K constant, a column of V too."""
    Q, K, V = (dyadic(seed + k, (rows, 4)) * [1, 2, 0.5, 4] for k, rows in enumerate((n, m, m)))
    Q[:, 0], K[:, 1], V[:, 3] = 0, 0.25, 7
    return Attention(size * Q, K + 3, V - [0, 2, 9, 0], scale)


SIZES = (0.0, 1e-320, 1e-305, 1e-160, 0.5, 64.0, 1e100, 1e300)


def test_ranges(kept_numbers: NumbersKeeper) -> None:
    found: dict[str, Any] = {"rounded": [_rounded_up(x) for x in (0.0, 1e-9, 2.0**-30, 0.3, 1.0, 1.01, 64.5, 1e9)]}
    for size in SIZES:
        for scale in (-0.375, 1e-8):
            of = Whole(drawn(1, size, scale))
            extents = Extents.of(of)
            for name, centre in (("middle", extents.middle), ("mean", extents.keys[2])):
                one = Scores.of(of, extents, centre)
                found[f"{size} {scale} {name}"] = one, extents.away(centre), Scores.of(of, extents, centre, 0.5).M
            found[f"{size} {scale}"] = extents
    for size in (0.0, 1e-310, 1e-200, 1.0, 1e6, 1e300):
        of = Whole(replace_values(drawn(2, 1.0), size * dyadic(3, (9, 3)) * [1, 2, 0]))
        values = Values.of(of)
        scores = Scores.of(of, Extents.of(of), Extents.of(of).middle)
        found[f"values {size}"] = told(values)
        found[f"ranges {size}"] = values.ranges(of, scores)
    for name, V in (("high", np.full((9, 2), 1.7e308)), ("apart", 1e308 * np.linspace(0.8, 1.7, 18).reshape(9, 2))):
        values = Values.of(Whole(replace_values(drawn(2, 1.0), V)))
        found[f"values {name}"] = values.constants, values.spread, values.extent, values.columns.mean, values.columns.unit
    for name, q, k in (("lost", 1e-200, 1e280), ("kept", 1e-100, 1e280), ("none", 0.0, 1e280), ("near", 1e-200, 1e270)):
        Q, K = dyadic(1, (6, 2)), dyadic(2, (9, 2))
        Q[:, 1], K[:, 1] = q, k * np.linspace(-1, 1, 9)
        lost_one = Whole(Attention(Q, K, dyadic(3, (9, 1)), 1e-120))
        found[name] = Scores.of(lost_one, Extents.of(lost_one), Extents.of(lost_one).middle)
    found["means"] = _means([(3, np.array([1.0, 2.0])), (5, np.array([0.5, -1.0]))], (2,))
    kept_numbers(found)


def test_ranges_of_blocks(kept_numbers: NumbersKeeper) -> None:
    found: dict[str, Any] = {}
    for rows in (1, 4, 5, 9):
        of = InParts(drawn(1, 0.5), rows)
        extents, values = Extents.of(of), Values.of(of)
        scores = Scores.of(of, extents, extents.middle)
        found[f"{rows}"] = extents, scores
        found[f"{rows} values"] = told(values)
        found[f"{rows} ranges"] = values.ranges(of, scores)
    kept_numbers(found)


def told(of: Values) -> tuple[Any, ...]:
    return of.constants, of.spread, of.extent, of.mu, of.columns.mean, of.columns.unit


def replace_values(of: Attention, V: Floats) -> Attention:
    return Attention(of.Q, of.K, V, of.scale)


POLYNOMIALS = {
    "few": ExpPolynomial(0.5, (1.0, 1.0, 0.5), 0.02),
    "one": ExpPolynomial(0.25, (1.0, 1.0), 0.04),
    "more": ExpPolynomial(2.0, (1.0, 0.99, -0.51, 0.17, 0.04), 0.01),
    "far": ExpPolynomial(8.0, tuple(1.0 / 2**k for k in range(9)), 0.9),
    "useless": ExpPolynomial(8.0, (1.0, 1.0), inf),
}
RANGES = Ranges(d=3, m=1000, b=0.25, mu=0.25, Y=1.0, mean=0.5, sigma=2.0, residue=1e-12)
CHANGES: tuple[dict[str, Any], ...] = (
    {}, {"d": 1}, {"d": 30}, {"m": 1}, {"m": 10**12}, {"b": 9.0}, {"mu": 0.0}, {"Y": 1e-9}, {"mean": 1e9}, {"sigma": 0.0},
    {"residue": 0.5}, {"blocks": 40, "rows": 256},
)  # fmt: skip
REACH = Reach(3000, 0.5, 1.5, 2.5, 3.0, 4.0, 5.0, Three(2.0, 4.0, 8.0), 5)
REACHES = (
    REACH,
    replace(REACH, n=3, undone=Three(1e200, 0.5, 1.0)),
    replace(REACH, size=0.0, units=0.0),
    *(replace(REACH, undone=Three(2.0**power, 1.0, 2.0)) for power in (900, 910, 915, 930)),
)


@pytest.mark.parametrize("how", ["as it is", "coarse"])
@pytest.mark.parametrize("name", POLYNOMIALS)
def test_rounding(name: str, how: str, kept_numbers: NumbersKeeper, monkeypatch: pytest.MonkeyPatch) -> None:
    if how == "coarse":
        coarse(monkeypatch, of_rounding, gradient_bounds, intervals)
    P, found = POLYNOMIALS[name], dict[str, Any]()
    for number, change in enumerate(CHANGES):
        of = replace(RANGES, **change)
        degrees, rows = (1, 2, P.g + 1), (1e-14, 0.2, 2.0)
        found[f"{number}"] = [(off(P, h, of), rounding(P, h, of)) for h in degrees]
        found[f"{number} intervals"] = [
            (interval_off(a, P, h, of), interval_rounding(a, P, h, of)) for h in degrees for a in rows
        ]
        if P.eta < 1:
            bounds = [gradients_off(P, 0.05, of, reach) for reach in REACHES]
            found[f"{number} gradients"] = bounds, [one.total for one in bounds], [largest(P.M, of, reach) for reach in REACHES]
    kept_numbers(found)


def test_gradients(kept_numbers: NumbersKeeper) -> None:
    found: dict[str, Any] = {"powers": [power_above(x) for x in (0.0, 5e-324, 1e-308, 0.5, 1.0, 3.0, 1.7e308)]}
    for size in SIZES:
        of = Whole(drawn(1, size))
        extents, values = Extents.of(of), _with_units(Values.of(of))
        scores = Scores.of(of, extents, extents.middle)
        found[f"units {size}"] = values.columns.unit
        if inf > scores.M:
            try:
                scores = _without_gaps(scores, extents, of.scale)
            except Declined:
                found[f"declined {size}"] = 1
            found[f"{size}"] = scores, _reach(of, extents, scores, values)
    constant = Whole(replace_values(drawn(1, 1.0), np.full((9, 2), 3.0)))
    found["constant"] = _with_units(Values.of(constant)).columns.unit
    kept_numbers(found)


def seen(kind: str, n: int, m: int) -> Seen:
    i: Any = np.arange(n)
    start, stop = {
        "causal": (0 * i, np.minimum(i + 1, m)), "window": (np.clip(i - 9, 0, m), np.minimum(i + 2, m)),
        "leap": (np.where(i < n // 2, 0, m // 2), np.where(i < n // 2, m // 3, m)),
        "some see nothing": (np.minimum(2 * i, m), np.where(i % 5 == 0, np.minimum(2 * i, m), np.minimum(2 * i + 30, m))),
        "all": (0 * i, 0 * i + m), "none": (0 * i, 0 * i),
    }[kind]  # fmt: skip
    return Seen(n, m, start, stop, i, 0 * i, 1)


@pytest.mark.parametrize("kind", ["causal", "window", "leap", "some see nothing", "all", "none"])
def test_groups(kind: str, kept_numbers: NumbersKeeper) -> None:
    found: dict[str, Any] = {}
    for n, m in ((0, 5), (1, 1), (40, 40), (64, 33), (33, 90)):
        for block in (4, 16):
            of = Groups.of(seen(kind, n, m), block)
            found[f"{n} {m} {block}"] = of, of.summed, of.pairs, of.most_left
            first, last = of.first[of.summed], of.last[of.summed]
            found[f"{n} {m} {block} phases"] = phases(first, last), most_held(first, last)
    kept_numbers(found)


def test_intervals(kept_numbers: NumbersKeeper) -> None:
    found: dict[str, Any] = {}
    groups = Groups.of(seen("window", 40, 40), 4)
    found["ranges"] = ranges_over(groups, RANGES, 0.75, 0.125), ranges_over(Groups.of(seen("none", 4, 4)), RANGES, 0.75, 0.125)
    V = dyadic(5, (40, 2))
    found["mean"] = largest_mean(groups, Columns(V, V.mean(axis=0), np.array([0.5, 4.0])), V)
    for size in (0.0, 0.5, 30.0, 1e4):
        of = Whole(drawn(1, size, n=40, m=40))
        extents = Extents.of(of)
        found[f"{size}"] = of_definition(of, groups, extents, Scores.of(of, extents, extents.middle))
    kept_numbers(found)


def test_coarse_arithmetic(kept_numbers: NumbersKeeper, monkeypatch: pytest.MonkeyPatch) -> None:
    coarse(monkeypatch, known, sizes)
    of = Whole(drawn(1, 0.5))
    extents = Extents.of(of)
    found = {name: Scores.of(of, extents, centre) for name, centre in (("middle", extents.middle), ("mean", extents.keys[2]))}
    kept_numbers({**found, "lost": [lost(p, d, m) for p in (1, 3) for d in (1, 50) for m in (1, 900)]})


def test_features(kept_numbers: NumbersKeeper) -> None:
    found: dict[str, Any] = {f"{d} {g}": (monomials(d, g), rank(d, g)) for d, g in ((1, 0), (1, 5), (3, 4), (6, 2))}
    found |= {f"basis {d} {p}": _basis(d, p) for d in (1, 2, 4) for p in (2, 3)}
    found["seconds"] = [pass_seconds(d, m, p) for d in (1, 7) for m in (1, 10**6) for p in (2, 3)]
    for size in (0.0, 1e-150, 1.0, 1e160, inf):
        with np.errstate(all="ignore"):
            found[f"factor {size}"] = lifted_factor(size * np.array([[4.0, 1.0], [1.0, 2.0]]))
    found["no factor"] = lifted_factor(np.array([[1.0, 2.0], [2.0, 1.0]]))
    kept_numbers(found)


def test_sizes(kept_numbers: NumbersKeeper) -> None:
    found: dict[str, Any] = {"lost": [lost(p, d, m) for p in (1, 3) for d in (1, 50) for m in (1, 10**9)]}
    for g in (0, 1, 5, 30):
        found[f"remainder {g}"] = [remainder(np.array([M]), g) for M in (0.0, 1e-3, 1.0, 7.0, 20.0, 50.0, 50.1)]
        found[f"many {g}"] = remainder(np.array([0.0, 3.0, 11.0]), g), remainder(np.array([0.0, 51.0]), g)
    mu, M = np.array([0.0, 1e-4, 0.5, 4.0]), np.array([0.0, 1e-6, 0.5, 3.0])
    found["deviation"] = [Deviation(*x).of(mu, M, b) for x in ((9.0, 1e-3, 0.5), (0.5, 0.1, 2.0)) for b in (0.0, 0.5)]
    kept_numbers(found)
