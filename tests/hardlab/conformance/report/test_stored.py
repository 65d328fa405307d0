"""Records in files: each condition of what is taken for one, alone; and the words for what may be missing in it."""

import json
from pathlib import Path
from typing import Any

import pytest

from hardlab.conformance.report import stored as module
from hardlab.conformance.report.stored import parsed, stored
from hardlab.conformance.report.words import VERDICTS, is_trial, items, part, target
from instances.faults import BadInput

RECORD = {"target": "f", "verdict": "wrong", "checks": [{}], "ends": [], "chains": [{}], "conventions": {}, "versions": {}}


def test_records_alone_and_together() -> None:
    for verdict in VERDICTS:
        given = {**RECORD, "verdict": verdict}
        assert stored(given, "f") == [given]
    assert stored({"kernels": [RECORD, RECORD]}, "f") == [RECORD, RECORD]
    assert stored({**RECORD, "chains": []}, "f") == [{**RECORD, "chains": []}]


CHANGES: dict[str, Any] = {
    "target": (None, 3), "verdict": (None, "right", 3), "checks": (None, {}, ["x"], [{}, 1]), "ends": (None, {}, ["x"]),
    "chains": (None, {}, ["x"]), "conventions": (None, []), "versions": (None, []),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_each_part_is_there_and_of_its_kind(name: str) -> None:
    for value in CHANGES[name]:
        for given in ({**RECORD, name: value}, {"kernels": [RECORD, {**RECORD, name: value}]}):
            with pytest.raises(BadInput, match=r"^'?f'? holds no record of a checked kernel"):
                stored(given, "f")
    without = {key: value for key, value in RECORD.items() if key != name}
    with pytest.raises(BadInput, match="holds no record"):
        stored(without, "f")


@pytest.mark.parametrize("given", [[], [RECORD], {}, None, 3, "text", {"kernels": []}, {"kernels": RECORD}, {"kernels": None}])
def test_what_is_no_record(given: Any) -> None:
    with pytest.raises(BadInput, match="holds no record"):
        stored(given, "f")


def test_what_is_no_file_of_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "r.json"
    file.write_text(json.dumps(RECORD))
    assert parsed(file) == RECORD
    for text in ("{", "[" * 100_000):
        file.write_text(text)
        with pytest.raises(BadInput, match="is not JSON"):
            parsed(file)
    assert module.LARGEST_FILE == 2**30
    monkeypatch.setattr(module, "LARGEST_FILE", 3)
    file.write_text("[] ")
    assert parsed(file) == []
    file.write_text("[]  ")
    with pytest.raises(BadInput, match="file of hardlab check --json"):
        parsed(file)


def test_words_for_what_may_be_missing() -> None:
    assert [is_trial(record) for record in ({}, {"kind": None}, {"kind": "kernel"}, {"kind": "solver"})] == [
        False,
        False,
        False,
        True,
    ]
    assert [items(record, "a") for record in ({}, {"a": None}, {"a": [1]})] == [[], [], [1]]
    assert [part(record, "a") for record in ({}, {"a": None}, {"a": {"b": 1}})] == [{}, {}, {"b": 1}]
    assert [target(record) for record in ({}, {"target": None}, {"target": "f"})] == ["a kernel without a name"] * 2 + ["f"]
