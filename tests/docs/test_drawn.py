"""Figures are drawn again from their stored records, and are what is stored."""

import copy
import json
from pathlib import Path

import pytest

from docs.site import libraries, seen, training
from tests.support.calling import Caller
from tests.support.places import ROOT

PAGES = ROOT / "docs" / "pages"


@pytest.mark.slow
@pytest.mark.parametrize("study", ["transition", "regimes"])
def test_studies_are_drawn_from_their_records(study: str, tmp_path: Path, call: Caller) -> None:
    stored = PAGES / "explanation" / f"{study}.jsonl"
    assert call("study", study, "-q", "--from", str(stored), "--figure", str(tmp_path / "F.svg")).code == 0
    assert (tmp_path / "F.svg").read_bytes() == stored.with_suffix(".svg").read_bytes(), "make drawn"


@pytest.mark.slow
def test_the_frontier_is_computed_and_drawn(tmp_path: Path, call: Caller) -> None:
    made = tmp_path / "F.svg"
    assert call("study", "frontier", "-q", "--max-m", "64", "-o", str(tmp_path / "F.jsonl"), "--figure", str(made)).code == 0
    for file in (made, made.with_suffix(".jsonl")):
        assert file.read_bytes() == (PAGES / "explanation" / f"frontier{file.suffix}").read_bytes(), "make drawn"


def test_the_page_of_libraries_is_made_from_its_records() -> None:
    records = json.loads(libraries.RECORDS.read_text(encoding="utf-8"))
    assert len(records) >= 6
    assert libraries.PAGE.read_text(encoding="utf-8") == libraries.page(records), "make drawn"


def test_what_random_data_see_is_drawn_from_its_records() -> None:
    stored = json.loads(seen.RECORDS.read_text(encoding="utf-8"))
    assert seen.drawn(stored) == seen.DRAWING.read_text(encoding="utf-8"), "make drawn"
    assert {record["alarms"] for record in stored["records"]} == {0}
    other = copy.deepcopy(stored)
    other["records"][0]["noticed"] -= 1
    assert seen.drawn(other) != seen.drawn(stored)
    planted = next(record for record in other["records"] if record["setting"] == "planted, bfloat16")
    planted["noticed"] -= 1
    with pytest.raises(ValueError, match="no longer one line"):
        seen.drawn(other)


def test_a_model_in_training_is_drawn_from_its_records() -> None:
    stored = json.loads(training.RECORDS.read_text(encoding="utf-8"))
    assert training.drawn(stored) == training.DRAWING.read_text(encoding="utf-8"), "make drawn"
    exact, promised = (stored["short"][by]["losses"] for by in ("exact", "promised"))
    assert stored["apart"] == max(abs(one - other) for one, other in zip(exact, promised, strict=True))
    assert {stored["short"]["promised"]["algorithm"], stored["long"]["promised"]["algorithm"]} == {"polynomial"}
    other = copy.deepcopy(stored)
    other["long"]["promised"]["losses"][-1] *= 2
    assert training.drawn(other) != training.drawn(stored)
