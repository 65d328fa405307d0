"""What is kept is compared, renewed when asked for, and belongs to tests that are there."""

import json
from math import inf, nan
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support.kept import FILE, NUMBERS, Keeper, NumbersKeeper
from tests.support.places import ROOT


def test_a_text_is_compared_and_renewed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, now = tmp_path / "kept.json", tmp_path / "now.txt"
    one, other = Keeper("tests/a.py::one", now, file), Keeper("tests/a.py::other", now, file)
    monkeypatch.delenv("KEEP", raising=False)
    with pytest.raises(AssertionError, match=r"KEEP=1 python -m pytest tests/a\.py$"):
        one("a")
    monkeypatch.setenv("KEEP", "1")
    one("a")
    other("b")
    monkeypatch.delenv("KEEP")
    one("a")
    other("b")
    with pytest.raises(AssertionError, match="not what is kept"):
        one("b")
    assert now.read_text() == "b"
    assert list(json.loads(file.read_text())) == ["tests/a.py::one", "tests/a.py::other"]


@pytest.mark.parametrize("other", [{"a": [1.0 + 1e-10, inf]}, {"a": [1.0, -inf]}, {"a": [1.0]}, {}, {"a": [1, inf], "b": 2}])
def test_numbers_are_compared_and_renewed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, other: dict[str, Any]) -> None:
    one = NumbersKeeper("tests/a.py::one", tmp_path / "kept.json")
    monkeypatch.setenv("KEEP", "1")
    one({"a": (np.float64(1), [[inf]])})
    NumbersKeeper("tests/a.py::other", one.file)({"b": np.ones((2, 2)), "none": None})
    monkeypatch.delenv("KEEP")
    one({"a": [1.0 + 1e-13, inf]})
    NumbersKeeper("tests/a.py::other", one.file)({"b": [1, 1, 1, 1], "none": []})
    with pytest.raises(AssertionError, match=r"KEEP=1 python -m pytest tests/a\.py$"):
        one(other)


@pytest.mark.parametrize("change", [(3, 7.0), (39, -2.0), (0, nan), (5, inf), (6, 5.0)])
def test_numbers_of_long_arrays_are_compared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: tuple[int, float]
) -> None:
    one, X = NumbersKeeper("tests/a.py::one", tmp_path / "kept.json"), np.arange(40.0)
    X[1], X[2] = nan, -inf
    monkeypatch.setenv("KEEP", "1")
    one({"a": X})
    monkeypatch.delenv("KEEP")
    one({"a": X * (1 + 1e-14)})
    for other in (X[:-1], X * (1 + 1e-10), np.roll(X, 1)):
        with pytest.raises(AssertionError):
            one({"a": other})
    X[change[0]] = change[1]
    with pytest.raises(AssertionError):
        one({"a": X})


@pytest.mark.parametrize("kept", [FILE, NUMBERS])
def test_what_is_kept_belongs_to_tests(kept: Path) -> None:
    for test in json.loads(kept.read_text()):
        file, _, name = test.partition("::")
        assert f"def {name.partition('[')[0]}(" in (ROOT / file).read_text(), f"{test} is gone: take it from {kept.name}"
