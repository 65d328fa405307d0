"""What is kept is compared, renewed when asked for, and belongs to tests that are there."""

import json
from pathlib import Path

import pytest

from tests.support.kept import FILE, Keeper
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


def test_what_is_kept_belongs_to_tests() -> None:
    for test in json.loads(FILE.read_text()):
        file, _, name = test.partition("::")
        assert f"def {name.partition('[')[0]}(" in (ROOT / file).read_text(), f"{test} is gone: take it from tests/kept.json"
