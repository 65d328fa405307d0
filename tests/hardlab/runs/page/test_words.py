"""What pages say of verdicts, answers and partners is so: where somebody is at fault, at the thresholds, and in every chain."""

import re
from typing import Any

import numpy as np
import pytest

from attention import Certified, PlainFunction
from attention.algorithm import Promise, Unpromised
from hardlab.names.chains import chain
from hardlab.pages.json import plain
from hardlab.runs.judging import alarm, own_is, truth_of
from hardlab.runs.page.page import page_of_run
from hardlab.runs.running import run
from instances.cnf import CNF
from instances.task import Attention, AttentionTask
from instances.vectors import FarHamming, ThresholdProduct
from reductions.chain import Chain
from tests.support.paths import PATHS
from tests.support.reports import Page
from tests.support.runs import NO, YES, recorded


def page(formula: CNF, algorithm: Any, keys: str = "auto", **how: Any) -> tuple[dict[str, Any], str]:
    record = plain(dict(run(formula, chain(keys), algorithm, picture=True, **how).record))
    return record, Page(page_of_run(record)).text


def raising(Q: Any, K: Any, V: Any, scale: float) -> Any:
    raise RuntimeError("no kernel here")


def nan(Q: Any, K: Any, V: Any, scale: float) -> Any:
    return np.full((len(Q), V.shape[1]), np.nan)


@pytest.mark.parametrize("function", [raising, nan])
@pytest.mark.parametrize("trust", [None, 0.01])
def test_a_fault_is_told_and_nothing_else_is_guessed(function: Any, trust: float | None) -> None:
    record, text = page(NO, PlainFunction(function, "mine"), trust=trust)
    assert (record["verdict"], record["fault"]) == ("unknown", True)
    assert record["reason"] in text
    for guess in ("tried exactly", "bands of YES and NO overlap", "nothing was computed"):
        assert guess not in text, guess


class NoNumbers(Unpromised):
    """Logarithms that are no numbers."""

    key, logarithmic, mechanisms = "no-numbers", True, True

    def __call__(self, inputs: Attention) -> Any:
        return np.full((inputs.n, 1), np.nan)


def test_logarithms_that_are_no_numbers_are_wrong_on_both_sides() -> None:
    keys = "cnf-hamming,hamming-balanced,balanced-attention"
    for formula in (YES, NO):
        record, text = page(formula, NoNumbers(), keys)
        assert record["own"]["no_number"] == record["own"]["wrong"] == record["own"]["rows"] > 0
        assert record["own"]["missed"] == 0
        assert "answered by no number" in text
        assert text.count("This answer is wrong") == len(record["answers"]["wrong"]) > 0


class AtThresholds(Unpromised):
    """Each row answered by its threshold, to the last digit."""

    key, logarithmic = "at-thresholds", False

    def __init__(self, task: AttentionTask) -> None:
        self.task = task

    def __call__(self, inputs: Attention) -> Any:
        exact = Certified()(inputs)[:, :1]
        return np.where(exact > 0, self.task.high, self.task.low)


@pytest.mark.parametrize("formula", [YES, NO])
def test_answers_at_the_thresholds_are_on_their_sides(formula: CNF) -> None:
    task = chain("auto").trace(formula)[-1].problem
    assert isinstance(task, AttentionTask)
    record, text = page(formula, AtThresholds(task))
    assert record["own"]["right"] == record["own"]["rows"]
    assert "by that, between low and high" not in text
    assert "This answer is wrong" not in text
    assert set(record["answers"]["sides"]) <= {"yes", "no"}


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.keys)
@pytest.mark.parametrize("formula", [YES, NO], ids=["yes", "no"])
def test_a_partner_is_called_the_best_only_where_it_is(path: Chain, formula: CNF) -> None:
    """Against the bits of every drawn row and of the whole list B."""
    record, stages = recorded(formula, path.keys), path.trace(formula)
    text = Page(page_of_run(record)).text
    for stage, shown in zip(stages, record["stages"], strict=True):
        picture, problem = shown["picture"], stage.problem
        if picture["kind"] != "pairs":
            continue
        for row, (i, j, measure) in picture["pairs"].items():
            a, B = problem.A.words[i], problem.B  # type: ignore[attr-defined]
            values = B.products(a) if picture["measure"] == "common ones" else B.distances(a)
            assert measure == values[j]
            best = values.max() if isinstance(problem, ThresholdProduct | FarHamming) else values.min()
            assert picture["best"][row] == best
            for said in re.findall(rf"Row {row} : a {i} and its (best )?partner b {j} [^:]*: ([^.]*)", text):
                assert (said[0] == "best ") == (measure == best) or len(record["stages"]) > 3
                assert measure == best or "no other row" not in said[1] or len(record["stages"]) > 3


def test_what_is_right_is_told_in_one_order() -> None:
    """By the oracle, else by the exact sides, else by the verdict; an own verdict is held against that everywhere."""
    own = {"verdict": "no", "truth": "yes"}
    for oracle, exact, verdict, truth, fares in [
        ("no", "yes", "yes", "no", "right"), (None, "yes", "unknown", "yes", "wrong"), (None, "unknown", "yes", "yes", "wrong"),
        (None, "unknown", "unknown", None, None), ("yes", "unknown", "unknown", "yes", "wrong"),
    ]:  # fmt: skip
        record = {"oracle": oracle, "own": {**own, "truth": exact}, "verdict": verdict}
        assert (truth_of(record), own_is(record)) == (truth, fares)
        assert (alarm(record) is not None) == (fares == "wrong")
    assert own_is({"own": None, "verdict": "yes"}) is None
    assert Promise(0.0, 0.0).made
