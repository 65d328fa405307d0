"""Axes of a sweep: the parameters of its jobs by which records can be told apart.

`n` is that of the instance. The others are what grids call them: parameters of the family (vars and clauses stand for n and m,
ratio is m/n), limits of the job, and what stands in the brackets of chains, algorithms and solvers, such as R0; where that
is not spelled it is the default of ours.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from functools import cache
from typing import Any

from attention.ours import ALGORITHMS
from hardlab.sweep.record import SAME, Stored
from instances.brackets import taken_apart
from instances.faults import BadInput
from reductions.ours import REDUCTIONS

Value = float | str

LIMITS = ("timeout", "memory", "measure", "oracle")


@dataclass(frozen=True)
class Axis:
    """An axis under one of its names."""

    name: str

    def of(self, record: Stored) -> Value | None:
        """Where a record lies; None where it has no such parameter."""
        given = dict(_values(record["job"]))
        found: Value | None = record.get("n") if self.name == "n" else None
        return given.get(self.name) if found is None else found

    def without(self, words: str) -> str:
        """A chain or an algorithm as it is called beside this axis: without this parameter."""
        fewer = re.sub(rf"(?<=[\[,]){re.escape(self.name)}=[^,\[\]]*,?", "", words)
        return fewer.replace(",]", "]").replace("[]", "")

    @property
    def said(self) -> str:
        return "n of the instance" if self.name == "n" else self.name


N = Axis("n")


def axis(name: str, jobs: Iterable[Stored], where: str) -> Axis:
    """The axis of that name. Errors: `BadInput` with those that there are, for a name that no job has."""
    found: dict[str, set[Value]] = {"n": set()}
    for job in jobs:
        for parameter, value in _values(job):
            found.setdefault(parameter, set()).add(value)
    chosen = SAME.get(name, name)
    if chosen not in found:
        names = ", ".join(known for known, values in found.items() if known == "n" or len(values) > 1)
        raise BadInput(f"--x {name}: the jobs of {where} differ in {names}: give one of them")
    return Axis(chosen)


def in_order(values: Iterable[Value]) -> list[Value]:
    """Numbers by their size, anything else by its name, after them."""
    return sorted(set(values), key=lambda value: (isinstance(value, str), value))


def named(value: Value) -> str:
    """A value as it stands beside an axis."""
    return value if isinstance(value, str) else f"{value:g}"


def numeric(values: Sequence[Value]) -> bool:
    """Whether all of them are numbers."""
    return all(not isinstance(value, str) for value in values)


def _values(job: Stored) -> Iterator[tuple[str, Value]]:
    """The parameters of a job; of one name the family's comes last, and holds."""
    yield from _spelled(job["algorithm"] or job["solver"] or "", ALGORITHMS)
    yield from _spelled(job["chain"], REDUCTIONS)
    yield from ((name, _plain(job[name])) for name in LIMITS if name in job)
    parameters = job["parameters"]
    yield from ((name, _plain(value)) for name, value in parameters.items())
    if {"n", "m", "k"} <= set(parameters) and parameters["n"]:
        yield "ratio", float(f"{parameters['m'] / parameters['n']:.4g}")


@cache
def _spelled(words: str, ours: tuple[Any, ...]) -> tuple[tuple[str, Value], ...]:
    """What stands in the brackets of a comma list, and the defaults of ours that are not there."""
    try:
        parts = taken_apart(words, "words")
    except BadInput:  # a path with blanks
        return ()
    found: dict[str, Value] = {}
    for key, text in parts:
        known = next((one for one in ours if one.key == key), None)
        defaults = {} if known is None else {field.name: getattr(known, field.name) for field in fields(known)}
        found |= {name: _plain(value) for name, value in defaults.items() if isinstance(value, bool | int | float | str)}
        found |= {name.strip(): _number(value) for name, _, value in (part.partition("=") for part in text.split(",") if part)}
    return tuple(found.items())


def _number(text: str) -> Value:
    try:
        return int(text)
    except ValueError:
        try:
            return float(text)
        except ValueError:
            return text.strip()


def _plain(value: Any) -> Value:
    return str(value).lower() if isinstance(value, bool) or not isinstance(value, int | float) else value
