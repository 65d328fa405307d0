"""What records say of an algorithm's own answers, counted once more."""

from collections import Counter
from math import inf, log10
from typing import Any

import pytest

from hardlab.sweep.judging import Judged, judged, percent, times


def own(verdict: str, rows: int, right: int, wrong: int, **others: Any) -> dict[str, Any]:
    return {"own": {"verdict": verdict, "rows": rows, "right": right, "wrong": wrong, **others}, "oracle": "yes"}


def error(delivered: float | None, value: float | None = None) -> dict[str, Any]:
    """A record of such an error where 1e-3 was demanded; by its logarithm, or its value where it has none."""
    given = {"log10": None if delivered is None else log10(delivered), "value": value if delivered is None else delivered}
    return {"delivered": given, "demanded": {"log10": -3.0, "value": 1e-3}}


def test_counts_are_of_all_records() -> None:
    records = [own("yes", 10, 6, 3), own("no", 5, 5, 0, sampled=True), own("unknown", 1, 0, 1, sampled=False), {"oracle": "no"}]
    found = judged([*records, {"own": None}])
    assert found == Judged(16, 11, 4, 1, Counter(right=1, wrong=1, unknown=1), None)
    assert found.rows_right == 11 / 16
    assert found.verdicts_right == 1 / 3
    assert found.cells == ("16", "11", "4", "1", "68.7%", "-", "1", "1", "1")
    assert found


def test_what_nobody_knows_is_no_verdict() -> None:
    record = {**own("yes", 2, 2, 0), "oracle": "unknown"}
    assert judged([record]).verdicts.total() == 0
    assert judged([record]).cells == ("2", "2", "0", "0", "100%", "-", "-", "-", "-")


@pytest.mark.parametrize(
    ("errors", "worst"),
    [
        ([error(1e-2), error(1e-1), error(1e-2)], 2.0),
        ([error(1e-4), {}, error(1e-5)], -1.0),
        ([{}, error(1e-3)], 0.0),
        ([error(1e-2), error(None)], inf),
        ([error(None, 0.0)], -inf),
        ([error(None, 0.0), error(1e-9)], -6.0),
        ([{}, {"delivered": {"log10": 0.0, "value": 1.0}}, {"demanded": {"log10": 0.0, "value": 1.0}}], None),
        ([], None),
    ],
)
def test_the_largest_error_of_all(errors: list[dict[str, Any]], worst: float | None) -> None:
    found = judged(errors)
    assert found.error == (None if worst is None else pytest.approx(worst))
    assert bool(found) == (worst is not None)
    assert found.cells[:5] == ("-",) * 5
    assert found.cells[6:] == ("-",) * 3


@pytest.mark.parametrize(
    ("judged_", "something"),
    [
        (Judged(0, 0, 0, 0, Counter(), None), False),
        (Judged(1, 0, 0, 0, Counter(), None), True),
        (Judged(0, 0, 0, 0, Counter(), 0.0), True),
        (Judged(0, 0, 0, 0, Counter(unknown=1), None), True),
        (Judged(0, 0, 0, 5, Counter(right=0), None), False),
    ],
)
def test_whether_there_is_something(judged_: Judged, something: bool) -> None:
    assert bool(judged_) == something
    if not something:
        assert judged_.rows_right is None
        assert judged_.verdicts_right is None


def test_thousands_are_told_apart() -> None:
    assert Judged(12345, 2345, 1000, 0, Counter(right=4000), 1.0).cells == (
        "12,345", "2,345", "1,000", "9,000", "18.9%", "10", "4,000", "0", "0",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("share", "said"), [(1.0, "100%"), (0.99999, "99.9%"), (0.5, "50%"), (0.1239, "12.3%"), (0.0009, "0%"), (0.0, "0%")]
)
def test_shares_are_rounded_down(share: float, said: str) -> None:
    assert percent(share) == said


@pytest.mark.parametrize(
    ("exponent", "said"),
    [(None, "-"), (inf, "not finite"), (-inf, "0"), (0.0, "1"), (2.0, "100"), (-1.5, "0.0316"), (400.0, "10^400.00")],
)
def test_errors_in_words(exponent: float | None, said: str) -> None:
    assert times(exponent) == said
