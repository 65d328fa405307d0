"""Instances as JSON: the fields of a frozen dataclass of plain values, and what follows from that form: how large an instance
is, and which ones lie beside it.

| value | in JSON |
|---|---|
| int, float, bool, str, None | itself |
| tuple, list | an array; a tuple again when read |
| frozenset, set | {"set": [...]}, sorted |
| dict | {"map": [[key, value], ...]} |
| `BitMatrix` | {"bits": ["0110", ...]} |
"""

import json
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from instances.bits import BitMatrix
from instances.faults import BadInput

Json = Any


def plain_of(value: Any, where: str) -> Json:
    """The value in JSON. Errors: `BadInput` for one that is none of the table, or no finite number."""
    if isinstance(value, BitMatrix):
        return {"bits": ["".join("01"[bit] for bit in row) for row in value.bools().astype(int).tolist()]}
    if isinstance(value, tuple | list):
        return [plain_of(each, where) for each in value]
    if isinstance(value, set | frozenset):
        return {"set": sorted((plain_of(each, where) for each in value), key=text_of)}
    if isinstance(value, dict):
        return {"map": sorted(([plain_of(key, where), plain_of(each, where)] for key, each in value.items()), key=text_of)}
    if value is None or isinstance(value, bool | int | str) or (isinstance(value, float) and value - value == 0):
        return value
    if hasattr(value, "item") and getattr(value, "shape", None) == ():  # a number of NumPy
        return plain_of(value.item(), where)
    said = f"{where} holds a {type(value).__name__}: give the problem as_json and from_json, or fields of plain values"
    raise BadInput(said)


def value_of(given: Json) -> Any:
    """The value again."""
    if isinstance(given, list):
        return tuple(map(value_of, given))
    if isinstance(given, dict):
        (kind, held), *_ = given.items()
        if kind == "bits":
            return BitMatrix.of(held)
        return frozenset(map(value_of, held)) if kind == "set" else {value_of(key): value_of(each) for key, each in held}
    return given


def fields_of(instance: Any) -> dict[str, Json]:
    """The fields of a dataclass by name. Errors: `BadInput` where it is none."""
    name = type(instance).__name__
    if not is_dataclass(instance):
        raise BadInput(f"{name} is no dataclass: give it as_json and from_json, or make it a frozen dataclass of plain values")
    return {each.name: plain_of(getattr(instance, each.name), f"{name}.{each.name}") for each in fields(instance)}


def text_of(given: Json) -> str:
    """In one line, the same for equal values."""
    return json.dumps(given, separators=(",", ":"), sort_keys=True)


def measure(given: Json) -> tuple[int, int, str]:
    """How large: the number of values in it, the sum of their sizes, and the text, so that no two are alike."""
    values = list(_values(given))
    return len(values), sum(values), text_of(given)


def _values(given: Json) -> Iterator[int]:
    if isinstance(given, list):
        for each in given:
            yield from _values(each)
        yield 0  # an empty one more is more
    elif isinstance(given, dict):
        for each in given.values():
            yield from _values(each)
    elif isinstance(given, str):
        yield len(given) + given.count("1")
    elif isinstance(given, int | float):
        yield min(int(abs(given)), 10**9)


