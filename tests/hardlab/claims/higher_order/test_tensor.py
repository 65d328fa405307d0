"""Claims of tensor attention: what they find, and that a formula put wrong is found."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from hardlab.claims.claim import Claim, Verdict, examine, tally
from hardlab.claims.higher_order import tensor
from hardlab.claims.higher_order.tensor import Construction, decides

CLAIMS: dict[str, Claim[Any]] = {claim.id: claim for claim in tensor.CLAIMS}


@pytest.mark.parametrize("id", CLAIMS)
def test_what_is_recorded_is_found(id: str) -> None:
    report = examine(CLAIMS[id])
    assert report.agrees
    assert report.corrected.inside > 300


def test_the_power_of_log_n_depends_on_the_gap() -> None:
    """As printed it holds exactly where the gap is the dimension, which the counterexample is not."""
    claim = CLAIMS["G-exponent"]
    verdicts: dict[bool, set[Verdict | None]] = {True: set(), False: set()}
    for case in claim.cases():
        verdicts[case["gap"] == len(case["a"])].add(claim.on(claim.printed, case).verdict)
    assert verdicts[True] == {Verdict.HOLDS}
    assert Verdict.FAILS in verdicts[False]
    counterexample = examine(claim).printed.counterexample
    assert counterexample is not None
    assert counterexample.case["gap"] < len(counterexample.case["a"])


FAULTS: dict[str, Callable[[Construction], Construction]] = {
    "C one per cent low": lambda of: replace(of, C=lambda m, k, R: of.C(m, k, R) * 99 / 100),
    "entries one per cent low": lambda of: replace(of, cube=lambda C, d, g: of.cube(C, d, g) * 97 / 100),
    "the square for the cube": lambda of: replace(of, cube=lambda C, d, g: of.cube(C, d, g) / g),
    "high without mixed pairs": lambda of: replace(of, high=lambda m, k, R: of.high(m * 10**6, k * 10**6, R)),
    "low a tenth too low": lambda of: replace(of, low=lambda m, k, R: of.low(m, k, R) * 6 / 10),
    "a heavier dummy pair": lambda of: replace(of, dummy=lambda R: of.dummy(R) - R.log() / 10),
    "a lighter dummy pair": lambda of: replace(of, dummy=lambda R: of.dummy(R) + R.log() / 4),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("id", CLAIMS)
def test_a_planted_fault_is_found(id: str, fault: str) -> None:
    claim = CLAIMS[id]
    assert tally(claim, FAULTS[fault](claim.corrected)).verdict is Verdict.FAILS


@pytest.mark.parametrize(
    "case",
    [
        {"a": "1", "B": ["11"], "C": ["1"], "R": "16", "gap": 1},
        {"a": "1", "B": ["1"], "C": [], "R": "16", "gap": 1},
        {"a": "2", "B": ["1"], "C": ["1"], "R": "16", "gap": 1},
        {"a": "1", "B": ["1"], "C": ["1"], "R": "2", "gap": 1},
        {"a": "1", "B": ["1"], "C": ["1"], "R": "16", "gap": 2},
        {"a": "1", "B": ["1"], "C": ["1"], "R": "16", "gap": 0},
        {"a": "1", "B": ["1"] * 10**4, "C": ["1"], "R": "16", "gap": 1},
    ],
)
def test_cases_outside_the_hypotheses(case: dict[str, Any]) -> None:
    assert decides(tensor.PLAIN, case).verdict is None
