"""Crossovers read off records that are made up, one rule at a time."""

from dataclasses import replace
from math import log, sqrt
from typing import Any

import pytest

from hardlab.study import crossover as module
from hardlab.study.crossover import (
    Cell,
    Crossover,
    cells,
    crossovers,
    rank_line,
    ratio_at,
    setting_of,
    summary,
    time_line,
)
from hardlab.study.foresight import rank_boundary, time_boundary
from hardlab.study.transition import Record
from instances.faults import BadInput


def record(algorithm: str, n: int, B: float, seconds: float | None, **others: Any) -> Record:
    given: dict[str, Any] = {
        "study": "transition", "algorithm": algorithm, "n": n, "d": 8, "v": 8, "factor": 1.0, "B": B, "sqrt_ln_n": sqrt(log(n)),
        "error": 1e-4, "M": 0.5 * B**2, "g": 3, "r": 165, "predicted_seconds": 1.0, "seconds": seconds, "repeats": 1,
        "reason": None, "approximation": 1e-5, "rounding": 0.0, "measured_error": 0.0, "rows": 1, "seed": 0, "index": 0,
        "threads": 1, "versions": {},
    }  # fmt: skip
    return Record(**{**given, **others})


def both(n: int, B: float, polynomial: float | None, softmax: float | None = 1.0, **others: Any) -> list[Record]:
    return [record("polynomial", n, B, polynomial, **others), record("softmax", n, B, softmax)]


def test_cells_are_in_order_and_say_who_was_faster() -> None:
    records = [*both(64, 2.0, 2.0), *both(16, 3.0, 0.5), *both(16, 1.0, 1.0)]
    assert cells(records) == [
        Cell(16, 1.0, "softmax", 0.5, 0.0), Cell(16, 3.0, "polynomial", 0.5, log(0.5)), Cell(64, 2.0, "softmax", 0.5, log(2.0)),
    ]  # fmt: skip


def test_what_tells_nothing_is_no_cell() -> None:
    assert cells([record("softmax", 16, 1.0, 1.0)]) == []
    assert cells([record("taylor", 16, 1.0, 1.0), record("softmax", 16, 1.0, 1.0)]) == []
    assert cells([record("polynomial", 16, 1.0, 1.0)]) == []
    assert cells(both(16, 1.0, None)) == []
    assert cells(both(16, 1.0, 1.0, None)) == []
    assert cells([record("polynomial", 16, 2.0, None, approximation=None)]) == [Cell(16, 2.0, "declined", 0.5, None)]
    assert cells(both(16, 2.0, 5.0, approximation=None)) == [Cell(16, 2.0, "declined", 0.5, None)]
    assert cells(both(16, 2.0, 0.5, M=None)) == [Cell(16, 2.0, "polynomial", 1.0, log(0.5))]


def test_records_are_of_one_setting() -> None:
    records = both(16, 1.0, 1.0)
    assert setting_of(records) == (8, 1e-4)
    with pytest.raises(
        BadInput, match=r"^records of several settings \(d = 4, error = 0.0001; d = 8, error = 0.0001\): one fig"
    ):
        setting_of([*records, record("taylor", 16, 1.0, 1.0, d=4)])
    with pytest.raises(BadInput, match=r"d = 8, error = 0.0001; d = 8, error = 0.5"):
        setting_of([*records, record("taylor", 16, 1.0, 1.0, error=0.5)])
    with pytest.raises(BadInput, match=r"^records of several settings \(\)"):
        setting_of([])
    with pytest.raises(BadInput, match="stand twice"):
        setting_of([*records, records[0]])
    assert setting_of([*records, replace(records[0], n=32), replace(records[0], B=2.0)]) == (8, 1e-4)


def cell(n: int, B: float, log_times: float | None, ratio: float = 0.5) -> Cell:
    outcome = "declined" if log_times is None else "polynomial" if log_times < 0 else "softmax"
    return Cell(n, B, outcome, ratio, log_times)  # type: ignore[arg-type]