def smaller(given: Json) -> Iterator[Json]:
    """What lies just below it: without a part of a list, with a smaller number, without a label."""
    lists = list(_places(given, list))
    for place, held in lists:
        for width in dict.fromkeys((len(held) // 2, len(held) // 4, 1)):
            for start in range(0, len(held), max(1, width)) if width else ():
                yield _with(given, place, held[:start] + held[start + width :])
    for label in range(_largest(given) + 1):
        yield _without_label(given, label)
    yield from _without_a_column(given)
    yield from _in_order(given)
    for place, number in _places(given, int):
        for less in dict.fromkeys(
            (0, number // 2 if number > 0 else -(-number // 2), number - 1 if number > 0 else number + 1)
        ):
            if abs(less) < abs(number):
                yield _with(given, place, less)
    for place, bits in _places(given, str):
        for at, bit in enumerate(bits):
            if bit == "1":
                yield _with(given, place, bits[:at] + "0" + bits[at + 1 :])


def _in_order(given: Json) -> Iterator[Json]:
    """The same with parts in rising order, and with two neighbouring labels exchanged."""
    for place, held in _places(given, list):
        ordered = sorted(held, key=text_of) if not all(isinstance(each, int) for each in held) else sorted(held)
        if ordered != held:
            yield _with(given, place, ordered)
    for label in range(1, _largest(given) + 1):
        yield _exchanged(given, label)


def _exchanged(given: Json, label: int) -> Json:
    if isinstance(given, list):
        changed = [_exchanged(each, label) for each in given]
        return sorted(changed, key=text_of) if all(isinstance(each, list) for each in changed) else _sorted(changed)
    if isinstance(given, dict):  # what stands alone is a number of things
        return {name: _exchanged(each, label) if isinstance(each, list) else each for name, each in given.items()}
    if isinstance(given, int) and not isinstance(given, bool) and abs(given) in (label, label - 1):
        sign = -1 if given < 0 else 1
        return sign * (label - 1 if abs(given) == label else label)
    return given


def _sorted(held: list[Json]) -> list[Json]:
    return sorted(held) if all(isinstance(each, int) for each in held) else held


def beside(given: Json) -> Iterator[Json]:
    """Odd ones of about its size: a part twice, a list of equal parts, an empty one, a number that is 0, 1, doubled."""
    for place, held in _places(given, list):
        if held:
            yield _with(given, place, [*held, held[0]])
            yield _with(given, place, [*held[:-1], held[0]])
            yield _with(given, place, [held[-1]] * len(held))
            yield _with(given, place, held[::-1])
        yield _with(given, place, [])
    for place, number in _places(given, int):
        for other in dict.fromkeys((0, 1, 2 * number, number + 1)):
            if other != number:
                yield _with(given, place, other)


Place = tuple[Any, ...]


def _places(given: Json, kind: type, place: Place = ()) -> Iterator[tuple[Place, Any]]:
    if isinstance(given, list):
        if kind is list and place:
            yield place, given
        for number, each in enumerate(given):
            yield from _places(each, kind, (*place, number))
    elif isinstance(given, dict):
        for name, each in given.items():
            yield from _places(each, kind, (*place, name))
    elif isinstance(given, kind) and not isinstance(given, bool):
        yield place, given


def _with(given: Json, place: Place, value: Json) -> Json:
    if not place:
        return value
    changed = dict(given) if isinstance(given, dict) else list(given)
    changed[place[0]] = _with(given[place[0]], place[1:], value)
    return changed


def _largest(given: Json) -> int:
    return max((abs(number) for place, number in _places(given, int) if abs(number) < 100), default=-1)


def _without_label(given: Json, label: int) -> Json:
    """Without what speaks of one vertex, variable or element: labels above it are one less, as their number is."""
    if isinstance(given, list):
        kept = [each for each in given if not _speaks(each, label)]
        return [_without_label(each, label) for each in kept]
    if isinstance(given, dict):
        return {name: _without_label(each, label) for name, each in given.items()}
    if isinstance(given, int) and not isinstance(given, bool) and abs(given) > label:
        return given - 1 if given > 0 else given + 1
    return given


def _speaks(given: Json, label: int) -> bool:
    """Whether it is the label, or a list with the label itself in it."""
    return (
        abs(given) == label
        if isinstance(given, int)
        else isinstance(given, list)
        and any(isinstance(each, int) and not isinstance(each, bool) and abs(each) == label for each in given)
    )


def _without_a_column(given: Json) -> Iterator[Json]:
    """Without one column of all matrices of bits."""
    width = max((len(bits) for _, bits in _places(given, str)), default=0)
    for column in range(width):
        changed = given
        for place, bits in _places(given, str):
            changed = _with(changed, place, bits[:column] + bits[column + 1 :])
        yield changed
