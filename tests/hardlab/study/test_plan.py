"""Plans: sizes are those of the reductions, predictions grow with the formula, and a wrong rate is seen by the validation."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from attention import Boolean, Softmax
from attention.exact.streaming import SMALL
from hardlab import chain
from hardlab.study import plan as plans
from hardlab.study import plan_rates as calibration
from hardlab.study.plan_rates import Foreseen, Rates, foreseen
from hardlab.study.plan_text import duration
from instances.faults import Declined
from reductions.edges.cnf_hamming import CnfHamming
from reductions.parts.cnf_listing import listing, sampled
from reductions.parts.cnf_split import plan as split
from tests.support.calling import Caller
from tests.support.places import EXAMPLES

AUTO, OV = chain("auto"), chain("cnf-ov,ov-attention")
RATES = Rates(1.0, 0.01, 1e-9)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """No run takes long enough to be repeated, and rates are the same every time."""
    monkeypatch.setattr(calibration, "LONG", 0.0)
    monkeypatch.setattr(calibration, "SAMPLE", 256)


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("vars", [8, 13, 20, 45, 80])
def test_sizes_of_closed_forms_are_the_reductions_own(vars: int) -> None:
    formula = plans.formula_of(vars, 4.26, 1)
    plan = plans.planned(formula, OV, Boolean(), 4, 0.05, 2**30)
    assert plan.exact
    assert plan.size == plan.bound == OV.sizes(formula.size)[-1]
    assert plan.pairs == plan.size["n"] * plan.size["m"]
    if vars <= 20:
        assert plan.size == OV.trace(formula)[-1].size


@pytest.mark.slow
def test_sizes_after_filters_are_exact_where_the_sample_holds_all() -> None:
    for vars in (12, 24, 30):
        formula = plans.formula_of(vars, 4.26, 1)
        found = foreseen(formula, AUTO, Softmax())
        assert found.exact
        assert found.size == CnfHamming().apply(formula).size
        assert AUTO.steps[1].size(found.size) == AUTO.trace(formula)[-1].size


@pytest.mark.slow
def test_sampled_listings_are_near_the_listings() -> None:
    found = split(plans.formula_of(40, 4.0, 3), None, 0, "demanded")
    for side in ("left", "right"):
        exact = len(listing(found, side))
        estimates = [sampled(found, side, 400, seed).rows for seed in range(20)]
        assert exact > 800
        assert sum(estimates) / 20 == pytest.approx(exact, rel=0.15)
        sample = sampled(found, side, 400, 0).listing
        assert set(sample.assignments.tolist()) <= set(listing(found, side).assignments.tolist())
        assert sampled(found, side, 10**9, 0).rows == exact


@pytest.mark.usefixtures("quick")
def test_what_large_runs_load_is_loaded_before_anything_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few rows are for NumPy; where kernels were loaded in the first run that counts, its rate was that of loading."""
    measured: list[int] = []

    def seconds(algorithm: Any, inputs: Any) -> float:
        measured.append(inputs.n * inputs.m)
        return 1.0

    monkeypatch.setattr(calibration, "seconds", seconds)
    formula = plans.formula_of(34, 4.26, 1)
    foreseen(formula, AUTO, Boolean())
    assert measured[0] > SMALL >= measured[1]


def test_predictions_grow_with_the_formula(monkeypatch: pytest.MonkeyPatch) -> None:
    def same_rates(formula: Any, steps: Any, algorithm: Any) -> Foreseen:
        return Foreseen(OV.sizes(formula.size)[1], True, RATES)

    monkeypatch.setattr(plans, "foreseen", same_rates)
    made = [plans.planned(plans.formula_of(n, 4.26, 0), OV, Boolean(), 8, 0.05, 2**30) for n in range(20, 81, 4)]
    for one, larger in pairwise(made):
        assert one.seconds < larger.seconds
        assert one.cost < larger.cost
        assert one.bytes_held < larger.bytes_held
        assert one.fix <= larger.fix
    last = made[-1]
    assert last.seconds == pytest.approx(1.01 + 1e-9 * last.pairs)
    assert last.cost == pytest.approx(last.seconds * last.threads / 3600 * 0.05)
    assert last.seconds / 8 <= last.seconds_on_workers <= last.seconds
    assert last.tiles is None  # 36 variables: no edge fixes so many
    for one in made:
        if 0 < one.fix <= 20:
            assert one.tiles is not None
            assert chain(one.tiles).steps[0].key == "cnf-cubes"
    assert made[0].tiles is None


