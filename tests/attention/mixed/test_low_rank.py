"""Attention in few directions: within the promise, whatever is beyond them; what it says; faults that break it."""

from collections.abc import Callable
from dataclasses import replace
from math import inf
from typing import Any

import numpy as np
import pytest

import attention.mixed.low_rank as module
from attention import Auto, Certified, Softmax, attend
from attention.blocks import SOME
from attention.laws import keeps_its_promise
from attention.mixed.boxes import Boxes
from attention.mixed.directions import some_rows
from attention.mixed.low_rank import LONGER, LowRank, LowRankPlan, low_rank_may_decide, projection_seconds
from attention.mixed.projection import Axes
from attention.mixed.split import Split
from attention.mixed.thresholds import Thresholds
from attention.polynomial.polynomial import Polynomial
from attention.summed import logsumexp_error, summed
from instances.bias import Bias
from instances.coded import Floats
from instances.faults import BadInput, Declined
from instances.law import LawBroken
from instances.mechanism import Mechanism
from instances.task import Attention
from instances.visibility import Visibility
from tests.attention.mixed.test_projection import ROWS
from tests.support.attending import VALUES, certainly_within, coded


def drawn(name: str, seed: int, values: str = "uniform", n: int = 6, m: int = 11, d: int = 6, s: float = 1.0) -> Attention:
    rng = np.random.default_rng(seed)
    Q, K = ROWS[name](rng, n, m, d)
    largest = float(np.abs(Q @ (K - K.mean(axis=0)).T).max())
    return Attention(Q, K, VALUES[values](rng, m), s * float(rng.choice([-1, 1])) / max(1.0, largest))


@pytest.mark.parametrize("error", [1e-1, 1e-3, 1e-7])
@pytest.mark.parametrize("name", ROWS)
def test_the_promise_is_kept(name: str, error: float) -> None:
    """Whatever the rows are; far from 0, in units of what is left of them, rounding alone is above the least error."""
    if name == "far from 0":
        error = max(error, 1e-4)
    for seed in range(3):
        inputs = drawn(name, seed)
        plan = LowRank(error).plan(inputs)
        assert plan.error <= error
        assert 1 <= plan.rank <= 6
        certainly_within(_attended(inputs, error), inputs.Q, inputs.K, inputs.V, inputs.scale, range(6))


@pytest.mark.parametrize("name", [name for name in ROWS if name not in ("equal rows", "0", "far from 0")])
def test_it_looks_at_the_rows(name: str) -> None:
    """Means of V would not do."""
    keeps_its_promise(LowRank(1e-5), [drawn(name, seed) for seed in range(2)])


def _attended(inputs: Attention, error: float) -> Any:
    return attend(inputs.Q, inputs.K, inputs.V, scale=inputs.scale, error=error, algorithm="low-rank")  # type: ignore[arg-type]


@pytest.mark.parametrize("values", VALUES)
def test_whatever_the_values(values: str) -> None:
    for name in ("exact rank", "noise", "rank of Q alone"):
        inputs = drawn(name, 4, values, s=0.5)
        spread = float(np.ptp(inputs.V, axis=0).max())
        error = max(1e-2 * spread, 1e-15 * float(np.abs(inputs.V).max())) if name == "noise" else 1e-6 * max(1.0, spread)
        found = _attended(inputs, error)
        assert found.promise <= error
        certainly_within(found, inputs.Q, inputs.K, inputs.V, inputs.scale, range(6))


def test_it_is_as_sharp_as_that() -> None:
    """One direction is left out; in it queries are T, and keys are 1 where V is 1, and -1 where it is 0: what is lost is
    R tanh(T/2), to a part in a hundred.
    """
    m, T = 40, 1e-3
    sides = np.resize([1.0, -1.0], m)
    rng = np.random.default_rng(0)
    K = np.stack([rng.uniform(-1, 1, m), sides], axis=1)
    Q = np.stack([np.resize([1e-9, -1e-9], 10), np.full(10, T)], axis=1)
    inputs = Attention(Q, K, (sides[:, None] + 1) / 2, 1.0)
    axes = Axes(np.eye(2), np.eye(2), np.zeros(2))
    assert axes.tails(inputs)[0] == pytest.approx(T, rel=1e-6)
    off = np.abs(Softmax()(axes.first(1, inputs)) - Softmax()(inputs)).max()
    assert 0.99 <= off / np.tanh(T / 2) <= 1


