"""What a claim is examined to: counts, the first counterexample, and whether that is as on record."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from hardlab.claims.claim import Case, Counterexample, Finding, Report, Tally, Verdict, examine, pasted, tally, word
from tests.support.claims import DOUBLE, SQUARE, TABLE, square


def test_cases_are_counted_up_to_the_first_that_does_not_hold() -> None:
    """n = 0 is outside, 2n is less than n^2 from n = 3 on, and the bounds of the table end at n = 3."""
    assert tally(DOUBLE, square) == Tally(Verdict.HOLDS, 5, 1, None)
    at_3 = Counterexample({"n": 3}, Finding(Verdict.FAILS, "3^2 = 9, bound 6"))
    assert tally(DOUBLE, DOUBLE.printed) == Tally(Verdict.FAILS, 3, 1, at_3)
    at_4 = Counterexample({"n": 4}, Finding(Verdict.ILL_TYPED, "the bound has no entry 4"))
    assert tally(TABLE, TABLE.printed) == Tally(Verdict.ILL_TYPED, 4, 1, at_4)


def test_nothing_checked_is_a_failure() -> None:
    none = Counterexample({}, Finding(Verdict.FAILS, "no case meets the hypotheses"))
    assert tally(replace(SQUARE, cases=lambda: iter([{"n": 0}, {"n": -1}])), square) == Tally(Verdict.FAILS, 0, 2, none)


HELD, FAILED = Tally(Verdict.HOLDS, 1, 0, None), Tally(Verdict.FAILS, 1, 0, None)


@pytest.mark.parametrize(
    ("printed", "corrected", "agrees"),
    [
        (FAILED, HELD, True),
        (FAILED, FAILED, False),
        (HELD, HELD, False),
        (FAILED._replace(inside=0), HELD, False),
        (FAILED._replace(inside=2), HELD, True),
        (FAILED, HELD._replace(verdict=Verdict.ILL_TYPED), False),
    ],
)
def test_a_report_agrees_where_both_are_as_recorded(printed: Tally, corrected: Tally, agrees: bool) -> None:
    assert Report(DOUBLE, printed, corrected).agrees is agrees


def test_a_claim_in_which_nothing_is_wrong_is_examined_once() -> None:
    tried: list[int] = []

    def cases() -> Iterator[Case]:
        tried.append(1)
        return iter([{"n": 1}])

    report = examine(replace(SQUARE, mended=None, cases=cases))
    assert report.printed is report.corrected
    assert len(tried) == 1
    examine(replace(DOUBLE, cases=cases))
    assert len(tried) == 3


def test_a_counterexample_as_a_file_has_it() -> None:
    found = Counterexample({"n": 3, "rows": (1, 2)}, Finding(Verdict.FAILS, "9 > 6"))
    assert pasted(DOUBLE, found) == {
        "claim": "T1-double",
        "source": "Toys, Lemma 1",
        "case": {"n": 3, "rows": [1, 2]},
        "printed": {"verdict": "fails", "detail": "9 > 6"},
    }
    verdicts = (*Verdict, None)
    assert [word(Finding(verdict, "")) for verdict in verdicts] == ["holds", "fails", "ill-typed", "outside"]
