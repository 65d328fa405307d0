"""Claims that are chosen by a pattern and examined, whatever their checks raise."""

from dataclasses import replace

import pytest

from hardlab.claims.claim import Case, Finding, found
from hardlab.claims.examining import Outcome, examined, matching
from instances.faults import BadInput
from tests.support.claims import DOUBLE, FALSE, SQUARE, TOYS


def test_an_outcome_agrees_where_its_report_does() -> None:
    assert [examined(claim).agrees for claim in (DOUBLE, SQUARE, FALSE)] == [True, True, False]
    assert not Outcome(DOUBLE, None, None, "it raised", 0.0).agrees


def test_the_counterexample_is_to_the_printed_statement() -> None:
    double, square = examined(DOUBLE), examined(SQUARE)
    assert double.counterexample is not None
    assert double.counterexample["case"] == {"n": 3}
    assert [square.counterexample, square.error, double.error] == [None] * 3
    assert 0 < double.seconds < 60


def test_a_claim_that_no_case_is_inside_of_has_no_counterexample() -> None:
    outcome = examined(replace(DOUBLE, cases=lambda: iter([{"n": 0}])))
    assert (outcome.counterexample, outcome.error, outcome.agrees) == (None, None, False)


def test_what_a_check_raises_is_its_error() -> None:
    def check(formula: object, case: Case) -> Finding:
        raise ZeroDivisionError("one\nover none")

    outcome = examined(replace(DOUBLE, check=check))
    assert (outcome.report, outcome.counterexample, outcome.agrees) == (None, None, False)
    assert outcome.error == "ZeroDivisionError: one over none"


def test_a_counterexample_that_no_file_can_hold_is_an_error() -> None:
    def check(formula: object, case: Case) -> Finding:
        return found(False, "\ud800")

    assert str(examined(replace(DOUBLE, check=check)).error).startswith("UnicodeEncodeError")
    outcome = examined(replace(DOUBLE, check=lambda formula, case: found(False, ""), cases=lambda: iter([{"n": float("nan")}])))
    assert str(outcome.error).startswith("ValueError")
    assert outcome.report is None


def test_a_claim_is_chosen_by_its_id_or_its_source(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hardlab.claims.CLAIMS", TOYS)
    ids = {p: [claim.id[:2] for claim in matching(p)] for p in (None, "DOUB", "lemma 2", "t?-s*", "*3", "toys*1")}
    assert list(ids.values()) == [["T1", "T2", "T3"], ["T1"], ["T2"], ["T3"], ["T3"], ["T1"]]
    with pytest.raises(BadInput, match="unknown claim 'nothing'"):
        matching("nothing")
