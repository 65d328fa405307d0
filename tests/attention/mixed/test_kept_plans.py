"""What is planned for rows of all kinds, what it should take, and from when on it is looked for, are what they were.

Coefficients of polynomials are not the same on every machine: what hangs on them is kept to few digits.
"""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import attention.mixed.low_rank as low_rank
from attention.algorithm import Algorithm
from attention.auto import Auto, contestants, predicted_seconds
from attention.mixed.boxes import Boxes
from attention.mixed.long_rows import few_long_rows, long_rows_may_decide
from attention.mixed.low_rank import LowRank, low_rank_may_decide
from attention.mixed.split import Split, SplitPlan
from instances.bits import BitMatrix
from instances.coded import Coded, Floats
from instances.faults import Declined
from instances.mechanism import Mechanism
from instances.task import Attention
from instances.visibility import Visibility
from tests.support.coarse import coarse
from tests.support.dyadic import dyadic
from tests.support.kept import Keeper, NumbersKeeper


def few(x: float) -> float:
    """Three digits."""
    return float(f"{x:.3g}")


def threshold(holds: Callable[[float], bool]) -> float:
    """Where a condition begins to hold."""
    low, high = 1e-9, 1e9
    for _ in range(64):
        middle = np.sqrt(low * high)
        low, high = (low, middle) if holds(middle) else (middle, high)
    return float(high)


def rows(n: int, m: int, d: int, v: int = 2, size: float = 1.0, scale: float = -0.5) -> Attention:
    return Attention(size * dyadic(1, (n, d)), dyadic(2, (m, d)), dyadic(3, (m, v)), scale)


def few_long(n: int, d: int, far: float, mechanism: Mechanism = Mechanism()) -> Attention:  # noqa: B008
    """A dozen rows are longer, and a few keys."""
    Q, K = dyadic(4, (n, d)) / 4, dyadic(5, (n + 50, d)) / 4
    Q[::-1][:12] *= far
    K[7::11][:5] *= far
    return Attention(Q, K, dyadic(6, (n + 50, 3)), 0.5, mechanism)


def near_directions(n: int, d: int, r: int, noise: float) -> Attention:
    sizes = np.where(np.arange(d) < r, 1.0, noise)
    return Attention(dyadic(7, (n, d)) * sizes, dyadic(8, (n + 10, d)) * sizes, dyadic(9, (n + 10, 2)), 0.5)


def test_boxes(kept_numbers: NumbersKeeper) -> None:
    found: dict[str, Any] = {}
    cases = (
        (Boxes(1e-6, True), rows(90, 120, 1)), (Boxes(1e-3, True), rows(150, 130, 2, size=8.0)),
        (Boxes(1e-9, True), rows(40, 300, 3)), (Boxes(0.9, True, 64), rows(300, 70, 2, 5, size=100.0)),
        (Boxes(always=True), rows(1, 2, 1, 1)),
        (Boxes(1e-5), rows(2000, 6000, 1, size=64.0)),
    )  # fmt: skip
    for number, (by, inputs) in enumerate(cases):
        plan = by.plan(inputs)
        assert plan.work is not None
        work, (n, m, d, v) = plan.work, (inputs.n, inputs.m, inputs.d, inputs.V.shape[1])
        found[f"{number}"] = (
            plan.eta,
            plan.approximation,
            few(plan.rounding),
            few(plan.rho),
            plan.shifts,
            plan.middle,
            plan.unit,
        )
        found[f"{number} work"] = (
            work.rule,
            work.by_polynomial,
            work.by_definition,
            work.total,
            work.used,
            plan.seconds(n, m, d, v),
        )
        found[f"{number} tasks"] = work.above, work.nodes, work.firsts, work.starts, work.seconds
        found[f"{number} loss"] = plan.loss, few(by.logsumexp_error(inputs)), few(plan.error)
    none = Attention(np.empty((0, 2)), np.ones((3, 2)), np.ones((3, 1)), 1.0)
    found["no rows"] = Boxes().plan(none).seconds(0, 3, 2, 1), Boxes().logsumexp_error(none), Boxes().plan(none).error
    kept_numbers(found)


def of_sizes(q: float, k: float) -> Attention:
    """A column of such entries beside a small one."""
    return Attention(np.array([[q, 1.0]]), np.array([[k, 0.5], [-k, 0.25]]), np.array([[1.0], [2.0]]), 1.0)


