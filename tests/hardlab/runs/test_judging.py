"""What records say of an algorithm by itself, each sentence on either side of its condition."""

from math import inf, nan
from typing import Any

import pytest

from hardlab.runs.judging import alarm, found_without_it, mistake_text, over, own_is, rows_text, thresholds, truth_of


@pytest.mark.parametrize("oracle", ["yes", "no", "unknown", None])
@pytest.mark.parametrize("exact", ["yes", "no", "unknown", None])
@pytest.mark.parametrize("verdict", ["yes", "no", "unknown", None])
def test_what_is_known_and_how_the_verdict_fares(oracle: str | None, exact: str | None, verdict: str | None) -> None:
    truth = (
        oracle
        if oracle in ("yes", "no")
        else exact
        if exact in ("yes", "no")
        else verdict
        if verdict in ("yes", "no")
        else None
    )
    for said in ("yes", "no", "unknown"):
        record = {"oracle": oracle, "own": {"truth": exact, "verdict": said}, "verdict": verdict}
        assert truth_of(record) == truth
        fares = None if truth is None else "unknown" if said == "unknown" else "right" if said == truth else "wrong"
        assert own_is(record) == fares
        warning = f"by its own answers your algorithm says {said.upper()}, the answer is {str(truth).upper()}"
        assert alarm(record) == (warning if fares == "wrong" else None)
        assert own_is({**record, "own": None}) is None


def test_records_without_an_answer_of_their_own() -> None:
    for record in ({}, {"own": None}, {"oracle": "yes"}, {"verdict": "no", "own": None}):
        assert own_is(record) is None
        assert alarm(record) is None
        assert found_without_it(record) is None
    assert truth_of({"oracle": "no", "own": None, "verdict": "yes"}) == "no"
    assert truth_of({"own": None, "verdict": "yes"}) == "yes"
    assert truth_of({}) is None


def test_how_much_the_error_is_over() -> None:
    demanded = {"log10": -3.0, "value": 1e-3}
    assert over({"delivered": {"log10": -1.0, "value": 0.1}, "demanded": demanded}) == 2.0
    assert over({"delivered": {"log10": -5.0, "value": 1e-5}, "demanded": demanded}) == -2.0
    assert over({"delivered": {"log10": None, "value": None}, "demanded": demanded}) == inf
    assert over({"delivered": {"log10": None, "value": 0.0}, "demanded": demanded}) == -inf
    for record in (
        {"delivered": None, "demanded": demanded},
        {"delivered": demanded, "demanded": None},
        {"demanded": demanded},
        {},
    ):
        assert over(record) is None


def own(**more: Any) -> dict[str, Any]:
    usual = {
        "rows": 9,
        "of": 9,
        "sampled": False,
        "right": 9,
        "low": 0.25,
        "high": 0.5,
        "missed": 0,
        "wrong": 0,
        "no_number": 0,
    }
    return {"own": {**usual, "between": 0, "mistakes": [], **more}}


def mistake(row: int, side: str, given: float | None, exact: float | None = None, members: tuple[int, ...] = ()) -> Any:
    return {"row": row, "side": side, "given": given, "exact": exact, "members": members}


MISTAKES = [
    mistake(1, "yes", None), mistake(2, "no", nan), mistake(3, "no", 0.75, 0.125), mistake(4, "yes", 0.125, 0.75),
    mistake(5, "yes", 0.0), mistake(6, "no", 1.0),
]  # fmt: skip


@pytest.mark.parametrize(
    ("record", "text"),
    [
        (own(), "9 of 9 rows on the right side of 0.25 and 0.5"),
        (own(rows=1, right=1), "1 of 1 row on the right side of 0.25 and 0.5"),
        (own(right=1234, rows=5678, of=91234, sampled=True), "1,234 of 5,678 rows that were compared, of 91,234, on the right "
            "side of 0.25 and 0.5"),
        (own(between=1000), "9 of 9 rows on the right side of 0.25 and 0.5; 1,000 between"),
        (own(right=3, wrong=6, missed=2, no_number=2, mistakes=MISTAKES), "3 of 9 rows on the right side of 0.25 and 0.5; "
            "2 answered by no number (row 1: nothing finite); 2 YES rows missed (row 4: 0.125, exactly 0.75); "
            "2 NO rows taken for YES (row 3: 0.75, exactly 0.125)"),
        (own(right=7, wrong=2, missed=1, mistakes=[MISTAKES[3], MISTAKES[2]]), "7 of 9 rows on the right side of 0.25 and 0.5; "
            "1 YES row missed (row 4: 0.125, exactly 0.75); 1 NO row taken for YES (row 3: 0.75, exactly 0.125)"),
        (own(right=8, wrong=1, no_number=1), "8 of 9 rows on the right side of 0.25 and 0.5; 1 answered by no number"),
    ],
)  # fmt: skip
def test_rows(record: dict[str, Any], text: str) -> None:
    assert rows_text(record) == text


@pytest.mark.parametrize(
    ("tried", "text"),
    [
        (0, None),
        (1, "a witness was found by trying 1 row exactly; that says nothing for the algorithm"),
        (20, "a witness was found by trying 20 rows exactly; that says nothing for the algorithm"),
    ],
)
def test_whose_merit_a_witness_is(tried: int, text: str | None) -> None:
    assert found_without_it(own(tried=tried)) == text


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [
        (0.25, 0.5, "0.25 and 0.5"), (-0.5, 0.5, "+-0.5"), (0.5, 0.5, "thresholds that are both 0.5 to a float"),
        (0.0, 0.0, "thresholds that are both 0 to a float"), (-0.5, 0.25, "-0.5 and 0.25"), (1 / 3, 2.0, "0.333333 and 2"),
        (None, 0.5, "the thresholds"), (0.5, None, "the thresholds"), (nan, 0.5, "the thresholds"),
        (None, None, "the thresholds"),
    ],
)  # fmt: skip
def test_thresholds(low: float | None, high: float | None, text: str) -> None:
    assert thresholds({"low": low, "high": high}) == text


@pytest.mark.parametrize(
    ("of", "text"),
    [
        (mistake(7, "yes", 1 / 3, 2 / 3), "row 7: 0.333333, exactly 0.666667"),
        (mistake(0, "no", 0.5, nan, (3, 1)), "member 3, member 1, row 0: 0.5"),
        (mistake(0, "no", inf, None), "row 0: nothing finite"),
        (mistake(0, "no", None, 0.0), "row 0: nothing finite, exactly 0"),
    ],
)
def test_mistakes(of: dict[str, Any], text: str) -> None:
    assert mistake_text(of) == text
