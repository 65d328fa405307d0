"""Records of studies as JSON lines, one record a line; what is read back is checked field by field."""

import json
from collections.abc import Sequence
from dataclasses import asdict, fields
from types import UnionType
from typing import Any, TypeVar, get_args, get_origin

from instances.faults import BadInput
from instances.files import AnyPath, atomic_write, contents, shown

R = TypeVar("R")

LARGEST_FILE = 2**30
"""Bytes of a file of records that are read at most."""


def check_study(given: str, study: str) -> None:
    """Errors: `BadInput` where a record says that it is of another study."""
    if given != study:
        raise BadInput(f"a record of the study {given[:20]!r}, not of {study}: give a file that study {study} has written")


def write(records: Sequence[Any], path: AnyPath) -> None:
    """All of them at once, or nothing. Errors: `BadInput`."""
    with atomic_write(path) as stream:
        for record in records:
            stream.write((json.dumps(asdict(record), allow_nan=False) + "\n").encode())


def read(path: AnyPath, kind: type[R]) -> list[R]:
    """The records of a file, each of the dataclass `kind`. Errors: `BadInput`, with the line that is not one."""
    name = shown(path)
    content = contents(path, LARGEST_FILE, "give a file of records")
    found = [_record(line, kind, f"{name}, line {i}") for i, line in enumerate(content.splitlines(), 1) if line.strip()]
    if not found:
        raise BadInput(f"{name} holds no record: make records with -o")
    return found


def _record(line: bytes, kind: type[R], where: str) -> R:
    try:
        given = json.loads(line)
    except (ValueError, RecursionError):
        raise BadInput(f"{where}: not a line of JSON: give a file that -o has written") from None
    names = {field.name: field.type for field in fields(kind)}  # type: ignore[arg-type]
    if not isinstance(given, dict) or set(given) != set(names):
        raise BadInput(f"{where}: not a record of this study: give a file that -o of the same study has written")
    for name, type_ in names.items():
        if not _is(given[name], type_):
            raise BadInput(
                f"{where}: {name} = {str(given[name])[:40]!r} is not what a record holds: write the file again with -o"
            )
    try:
        return kind(**given)
    except BadInput as error:
        raise BadInput(f"{where}: {error}") from None


def _is(value: Any, type_: Any) -> bool:
    """Whether a JSON value is of the type of a field; numbers must be finite, and whole ones will do for others."""
    if isinstance(type_, UnionType):
        return any(_is(value, kind) for kind in get_args(type_))
    if get_origin(type_) is dict:
        return isinstance(value, dict)
    if type_ is float:
        return type(value) in (int, float) and abs(value) < 2**1000
    return type(value) is type_