@pytest.mark.slow
def test_which_algorithm_computes_the_rest() -> None:
    """A polynomial; where a few rows are long in the few directions, a split; in two or three at any temperature boxes."""
    rng, n, d, r = np.random.default_rng(0), 20_000, 12, 3
    B = np.linalg.qr(rng.normal(size=(d, r)))[0].T
    Q, K, V = rng.uniform(-0.5, 0.5, (n, r)), rng.uniform(-0.5, 0.5, (n, r)), rng.uniform(-1, 1, (n, 2))
    Q_far, K_far = Q.copy(), K.copy()
    Q_far[:20] *= 60
    K_far[50:60] *= 60
    kinds = {
        Polynomial: Attention(Q @ B, K @ B, V, 1.0),
        Split: Attention(Q_far @ B, K_far @ B, V, 1.0),
        Boxes: Attention((Q @ B)[:, :d], (K * [1, 1, 0]) @ B, V, 50.0),
    }
    for kind, inputs in kinds.items():
        plan = LowRank(1e-6).plan(inputs)
        assert isinstance(plan.within, kind)
        assert plan.rank == (2 if kind is Boxes else 3)
        assert str(plan).endswith(f"for the others; {plan.within.plan(plan.projected)}")
        some = Attention(inputs.queries(slice(0, 60)), inputs.K, V, inputs.scale)
        assert np.abs(LowRank(1e-6)(inputs)[:60] - Softmax()(some)).max() <= plan.error <= 1e-6
        assert 0 < plan.seconds() < 2


def test_what_it_says() -> None:
    inputs = drawn("exact rank", 0)
    plan = LowRank(1e-3).plan(inputs)
    tail = f"2 of 6 directions, exponents off by at most {plan.tail:.2g} for the others"
    assert str(plan) == f"{tail}; {plan.within.plan(plan.projected)}"
    assert attend(inputs.Q, inputs.K, inputs.V, scale=inputs.scale, algorithm="low-rank").plans[0].rank == 2  # type: ignore[arg-type]


@pytest.mark.parametrize(("n", "m"), [(0, 1), (0, 7), (1, 1), (1, 9), (5, 1), (40, 300)])
def test_any_number_of_rows(n: int, m: int) -> None:
    rng = np.random.default_rng(n + m)
    Q, K, V = (rng.uniform(-1, 1, (k, 1)) @ np.ones((1, w)) for k, w in ((n, 5), (m, 5), (m, 2)))
    for of in (np.float64, np.float32):
        found = attend(Q.astype(of), K.astype(of), V.astype(of), algorithm="low-rank", scale=0.1)
        exact = Softmax()(Attention(Q.astype(of), K.astype(of), V.astype(of), 0.1))
        assert found.output.dtype == of
        assert np.abs(found.output - exact).max(initial=0.0) <= found.promise <= 1e-6


@pytest.mark.parametrize("far", [1, 3])
def test_far_rows_cost_a_direction_each(far: int) -> None:
    """Though they are not among those that are looked at first."""
    rng, n, d = np.random.default_rng(far), 3 * SOME, 12
    Q, K = (rng.uniform(-0.5, 0.5, (n, 2)) @ rng.normal(size=(2, d)) + 1e-5 * rng.normal(size=(n, d)) for _ in range(2))
    V = rng.uniform(-1, 1, (n, 1))
    K[1 : 3 * far : 3] += rng.normal(size=(far, d))
    inputs = Attention(Q[:500], K, V, 0.05)
    algorithm = LowRank(1e-6)
    assert algorithm.directions(inputs).rank == 2
    plan = algorithm.plan(inputs)
    assert plan.rank == 2 + far
    assert np.abs(algorithm(inputs) - Softmax()(inputs)).max() <= plan.error <= 1e-6


@pytest.mark.parametrize("name", ["noise", "rank of Q alone", "a far key", "directions of all sizes"])
def test_logarithms_of_what_rows_are_divided_by(name: str) -> None:
    """Keys far from 0, whose centre is put back."""
    for error in (1e-1, 1e-4):
        of = drawn(name, 7)
        inputs = Attention(of.Q, of.keys(slice(None)) + 3.0, of.V, of.scale)
        plan = LowRank(error).plan(inputs)
        found, exact = summed(LowRank(error), inputs).logsumexp, summed(Certified(), inputs).logsumexp
        promise = logsumexp_error(LowRank(error), inputs)
        assert np.abs(found - exact).max() <= promise + 1e-12
        assert plan.tail < promise < np.inf