@pytest.mark.parametrize("number", range(12))
def test_what_boxes_decline(number: int, kept: Keeper) -> None:
    spread = rows(2, 3, 1)
    cases: list[tuple[Boxes, Attention]] = [
        (Boxes(), rows(4, 5, 2, size=2.0**300)), (Boxes(), rows(4, 5, 2, size=2.0**31)), (Boxes(), rows(4, 5, 2, size=2.0**38)),
        (Boxes(1e-12), rows(4, 5, 2, size=64.0)), (Boxes(2e-14), rows(4, 5, 1)), (Boxes(leaf=32), rows(300, 400, 12)),
        (Boxes(), Attention(spread.Q, spread.K, np.array([[-1e308], [1e308], [0.0]]), 1.0)),
        (Boxes(), rows(400, 5000, 20, size=4.0)), (Boxes(leaf=32), rows(2000, 2000, 4)),
        (Boxes(), of_sizes(2.0**301, 2.0**-301)), (Boxes(), of_sizes(2.0**-302, 2.0**301)),
        (Boxes(), of_sizes(2.0**-302, 2.0**300)),
    ]  # fmt: skip
    by, inputs = cases[number]
    with pytest.raises(Declined) as refused:
        by.plan(inputs)
    kept(str(refused.value))


def test_splits(kept_numbers: NumbersKeeper) -> None:
    found: dict[str, Any] = {}
    for number, (by, inputs) in enumerate((
        (Split(), few_long(60, 3, 60.0)), (Split(1e-3), few_long(400, 2, 9.0)), (Split(1e-6, 3, 0), few_long(60, 3, 4.0)),
        (Split(1e-6, 12, 5), few_long(60, 3, 60.0)), (Split(), rows(3, 1, 2)),
    )):  # fmt: skip
        plan = by.plan(inputs)
        found[f"{number}"] = plan.exact, plan.others, plan.heavy, plan.light, plan.of_exact, plan.seconds(inputs.d, 3)
        found[f"{number} error"] = few(plan.error), few(plan.rho), few(by.logsumexp_error(inputs))
        if plan.polynomial is not None:
            found[f"{number} plan"] = plan.polynomial.g, plan.polynomial.h, plan.polynomial.scores.M
    masses: Any = type("", (), {"of_masses": 0.125})()
    of = (np.arange(2), np.arange(3), np.arange(1), np.arange(4))
    found["masses"] = [
        SplitPlan(*of, by, 0.1, 0.2, 0.25, rho).of_masses(S, m)
        for by in (None, masses) for rho in (0.0, 0.5, 1.0) for S, m in ((0.0, 1), (1e12, 99))
    ]  # fmt: skip
    found["errors"] = [SplitPlan(*of, None, 0.1, 0.2, exact).error for exact in (0.25, 0.5)]
    kept_numbers(found)


def test_low_rank(kept_numbers: NumbersKeeper) -> None:
    found: dict[str, Any] = {}
    for number, (by, inputs) in enumerate((
        (LowRank(), near_directions(80, 5, 2, 2.0**-30)), (LowRank(1e-3), near_directions(80, 5, 2, 2.0**-7)),
        (LowRank(1e-3), near_directions(300, 12, 1, 2.0**-20)),
    )):  # fmt: skip
        plan = by.plan(inputs)
        found[f"{number}"] = plan.rank, plan.d, plan.seconds(), plan.centre, few(plan.error)
        if plan.tail > 1e-9:  # else it is what rounding leaves
            found[f"{number} tail"] = few(plan.tail), few(plan.lost), few(by.logsumexp_error(inputs))
    kept_numbers(found)


def test_masses_of_few_directions(kept_numbers: NumbersKeeper, monkeypatch: pytest.MonkeyPatch) -> None:
    """In coarse arithmetic, for a plan that is given."""
    coarse(monkeypatch, low_rank)
    inputs, found = near_directions(20, 5, 2, 0.5), dict[str, Any]()
    for tail, of_few in ((0.0, 0.0), (0.5, 0.25)):
        within = SimpleNamespace(logsumexp_error=lambda _, of_few=of_few: of_few)
        plan = SimpleNamespace(within=within, projected=rows(4, 5, 2), tail=tail, centre=dyadic(3, (5,)))
        monkeypatch.setattr(LowRank, "plan", lambda *_, plan=plan: plan)
        found[f"{tail} {of_few}"] = LowRank().logsumexp_error(inputs)
    kept_numbers(found)


