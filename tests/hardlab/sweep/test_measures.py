"""What a report puts on y, written down once more."""

from math import inf, log10
from typing import Any

import pytest

from hardlab.sweep.measures import MEASURES, SECONDS, USUAL, built, decided, measure
from instances.faults import BadInput


def record(seconds: float, by_reduction: float = 1.0, seed: int = 0, **others: Any) -> dict[str, Any]:
    job = {"parameters": {"n": 5, "seed": seed}}
    return {
        "job": job,
        "status": "done",
        "warm": True,
        "verdict": "yes",
        "decide_seconds": seconds,
        "built": by_reduction,
        **others,
    }


def test_seconds_are_the_median_of_decisions() -> None:
    assert decided([record(x) for x in (1.0, 100.0, 10.0)]) == pytest.approx(1.0)
    assert decided([record(x) for x in (1.0, 2.0, 4.0, 100.0)]) == pytest.approx(log10(3.0))
    assert decided([record(0.0)]) == -9.0
    assert decided([record(1e-9)]) == pytest.approx(-9.0)
    assert decided([record(1e-8)]) == pytest.approx(-8.0)


@pytest.mark.parametrize("odd", [{"status": "timeout"}, {"warm": False}, {"warm": None}])
def test_times_of_what_is_loaded_or_not_done_do_not_count(odd: dict[str, Any]) -> None:
    assert decided([record(1.0, **odd)]) is None
    assert built([record(1.0, **odd)]) is None
    assert decided([record(10.0), record(1e5, **odd)]) == pytest.approx(1.0)
    assert built([record(1.0, 10.0), record(1.0, 1e5, **odd)]) == pytest.approx(1.0)


def test_records_that_do_not_say_how_long_the_reduction_took_do_not_count() -> None:
    without = {name: value for name, value in record(1.0).items() if name != "built"}
    assert decided([without]) is None
    assert built([without]) is None
    assert decided([]) is None


def test_a_reduction_is_that_of_the_job_that_took_longest() -> None:
    records = [record(1.0, x, seed) for x, seed in ((1.0, 0), (10.0, 0), (0.1, 0), (1000.0, 1), (1.0, 1), (0.0, 2), (20.0, 2))]
    assert built(records) == pytest.approx(log10(20.0))
    assert built([record(1.0, 0.0)]) == -9.0


def test_shares() -> None:
    yes, rows, verdicts = (measure(name).of for name in ("yes-share", "rows-right", "own-verdicts"))
    records = [record(1.0, verdict=verdict) for verdict in ("yes", "no", "unknown", "yes")]
    assert yes(records) == 0.5
    assert yes([*records, record(1.0, verdict="yes", status="crashed")]) == 0.5
    assert yes([record(1.0, status="bad")]) is None
    assert yes([]) is None
    own = {"verdict": "no", "rows": 8, "right": 2, "wrong": 4}
    assert rows([record(1.0, own=own)]) == 0.25
    assert verdicts([record(1.0, own=own, oracle="no"), record(1.0, own=own)]) == 0.5
    assert rows(records) is None
    assert verdicts(records) is None


def test_errors() -> None:
    error = measure("error").of
    given: dict[str, Any] = {"delivered": {"log10": -1.0, "value": 0.1}, "demanded": {"log10": -3.0, "value": 1e-3}}
    assert error([record(1.0, **given), record(1.0)]) == pytest.approx(2.0)
    assert error([record(1.0, **{**given, "delivered": {"log10": None, "value": None}})]) == inf
    assert error([]) is None


def test_measures_by_name() -> None:
    assert [one.name for one in MEASURES] == ["seconds", "yes-share", "own-verdicts", "rows-right", "error"]
    assert [one.name for one in USUAL] == ["seconds", "own-verdicts", "rows-right", "error"]
    assert [one.share for one in MEASURES] == [False, True, True, True, False]
    assert [one.shown(0.5) for one in MEASURES] == ["3.16 s", "50%", "50%", "50%", "3.16"]
    assert measure("seconds") is SECONDS
    with pytest.raises(
        BadInput, match=r"^--y time: a report knows seconds, yes-share, own-verdicts, rows-right, error: give one"
    ):
        measure("time")
