"""Cases of the claims on Alman and Song that do not meet the hypotheses: nobody gets a counterexample out of them."""

import subprocess
import sys
from typing import Any

import pytest

from hardlab.claims import CLAIMS as ALL
from hardlab.claims.claim import Claim, Verdict

CLAIMS: dict[str, Claim[Any]] = {claim.id: claim for claim in ALL}

ONES = {"A": ["1"], "A~": ["1"], "V": ["0"], "D": "1", "D~": "1", "B": "2", "eps_A": "1/20", "eps_D": "1/20"}
ROW = {"A": ["10", "11"], "V": ["2", "-2"], "B": "2", "eps_A": "21/221"}
ONE = {"Q": [["1"]], "K": [["1"]], "V": [["1"]], "B": "2", "eps": "1/20"}
UPPER: list[tuple[str, dict[str, Any]]] = [
    ("Definition-1.1", {**ONE, "K": [["1"], ["2"]]}),
    ("Definition-1.1", {**ONE, "V": [["1", "2"]]}),
    ("E2-additive", {"B": "1/2", "eps": "e^-1/2"}),
    ("E2-additive", {"B": "2", "eps": "1/2"}),
    ("E2-additive", {"B": str(2**400), "eps": "1/100"}),
    ("E2-relative", {"B": "1/2", "eps": "1/100"}),
    ("Corollary-2.2", {"Q": ["1", "1"], "B": "3/2", "at": ["-5"]}),
    ("Corollary-2.2", {"Q": ["1", "1"], "B": "1/2", "at": ["1"]}),
    ("E6-half-length", {"B": "1/100", "eps": "e^-3"}),
    ("E6-half-length", {"B": "16", "eps": "e^-3"}),
    ("E7-first-term", {"k": 10**6}),
    ("E7-first-term", {"k": 1}),
    ("Theorem-3.8", {"target": "1/16"}),
    ("Definition-3.1", {"A": [[1]], "r": 0}),
    ("Definition-3.1", {"A": [[1] * 20] * 20, "r": 2}),
    ("Lemma-3.3", {"B": "2", "d": 30}),
    ("Lemma-3.3", {"B": "-1", "d": 1}),
    ("Lemma-3.4", {"Q": [["2"]], "K": [["2"]], "B": "2", "eps": "2"}),
    ("Lemma-3.4", {"Q": [["3"]], "K": [["2"]], "B": "2", "eps": "1/20"}),
    ("E3-index", {"c": [1, 0], "d": 1, "x": 1}),
    ("Lemma-3.2", {"c": [1] * 30, "X": [[1] * 9], "Y": [[1] * 9]}),
    ("E4-rank", {"c": [1, 0, 1], "X": [[3], [4]], "Y": [[3], [4]]}),
    ("E4-rank", {"c": [1, 1], "X": [[0], [0]], "Y": [[0], [0]]}),
    ("E4-rank", {"c": [1, 1], "X": [[1], [2]], "Y": [[0], [0]]}),
    ("E5-variables", {"c": [1, 0, 1], "d": 1}),
    ("Lemma-3.5", {"A": ["2", "-1"], "eps_A": "1/20"}),
    ("Lemma-3.5", {"A": ["2"], "eps_A": "1/2"}),
    ("Lemma-3.5", {"A": ["2"] * 40, "eps_A": "1/20"}),
    ("E9-normalisers", {**ONES, "A": ["-1"]}),
    ("E9-normalisers", {**ONES, "V": ["3"]}),
    ("E9-any-second", {**ONES, "D": "2"}),
    ("E10-constant", {**ROW, "V": ["100", "-100"]}),
    ("E10-constant", {**ROW, "B": "1"}),
    ("E11-accuracy", {**ONE, "P": [1.0, 1.0], "V": [["3"]]}),
    ("E11-accuracy", {**ONE, "P": [1.0, 1.0], "eps": "0"}),
    ("E11-accuracy", {**ONE, "P": [1.0] * 1000}),
    ("Algorithm-1", {**ONE, "eps": "-1"}),
    ("Algorithm-1", {**ONE, "B": "1/2"}),
]

