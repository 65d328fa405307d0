"""The numbers of a second implementation: tests/fixtures, by `generate_extensions.py`."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from instances.coded import Floats

FOLDER = Path(__file__).parents[1] / "fixtures"


def fixture(name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the file holds under `inputs` and `expected`."""
    held = json.loads((FOLDER / f"{name}.json").read_text())
    return held["inputs"], held["expected"]


def floats(rows: Any) -> Floats:
    """Decimal strings as the floats nearest to them, null as NaN."""
    if isinstance(rows, list):
        lengths = {len(row) for row in rows if isinstance(row, list)}
        width = lengths.pop() if lengths else 0
        return np.array([[np.nan] * width if row is None and width else floats(row) for row in rows], dtype=np.float64)
    return np.array(np.nan if rows is None else float(rows))
