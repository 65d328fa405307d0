"""Long rows by their definition, the others by a polynomial: within the promise, whichever are long; faults that break it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import attention.mixed.rows as rows
import attention.mixed.split as module
from attention import Polynomial, Softmax
from attention.laws import keeps_its_promise
from attention.mixed.split import Split, SplitPlan
from instances.faults import BadInput, Declined
from instances.law import LawBroken
from instances.mechanism import Mechanism
from instances.task import Attention
from instances.visibility import Visibility
from tests.support.attending import VALUES, coded

LONG = {"none": (0, 0), "a row": (1, 0), "a key": (0, 1), "both": (2, 3)}


def drawn(seed: int, rows: int, keys: int, n: int = 9, m: int = 14, d: int = 2, far: float = 30.0, V: Any = None) -> Attention:
    """Some rows and keys are so much longer than the others."""
    rng = np.random.default_rng(seed)
    Q, K = rng.uniform(-0.5, 0.5, (n, d)), rng.uniform(-0.5, 0.5, (m, d))
    Q[rng.permutation(n)[:rows]] *= far
    K[rng.permutation(m)[:keys]] *= far
    values = rng.uniform(-1, 1, (m, 2)) if V is None else V(rng, m)
    return Attention(Q, K, values, float(rng.choice([-1, 1])) * 0.4)


@pytest.mark.parametrize("error", [1e-2, 1e-7])
@pytest.mark.parametrize("long", LONG)
@pytest.mark.parametrize("values", VALUES)
def test_the_promise_is_kept(values: str, long: str, error: float) -> None:
    rows, keys = LONG[long]
    tasks = [drawn(seed, rows, keys, d=1 + seed % 3, V=VALUES[values]) for seed in range(6)]
    scaled = error * max(1.0, float(np.ptp(tasks[0].V, axis=0).max()), 1e-5 * float(np.abs(tasks[0].V).max()))
    algorithm = Split(scaled, rows, keys)
    for inputs in tasks:
        plan = algorithm.plan(inputs)
        assert (len(plan.exact), len(plan.heavy)) == (rows, keys)
        assert plan.error <= scaled
    if values != "constant":
        keeps_its_promise(algorithm, tasks)
    else:
        for inputs in tasks:
            assert np.abs(algorithm(inputs) - 0.1).max() <= algorithm.plan(inputs).error


@pytest.mark.parametrize("far", [1.0, 10.0, 1e3, 1e4])
def test_whatever_the_temperature_of_the_long_ones(far: float) -> None:
    tasks = [drawn(seed, 2, 3, far=far) for seed in range(4)]
    keeps_its_promise(Split(1e-6, 2, 3), tasks)


def heavy_tails(seed: int) -> Attention:
    rng = np.random.default_rng(seed)
    Q, K = (0.3 * rng.standard_t(3, (n, 2)) for n in (12, 20))
    return Attention(Q + 0.2, K - 0.4, rng.normal(size=(20, 2)), 0.5)


@pytest.mark.parametrize("rows", [0, 3, 11])
@pytest.mark.parametrize("keys", [0, 5, 19])
def test_any_thresholds_will_do(rows: int, keys: int) -> None:
    checked = 0
    for seed in range(4):
        try:
            checked += keeps_its_promise(Split(1e-5, rows, keys), [heavy_tails(seed)])["checked"]
        except Declined:
            continue
    assert checked > 0


def test_it_is_the_same_in_any_order() -> None:
    inputs, rng = drawn(3, 2, 3, n=40, m=50), np.random.default_rng(0)
    found = Split(1e-8, 2, 3)(inputs)
    rows, keys = rng.permutation(40), rng.permutation(50)
    other = Attention(inputs.queries(slice(None))[rows], inputs.keys(slice(None))[keys], inputs.V[keys], inputs.scale)
    assert np.abs(Split(1e-8, 2, 3)(other) - found[rows]).max() <= 2e-8


@pytest.mark.slow
def test_thresholds_are_found() -> None:
    """With a few long rows among many it is chosen; without any it is a polynomial of all; where all are long it is none."""
    n, rng = 6000, np.random.default_rng(0)
    Q, K, V = (rng.uniform(-0.5, 0.5, (n, 4)) for _ in range(3))
    Q[:40] *= 20
    K[100:160] *= 20
    inputs = Attention(Q, K, V, 0.25)
    with pytest.raises(Declined):
        Polynomial(1e-6, "range").plan(inputs)
    plan = Split(1e-6).plan(inputs)
    assert set(plan.exact) | set(range(40)) == set(range(40)) or len(plan.exact) >= 30
    assert set(plan.heavy) >= set(np.flatnonzero(np.abs(K).max(axis=1) > 8))
    assert len(plan.exact) + len(plan.heavy) < n / 10
    assert np.abs(Split(1e-6)(inputs) - Softmax()(inputs)).max() <= plan.error <= 1e-6
    assert plan.seconds(4, 4) < 0.5
    none = Split(1e-6).plan(Attention(Q[40:], np.delete(K, range(100, 160), axis=0), V[60:], 0.25))
    assert (len(none.exact), len(none.heavy)) == (0, 0)
    with pytest.raises(Declined, match="no quarter of the rows and keys leaves the others short: use softmax"):
        Split(1e-6).plan(Attention(20 * Q, 20 * K, V, 0.25))


def test_what_is_not_to_be_split() -> None:
    one, none = drawn(0, 0, 0, m=1), drawn(0, 0, 0, n=0)
    assert np.array_equal(Split()(one), np.repeat(one.V, 9, axis=0))
    assert Split()(none).shape == (0, 2)
    for inputs in (one, none):
        plan = Split().plan(inputs)
        assert plan.polynomial is None
        assert str(plan).endswith("nothing is left")
        assert plan.seconds(2, 2) < 0.01


def test_what_it_says() -> None:
    plan = Split(1e-3, 2, 3).plan(drawn(0, 2, 3))
    assert plan.polynomial is not None
    of = plan.polynomial
    assert str(plan) == f"2 of 9 rows by their definition, 3 of 14 keys for all; for the others {of}"
    assert str(replace(of, h=2)) == f"degree {of.g}, rank {of.r}, from degree 2 on in float32, proved by range"
    assert str(replace(of, h=of.g + 1)) == f"degree {of.g}, rank {of.r}, proved by range"


@pytest.mark.parametrize(("error", "h"), [(1e-1, 1), (1e-3, 1), (1e-12, 6)])
def test_as_much_is_in_float32_as_the_error_allows(error: float, h: int) -> None:
    of = Split(error, 2, 3).plan(drawn(0, 2, 3)).polynomial
    assert of is not None
    assert of.h == h


REFUSED: dict[str, tuple[Callable[[], Any], type[Exception], str]] = {
    "one threshold": (lambda: Split(1e-3, rows=2), BadInput, "rows = 2, keys = None: give both"),
    "negative": (lambda: Split(1e-3, -1, 2), BadInput, "rows = -1, keys = 2: give both, numbers >= 0"),
    "error": (lambda: Split(0.0), BadInput, "error = 0.0"),
    "all rows": (lambda: Split(1e-3, 9, 3).plan(drawn(0, 2, 3)), Declined, "leaves the others short"),
    "all keys": (lambda: Split(1e-3, 2, 14).plan(drawn(0, 2, 3)), Declined, "leaves the others short"),
    "too long": (lambda: Split(1e-3, 1, 1).plan(drawn(0, 2, 3)), Declined, r"within \+-M = .*, beyond \+-12"),
    "too little": (lambda: Split(1e-17, 2, 3).plan(drawn(0, 2, 3)), Declined, "no degree up to 24|promises"),
    "beyond float64": (lambda: Split(1e-3, 2, 3).plan(drawn(0, 2, 3, far=1e200)), Declined, "beyond float64: use softmax"),
    "rank": (lambda: Split(1e-6, 1, 1).plan(wide()), Declined, "no degree up to 2 of rank up to 16,384 keeps the error"),
    "windows": (lambda: Split().plan(windowed()), Declined, "split computes softmax attention over all keys"),
    "coded": (lambda: Split().plan(coded()), Declined, "rows are coded: use boolean or softmax"),
}


def wide() -> Attention:
    """64 columns, of which degree 3 has 47,905 features: they would take memory that no answer needs."""
    Q, K, V = np.random.default_rng(0).uniform(-0.5, 0.5, (3, 30, 64))
    return Attention(Q, K, V, 1.0)


def windowed() -> Attention:
    of = drawn(0, 0, 0, n=14)
    return Attention(of.Q, of.K, of.V, of.scale, Mechanism(sees=Visibility.window(2)))


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused(case: str) -> None:
    call, kind, said = REFUSED[case]
    with pytest.raises(kind, match=said):
        call()


# ----------------------------------------------------------------------------------------------------------------- faults


def _changed(change: Callable[[SplitPlan], SplitPlan]) -> Callable[[pytest.MonkeyPatch], None]:
    def fault(monkeypatch: pytest.MonkeyPatch) -> None:
        planned = Split.plan
        monkeypatch.setattr(Split, "plan", lambda self, inputs: change(planned(self, inputs)))

    return fault


def _without_rescaling(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the exponents that all light keys have in common were 0."""
    merge = rows.merge

    def other(of: Any, count: int, scale: float, *rest: Any) -> Any:
        return merge(of, count, 0.0, *rest)

    monkeypatch.setattr(rows, "merge", other)