def test_the_first_crossing_of_each_n() -> None:
    found = [
        *(cell(16, B, x) for B, x in ((1.0, -3.0), (2.0, -1.0), (4.0, 3.0), (5.0, -1.0), (6.0, 1.0))),
        *(cell(32, B, x) for B, x in ((1.0, 1.0), (2.0, -1.0), (3.0, 1.0))),
        *(cell(64, B, x) for B, x in ((1.0, -1.0), (3.0, None), (4.0, 1.0))),
        *(cell(128, B, x) for B, x in ((1.0, -1.0), (2.0, -1.0))),
        *(cell(256, B, x) for B, x in ((1.0, -2.0), (2.0, 0.0))),
        cell(512, 1.0, None),
    ]
    assert crossovers(found) == [
        Crossover(16, 2.0, 4.0, False, 2.5), Crossover(64, 1.0, 3.0, True, 2.0), Crossover(256, 1.0, 2.0, False, 2.0),
    ]  # fmt: skip
    assert crossovers([]) == []
    assert crossovers(found)[0].of_root == 2.5 / sqrt(log(16))


def test_ratios_between_the_measured_n() -> None:
    found = [cell(16, 1.0, 0.0, 0.2), cell(16, 2.0, 0.0, 0.4), cell(16, 3.0, 0.0, 0.9), cell(64, 1.0, 0.0, 0.8)]
    assert [ratio_at(found, n) for n in (4, 16, 32, 64, 1000)] == pytest.approx([0.4, 0.4, 0.6, 0.8, 0.8])


def test_lines_of_what_is_foreseen() -> None:
    found = [cell(2**10, 1.0, 0.0, 0.25), cell(2**16, 1.0, 0.0, 0.25)]
    assert rank_line(found, 2**12, 8, 1e-4) == pytest.approx(sqrt(rank_boundary(2**12, 8, 1e-4) / 0.25))
    assert time_line(found, 2**16 + 0.3, 8, 1e-4) == pytest.approx(sqrt(time_boundary(2**16, 8, 1e-4) / 0.25))


def said(*crossed: tuple[int, float, float]) -> str:
    """The summary where these are (n, below, above), with the crossover in the middle of both."""
    records = [one for n, below, above in crossed for B, ratio in ((below, 0.5), (above, 2.0)) for one in both(n, B, ratio)]
    return summary(records)


@pytest.mark.parametrize(
    ("crossed", "growth"),
    [
        ([(2**10, 1.0, 2.0), (2**12, 2.0, 4.0)], "grows with n, and faster than sqrt(ln n)"),
        ([(2**10, 2.0, 2.1), (2**20, 2.1, 2.2)], "grows with n, but not as sqrt(ln n)"),
        ([(2**4, 1.0, 2.0), (2**16, 2.0, 4.0)], "grows with n, but not as sqrt(ln n)"),
        ([(2**10, 1.0, 2.0), (2**12, 1.9, 4.0)], "changes by less than the measured B are apart"),
        ([(2**10, 2.0, 3.0), (2**12, 1.0, 2.0)], "falls"),
        ([(2**10, 2.0, 3.0), (2**12, 1.0, 2.1)], "changes by less than the measured B are apart"),
        ([(2**10, 1.0, 2.0), (2**11, 0.1, 0.2), (2**12, 2.0, 4.0)], "grows with n, and faster than sqrt(ln n)"),
    ],
)
def test_how_crossovers_grow(crossed: list[tuple[int, float, float]], growth: str) -> None:
    text = said(*crossed)
    (n, low, high), (m, below, above) = crossed[0], crossed[-1]
    places = []
    for size, B in ((n, (low + high) / 2), (m, (below + above) / 2)):
        places.append(f"B = {B:.2f} = {B / sqrt(log(size)):.2f} sqrt(ln n) at n = 2^{size.bit_length() - 1}")
    assert text.startswith(f"The measured crossover {growth}: {', '.join(places)}. It lies ")


def test_one_crossover_and_none() -> None:
    assert said((1000, 1.0, 2.0)).startswith(
        "One crossover was measured: B = 1.50 = 0.57 sqrt(ln n) at n = 1000. It lies below"
    )
    assert (
        summary(both(16, 1.0, 0.5))
        == "At d = 8 and error 0.0001 no measured n has its crossover between two of the measured B."
    )


def test_why_it_lies_there(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "It lies above sqrt(ln n) by constants" in said((16, 3.0, 4.0))
    assert said((2, 1.0, 2.0)).endswith(
        "It lies above sqrt(ln n): at d = 8 and error 0.0001 no degree has a rank binom(d+g, g) of at most n."
    )
    monkeypatch.setattr(module, "rank_boundary", lambda n, d, error: {2**12: 2.0}[n])
    text = said((2**10, 1.0, 2.0), (2**12, 2.0, 3.0))
    assert "reaches n = 2^12 at exponents up to M = 2, which is B = 2.00. At a fixed d = 8 it is about g^d/d!" in text
