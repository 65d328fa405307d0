"""Boxes in few dimensions, at any temperature: within the promise whatever the rows are, and faults that break it."""

import json
from collections.abc import Callable
from dataclasses import replace
from math import comb, exp, log, log2
from typing import Any

import numpy as np
import pytest

import attention.mixed.below as below
import attention.mixed.boxes as module
import attention.mixed.summing as summing
from attention import Softmax
from attention.exp2 import ROUGH
from attention.laws import keeps_its_promise
from attention.mixed.boxes import Boxes, BoxPlan
from attention.mixed.loss import Loss
from attention.mixed.walk import Rule, Side, degree, seen
from instances.coded import Floats
from instances.faults import BadInput, Declined
from instances.mechanism import Mechanism
from instances.task import Attention
from instances.visibility import Visibility
from tests.support.attending import coded
from tests.support.boxes import box_rule, by_hand, decided, largest_excess
from tests.support.fixtures import FOLDER, floats

Drawn = Callable[[np.random.Generator, int, int], Floats]

ROWS: dict[str, Drawn] = {
    "uniform": lambda rng, n, d: rng.uniform(-1, 1, (n, d)),
    "normal": lambda rng, n, d: rng.normal(size=(n, d)),
    "clusters": lambda rng, n, d: rng.normal(size=(4, d))[rng.integers(0, 4, n)] + 0.02 * rng.normal(size=(n, d)),
    "Student": lambda rng, n, d: rng.standard_t(2, (n, d)),
    "equal": lambda rng, n, d: np.tile(rng.normal(size=d), (n, 1)),
    "two copies": lambda rng, n, d: rng.normal(size=(2, d))[np.sort(rng.integers(0, 2, n))],
    "a far one": lambda rng, n, d: np.concatenate([0.1 * rng.normal(size=(n - 1, d)), np.full((1, d), 9.0)]),
    "on a line": lambda rng, n, d: np.outer(np.sort(rng.uniform(-1, 1, n)), rng.normal(size=d)),
    "one-sided": lambda rng, n, d: rng.exponential(size=(n, d)),
    "0": lambda rng, n, d: np.zeros((n, d)),
}

VALUES: dict[str, Drawn] = {
    "uniform": lambda rng, m, v: rng.uniform(-1, 1, (m, v)),
    "bits": lambda rng, m, v: rng.integers(0, 2, (m, v)).astype(float),
    "far from 0": lambda rng, m, v: 1e6 + rng.integers(0, 2, (m, v)) / 1024,
    "of two sizes": lambda rng, m, v: rng.normal(size=(m, v)) * np.resize([1e-9, 1e3], v),
    "rising": lambda rng, m, v: np.tile(np.linspace(0, 1, m)[:, None], (1, v)),
}


def drawn(
    seed: int, rows: str = "uniform", s: float = 1.0, d: int = 2, values: str = "uniform", n: int = 40, m: int = 90, v: int = 2
) -> Attention:
    rng = np.random.default_rng(seed)
    Q, K = (ROWS[rows](rng, count, d) for count in (n, m))
    return Attention(Q, K, VALUES[values](rng, m, v), s)


def small(error: float = 1e-6) -> Boxes:
    """With boxes of few rows, whatever that costs."""
    return Boxes(error, always=True, leaf=16)


@pytest.mark.parametrize("d", [1, 2, 3, 5])
@pytest.mark.parametrize("s", [1e-3, 1.0, -30.0, 1e3, 1e6])
def test_the_promise_is_kept_at_any_temperature(s: float, d: int) -> None:
    names = list(ROWS)
    for k, error in enumerate([1e-5, 1e-7]):
        inputs = drawn(d, names[(d + k) % 4], s, d, n=20, m=70, v=1 + d % 3)
        if s == 1e6:
            error = 1e-4
        assert small(error).plan(inputs).error <= error
        keeps_its_promise(small(error), [inputs])


@pytest.mark.parametrize("rows", [name for name in ROWS if name not in ("0", "equal")])
def test_the_promise_is_kept_whatever_the_rows(rows: str) -> None:
    for k, values in enumerate(VALUES):
        inputs = drawn(k, rows, (0.3, 4.0, 60.0)[k % 3], 1 + k % 3, values, n=12, m=60)
        spread = float(np.ptp(inputs.V, axis=0).max())
        keeps_its_promise(small(1e-5 * max(1.0, spread)), [inputs])


