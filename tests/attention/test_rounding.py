"""The bounds of streamed attention, written down a second time from their derivation, and the limits within which they hold."""

from dataclasses import replace
from math import ceil, exp, expm1, inf, log, nextafter, sqrt
from typing import Any

import numpy as np
import pytest

from attention.algorithm import NO_PROMISE
from attention.rounding import Bounds, Rounding, gamma, largest_score, row_bounds
from instances.bits import BitMatrix
from instances.coded import Coded
from instances.mechanism import Mechanism
from instances.task import Attention

F32, F64 = np.float32, np.float64
UNIT: dict[Any, float] = {F32: 2.0**-24, F64: 2.0**-53}
TINY: dict[Any, float] = {F32: 2.0**-126, F64: 2.0**-1022}
TOP: dict[Any, float] = {F32: (2 - 2.0**-23) * 2.0**121, F64: (2 - 2.0**-52) * 2.0**1017}
ROOM = 1 + 1e-9
CLOSE: dict[str, Any] = {"rel": 1e-12, "abs": 0.0}


def bounds(**given: Any) -> Bounds:
    """Of 5 keys in 2 dimensions, where nothing is near a limit."""
    usual = {
        "d": 2, "m": 5, "scale": 0.5, "q": np.array([1.0, 2.0]), "k": np.array([3.0, 0.5]), "largest": 2.0, "norms": (inf, inf),
    }  # fmt: skip
    return Bounds(**{**usual, **given})


CASES = [
    bounds(), bounds(scale=-0.5), bounds(m=1, largest=0.0), bounds(d=64), bounds(m=1000), bounds(m=1000, blocks=4, rows=300),
    bounds(m=257, rows=257), bounds(gaussian=True), bounds(bias=3.0), bounds(turned=True), bounds(bias=3.0, turned=True),
    bounds(gaussian=True, bias=0.5), bounds(scale=0.0), bounds(scale=0.0, gaussian=True), bounds(q=np.zeros(2), scale=1e3),
    bounds(scale=60.0), bounds(scale=20.0), bounds(k=np.zeros(2), q=np.array([2.0**60, 0.0])),
]  # fmt: skip


def near(found: float, expected: float) -> bool:
    return abs(found - expected) <= 1e-12 * abs(expected)


def gamma_of(k: float, u: float) -> float:
    return k * u / (1 - k * u)


def score_error(of: Bounds, type_: Any) -> float:
    """s of the derivation."""
    u, d = UNIT[type_], of.d
    in_products = {False: d + 6, True: 3 * d + 10}[of.gaussian] + (2 if of.bias else 0) + (14 if of.turned else 0)
    flushed = 4 * TINY[type_] * (1 + abs(of.scale)) * (sum(of.q) + sum(of.k) + d + 1) * (4 if of.gaussian else 1)
    return gamma_of(in_products, u) * of.S + flushed


def mass_error(of: Bounds, type_: Any, terms: int) -> float:
    """a of the derivation, without the room for its own rounding."""
    u, s = UNIT[type_], score_error(of, type_)
    rows = of.rows or of.m
    float64 = 13 * (ceil(rows / 256) + of.blocks) + 16
    return s + 4 * u * (of.S + s) + 8 * u + gamma_of(min(rows, terms) + 8, u) + gamma_of(float64, 2.0**-53)


@pytest.mark.parametrize("type_", [F32, F64])
@pytest.mark.parametrize("terms", [1, 7, 256])
@pytest.mark.parametrize(
    "of",
    CASES,
)
def test_the_error_of_a_mass(of: Bounds, type_: type[np.floating], terms: int) -> None:
    found, expected = Rounding.of_bounds(of, type_, terms), mass_error(of, type_, terms)
    assert found.a == pytest.approx(expected * ROOM, **CLOSE)
    assert found.m == of.m + 32 * (of.blocks - 1)
    if found.bounded:
        assert near(found.L, (of.S + score_error(of, type_)) / log(2))
    promise = found.of_quotient()
    assert promise.relative == pytest.approx((expm1(2 * expected * ROOM) + 4 * UNIT[type_]) * ROOM, rel=1e-9, abs=0.0)
    weight = 2.0**-found.L if found.bounded else 1.0
    assert promise.absolute == pytest.approx(8 * (found.m + 32) * TINY[type_] / weight * (1 + of.largest), **CLOSE)


