"""Records of checked kernels, read from the files of `hardlab check --json`."""

import json as json_
from typing import Any

from hardlab.conformance.report.markdown import VERDICTS, Record
from hardlab.study.records import LARGEST
from instances.faults import BadInput
from instances.files import AnyPath, reading, shown


def stored(file: AnyPath) -> list[Record]:
    """The records of a file that `hardlab check --json` has written. Errors: `BadInput`."""
    name = shown(file)
    with reading(file) as stream:
        content = stream.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise BadInput(f"{name} has more than {LARGEST:,} bytes: give a file of hardlab check --json")
    try:
        given = json_.loads(content)
    except (ValueError, RecursionError):
        raise BadInput(f"{name} is not JSON: give a file of hardlab check --json") from None
    records = given.get("kernels") if isinstance(given, dict) and "kernels" in given else [given]
    if not isinstance(records, list) or not records or not all(_is_record(record) for record in records):
        raise BadInput(f"{name} holds no record of a checked kernel: give a file of hardlab check --json")
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