@pytest.mark.parametrize("rows", ["equal", "0", "two copies"])
def test_equal_rows_are_exact_at_any_temperature(rows: str) -> None:
    for s in (1.0, 1e7):
        inputs = drawn(3, rows, s, m=300)
        plan = small(1e-4).plan(inputs)
        assert np.abs(small(1e-4)(inputs) - Softmax()(inputs)).max() <= 1e-4
        assert plan.work is not None
        assert plan.work.by_polynomial <= 4


def test_a_constant_is_given_back() -> None:
    inputs = replace_values(drawn(0, s=5.0), np.full((90, 2), 0.1))
    plan = small().plan(inputs)
    assert np.abs(small()(inputs) - 0.1).max() <= plan.error <= 1e-15


def replace_values(inputs: Attention, V: Floats) -> Attention:
    return Attention(inputs.Q, inputs.K, V, inputs.scale)


@pytest.mark.parametrize("v", [0, 1, 3, 10])
def test_any_number_of_columns(v: int) -> None:
    inputs = drawn(1, s=4.0, v=v)
    assert np.abs(small()(inputs) - Softmax()(inputs)).max(initial=0.0) <= small().plan(inputs).error


@pytest.mark.parametrize(("n", "m"), [(0, 5), (1, 1), (5, 1), (1, 40), (17, 33), (300, 1000)])
def test_any_number_of_rows(n: int, m: int) -> None:
    inputs = drawn(2, s=10.0, n=n, m=m)
    assert np.abs(small()(inputs) - Softmax()(inputs)).max(initial=0.0) <= 1e-6
    assert (str(small().plan(inputs)) == "no rows") == (n == 0)


def test_it_does_not_matter_where_keys_lie() -> None:
    """Softmax is the same for shifted keys; far from 0 their exponents are not large for that."""
    inputs = drawn(4, s=10.0)
    moved = Attention(inputs.Q, inputs.keys(slice(None)) + 2.0**20, inputs.V, 10.0)
    plan = small().plan(moved)
    assert plan.rounding < 1e-9
    assert (
        np.abs(small()(moved) - Softmax()(Attention(inputs.Q, moved.keys(slice(None)) - 2.0**20, inputs.V, 10.0))).max() < 1e-6
    )


def test_it_is_the_same_in_any_order() -> None:
    inputs, rng = drawn(3, s=20.0), np.random.default_rng(0)
    rows, keys = rng.permutation(40), rng.permutation(90)
    Q, K = inputs.queries(slice(None))[rows], inputs.keys(slice(None))[keys]
    other = Attention(Q, K, inputs.V[keys], inputs.scale)
    assert np.abs(small(1e-8)(other) - small(1e-8)(inputs)[rows]).max() <= 2e-8


# ------------------------------------------------------------------------------------------------ decisions, one by one

DECIDED = [("uniform", 1.0, 2), ("uniform", 30.0, 1), ("clusters", 10.0, 3), ("Student", 3.0, 2), ("normal", 8.0, 2)]


@pytest.mark.parametrize(("rows", "s", "d"), DECIDED)
def test_every_decision_is_right(rows: str, s: float, d: int) -> None:
    """Every pair is in one decision at most; polynomials are near enough for their boxes; what is dropped or approximated comes
    to eta of each row's mass, by the true weights.
    """
    inputs = drawn(5, rows, s, d, n=400, m=700)
    plan = Boxes(1e-3, always=True, leaf=32).plan(inputs)
    found = decided(plan)
    assert largest_excess(plan, inputs, found) <= 1
    assert sum(1 for _, _, _, g in found if g >= 0) > 0