def test_from_when_on_they_are_looked_for(kept_numbers: NumbersKeeper) -> None:
    seen = Mechanism(sees=Visibility(right=0))
    kept_numbers({
        "long rows": [
            threshold(lambda s, of=of, error=error: long_rows_may_decide(of, error, s))  # type: ignore[misc]
            for of in (few_long(300, 3, 60.0), few_long(1500, 2, 9.0), few_long(300, 3, 60.0, seen)) for error in (1e-6, 1e-3)
        ],
        "directions": [
            threshold(lambda s, of=of, error=error: low_rank_may_decide(of, error, s))  # type: ignore[misc]
            for of in (near_directions(80, 5, 2, 2.0**-30), near_directions(80, 3, 1, 0), near_directions(300, 12, 4, 2.0**-20))
            for error in (1e-6, 1e-3)
        ],
        "boxes": [
            threshold(lambda s, of=of: Auto._boxes_may_decide(of, s))  # type: ignore[misc]
            for of in (rows(30, 40, 3), rows(3000, 4000, 3), rows(300, 400, 4), rows(9, 2**18, 4, 1))
        ],
    })  # fmt: skip


def coded(n: int) -> Attention:
    bits = BitMatrix.of(np.eye(n, 5, dtype=np.int64))
    block: Floats = np.full(5, 0.5)
    return Attention((Coded(bits, 0 * block, block),), (Coded(bits, 0 * block, block),), np.ones((n, 2)), 1.0)


def test_seconds(kept_numbers: NumbersKeeper) -> None:
    found: dict[str, Any] = {}
    others: list[Algorithm] = [LowRank()]
    of, window = rows(50, 50, 2), Mechanism(sees=Visibility(left=9, right=0))
    windowed = Attention(of.Q, of.K, of.V, of.scale, window)
    tasks = (rows(50, 60, 2), near_directions(80, 5, 2, 2.0**-30), coded(7), few_long(60, 3, 60.0), windowed)
    for number, inputs in enumerate(tasks):
        for by in [*contestants(1e-6), *others]:
            try:
                found[f"{number} {by.key}"] = predicted_seconds(by, inputs)
            except Declined:
                found[f"{number} {by.key}"] = None
    kept_numbers(found)


def test_what_is_said_of_boxes(kept: Keeper) -> None:
    none = Attention(np.empty((0, 2)), np.ones((3, 2)), np.ones((3, 1)), 1.0)
    cases = rows(90, 120, 1), rows(5, 6, 2), rows(150, 130, 2, size=8.0), none, rows(600, 700, 1, size=64.0)
    kept("\n".join(str(Boxes(1e-3, always=True).plan(of)) for of in cases))


def test_the_largest_numbers_that_boxes_take(kept_numbers: NumbersKeeper) -> None:
    """Values of all sizes, a column of keys that is constant, whatever the queries have there."""
    found: dict[str, Any] = {}
    for size in (0.0, 1e-308, 1e-300, 1e300, 2e307):
        inputs = Attention(dyadic(1, (4, 2)), dyadic(2, (5, 2)), size * np.array([[0.5], [1.0], [0.25], [-0.5], [0.0]]), 1.0)
        plan = Boxes(max(1e-3 * size, 1e-300), always=True).plan(inputs)
        found[f"{size}"] = plan.unit, plan.middle, plan.eta
    K = dyadic(2, (5, 3))
    K[:, 1], K[:, 2] = 7.0, [1.0, 3.0, 1.0, 3.0, 3.0]
    inputs = Attention(dyadic(1, (4, 3)) * [1, 2.0**290, 1], K, dyadic(3, (5, 1)), 1.0)
    found["constant"] = Boxes(1e-3, always=True).plan(inputs).shifts
    kept_numbers(found)


def test_what_is_said_of_long_rows(kept: Keeper) -> None:
    inputs, said = few_long(1500, 8, 60.0), []
    for seconds in (0.049, 0.051, 0.2, 0.5, 3.0, 40.0):
        said.append(few_long_rows(inputs, 1e-6, seconds, "the definition"))
    said += [str(Split().plan(inputs)), few_long_rows(rows(30, 40, 3), 1e-6, 1.0, "x")]
    kept("\n".join(said))