def _uncentred(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module.Parts, "about", lambda self, mean: self)


FAULTS: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "a long key is forgotten": _changed(lambda plan: replace(plan, heavy=plan.heavy[1:])),
    "a long key counts twice": _changed(lambda plan: replace(plan, light=np.append(plan.light, plan.heavy[:1]))),
    "a short key is forgotten": _changed(lambda plan: replace(plan, light=plan.light[1:])),
    "a long row is among the others": _changed(
        lambda plan: replace(plan, exact=plan.exact[1:], others=np.append(plan.others, plan.exact[:1]))
    ),
    "parts are not brought to one scale": _without_rescaling,
    "values of long keys are not centred": _uncentred,
}


@pytest.mark.parametrize("fault", FAULTS)
def test_faults_are_caught(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def tasks() -> list[Attention]:
        """New ones, of which nothing is kept."""
        return [drawn(seed, 2, 3, V=lambda rng, m: 1 + rng.uniform(-1, 1, (m, 1))) for seed in range(6)]

    keeps_its_promise(Split(1e-6, 2, 3), tasks())
    FAULTS[fault](monkeypatch)
    with pytest.raises(LawBroken, match="split gave"):
        keeps_its_promise(Split(1e-6, 2, 3), tasks())


@pytest.mark.parametrize("algorithm", [Split(1e-3, 1, 1), Polynomial(1e-3, "range"), Polynomial(1e-3, "moments")])
def test_exponents_may_be_as_large_as_sums_of_powers_allow(algorithm: Split | Polynomial) -> None:
    """A range is rounded up to six binary digits: 11.9 to 12, 12.1 beyond it."""
    at = np.linspace(-1, 1, 300)[:, None]
    within, beyond = (Attention(at, top * at, at, 1.0) for top in (11.9, 12.1))
    with pytest.raises(Declined, match="beyond"):
        algorithm.plan(beyond)
    plan: Any = algorithm.plan(within)
    assert getattr(plan, "polynomial", plan).scores.M == 12.0
