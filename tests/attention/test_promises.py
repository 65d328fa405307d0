"""Promised errors under attack: thousands of hostile tasks, and planted faults."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from math import inf
from typing import Any

import numba
import numpy as np
import pytest
from flint import arb, ctx
from threadpoolctl import threadpool_limits

import attention.polynomial.answers
import attention.polynomial.running
import attention.polynomial.sums
from attention import Algorithm, Auto, Logspace, Polynomial, Softmax, Taylor, TaylorFromBelow
from attention.algorithm import answers, promised
from attention.columns import Columns
from attention.exp_polynomial import ExpPolynomial, minimax
from attention.laws import BITS, Allowed, keeps_its_promise
from attention.polynomial.monomials import Monomials
from attention.polynomial.plan import Plan
from attention.polynomial.rounding import Ranges, rounding
from instances.coded import Floats
from instances.faults import Declined
from instances.law import LawBroken
from instances.task import Attention
from tests.support.tasks import Random, ranged

# ------------------------------------------------------------------------------------------------------ a hostile family


@dataclass(frozen=True, eq=False)
class Case:
    """A task, the error wanted of it, and a few rows to be checked."""

    kind: str
    inputs: Attention
    error: float

    @cached_property
    def rows(self) -> dict[int, list[arb]]:
        """Exact outputs of the rows checked, those of |V| after those of V."""
        inputs = self.inputs
        both = Attention(inputs.Q, inputs.K, np.hstack([inputs.V, np.abs(inputs.V)]), inputs.scale).exact
        rows = list(range(inputs.n)) if inputs.m <= 60 and inputs.n <= 3 else sorted({0, inputs.n // 2, inputs.n - 1})
        if inputs.m > 500:
            rows = [inputs.n - 1]
        with ctx.workprec(BITS):
            return {i: both.row(i) for i in rows}

    @cached_property
    def largest(self) -> float:
        return float(np.abs(self.inputs.V).max(initial=0.0))

    @cached_property
    def single(self) -> bool:
        """Whether Q, K and the scale are numbers of float32."""
        inputs = self.inputs
        q, k = float(np.abs(inputs.queries(slice(None))).max(initial=0.0)), float(np.abs(inputs.keys(slice(None))).max())
        return max(q, k, abs(inputs.scale)) < 1e35 and abs(inputs.scale) > 1e-37

    @cached_property
    def M(self) -> float:
        """What the exponents about the middle of K are at most."""
        Q, K = self.inputs.queries(slice(None)), self.inputs.keys(slice(None))
        with np.errstate(over="ignore", invalid="ignore"):
            half = K.max(axis=0) / 2 - K.min(axis=0) / 2
            return float((half * np.abs(Q * self.inputs.scale).max(axis=0, initial=0.0)).sum())

    @cached_property
    def S(self) -> float:
        """What the scores are at most."""
        Q, K = self.inputs.queries(slice(None)), self.inputs.keys(slice(None))
        with np.errstate(over="ignore", invalid="ignore"):
            return float((np.abs(K).max(axis=0) * np.abs(Q * self.inputs.scale).max(axis=0, initial=0.0)).sum())


def shape(rng: Random) -> tuple[int, int, int, int]:
    """(n, m, d, v)."""
    return int(rng.integers(1, 5)), int(rng.integers(1, 40)), int(rng.integers(1, 5)), int(rng.choice([1, 1, 2, 3, 8, 9, 17]))


def ordinary(rng: Random, corners: bool = False, positive: bool = False) -> tuple[Floats, Floats, Floats]:
    n, m, d, v = shape(rng)
    B = 2.0 ** rng.uniform(-6, 6)
    Q, K = (rng.choice([-B, B], (r, d)) if corners else rng.uniform(-B, B, (r, d)) for r in (n, m))
    V = rng.choice([-1.0, 1.0], (m, v)) if corners else rng.uniform(-1, 1, (m, v))
    return Q, K, np.abs(V) if positive else V


def some_M(rng: Random) -> float:
    return float(rng.choice([0.25, 1.0, 2.0, 3.0, 4.0, 6.0, 9.0, 14.0])) * (1 - 1e-8)


def uniform(rng: Random) -> Attention:
    return ranged(rng, *ordinary(rng, positive=rng.random() < 0.5), some_M(rng))


def corners(rng: Random) -> Attention:
    return ranged(rng, *ordinary(rng, corners=True), some_M(rng))


def equal_keys(rng: Random) -> Attention:
    Q, K, V = ordinary(rng)
    return Attention(Q, np.repeat(K[:1], len(K), axis=0), V, 1.0)


def dominant(rng: Random) -> Attention:
    """One key has all the weight, or none."""
    Q, K, V = ordinary(rng, positive=rng.random() < 0.5)
    K = K / 100
    K[rng.integers(len(K))] = rng.choice([-1, 1]) * np.sign(Q[0]) * (1 + np.abs(Q[0]))
    return ranged(rng, Q, K, V, some_M(rng))


def narrow(rng: Random) -> Attention:
    """One query, one key or one dimension."""
    Q, K, V = ordinary(rng)
    which = rng.integers(3)
    if which == 0:
        return ranged(rng, Q[:1], K, V, some_M(rng))
    if which == 1:
        return ranged(rng, Q, K[:1], V[:1], some_M(rng))
    return ranged(rng, Q[:, :1], K[:, :1], V, some_M(rng))


def unusual_values(rng: Random) -> Attention:
    """V constant, huge, tiny or denormal, or all of these; scores small or steep."""
    Q, K, V = ordinary(rng, positive=rng.random() < 0.5)
    size = float(rng.choice([1e300, 1e30, 1e-30, 1e-300, 1e-310, 5e-324]))
    which = rng.integers(5)
    if which == 0:
        V = np.full_like(V, V[0, 0])
    elif which == 1:
        V = V * rng.choice([1e300, 1e-300, 1e-310, 0.0], V.shape)
    elif which == 2:
        V = size * (1 + 1e-12 * V)
    else:
        V = V * size
    return ranged(rng, Q, K, V, some_M(rng) if rng.random() < 0.7 else float(rng.uniform(10, 60)))


def nothing(rng: Random) -> Attention:
    """Q or K zero or denormal, or the scale zero."""
    Q, K, V = ordinary(rng)
    which = rng.integers(5)
    if which == 0:
        return Attention(0 * Q, K, V, 1.0)
    if which == 1:
        return Attention(Q, 0 * K, V, 1.0)
    if which == 2:
        return Attention(Q * 1e-312, K, V, 1.0)
    if which == 3:
        return Attention(Q, K * 1e-312, V, float(rng.choice([1.0, 1e300])))
    return Attention(Q, K, V, float(rng.choice([0.0, 1e-310, -1e-300])))


def lopsided(rng: Random) -> Attention:
    """Columns of sizes that only the product of Q and K makes ordinary."""
    Q, K, V = ordinary(rng)
    power = 10.0 ** rng.choice([-150, -100, -20, 0, 20, 100, 150], Q.shape[1])
    two = 2.0 ** rng.integers(-3, 4, Q.shape[1])
    return ranged(rng, Q * power * two, K / power, V, some_M(rng))


def far(rng: Random) -> Attention:
    """Keys that are near one another and far from the origin."""
    Q, K, V = ordinary(rng)
    K = K + rng.choice([-1.0, 1.0], K.shape[1]) * 10.0 ** rng.uniform(0, 8)
    return ranged(rng, Q, K, V, some_M(rng))


def steep(rng: Random) -> Attention:
    """Scores that only the definition can take."""
    return ranged(rng, *ordinary(rng, corners=rng.random() < 0.5, positive=True), 10.0 ** rng.uniform(1, 3))


def worst_points(rng: Random) -> Attention:
    """Exponents where the polynomials' errors are largest."""
    M, g = some_M(rng), int(rng.integers(2, 9))
    points = np.concatenate([-M * np.cos(np.pi * np.arange(g + 2) / (g + 1)), [M, -M]])
    K = np.repeat(points, rng.integers(1, 4, len(points)))[:, None]
    V = rng.choice([-1.0, 1.0], (len(K), int(rng.integers(1, 3))))
    return Attention(rng.choice([1.0, -1.0, 0.5], (3, 1)), K, V, 1.0)


