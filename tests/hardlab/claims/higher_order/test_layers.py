"""Claims of layers of heads: what they find, and that a formula put wrong is found."""

from collections.abc import Callable
from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from flint import arb

from hardlab.claims.claim import Claim, Verdict, examine, tally
from hardlab.claims.higher_order import layers
from hardlab.claims.higher_order.layers import Stack, decides

CLAIMS: dict[str, Claim[Any]] = {claim.id: claim for claim in layers.CLAIMS}


@pytest.mark.slow
@pytest.mark.parametrize("id", CLAIMS)
def test_what_is_recorded_is_found(id: str) -> None:
    report = examine(CLAIMS[id])
    assert report.agrees
    assert report.corrected.inside > 150


FAULTS: dict[str, Callable[[Stack], Stack]] = {
    "weights for a half of the rows": lambda of: replace(of, cost=lambda n, m, R: of.cost(n, m, R / 4)),
    "nothing for a common one": lambda of: replace(of, cost=lambda n, m, R: arb(0)),
    "the ratio of one head": lambda of: replace(of, ratio=lambda heads: 3),
    "the accumulator is lost between layers": lambda of: replace(of, stream=lambda value: arb(0)),
    "the accumulator is added twice": lambda of: replace(of, stream=lambda value: 5 * value),
    "high too high": lambda of: replace(of, high=lambda n, m, R: of.high(n, m, R) * 21 / 20),
}


HARMLESS = {("H-layers", "the ratio of one head"), ("H-eighth", "weights for a half of the rows")}
"""The first claim holds of every ratio; an eighth leaves room for lighter weights."""


@pytest.mark.parametrize(("id", "fault"), [pair for pair in product(CLAIMS, FAULTS) if pair not in HARMLESS])
def test_a_planted_fault_is_found(id: str, fault: str) -> None:
    claim = CLAIMS[id]
    assert tally(claim, FAULTS[fault](claim.corrected)).verdict is Verdict.FAILS


@pytest.mark.parametrize(
    "case",
    [
        {"A": ["1"], "B": ["11"], "C": ["1"], "layers": 1},
        {"A": ["1"], "B": ["1"], "C": ["1"], "layers": 2},
        {"A": [], "B": ["1"], "C": ["1"], "layers": 1},
        {"A": ["2"], "B": ["1"], "C": ["1"], "layers": 1},
        {"A": ["1"] * 50, "B": ["1"] * 50, "C": ["1"], "layers": 1},
        {"A": ["1"], "B": ["1"], "C": ["1"], "layers": 0},
    ],
)
def test_cases_outside_the_hypotheses(case: dict[str, Any]) -> None:
    assert decides(layers.STREAM, case).verdict is None
