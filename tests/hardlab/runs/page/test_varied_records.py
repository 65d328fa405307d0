"""Pages and figures of records of which a few parts are others: they are what they were, or the record is refused."""

from collections.abc import Callable
from math import inf
from typing import Any

import pytest

from hardlab.runs.explained import explained
from hardlab.runs.page.figure import figure_of_run
from hardlab.runs.page.page import page_of_run
from hardlab.runs.text import run_text
from tests.support.kept import Keeper, steady
from tests.support.runs import RECORDS
from tests.support.varied import told, varied

WAYS: dict[str, Callable[[Any], str]] = {
    "page": page_of_run,
    "figure": figure_of_run,
    "text": run_text,
    "explained": lambda record: explained(record, "hardlab run"),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", RECORDS)
def test_what_is_drawn_of_varied_records(kind: str, way: str, kept: Keeper) -> None:
    record = steady(RECORDS[kind]())
    record["demanded"]["relative"] = inf  # what JSON cannot hold, and the text has
    count = 10 if (kind, way) == ("weak", "page") else 120
    lines = [f"{said}: {told(WAYS[way], changed)}" for said, changed in varied(record, count)]
    assert len(set(lines)) > len(lines) / 3
    kept("\n".join(lines))