def test_rows_that_see_intervals_of_keys() -> None:
    """The bound on exponents is one for all pairs, whichever are seen."""
    rng = np.random.default_rng(1)
    n = 600
    Q, K = (rng.uniform(-1, 1, (n, 2)) @ rng.normal(size=(2, 8)) + 1e-5 * rng.normal(size=(n, 8)) for _ in range(2))
    V = rng.uniform(-1, 1, (n, 2))
    found = attend(Q, K, V, scale=0.05, error=1e-4, causal="top-left", algorithm="low-rank")
    inputs = Attention(Q, K, V, 0.05, Mechanism(sees=Visibility(None, 0)))
    assert np.abs(found.output - Softmax()(inputs)).max() <= found.promise <= 1e-4


@pytest.mark.slow
def test_auto_takes_it() -> None:
    n, d, rng = 16384, 32, np.random.default_rng(0)
    B = rng.normal(size=(4, d)) / 2
    Q, K = (rng.uniform(-0.5, 0.5, (n, 4)) @ B + 1e-5 * rng.normal(size=(n, d)) for _ in range(2))
    V = rng.uniform(-1, 1, (n, 8))
    inputs = Attention(Q, K, V, 1 / 8)
    assert Auto(1e-6).choice(inputs) == LowRank(1e-6)
    full = Attention(rng.normal(size=(n, d)), rng.normal(size=(n, d)), V, 1 / 8)
    assert isinstance(Auto(1e-6).choice(full), Softmax)
    some = Attention(Q[:64], K, V, 1 / 8)
    assert np.abs(LowRank(1e-6)(inputs)[:64] - Softmax()(some)).max() <= LowRank(1e-6).plan(inputs).error


def wide() -> Attention:
    return drawn("no rank", 0, n=9, m=9)


def hot() -> Attention:
    rng = np.random.default_rng(0)
    Q, K = (rng.normal(size=(80, 4)) @ rng.normal(size=(4, 6)) for _ in range(2))
    return Attention(Q, K, rng.normal(size=(80, 1)), 10.0)


def one_huge() -> Attention:
    """It is not among those that are looked at first."""
    rng, m = np.random.default_rng(0), 2 * SOME
    K = rng.normal(size=(m, 3))
    K[1] = 1e200
    return Attention(rng.normal(size=(2, 3)), K, rng.normal(size=(m, 1)), 1.0)


