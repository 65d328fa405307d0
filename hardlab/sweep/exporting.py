"""Records of sweeps as JSON lines, or as a table in CSV.

| of a checked kernel | is |
|---|---|
| verdict | that of its check; `crashed` and so on where there was none |
| diagnosis, diagnoses | the first fault by name; all, joined by "; ". Where none explains what failed, they are the reason |
| checks, checks.passed, ... | results, and how many have each status |
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from typing import Any

from hardlab.conformance.report.rows import NAMED
from hardlab.conformance.report.words import STATUSES, counts, items
from hardlab.conformance.result import FAILED
from hardlab.sweep.kernel_rows import verdict_of
from hardlab.sweep.record import Stored, is_check

RESULTS = ("verdict", "oracle", "agrees", "reason", "instance", "seconds", "decide_seconds")

OWN = ("verdict", "rows", "right", "wrong", "between")


def json_lines(records: Iterable[Stored]) -> Iterator[str]:
    """A line for each record, with its environment."""
    yield from (json.dumps(record, allow_nan=False) + "\n" for record in records)


def csv_lines(records: Iterable[Stored]) -> Iterator[str]:
    """Names, and a line for each record: its job, what came of it, its last instance; columns that it lacks are empty."""
    rows = [dict(_cells(record)) for record in records]
    columns = sorted(dict.fromkeys(name for row in rows for name in row), key=_place)
    yield _line(columns or ["key"])
    yield from (_line([row.get(name, "") for name in columns]) for row in rows)


def _cells(record: Stored) -> Iterator[tuple[str, Any]]:
    yield "key", record["key"]
    yield "status", record["status"]
    yield from _of_kernel(record) if is_check(record["job"]) else _of_decision(record)
    for name in ("node", "machine", "threads"):
        yield name, record["environment"].get(name, "")


def _of_kernel(record: Stored) -> Iterator[tuple[str, Any]]:
    job = record["job"]
    yield from ((name, job[name]) for name in NAMED)
    yield from ((f"job.{name}", _cell(job[name])) for name in job if name not in (*NAMED, "seed_of_check"))
    verdict = verdict_of(record)
    yield "verdict", verdict
    sentences = [str(one["sentence"]) for one in items(record, "diagnosis")]
    if not sentences and verdict in FAILED:
        sentences = [record.get("reason") or ""]
    yield "diagnosis", "".join(sentences[:1])
    yield "diagnoses", "; ".join(sentences)
    statuses = counts(record)
    yield "checks", statuses.total()
    yield from ((f"checks.{status}", statuses[status]) for status in STATUSES)
    yield "seconds", record["seconds"]
    yield "seed_of_check", _cell(record.get("seed_of_check"))


def _of_decision(record: Stored) -> Iterator[tuple[str, Any]]:
    for name, value in record["job"].items():
        if name != "parameters":
            yield f"job.{name}", _cell(value)
        else:
            yield from ((f"parameters.{of}", _cell(given)) for of, given in value.items())
    yield from ((name, _cell(record.get(name))) for name in RESULTS)
    for stage in (record.get("stages") or [])[-1:]:
        yield from ((f"last.{letter}", value) for letter, value in stage["size"].items())
    for name in ("demanded", "delivered"):
        yield name, _cell((record.get(name) or {}).get("value"))
    own = record.get("own") or {}
    yield from ((f"own.{name}", _cell(own.get(name))) for name in OWN)


def _place(column: str) -> int:
    """Where a kind of columns stands: the key and the status, the job, its parameters, what came of it."""
    if column in ("key", "status", *NAMED):
        return 0
    return {"job": 1, "parameters": 2}.get(column.partition(".")[0], 3)


def _line(cells: list[Any]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerow(cells)
    return buffer.getvalue()


def _cell(value: Any) -> Any:
    return "" if value is None else str(value).lower() if isinstance(value, bool) else value
