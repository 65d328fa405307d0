"""Failures that are expected, from a file, and which results they are about."""

import fnmatch
import tomllib
from collections.abc import Iterable

from instances.faults import BadInput, one_line
from instances.files import AnyPath, contents, shown

LARGEST_FILE = 2**20
"""Bytes of a file of expected failures."""


def expected_failures(path: AnyPath, names: Iterable[str]) -> list[tuple[str, str]]:
    """The patterns and reasons of a TOML file: [[expected]] with check = "PATTERN" and reason = "...". Errors: `BadInput`,
    also where no check of these names can match.
    """
    name, known = shown(path), list(names)
    content = contents(path, LARGEST_FILE, "give a file of expected failures")
    try:
        given = tomllib.loads(content.decode())
    except (RecursionError, ValueError) as error:
        raise BadInput(f"{name}: {one_line(error)}: {_ENTRIES}") from None
    entries = given.get("expected")
    if set(given) != {"expected"} or not isinstance(entries, list) or not entries:
        raise BadInput(f"{name} does not hold a list of expected failures: {_ENTRIES}")
    for entry in entries:
        fits = isinstance(entry, dict) and set(entry) == {"check", "reason"}
        if not fits or not all(isinstance(text, str) and text.strip() for text in entry.values()):
            raise BadInput(f"{name}: {one_line(repr(entry))} is no expected failure: {_ENTRIES}")
        if not any(may_match(check, entry["check"]) for check in known):
            raise BadInput(f"{name}: {entry['check']!r} matches no check: a result has a name such as {known[-1]}")
    return [(entry["check"], entry["reason"]) for entry in entries]


_ENTRIES = 'write entries [[expected]] with check = "PATTERN" and reason = "WHY"'


def matches(name: str, pattern: str) -> bool:
    return fnmatch.fnmatchcase(name, pattern) or fnmatch.fnmatchcase(name, f"{pattern}/*")


def may_match(check: str, pattern: str) -> bool:
    """Whether a result of that check may match: its name is the check's, or begins with it and a slash."""
    start = "/".join(pattern.split("/")[: check.count("/") + 1])
    return matches(check, pattern) or fnmatch.fnmatchcase(check, start)