def many(rng: Random) -> Attention:
    """Keys for several blocks of every kernel."""
    n, m, d, v = int(rng.integers(1, 40)), int(rng.choice([300, 2050, 5000])), int(rng.integers(1, 4)), int(rng.integers(1, 3))
    return ranged(rng, rng.normal(size=(n, d)), rng.normal(size=(m, d)), rng.normal(size=(m, v)), some_M(rng))


KINDS: dict[Callable[[Random], Attention], int] = {
    uniform: 50, corners: 40, equal_keys: 8, dominant: 30, narrow: 30, unusual_values: 50, nothing: 20, lopsided: 25,
    far: 15, steep: 15, worst_points: 20, many: 4,
}  # fmt: skip
"""How many of each kind a chunk has."""


CHUNKS, EVERY_DAY = 16, 1
"""The parts of the family, each with tasks of every kind, and how many of them are tried every day."""
THREADS: int = numba.get_num_threads()


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Small tasks on one thread: threads that wait for one another are slow where several processes share the cores."""
    with threadpool_limits(1, "blas"):
        numba.set_num_threads(1)
        yield
    numba.set_num_threads(THREADS)


def family(chunk: int) -> Iterator[Case]:
    for number, (kind, count) in enumerate(KINDS.items()):
        rng = np.random.default_rng([chunk, number])
        for _ in range(count):
            inputs = kind(rng)
            largest = float(np.abs(inputs.V).max())
            error = 10.0 ** -int(rng.integers(3, 10)) * (largest if largest > 0 else 1.0)
            yield Case(kind.__name__, inputs, max(error, 1e-320))


def algorithms(case: Case) -> Iterator[tuple[Algorithm, bool]]:
    """Each with whether it should take the task."""
    inputs = case.inputs
    span = float(np.ptp(inputs.V, axis=0).max(initial=0.0)) if case.largest < 1e300 else inf
    easy = case.M <= 6 and case.error >= 0.99e-6 * case.largest and case.kind != "nothing" and span < inf
    easy = easy and case.error > 1e-315
    in_range = case.largest * inputs.m < 2e306 and case.S < 1e9 and case.kind != "nothing"
    yield Polynomial(case.error), easy
    yield Taylor(case.error), easy and case.M <= 3.5
    yield TaylorFromBelow(case.error), easy and case.M <= 3.5
    yield Softmax(), in_range
    yield Softmax("float32"), in_range and case.largest < 1e33 and case.S < 1e3 and case.single
    if (inputs.V >= 0).all():
        yield Logspace(), in_range
    yield Auto(case.error), in_range and case.M <= 14 and case.S < 1e3 and case.largest > 1e-290


def attempt(algorithm: Algorithm, case: Case) -> Counter[str]:
    """What came of it: "declined", or "ran", with the outputs checked and those that tell. Fails at a broken promise."""
    inputs = case.inputs
    try:
        promise = promised(algorithm, inputs)
    except Declined as declined:
        return Counter(declined=1, unclear=len(str(declined).split()) < 8)
    if not promise.made:
        return Counter(declined=1)
    if isinstance(algorithm, Polynomial):
        assert promise.absolute <= algorithm.error
        assert promise.relative == 0
    given, found, v = answers(algorithm, inputs), Counter(ran=1), inputs.V.shape[1]
    with np.errstate(all="ignore"):
        mean = (inputs.V / inputs.m).sum(axis=0)
        mean = np.log(mean) if algorithm.logarithmic else mean
    for row, exact in case.rows.items():
        with ctx.workprec(BITS):
            for c in range(v):
                allowed = Allowed(exact[c], exact[c + v], promise, algorithm.logarithmic)
                assert not allowed.excludes(float(given[row, c])), (
                    f"{algorithm.key} on {case.kind}: {given[row, c]!r} at ({row}, {c}), exactly {allowed.exact.str(17)}, "
                    f"{promise}, M = {case.M:.4g}, error = {case.error:.3g}, n = {inputs.n}, m = {inputs.m}"
                )
                found.update(checked=1, telling=bool(allowed.excludes(float(mean[c]))))
    return found


@pytest.mark.slow
@pytest.mark.parametrize(
    "chunk", [*range(EVERY_DAY), *(pytest.param(i, marks=pytest.mark.exhaustive) for i in range(EVERY_DAY, CHUNKS))]
)
def test_promises_hold_on_hostile_tasks(chunk: int) -> None:
    """Nothing is outside; and what an algorithm is meant for it takes, so that declining is no way out."""
    counts: dict[str, Counter[str]] = {}
    kinds = Counter[str]()
    for case in family(chunk):
        kinds[case.kind] += 1
        numba.set_num_threads(THREADS if case.kind == "many" else 1)
        for algorithm, meant in algorithms(case):
            found = attempt(algorithm, case)
            count = counts.setdefault(algorithm.key, Counter())
            count.update(found)
            count.update(meant=meant, taken=meant and bool(found["ran"]))
    assert kinds.total() == sum(KINDS.values()) >= 2000 / CHUNKS
    assert len(counts) == 7
    for key, count in counts.items():
        assert count["meant"] >= 60, key
        assert count["taken"] >= 0.95 * count["meant"], key
        assert count["telling"] >= 500, key
        assert count["unclear"] == 0, key


COLUMN = np.array([[1.0], [-1.0], [1.0], [-1.0]])


def of_lists(Q: Any, K: Any, V: Any, scale: float = 1.0) -> Attention:
    return Attention(np.array(Q), np.array(K), np.array(V), scale)


MINIMAL = {
    "weights times values beyond float64": of_lists([[1.0]], [[20.0], [-20.0]], [[1e300], [-1e300]]),
    "weights times values beyond float32": of_lists([[1.0]], [[50.0], [-50.0]], [[1e30], [-1e30]]),
    "a range beyond float64": of_lists([[1e154, 1e154]], [[1e154, 1e154], [-1e154, -1e154]], [[1.0], [2.0]]),
    "no query": of_lists(np.zeros((0, 2)), np.ones((3, 2)), np.ones((3, 2))),
    "no column of V": of_lists(np.ones((3, 2)), np.ones((3, 2)), np.ones((3, 0))),
    "scale times Q below float64": of_lists(np.full((2, 1000), 5e-324), COLUMN * np.full(1000, 8.9e307), COLUMN, 0.49),
    "the largest float": of_lists([[1.0]], [[1.0], [2.0], [3.0]], np.full((3, 1), np.finfo(float).max)),
    "V from end to end": of_lists([[1.0]], [[1.0], [2.0]], [[1.7e308], [-1.7e308]]),
}
"""Where an algorithm once went wrong, or nearly, as small as it gets."""


@pytest.mark.parametrize("what", MINIMAL)
def test_promises_hold_at_the_edges(what: str) -> None:
    numba.set_num_threads(THREADS)
    inputs = MINIMAL[what]
    largest = float(np.abs(inputs.V).max(initial=0.0))
    for error in (1e-9, 1e-6, 1e-3, 1e-6 * largest):
        case = Case("edge", inputs, error if error > 0 else 1e-6)
        for algorithm, _ in algorithms(case):
            attempt(algorithm, case)


# ------------------------------------------------------------------------------------------------------ planted faults


def ordinary_task() -> Attention:
    """Some of its exponents are at either end of the range."""
    rng = np.random.default_rng(7)
    Q, K = rng.uniform(-1, 1, (4, 3)), rng.uniform(-1, 1, (30, 3))
    Q[0] = K[0] = 1.0
    K[1] = -1.0
    return ranged(rng, Q, K, rng.uniform(1, 3, (30, 2)), 2.0)


class Faulty(Polynomial):
    """Polynomial attention of another expansion, with the eta that the right one has."""

    key = "faulty"
    change: Callable[[ExpPolynomial, int], ExpPolynomial]

    def expansion(self, M: float, g: int) -> ExpPolynomial:
        P = minimax(M, g)
        return P._replace(coefficients=type(self).change(P, g).coefficients)


class ChangedCoefficient(Faulty):
    @staticmethod
    def change(P: ExpPolynomial, g: int) -> ExpPolynomial:
        return P._replace(coefficients=tuple(p * (1 + 1e-3 * (k == 2)) for k, p in enumerate(P.coefficients)))


class HalfTheRange(Faulty):
    @staticmethod
    def change(P: ExpPolynomial, g: int) -> ExpPolynomial:
        return minimax(P.M / 2, g)


class DegreeTooLow(Faulty):
    @staticmethod
    def change(P: ExpPolynomial, g: int) -> ExpPolynomial:
        return P._replace(coefficients=(*minimax(P.M, g - 1).coefficients, 0.0))


class SinglePrecision(Polynomial):
    """All terms in float32, whatever was promised."""

    key = "single"

    def plan(self, inputs: Attention) -> Plan:
        return replace(super().plan(inputs), h=1)


@pytest.mark.parametrize("fault", [ChangedCoefficient, HalfTheRange, DegreeTooLow, SinglePrecision])
def test_faulty_expansions_are_caught(fault: type[Polynomial]) -> None:
    inputs, error = ordinary_task(), 1e-11 if fault is SinglePrecision else 1e-6
    keeps_its_promise(Polynomial(error), [inputs])
    with pytest.raises(LawBroken, match=fault.key):
        keeps_its_promise(fault(error), [inputs])


def wrong_multiplicity(right: Callable[[int, int], Monomials]) -> Callable[[int, int], Monomials]:
    def wrong(d: int, g: int) -> Monomials:
        m = right(d, g)
        if g < 2:
            return m
        multiplicity = m.multiplicity.copy()
        multiplicity[m.starts[2] + 1] /= 2  # of x_0 x_1
        return replace(m, multiplicity=multiplicity)

    return wrong


def of_other_columns(change: Callable[[Columns], Columns]) -> Callable[[Any], Any]:
    return lambda f: lambda Q, factor, coefficients, columns, *rest: f(Q, factor, coefficients, change(columns), *rest)


def swapped(right: Callable[..., None]) -> Callable[..., None]:
    def wrong(*given: Any) -> None:
        right(*given)
        result = given[9]
        result[:] = result[:, ::-1].copy()

    return wrong


FAULTS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "the mean of V is not added back": ("query_outputs", of_other_columns(lambda of: replace(of, mean=0 * of.mean))),
    "columns of V are swapped": ("query_outputs", swapped),
    "V keeps its unit": ("query_outputs", of_other_columns(lambda of: replace(of, unit=of.unit / 2))),
    "the scale has the wrong sign": ("query_outputs", lambda f: lambda Q, factor, *rest: f(Q, -factor, *rest)),
    "a multiplicity is wrong": ("monomials", wrong_multiplicity),
    "the last key is forgotten": (
        "key_sums", lambda f: lambda K, centre, factor, columns, *rest: f(K[:-1], centre, factor, columns, *rest)
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_faulty_steps_are_caught(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    inputs = ordinary_task()
    keeps_its_promise(Polynomial(), [inputs])
    name, change = FAULTS[fault]
    rooms = {"monomials": attention.polynomial.running, "query_outputs": attention.polynomial.answers}
    where = rooms.get(name, attention.polynomial.sums)
    monkeypatch.setattr(where, name, change(getattr(where, name)))
    with pytest.raises(LawBroken, match="polynomial gave"):
        keeps_its_promise(Polynomial(), [inputs])


def test_no_bound_is_negative_however_large_the_rank() -> None:
    """More than 1/u additions: nothing can be promised for them, which is an infinite bound, not one below 0."""
    for d, M, g in ((64, 3.0, 8), (32, 6.0, 10), (1024, 1.0, 7), (2**24, 0.1, 1)):
        of = Ranges(d=d, m=1000, b=0.0, mu=0.5, Y=1.0, mean=0.0, sigma=1.0, residue=0.0)
        for h in range(1, g + 2):
            assert rounding(minimax(M, g), h, of) > 0
