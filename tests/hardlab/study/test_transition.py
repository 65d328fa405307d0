"""Records of the transition: which rows are certified, what is run and what is not, and which records are none."""

from dataclasses import replace
from math import inf, nan
from typing import Any

import numpy as np
import pytest

from attention.exact.certified import certified_row
from hardlab.study import transition
from hardlab.study.transition import Record, Settings, cell
from instances.faults import BadInput


def cells(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, k: int = 5, factor: float = 0.2
) -> tuple[list[Record], list[int]]:
    """The records of one cell, and the rows that were certified."""
    asked: list[int] = []

    def certified(inputs: Any, row: int) -> list[float]:
        asked.append(row)
        return certified_row(inputs, row)

    monkeypatch.setattr(transition, "certified_row", certified)
    return list(cell(k, 1, factor, settings)), asked


@pytest.mark.parametrize(
    ("rows", "chosen"),
    [(1, [0]), (2, [0, 31]), (3, [0, 15, 31]), (5, [0, 7, 15, 23, 31]), (32, [*range(32)]), (99, [*range(32)])],
)
def test_rows_are_certified_once_from_the_first_to_the_last(
    rows: int, chosen: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    records, asked = cells(monkeypatch, Settings(range(5, 6), (0.2,), d=4, rows=rows, repeats=1))
    assert asked == chosen
    assert {record.rows for record in records} == {len(chosen)}
    assert [record.algorithm for record in records] == ["polynomial", "taylor", "softmax"]
    assert all(record.measured_error is not None and record.measured_error <= 1e-4 for record in records)
    assert {(record.n, record.d, record.v, record.index, record.repeats) for record in records} == {(32, 4, 4, 1, 1)}
    assert records[2].approximation == 0.0
    assert records[2].g is records[2].r is None


def test_without_rows_there_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    records, asked = cells(monkeypatch, Settings(range(5, 6), (0.2,), d=4, rows=0, repeats=1))
    assert asked == []
    assert {record.measured_error for record in records} == {None}


def test_the_limit_is_for_what_should_take_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(range(5, 6), (0.2,), d=4, rows=1, repeats=1)
    first, _ = cells(monkeypatch, settings)
    ahead = first[2].predicted_seconds
    assert ahead is not None
    at, _ = cells(monkeypatch, replace(settings, limit=ahead))
    assert at[2].seconds is not None
    below, _ = cells(monkeypatch, replace(settings, limit=float(np.nextafter(ahead, 0))))
    assert below[2].seconds is None
    assert below[2].measured_error is None
    assert below[2].reason == f"should take {ahead:.3g} seconds, above the limit of {ahead:g}"


@pytest.mark.parametrize(("given", "largest"), [([[1.0, 2.0], [3.0, 4.5]], 0.5), ([[1.0, inf], [3.0, 4.0]], None)])
def test_the_largest_error(given: Any, largest: float | None) -> None:
    output = np.zeros((6, 2))
    output[[1, 4]] = given
    assert transition._largest_error(output, np.array([1, 4]), [[1.0, 2.0], [3.0, 4.0]]) == largest
    output[1, 0] = nan
    assert transition._largest_error(output, np.array([1, 4]), [[1.0, 2.0], [3.0, 4.0]]) is None


def record(**others: Any) -> Record:
    given: dict[str, Any] = {
        "study": "transition", "algorithm": "softmax", "n": 4, "d": 8, "v": 8, "factor": 1.0, "B": 1.0, "sqrt_ln_n": 1.0,
        "error": 1e-4, "M": 0.5, "g": 3, "r": 165, "predicted_seconds": 1.0, "seconds": 1.0, "repeats": 1, "reason": None,
        "approximation": 1e-5, "rounding": 0.0, "measured_error": 0.0, "rows": 1, "seed": 0, "index": 0, "threads": 1,
        "versions": {},
    }  # fmt: skip
    return Record(**{**given, **others})


@pytest.mark.parametrize("name", ["B", "sqrt_ln_n", "error", "factor", "M", "predicted_seconds", "seconds"])
def test_numbers_of_records_have_a_range(name: str) -> None:
    for value in (1e-100, 1e100, *([None] if name in ("M", "predicted_seconds", "seconds") else [])):
        assert getattr(record(**{name: value}), name) == value
    for value in (0.99e-100, 1.01e100, 0.0, -1.0, nan, inf):
        with pytest.raises(BadInput, match="out of range: write the file again"):
            record(**{name: value})


def test_sizes_of_records_have_a_range() -> None:
    for right in ({"n": 2}, {"n": 2**60}, {"d": 1}, {"d": 2**30}):
        record(**right)
    for wrong in ({"n": 1}, {"n": 2**60 + 1}, {"d": 0}, {"d": 2**30 + 1}):
        with pytest.raises(BadInput, match="out of range"):
            record(**wrong)
    with pytest.raises(BadInput, match=r"^a record of the study 'exponentexponentexpo', not of transition"):
        record(study="exponent" * 5)


def test_how_many_records_there_will_be() -> None:
    settings = Settings(range(4, 9), (0.1, 0.2))
    assert settings.count == 5 * 2 * 3
    assert settings == Settings(range(4, 9), (0.1, 0.2), d=8, error=1e-4, repeats=3, rows=4, seed=0, limit=20.0)
    assert [algorithm.key for algorithm in settings.algorithms] == ["polynomial", "taylor", "softmax"]