@pytest.mark.parametrize(("rows", "s", "d"), DECIDED)
def test_compiled_sums_are_those_by_hand(rows: str, s: float, d: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """With exponentials that are rough by four times ROUGH of Y, which is below 2, more."""
    inputs = drawn(6, rows, s, d, n=300, m=500)
    algorithm = Boxes(1e-4, always=True, leaf=32)
    T = by_hand(algorithm.plan(inputs), inputs)
    assert np.abs(algorithm(inputs) - T).max() <= 8 * ROUGH
    assert np.abs(T - Softmax()(inputs)).max() <= 1e-4
    monkeypatch.setattr(module, "LITTLE", np.inf)
    again = Attention(inputs.Q, inputs.K, inputs.V, inputs.scale)
    assert np.abs(algorithm(again) - by_hand(algorithm.plan(again), again)).max() <= 1e-11


@pytest.mark.parametrize("size", [1.0, 2.0**-20, 2.0**20])
def test_exponentials_are_rough_where_that_does_not_count(size: float) -> None:
    """Beside an error of 1e-6 of V, not of 1e-10; and what that comes to is in the promise."""
    inputs = drawn(6, "uniform", 2.0, 2, n=30, m=50)
    inputs = Attention(inputs.Q, inputs.K, size * inputs.V, inputs.scale)
    losses = {error: Boxes(error * size, always=True).plan(inputs).loss for error in (1e-6, 1e-10)}
    assert [loss is not None and loss.rough for loss in losses.values()] == [True, False]
    rough, fine = losses.values()
    assert rough is not None
    assert fine is not None
    assert rough.a == pytest.approx(fine.a + ROUGH, rel=1e-9)
    assert rough.a > ROUGH > 1000 * fine.a


@pytest.mark.parametrize(("name", "value"), [("ABOVE", 500), ("ITEM", 64), ("DEPTH", 2), ("AT_ONCE", 1)])
def test_how_work_is_cut_does_not_matter(name: str, value: int, monkeypatch: pytest.MonkeyPatch) -> None:
    inputs, algorithm = drawn(8, "uniform", 4.0, 2, n=900, m=1100), Boxes(1e-4, always=True, leaf=32)
    expected = algorithm(inputs)
    monkeypatch.setattr(summing, name, value)
    plan = algorithm._planned(inputs)
    assert largest_excess(plan, inputs, decided(plan)) <= 1
    assert plan.work is not None
    T, _ = summing.outputs(plan.work, plan.shifts, inputs.V, plan.middle, plan.unit)
    assert np.abs(T - expected).max() <= (1e-4 if name in ("ABOVE", "DEPTH") else 1e-13)


FORGOTTEN = ["the key's weight", "the row's factor", "a multiplicity", "a dropped box", "the parent's centre"]


@pytest.mark.parametrize("forgotten", FORGOTTEN)
def test_what_is_forgotten_breaks_the_promise(forgotten: str) -> None:
    inputs = drawn(7, "uniform", 4.0, 2, n=500, m=700)
    plan = Boxes(1e-4, always=True, leaf=32).plan(inputs)
    assert np.abs(by_hand(plan, inputs, forgotten) - Softmax()(inputs)).max() > 1e-4


def _with_floors(change: Callable[[Floats, Attention], Floats]) -> Any:
    def fault(monkeypatch: pytest.MonkeyPatch, inputs: Attention) -> None:
        floors = below.floors
        monkeypatch.setattr(below, "floors", lambda *of: change(floors(*of), inputs))

    return fault


def _with_rule(change: Callable[[Rule], Rule]) -> Any:
    def fault(monkeypatch: pytest.MonkeyPatch, inputs: Attention) -> None:
        planned = summing.planned
        monkeypatch.setattr(summing, "planned", lambda rule, *of: planned(change(rule), *of))

    return fault


def _of_largest(found: Floats, inputs: Attention) -> Floats:
    x = inputs.scale * inputs.queries(slice(None)) @ (inputs.keys(slice(None)) - _middle(inputs)).T
    return np.full_like(found, np.log(np.exp(x).sum(axis=1)).max() / log(2))


def _middle(inputs: Attention) -> Floats:
    K = inputs.keys(slice(None))
    middle: Floats = K.min(axis=0) / 2 + K.max(axis=0) / 2
    return middle


FAULTS: dict[str, Any] = {
    "a budget without 1/m": _with_floors(lambda found, inputs: found + log2(inputs.m)),
    "the mass of the largest row": _with_floors(_of_largest),
    "a level that is six too low": _with_floors(lambda found, inputs: found + 6),
    "half the half-widths": _with_rule(lambda rule: rule._replace(factor=rule.factor / 2)),
    "a larger eta": _with_rule(lambda rule: rule._replace(e_0=4 * rule.e_0)),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_faults_are_seen_in_decisions(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    inputs = just_below()
    algorithm = Boxes(1e-2, always=True, leaf=16)
    plan = algorithm.plan(inputs)
    assert largest_excess(plan, inputs, decided(plan)) <= 1
    FAULTS[fault](monkeypatch, inputs)
    wrong = algorithm._planned(inputs)
    rule = replace(wrong, work=replace(wrong.work, rule=plan.work.rule)) if plan.work and wrong.work else wrong
    assert largest_excess(rule, inputs, decided(wrong)) > 1


def test_what_is_used_is_certified(monkeypatch: pytest.MonkeyPatch) -> None:
    _with_rule(lambda rule: rule._replace(reaches=2 * rule.reaches))(monkeypatch, drawn(0))
    with pytest.raises(Declined, match=r"no polynomial of degree .* is within 2\^-.* of the exponential up to"):
        small().plan(drawn(0))


def just_below() -> Attention:
    """Many keys a little below where they may be dropped, and a few far above that alone have other values; wide queries."""
    rng = np.random.default_rng(0)
    Q = np.concatenate([rng.uniform(6, 7, (60, 1)), rng.uniform(0.5, 9, (60, 1))])
    K = np.concatenate([rng.uniform(-0.02, 0.02, (600, 1)), rng.uniform(1.2, 1.3, (16, 1))])
    return Attention(Q, K, np.concatenate([np.ones((600, 1)), np.zeros((16, 1))]), 1.0)


# ------------------------------------------------------------------------------------------------------------- fixtures

CASES: dict[str, Any] = json.loads((FOLDER / "regimes_boxes.json").read_text())


@pytest.mark.parametrize("case", CASES["cases"], ids=lambda case: case["what"])
def test_pairs_are_those_of_a_second_implementation(case: Any) -> None:
    """M, the range, and the degree by the table that is given."""
    of, reaches = case["inputs"], np.array([[0.0] * 9, *floats(CASES["inputs"]["Mmax_decimal"])])
    s, eta, Q, K = float(of["scale"]), float(of["eta"]), np.array(floats(of["Q"])), np.array(floats(of["K"]))
    queries, keys = (box_side(X, boxes) for X, boxes in ((Q * s, of["query_boxes"]), (K, of["key_boxes"])))
    for pair in case["expected"]["pairs"]:
        A, B = pair["A"], pair["B"]
        floor = float(pair["lnD_A"]) + log(eta / 2) - log(len(K))
        rule = box_rule(eta / 2, np.full(len(of["query_boxes"]), floor / log(2)), reaches)
        known = seen(rule, in_powers(queries), keys, A, B)
        assert known.up * log(2) == pytest.approx(float(pair["up"]), rel=1e-12, abs=1e-12)
        assert pytest.approx(float(pair["M"]), rel=1e-11, abs=1e-300) == known.M
        level, g = degree(rule, A, known)
        if pair["dropped"]:
            assert level == 0
        else:
            assert level == (pair["level"] if pair["level"] <= 26 else level)
            assert g == (-1 if pair["degree"] is None else pair["degree"])


def box_side(X: Floats, boxes: list[list[int]]) -> Side:
    low, high = (np.array([f(X[rows], axis=0) for rows in boxes]) for f in (np.min, np.max))
    none = np.zeros(len(boxes), np.int64)
    return Side(none, none, none - 1, (low + high) / 2, (high - low) / 2)


def in_powers(side: Side) -> Side:
    return side._replace(centre=side.centre / log(2), half=side.half / log(2))


@pytest.mark.parametrize("case", CASES["cases"], ids=lambda case: case["what"])
def test_attention_is_that_of_a_second_implementation(case: Any) -> None:
    of = case["inputs"]
    Q, K, V = (np.array(floats(of[name])) for name in "QKV")
    inputs = Attention(Q, K, V, float(of["scale"]))
    exact = np.array([floats(row["attention"]) for row in case["expected"]["rows"]])
    assert np.abs(small(1e-7)(inputs) - exact).max() <= small(1e-7).plan(inputs).error


# ------------------------------------------------------------------------------------------------------------- bounds


def test_the_bound_is_that_of_the_proof() -> None:
    """Restated: R eta/(1 - eta), and 2 Y rho/(1 - rho) + 4 u (max|V| + 2Y)."""
    inputs, u = drawn(0, s=30.0, values="far from 0"), 2.0**-53
    plan = small(1e-3).plan(inputs)
    spread = float(np.ptp(inputs.V, axis=0).max())
    assert plan.approximation == pytest.approx(spread * plan.eta / (1 - plan.eta), rel=1e-8)
    assert plan.work is not None
    work, d, m = plan.work, 2, 90
    q, k = np.abs(inputs.queries(slice(None))).max(axis=0), np.abs(inputs.keys(slice(None)) - _middle(inputs)).max(axis=0)
    a = (5 * d + 14) * u * 30 * float((q * k).sum()) + 16 * u
    rho = 2 * a
    for level, g in np.argwhere(work.used).tolist():
        M = float(work.rule.reaches[level, g])
        A = sum(abs(p) * M**j for j, p in enumerate(work.p[level, g]))
        rho = max(rho, 2 * a + exp(M) * A * (9 * g + comb(d + g, g) + m / 32 + 40) * u)
    rho = (rho + 3 * (int((work.keys.left < 0).sum()) + m / 64 + 8) * u) / (1 - plan.eta)
    expected = 2 * (spread / 2) * rho + 4 * u * (np.abs(inputs.V).max() + spread)
    assert plan.rounding == pytest.approx(expected, rel=1e-6)


def test_nothing_holds_for_exponents_beyond_what_float64_tells() -> None:
    assert Loss(2, 10, 2, 1e14, 1.0, 1.0).rounding(0.1, 0.0) == np.inf
    assert Loss(2, 10, 2, 1e17, 1.0, 1.0).polynomial(1.0, 3, 10) == np.inf
    assert Loss(2, 10, 2, 1.0, 1.0, 1.0).rounding(0.1, 1.0) == np.inf


# ------------------------------------------------------------------------------------------------------ what it says, refuses


def test_what_it_says() -> None:
    plan = small(1e-3).plan(drawn(0, s=2.0))
    work = plan.work
    assert work is not None
    g = int(np.argwhere(work.used)[:, 1].max())
    assert str(plan) == (
        f"{len(work.queries.start)} boxes of queries and {len(work.keys.start)} of keys, {work.by_polynomial} pairs of them by "
        f"polynomials of degree up to {g}, {work.by_definition} by the definition; eta = {plan.eta:.3g}"
    )
    none = small(1e-3).plan(drawn(0, s=1e5, n=16))
    assert none.work is not None
    assert none.work.by_polynomial == 0
    assert "pairs of them by the definition; eta" in str(none)
    assert 0 < plan.seconds(40, 90, 2, 2) < 0.1


def test_plans_are_kept() -> None:
    inputs = drawn(0)
    plan: BoxPlan = small().plan(inputs)
    assert small().plan(inputs) is plan
    assert small(1e-5).plan(inputs) is not plan


REFUSED: dict[str, tuple[Callable[[], Any], type[Exception], str]] = {
    "leaf": (lambda: Boxes(leaf=8), BadInput, "leaf = 8: boxes that are not halved have at least 16 rows"),
    "error": (lambda: Boxes(0.0), BadInput, "error = 0.0"),
    "windows": (lambda: Boxes().plan(windowed()), Declined, "boxes computes softmax attention over all keys"),
    "coded": (lambda: Boxes().plan(coded()), Declined, "rows are coded: use boolean or softmax"),
    "entries": (lambda: Boxes().plan(drawn(0, s=1e300)), Declined, "too large: use softmax"),
    "exponents": (lambda: Boxes().plan(drawn(0, s=1e13)), Declined, "too large: use softmax"),
    "rounding": (lambda: Boxes(1e-9).plan(drawn(0, s=1e8)), Declined, "rounding alone may come to"),
    "values": (
        lambda: Boxes().plan(replace_values(drawn(0), np.resize([-1.7e308, 1.7e308], (90, 1)))), Declined, "further apart",
    ),
    "work": (lambda: Boxes().plan(drawn(0, "normal", 4.0, 7, n=1500, m=1500)), Declined, "given up after .* by the definition"),
    "dimensions": (
        lambda: Boxes().plan(drawn(0, "normal", 1.0, 40, n=600, m=9000)), Declined, "do not tell which of m = 9000 keys",
    ),
}  # fmt: skip


def windowed() -> Attention:
    of = drawn(0, n=90)
    return Attention(of.Q, of.K, of.V, of.scale, Mechanism(sees=Visibility.window(2)))


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused(case: str) -> None:
    call, kind, said = REFUSED[case]
    with pytest.raises(kind, match=said):
        call()


@pytest.mark.parametrize("low", [0.0, 1.0, -3.0, 2.0**40, -1e300])
@pytest.mark.parametrize("apart", [1, 2, 3, 5])
def test_a_unit_of_V_reaches_from_the_middle_to_both_ends(low: float, apart: int) -> None:
    """So near each other that the middle is rounded to one of them, too; and no unit is twice what is needed."""
    V = np.array([[low], [low + apart * np.spacing(abs(low) or 1.0)]])
    plan = Boxes().plan(Attention(np.empty((0, 1)), np.ones((2, 1)), V, 1.0))
    reach = np.abs(V - plan.middle).max()
    assert reach <= plan.unit[0] < 2 * reach


@pytest.mark.parametrize("flat", ["queries", "keys"])
@pytest.mark.parametrize("big", [1.0, 1e60, 1e90])
def test_a_column_in_which_one_side_is_all_alike_counts_for_nothing(flat: str, big: float) -> None:
    """However large the other side is there: its powers would be beyond float64, and their products with 0 no numbers."""
    rng = np.random.default_rng(0)
    Q, K, V = (rng.uniform(-1, 1, (600, 3)) for _ in range(3))
    alike, other = (Q, K) if flat == "queries" else (K, Q)
    alike[:, 1], other[:, 1] = 0.0, big * other[:, 1]
    counts = keeps_its_promise(Boxes(1e-9, always=True), [Attention(Q, K, V, 1.0)])
    assert counts["checked"] == 1800
