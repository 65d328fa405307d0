"""Words with parameters: `hamming-attention[R0=4]`, `polynomial[error=1e-3]`, `softmax[window=8]`; the one grammar for them.

A word is a key, and in brackets the fields of a dataclass as name=value, joined by commas; numbers of a tuple are joined by
colons. `taken_apart`, `one` and `fields_of` read, `spelled` writes.
"""

import re
from collections.abc import Collection
from dataclasses import fields, is_dataclass
from types import UnionType
from typing import Any, get_args, get_type_hints

from instances.faults import BadInput, unknown

_WORD = re.compile(r"\s*([^\[\],\s]+)\s*(?:\[([^\[\]]*)\])?\s*(,|$)")


def taken_apart(text: str, what: str) -> list[tuple[str, str]]:
    """(key, what stands in its brackets) of each word of a comma list. Errors: `BadInput`, which calls the list `what`."""
    words, position = [], 0
    while position < len(text):
        match = _WORD.match(text, position)
        if match is None:
            raise BadInput(f"{what} {text!r} cannot be read at {text[position:]!r}: write key[name=value,...],key,...")
        words.append((match[1], match[2] or ""))
        position = match.end()
    return words


def one(text: str, what: str) -> tuple[str, str]:
    """(key, what stands in its brackets) of a single word. Errors: `BadInput`, also where there are several."""
    words = taken_apart(text, what)
    if len(words) != 1:
        raise BadInput(f"{what} {text!r}: write one, as key[name=value,...]")
    return words[0]


def fields_of(kind: type[Any], key: str, text: str, without: Collection[str] = ()) -> dict[str, Any]:
    """The fields of the dataclass `kind`, but for those `without`, that `text` spells, as in name=value,name=value.

    Errors: `BadInput`.
    """
    hints = get_type_hints(kind)
    names = [f.name for f in fields(kind) if f.name not in without] if is_dataclass(kind) else []
    given: dict[str, Any] = {}
    for assignment in filter(None, (part.strip() for part in text.split(","))):
        name, equals, value = (part.strip() for part in assignment.partition("="))
        if not equals:
            raise BadInput(f"{key}[{text}]: write parameters as name=value")
        if name not in names:
            raise unknown(f"parameter of {key}", name, names or ["(none)"])
        if name in given:
            raise BadInput(f"{key}[{text}]: {name} is given twice")
        given[name] = _value(value, hints[name], f"{key}[{name}={value}]")
    return given


def spelled(key: str, value: Any, without: Collection[str] = (), usual: Any = None) -> str:
    """The word for a dataclass instance: its key, and the fields that differ from their defaults, or from those of the instance
    `usual` where one is given, but for those `without`."""
    changed = {
        f.name: getattr(value, f.name)
        for f in (fields(value) if is_dataclass(value) else ())
        if f.name not in without and getattr(value, f.name) != (f.default if usual is None else getattr(usual, f.name))
    }
    shown = [f"{name}={_written(given)}" for name, given in changed.items()]
    return key + (f"[{','.join(shown)}]" if shown else "")


def _written(value: object) -> str:
    """The value as `_value` reads it."""
    if isinstance(value, tuple):
        return ":".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def _value(text: str, hint: Any, where: str) -> Any:
    """The value of a parameter, by its annotation: numbers, truth values, tuples of ints, and text, which its class checks."""
    if isinstance(hint, UnionType):  # of a type and None, which nobody writes
        hint = get_args(hint)[0]
    if hint is bool:
        if text not in ("true", "false"):
            raise BadInput(f"{where}: the value must be true or false")
        return text == "true"
    try:
        if "tuple[int" in str(hint):
            return tuple(int(part) for part in text.split(":") if part)
        if hint is int:
            return int(text)
        if hint is float:
            return float(text)
    except ValueError:
        kind = {int: "a whole number", float: "a number"}.get(hint, "whole numbers joined by colons")
        raise BadInput(f"{where}: the value must be {kind}") from None
    return text
