"""What a sweep found of kernels: a row for each check of one, run or missing."""

from collections.abc import Iterable, Mapping, Sequence

from hardlab.conformance.report.rows import NAMED, Row, cells
from hardlab.conformance.report.words import explained, items
from hardlab.pages.text import line
from hardlab.sweep.record import Stored, canonical, key_of


def verdict_of(record: Stored) -> str:
    """That of the check, or how the job ended."""
    return line(record.get("verdict") or record["status"])


def rows(jobs: Iterable[Stored], found: Mapping[str, Stored]) -> list[Row]:
    """A row for each of these jobs, in their order, of what is `shown` of their records."""
    alike: dict[tuple[str, ...], list[Stored]] = {}
    asked = list(jobs)
    for job in asked:
        alike.setdefault(_named(job), []).append(job)
    return [Row(*_named(job), _apart(job, alike[_named(job)]), **found.get(key_of(job), {})) for job in asked]


def _named(job: Stored) -> tuple[str, str, str]:
    target, convention, dtype = (line(job[name]) for name in NAMED)
    return target, convention, dtype


def _apart(job: Stored, alike: Sequence[Stored]) -> str:
    names = [name for name in job if len({canonical(other.get(name)) for other in alike}) > 1]
    return ", ".join(f"{name} {line(job[name])[:8] if name == 'content' else line(job[name])}" for name in names)


def shown(record: Stored) -> Stored:
    """What a row has of a record."""
    return {
        "verdict": verdict_of(record),
        "reason": line(record.get("reason") or ""),
        "explained": explained(record),
        "command": record.get("command") or "",
        "cells": cells(items(record, "checks")),
        "environment": record["environment"],
    }
