"""Figures are drawn again from their stored records, and are what is stored."""

from pathlib import Path

import pytest

from tests.support.calling import Caller
from tests.support.places import ROOT

PAGES = ROOT / "docs" / "pages"


@pytest.mark.slow
def test_the_transition_is_drawn_from_its_records(tmp_path: Path, call: Caller) -> None:
    stored = PAGES / "explanation" / "transition.jsonl"
    assert call("study", "transition", "-q", "--from", str(stored), "--figure", str(tmp_path / "F.svg")).code == 0
    assert (tmp_path / "F.svg").read_bytes() == stored.with_suffix(".svg").read_bytes(), "make drawn"


@pytest.mark.slow
def test_the_frontier_is_computed_and_drawn(tmp_path: Path, call: Caller) -> None:
    made = tmp_path / "F.svg"
    assert call("study", "frontier", "-q", "--max-m", "64", "-o", str(tmp_path / "F.jsonl"), "--figure", str(made)).code == 0
    for file in (made, made.with_suffix(".jsonl")):
        assert file.read_bytes() == (PAGES / "explanation" / f"frontier{file.suffix}").read_bytes(), "make drawn"