@pytest.mark.parametrize("type_", [F32, F64])
def test_scores_that_are_exponentiated_as_they_are(type_: type[np.floating]) -> None:
    """Up to 80 powers of two in float32 and 600 in float64, rounding included; and sums that stay in range."""
    limit, top = {F32: (80.0, 122.0), F64: (600.0, 1018.0)}[type_]

    def bounded(powers: float, **given: Any) -> bool:
        of = bounds(q=np.array([powers * log(2)]), k=np.ones(1), d=1, scale=1.0, **given)
        found = Rounding.of_bounds(of, type_, 8)
        return found.bounded

    assert bounded(limit * (1 - 1e-5))
    assert not bounded(limit * (1 + 1e-5))
    room = top - limit * (1 - 1e-5)
    assert bounded(limit * (1 - 1e-5), m=1, largest=2.0**room * 0.999)
    assert not bounded(limit * (1 - 1e-5), m=1, largest=2.0**room * 1.001)
    assert not bounded(limit * (1 - 1e-5), m=3, largest=2.0**room * 0.999)
    if type_ is F32:  # so many keys that values below 1 do not make up for them
        assert [bounded(79.0, m=2**m, largest=2.0**-20) for m in (42, 44)] == [True, False]


@pytest.mark.parametrize("type_", [F32, F64])
@pytest.mark.parametrize(
    "which",
    ["q", "k", "products", "S", "scale", "scaled", "values", "squares"],
)
def test_each_number_must_be_in_range(which: str, type_: type[np.floating]) -> None:
    """Below a 64th of the largest number of the type; the others are far below it."""
    one, none = np.array([1.0, 0.0]), np.zeros(2)

    def held(x: float) -> bool:
        root = 2.0**20
        given: dict[str, dict[str, Any]] = {
            "q": {"q": x * one, "k": none, "scale": 2.0**-10}, "k": {"q": none, "k": x * one},
            "scale": {"q": none, "k": none, "scale": x},
            "products": {"q": x / root * one, "k": root * one, "scale": 2.0**-10},
            "S": {"q": x / root * one, "k": one, "scale": root / ROOM},
            "scaled": {"q": x / root * one, "k": none, "scale": root}, "values": {"largest": x / 4, "m": 4},
            "squares": {"q": sqrt(x) * 0.75 * one, "k": sqrt(x) * 0.25 * one, "gaussian": True, "scale": 2.0**-10},
        }  # fmt: skip
        return Rounding.of_bounds(bounds(**{"d": 1, "scale": 1.0, "q": one, "k": one, **given[which]}), type_, 8).a < inf

    top = TOP[type_]
    below, above = (top * (1 - 1e-9), top * (1 + 1e-9)) if which in ("S", "squares") else (nextafter(top, 0.0), top)
    assert held(below)
    assert not held(above)


@pytest.mark.parametrize("type_", [F32, F64])
def test_the_other_limits(type_: type[np.floating]) -> None:
    """A scale that the type has, roundings that come to a tenth, and float64 roundings that come to a hundredth."""
    u = UNIT[type_]
    for scale, held in ((0.0, True), (TINY[type_], True), (nextafter(TINY[type_], 0.0), False)):
        assert (Rounding.of_bounds(bounds(scale=scale), type_, 8).a < inf) is held
    most = int(0.1 / u) - 10
    for terms, d, held in ((most, 2, True), (most + 1, 2, False), (2, most, True), (3, most, False)):
        assert (Rounding.of_bounds(bounds(d=d), type_, terms).a < inf) is held, (terms, d)
    for gaussian, bias, turned, more in ((True, 0.0, False, 4 + 4), (False, 1.0, False, 2), (False, 0.0, True, 14)):
        of = bounds(gaussian=gaussian, bias=bias, turned=turned)
        assert Rounding.of_bounds(of, type_, most - more).a < inf
        assert Rounding.of_bounds(of, type_, most - more + 1).a == inf
    most = int(0.01 * 2**53)
    for m, held in ((most, True), (most + 1, False)):
        assert (Rounding.of_bounds(bounds(m=m, largest=0.0), type_, 8).a < inf) is held
    none = Rounding.of_bounds(bounds(scale=TINY[type_] / 2), type_, 8)
    assert (none.of_quotient(), none.of_logarithm(1.0), none.bounded) == (NO_PROMISE, NO_PROMISE, False)


