"""Records of studies as lines: what is written comes back, and what is no record is named by its line."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from hardlab.study.records import read, write
from instances.faults import BadInput


@dataclass(frozen=True)
class Made:
    """A record of each kind of field."""

    name: str
    n: int
    x: float
    y: float | None
    z: int | None
    of: dict[str, str]

    def __post_init__(self) -> None:
        if self.n == 13:
            raise BadInput("n is 13")


RIGHT: dict[str, Any] = {"name": "a", "n": 1, "x": 0.5, "y": None, "z": 3, "of": {"k": "v"}}


def test_what_is_written_comes_back(tmp_path: Path) -> None:
    records = [Made("a", 1, 0.5, None, 3, {"k": "v"}), Made("é", -2, 1e300, 2.5, None, {})]
    write(records, tmp_path / "x.jsonl")
    assert json.loads((tmp_path / "x.jsonl").read_text().splitlines()[0]) == RIGHT
    assert read(tmp_path / "x.jsonl", Made) == records
    with pytest.raises(ValueError, match="JSON"):
        write([Made("a", 1, float("inf"), None, 3, {})], tmp_path / "y.jsonl")
    assert not (tmp_path / "y.jsonl").exists()


@pytest.mark.parametrize(
    "change", [{"x": 3}, {"y": 3}, {"y": 0.0}, {"z": None}, {"x": -1e301}, {"n": 2**200}, {"x": 2**1000 - 1}, {"of": {"a": 1}}]
)
def test_what_may_stand_there(change: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "x").write_text(f"\n{json.dumps({**RIGHT, **change})}\n  \n")
    [found] = read(tmp_path / "x", Made)
    assert all(getattr(found, name) == value for name, value in {**RIGHT, **change}.items())


WRONG: dict[str, dict[str, Any]] = {
    "n = '0.5' is not what a record holds": {"n": 0.5},
    "n = 'True' is not what a record holds": {"n": True},
    "x = 'True' is not what a record holds": {"x": True},
    "x = 'None' is not what a record holds": {"x": None},
    "x = 'inf' is not what a record holds": {"x": float("inf")},
    "x = 'nan' is not what a record holds": {"x": float("nan")},
    "y = '-inf' is not what a record holds": {"y": -float("inf")},
    f"x = '{str(2**1000)[:40]}' is not what a record holds": {"x": 2**1000},
    "z = '0.5' is not what a record holds": {"z": 0.5},
    "name = '3' is not what a record holds": {"name": 3},
    "of = '[]' is not what a record holds": {"of": []},
    "n is 13": {"n": 13},
    "not a record of this study": {"extra": 1},
}


@pytest.mark.parametrize("said", WRONG)
def test_what_may_not(said: str, tmp_path: Path) -> None:
    (tmp_path / "x").write_text(f"{json.dumps(RIGHT)}\n\n{json.dumps({**RIGHT, **WRONG[said]})}\n")
    with pytest.raises(BadInput) as caught:
        read(tmp_path / "x", Made)
    assert str(caught.value).startswith(f"{tmp_path / 'x'}, line 3: {said}")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "holds no record: make records with -o"),
        ("\n \n", "holds no record"),
        ("nonsense", "line 1: not a line of JSON: give a file that -o has written"),
        ("[" * 100_000, "line 1: not a line of JSON"),
        ("[1]", "line 1: not a record of this study"),
        ('{"name": "a"}', "line 1: not a record of this study"),
    ],
)
def test_files_that_are_none(content: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "x").write_text(content)
    with pytest.raises(BadInput) as caught:
        read(tmp_path / "x", Made)
    assert said in str(caught.value)