def test_a_tile_fits_and_one_variable_fewer_does_not() -> None:
    of, (first, last) = Foreseen(OV.sizes({"n": 60, "m": 256, "k": 3})[1], True, RATES), OV.steps
    fix = plans.variables_to_fix(first.target.memory, last, of, 2**30)

    def held(k: int) -> int:
        size = {**of.size, "n": of.size["n"] >> (k + 1) // 2, "m": of.size["m"] >> k // 2}
        return first.target.memory(size) + last.target.memory(last.size(size))

    assert held(fix) <= 2**30 < held(fix - 1)
    with pytest.raises(Declined, match="raise --memory"):
        plans.variables_to_fix(first.target.memory, last, of, 10)


@pytest.mark.usefixtures("quick")
def test_a_planted_wrong_rate_is_caught_by_the_validation(monkeypatch: pytest.MonkeyPatch) -> None:
    right = foreseen

    def slow(*arguments: Any) -> Foreseen:
        found = right(*arguments)
        return replace(found, rates=replace(found.rates, pair=found.rates.pair + 1e-3))

    formula = plans.formula_of(16, 4.26, 0)
    monkeypatch.setattr(plans, "foreseen", slow)
    assert plans.checked(formula, OV, Boolean(), 600.0, 2**30).ratio > 2
    with pytest.raises(Declined, match="above the limit"):
        plans.checked(formula, OV, Boolean(), 1.0, 2**30)
    assert list(plans.validated(OV, Boolean(), 4.26, 0, 1.0, 2**30)) == []


@pytest.mark.slow
@pytest.mark.usefixtures("quick")
def test_the_verb(call: Caller, tmp_path: Path) -> None:
    plan = call("study", "plan", "--vars", 30, "--seeds", 2, "--workers", 3, "--json").json["plans"]
    assert [one["vars"] for one in plan] == [30, 30]
    assert plan[0]["workers"] == 3
    text = call("study", "plan", "--vars", 44, "--chain", "cnf-ov,ov-attention", "--algorithm", "boolean").out
    assert "sizes are exact" in text
    assert "0.05 a core-hour" in text
    (tmp_path / "one.cnf").write_text("p cnf 3 1\n1 2 3 0\n")
    check = call("study", "plan", "--measure-against", tmp_path / "one.cnf", "--json").json["checks"]
    assert [one["verdict"] for one in check] == ["yes"]
    assert check[0]["ratio"] > 0


def test_bad_input_is_one_sentence(call: Caller, tmp_path: Path) -> None:
    for options, text in (
        (("--vars", 81), "up to 80"),
        (("--vars", 1), "at least 3"),
        (("--vars", 30, "--ratio", 0), "--ratio 0"),
        (("--vars", 30, "--price", "nan"), "--price nan"),
        (("--vars", 30, "--workers", 0), "--workers 0"),
        (("--vars", 30, "--chain", "cnf-ov,ov-hamming,hamming-attention"), "plan knows auto"),
        (("--vars", 30, "--algorithm", "none"), "none"),
        (("--vars", 30, "--validate"), "--vars goes without"),
        (("--validate", "--measure-against", "x"), "one of the two"),
        (("--measure-against", tmp_path / "no.cnf"), "there is no file"),
        (("--limit", 0), "--limit 0"),
    ):  # fmt: skip
        assert text in call("study", "plan", *options).refusal()


def test_durations_are_for_people() -> None:
    assert [duration(seconds) for seconds in (0.5, 7200.0, 86400.0 * 3, 1e9)] == ["0.5 s", "2 h", "3 d", "31.7 y"]


@pytest.mark.parametrize("words", [[], ["--chain", "cnf-ov,ov-attention", "--algorithm", "boolean"]])
@pytest.mark.parametrize("name", ["empty-clause", "no-clauses", "empty-formula", "one-variable"])
def test_odd_formulas_have_plans_or_a_reason(call: Caller, name: str, words: list[str]) -> None:
    answer = call("study", "plan", "--measure-against", EXAMPLES / f"{name}.cnf", *words)
    assert answer.code == 0 or answer.refusal()


def test_a_chain_without_times_is_refused(call: Caller) -> None:
    assert "plan knows auto" in call("study", "plan", "--validate", "--chain", "cnf-cubes,auto").refusal()