def test_no_promise_where_a_mass_may_be_off_by_a_factor_of_300_e_foldings() -> None:
    of = Rounding.of_bounds(bounds(), F64, 8)
    for a, made in ((300.0, True), (nextafter(300.0, inf), False)):
        assert replace(of, a=a).of_quotient().made is made
        assert replace(of, a=a).of_logarithm(0.0).made is made
    assert replace(of, a=300.0).of_quotient().relative == pytest.approx(expm1(600.0), rel=1e-8)


@pytest.mark.parametrize("spread", [0.0, 40.0])
@pytest.mark.parametrize("of", [*CASES, bounds(m=2**40), bounds(m=10**12, scale=1e-300)])
def test_the_error_of_a_logarithm(of: Bounds, spread: float) -> None:
    """A mass twice, ln V and its sums with 20 roundoffs of all there is, the two logarithms with 36, and flushed weights."""
    found = Rounding.of_bounds(of, F64, 8)
    reach = of.S + spread + log(found.m) + 1
    delta = 2 * found.a + 56 * UNIT[F64] * reach + 8 * (found.m + 32) * TINY[F64] * exp(600)
    assert found.of_logarithm(spread).relative == pytest.approx(expm1(delta * ROOM), rel=1e-11, abs=0.0)
    flushed = replace(found, a=0.0, u=0.0, tiny=1e-274).of_logarithm(spread)
    assert near(flushed.relative, expm1(8 * (found.m + 32) * 1e-274 * exp(600) * ROOM))


def test_the_largest_score() -> None:
    """The lesser of the columns' maxima and the norms; no other for coded rows, nor where norms leave their range."""
    q, k = np.array([1.0, 2.0]), np.array([3.0, 0.5])
    assert near(bounds(q=q, k=k).S, 0.5 * 4 * ROOM)
    assert near(bounds(q=q, k=k, scale=-0.5, bias=3.0).S, (2 + 3) * ROOM)
    assert near(bounds(q=q, k=k, norms=(4.0, 0.25)).S, 0.5 * 2 * 0.5 * ROOM)
    assert bounds(q=q, k=k, norms=(400.0, 25.0)).S == bounds(q=q, k=k).S
    for norms in ((1e-200, 1.0), (1.0, 1e-200), (inf, 1e-9), (1e-9, inf)):
        assert bounds(q=q, k=k, norms=norms).S == bounds(q=q, k=k).S
        assert bounds(q=q, k=k, norms=tuple(min(max(norm, 2e-200), 1e9) for norm in norms)).S < bounds(q=q, k=k).S
    assert near(bounds(q=q, k=k, gaussian=True, bias=1.0).S, (0.5 * (4**2 + 2.5**2) + 1) * ROOM)
    inputs = Attention([[1.0, 0.0], [0.0, 2.0]], [[3.0, 4.0]], [[1.0]], 0.5)  # type: ignore[arg-type]
    assert near(largest_score(inputs), 0.5 * min(3 + 8, 2 * 5) * ROOM)


def test_the_bounds_of_inputs() -> None:
    """Columns' maxima, norms, values and kernel; nothing is known of the norms of coded rows."""
    Q, K = np.array([[3.0, 0.0], [0.0, -4.0]]), np.array([[1.0, 1.0]])
    plain = Bounds.of(Attention(Q, K, np.array([[-7.0]]), -0.5))
    assert (plain.d, plain.m, plain.scale, plain.largest, plain.norms) == (2, 1, -0.5, 7.0, (16.0, 2.0))
    assert (plain.q.tolist(), plain.k.tolist()) == ([3, 4], [1, 1])
    assert (plain.gaussian, plain.turned, plain.bias, plain.blocks, plain.rows) == (False, False, 0.0, 1, None)
    assert Bounds.of(Attention(Q, K, np.array([[1.0]]), 1.0, Mechanism.of("gaussian"))).gaussian
    small = Bounds.of(Attention(np.full((1, 2), 0.1), np.full((1, 2), 0.1), np.array([[0.5]]), 1.0))
    assert small.largest == 0.5
    assert all(near(norm, 0.02) for norm in small.norms)
    coded = (Coded(BitMatrix.of(["10"]), np.zeros(2), np.array([2.0, 3.0])),)
    columns, norm = row_bounds(coded)
    assert (columns.tolist(), norm) == ([2.0, 3.0], inf)


def test_gamma() -> None:
    assert gamma(3, 2.0**-3) == 0.6
    assert gamma(8, 2.0**-3) == gamma(9, 2.0**-3) == inf
    assert sqrt(gamma(0, 2.0**-3)) == 0