REFUSED: dict[str, tuple[Callable[[], Any], type[Exception], str]] = {
    "error": (lambda: LowRank(0.0), BadInput, "error = 0.0"),
    "rounding": (
        lambda: LowRank(1e-15).plan(wide()),
        Declined,
        "exponents beyond 6 of d = 6 directions come to .*: use softmax",
    ),
    "no directions": (
        lambda: LowRank(1e-6).plan(replace(hot(), K=wide().K, V=wide().V)),
        Declined,
        "exponents beyond 3 of d = 6 directions come to .*, and an error of 1e-06 allows .*; in 4 of 6 polynomial: exponents",
    ),
    "large exponents": (
        lambda: LowRank(1e-6).plan(hot()),
        Declined,
        "exponents beyond 3 of d = 6 directions come to .*, and an error of 1e-06 allows .*; in 4 of 6 polynomial: exponents",
    ),
    "beyond float64": (lambda: LowRank().plan(replace(wide(), Q=np.full((9, 6), 1e200))), Declined, "entries up to 1e\\+200"),
    "values": (
        lambda: LowRank().plan(replace(wide(), V=np.array([[1e308], [-1e308]] * 4 + [[0.0]]))),
        Declined,
        "further apart",
    ),
    "masks": (
        lambda: LowRank().plan(replace(wide(), mechanism=Mechanism(bias=Bias(slopes=np.ones(1))))),
        Declined,
        "low-rank computes softmax attention over all keys",
    ),
    "coded": (lambda: LowRank().plan(coded()), Declined, "rows are coded: use boolean or softmax"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused(case: str) -> None:
    call, kind, said = REFUSED[case]
    with pytest.raises(kind, match=said):
        call()


# ----------------------------------------------------------------------------------------------------------------- faults


def off_the_plane(seed: int) -> Attention:
    """All keys but one lie near a plane, and V is 0 at all but that one, which is not among those that axes are found by."""
    rng = np.random.default_rng(seed)
    m = 2 * SOME
    B = np.eye(5)[:2]
    K = rng.uniform(-0.5, 0.5, (m, 2)) @ B + 1e-9 * rng.normal(size=(m, 5))
    K[1] = [0.1, 0.2, 0.5, 0.5, 0.5]
    V = np.zeros((m, 1))
    V[1] = m
    return Attention(rng.uniform(-1, 1, (4, 5)), K, V, 1.0)


def noisy(seed: int) -> Attention:
    """Noise that is just enough for the rank to be two; V is its sign."""
    rng = np.random.default_rng(seed)
    Q, K = (rng.uniform(-1, 1, (k, 2)) @ np.eye(3)[:2] for k in (5, 60))
    Q[:, 2], K[:, 2] = 0.01, np.resize([1.0, -1.0], 60)
    return Attention(Q, K + 3, (K[:, :1] + K[:, 2:] > 0).astype(float), 2.0)


def _no_tail(self: Axes, inputs: Attention) -> Floats:
    return np.where(np.arange(1, inputs.d + 1) < 2, 1.0, 0.0)


def _as_queries(self: Axes, rank: int, inputs: Attention) -> Attention:
    Q, K = (X @ self.A[:, :rank] for X in (inputs.queries(slice(None)), inputs.keys(slice(None)) - self.centre))
    return Attention(Q, K, inputs.V, inputs.scale)


def _of_some(tails: Callable[[Axes, Attention], Floats]) -> Callable[[Axes, Attention], Floats]:
    return lambda self, inputs: tails(self, some_rows(inputs))


FAULTS: dict[str, tuple[Callable[[int], Attention], Callable[[pytest.MonkeyPatch], None]]] = {
    "the tail is that of some rows": (
        off_the_plane,
        lambda patch: patch.setattr(Axes, "tails", _of_some(Axes.tails)),
    ),
    "there is no tail": (noisy, lambda patch: patch.setattr(Axes, "tails", _no_tail)),
    "keys are turned as queries are": (noisy, lambda patch: patch.setattr(Axes, "first", _as_queries)),
    "what is lost counts a hundredth": (noisy, lambda patch: patch.setattr(module, "tanh", lambda x: np.tanh(x) / 100)),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_faults_are_caught(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    make, plant = FAULTS[fault]
    inputs = make(0)
    error = 1e-3 if make is off_the_plane else 0.0162
    monkeypatch.setattr(module, "SHARE", 0.97)  # little is left for the polynomial, which is that much nearer
    keeps_its_promise(LowRank(error), [inputs])
    plant(monkeypatch)
    with pytest.raises(LawBroken, match="low-rank gave"):
        keeps_its_promise(LowRank(error * 1.0001), [inputs])


def test_a_plan_is_data() -> None:
    plan = LowRank(1e-3).plan(drawn("exact rank", 0))
    assert isinstance(plan, LowRankPlan)
    assert plan.error == pytest.approx(plan.lost + plan.of.error)
    assert plan.projected.d == plan.rank


def test_boxes_in_few_directions_are_looked_at_where_much_time_is_to_be_saved(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it takes more than LONGER times what turning does, whatever thresholds foresee."""
    rng = np.random.default_rng(1)
    axes = np.linalg.qr(rng.normal(size=(8, 8)))[0][:2]
    Q, K = rng.uniform(-1, 1, (300, 2)) @ axes, rng.uniform(-1, 1, (400, 2)) @ axes
    inputs = Attention(Q, K, rng.normal(size=(400, 1)), 1.0)
    turning = projection_seconds(700, 8)
    monkeypatch.setattr(Thresholds, "foreseen", lambda *_: inf)
    cases = (0.5, False), (0.99, False), (1.01, True), (100.0, True)
    assert all(low_rank_may_decide(inputs, 1e-6, by * LONGER * turning) == asked for by, asked in cases)
    for foreseen, least in ((0.0, 4.0), (1.0, 4.0), (2.0, 6.0)):
        monkeypatch.setattr(Thresholds, "foreseen", lambda *_, foreseen=foreseen: foreseen * turning)
        assert not low_rank_may_decide(inputs, 1e-6, 0.99 * least * turning)
        assert low_rank_may_decide(inputs, 1e-6, 1.01 * least * turning)