PAIR = {"A": ["1100", "1010"], "B": ["1100", "1001"], "t": 1, "eps": 0.9}
TWICE = {**PAIR, "A": ["1100", "1100"]}
VECTORS = (
    "E18-shapes",
    "E20-lower-left",
    "E22-value",
    "E25-ranges",
    "E30-exponents",
    "E21-entries",
    "E19-normaliser",
    "E19-decision",
    "E26-goal",
    "Lemma-4.7",
    "Lemma-4.7-any-n",
)
LETTERS = {"n": 2, "d": 4, "t": 1, "eps": "1"}
ROWS = {"yes": [2, 48], "no": [4, 4], "d": 48, "t": 2, "eps": "1", "mu": "0"}
GAP = {"yes": [1, 4], "no": [2, 2], "d": 4, "t": 1, "far": 2, "R": "2"}
LOWER: list[tuple[str, dict[str, Any]]] = [
    *((name, TWICE) for name in VECTORS),
    *((name, {**PAIR, "A": ["1100"]}) for name in VECTORS),
    *((name, {**PAIR, "A": ["1100", "1110"]}) for name in VECTORS),
    *((name, {**PAIR, "eps": -1}) for name in ("E19-normaliser", "E19-decision", "E21-entries", "E26-goal", "Lemma-4.7")),
    *((name, {**PAIR, "t": 0}) for name in ("E19-normaliser", "E19-decision", "Lemma-4.7", "Lemma-4.7-any-n")),
    *((name, {**PAIR, "A": ["1100"], "B": ["0011"]}) for name in ("E19-decision", "E19-normaliser", "Lemma-4.7")),
    ("E26-goal", {**PAIR, "eps": 4}),
    ("E19-normaliser", {"A": ["10" * 200], "B": ["01" * 200], "t": 1, "eps": 1}),
    ("E23-threshold", {"a": "10", "b": "10"}),
    ("E23-threshold", {"a": "11", "b": "10"}),
    ("E27-exponent", {"a": "1100", "b": "1010", "t": 2, "eps": "1"}),
    ("E28-factor", {**LETTERS, "n": 1}),
    ("Equation-13", {**LETTERS, "n": 1}),
    ("E32-accuracy", {**LETTERS, "eps": "100"}),
    ("Lemma-4.7-lookup", {"n": 2, "d": 4, "t": 3}),
    ("Lemma-4.7-lookup", {"n": 2, "d": 10**6, "t": 3}),
    ("Lemma-4.3", {"n": 60, "clauses": [[1, 2]], "left": [1]}),
    ("E15-raw-inputs", {"a": "10"}),
    ("E13-cases", {"a": "00", "B": ["11", "11"], "t": 1, "eps": "1"}),
    ("E13-cases", {"a": "00", "B": ["11"], "t": 1, "eps": "-1"}),
    ("E14-calls", {"A": ["00000", "00000"], "B": ["11100", "11111"], "eps": "3/5"}),
    ("E14-calls", {"A": ["0", "1"], "B": ["1", "0"], "eps": "0"}),
    ("E16-uniform", {"n": 2, "d": 4, "least": 1, "t": [1], "eps": "1/2"}),
    ("E16-uniform", {"n": 2, "d": 4, "least": 2, "t": [1, 2], "eps": "1/2"}),
    ("Theorem-4.6-constants", {"q": "3", "C": "1", "eps": "1/2", "n": 10}),
    ("Theorem-4.6-constants", {"q": "1", "C": "1000000", "eps": "1/2", "n": 10}),
    ("T1-exact-output", {**ROWS, "mu": "1/2"}),
    ("T1-exact-output", {**ROWS, "no": [5, 5]}),
    ("T2-additive-error", {**ROWS, "no": [2, 4]}),
    ("T3-relative-error", {**ROWS, "mu": "2"}),
    ("T4-signs", {**ROWS, "yes": [3, 48]}),
    ("T5-matched", {**GAP, "R": "1"}),
    ("T5-matched", {**GAP, "far": 1}),
]


@pytest.mark.parametrize(("name", "case"), UPPER + LOWER)
def test_cases_beyond_the_hypotheses_are_outside(name: str, case: dict[str, Any]) -> None:
    """Under both transcriptions; so are those that are too large to check."""
    for formulas in (CLAIMS[name].printed, CLAIMS[name].corrected):
        assert CLAIMS[name].on(formulas, case).verdict is None


@pytest.mark.parametrize(
    ("name", "case"), [("E9-normalisers", ONES), ("E9-any-second", ONES), ("E10-constant", {**ROW, "V": ["0", "0"]})]
)
def test_a_case_cannot_demand_equality(name: str, case: dict[str, Any]) -> None:
    """An entry that the check does not know changes nothing: the bound is one, and holds."""
    for formulas in (CLAIMS[name].printed, CLAIMS[name].corrected):
        assert CLAIMS[name].on(formulas, {**case, "attained": True}).verdict is Verdict.HOLDS


def test_the_package_of_claims_loads_none_before_one_is_asked_for() -> None:
    program = (
        "import sys, hardlab.claims as c; print('hardlab.claims.ours' in sys.modules, len(c.CLAIMS) == len(c.ours.CLAIMS))"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout == "False True\n"
