"""Records of checked kernels, read from the files of `hardlab check --json`."""

import json as json_
from typing import Any

from hardlab.conformance.record import Stored
from hardlab.conformance.report.words import VERDICTS
from instances.faults import BadInput
from instances.files import AnyPath, contents, shown

LARGEST_FILE = 2**30
"""Bytes of a file of records."""

GIVE = "give a file of hardlab check --json"


def parsed(file: AnyPath) -> Any:
    """What a file of JSON holds. Errors: `BadInput`."""
    content = contents(file, LARGEST_FILE, GIVE)
    try:
        return json_.loads(content)
    except (ValueError, RecursionError):
        raise BadInput(f"{shown(file)} is not JSON: {GIVE}") from None


def stored(given: Any, file: AnyPath) -> list[Stored]:
    """The records of a file that `hardlab check --json` has written, which holds `given`. Errors: `BadInput`."""
    name = shown(file)
    records = given.get("kernels") if isinstance(given, dict) and "kernels" in given else [given]
    if not isinstance(records, list) or not records or not all(_is_record(record) for record in records):
        raise BadInput(f"{name} holds no record of a checked kernel: {GIVE}")
    return records


def _is_record(given: Any) -> bool:
    """Whether it has the parts that pages are made of, each of its kind; what is in them may be missing."""
    parts = {"checks": list, "ends": list, "chains": list, "conventions": dict, "versions": dict}
    return (
        isinstance(given, dict)
        and isinstance(given.get("target"), str)
        and given.get("verdict") in VERDICTS
        and all(isinstance(given.get(name), kind) for name, kind in parts.items())
        and all(isinstance(row, dict) for name in ("checks", "ends", "chains") for row in given[name])
    )
