"""Families under their names, and what is said of an instance of one: its arguments, made complete, and of the right types."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from numbers import Integral, Real
from typing import Any

import numpy as np

from instances.families.formulas import colouring, parity, pigeonhole, planted_ksat, random_ksat
from instances.families.vectors import planted_hamming, planted_ov, random_hamming, random_ov
from instances.faults import BadInput
from instances.problem import Problem

USUAL: Mapping[str, int] = {"k": 3, "seed": 0}
"""Parameters that have these values where nothing is said of them, in whatever family has them."""

WORDS: Mapping[str, str] = {"n": "vars", "m": "clauses", "ratio": "ratio"}
"""What people call the parameters of formulas."""


@dataclass(frozen=True)
class Family:
    """A family under its name on the command line."""

    name: str
    build: Callable[..., Problem]

    @cached_property
    def parameters(self) -> Mapping[str, inspect.Parameter]:
        """The parameters of `build` in order, each with its annotation (int, float or bool) and default."""
        return inspect.signature(self.build).parameters

    def completed(self, given: Mapping[str, Any], words: Mapping[str, str] = WORDS) -> dict[str, Any]:
        """What is given and what goes without saying, in the order of the parameters, `ratio` in the place of m.

        What must be given and is not is left out, and what the family does not take comes last: `make` refuses both.
        Errors: `BadInput` for m beside ratio.
        """
        if "m" in given and "ratio" in given:
            raise BadInput(f"{words['m']} and {words['ratio']}: give one of the two")
        found = {}
        for name, parameter in self.parameters.items():
            name = "ratio" if name == "m" and "ratio" in given else name
            if name in given:
                found[name] = given[name]
            elif name in USUAL:
                found[name] = USUAL[name]
            elif parameter.default is not inspect.Parameter.empty:
                found[name] = parameter.default
        return found | {name: value for name, value in given.items() if name not in found}

    @property
    def required(self) -> list[str]:
        """The parameters that have no default."""
        return [name for name, parameter in self.parameters.items() if parameter.default is parameter.empty]

    def arguments(self, given: Mapping[str, Any], words: Mapping[str, str] = WORDS) -> dict[str, Any]:
        """`completed`, with m = round(ratio n) for a ratio: what `make` takes. `words` are the caller's for n, m and ratio.

        Errors: `BadInput` as `completed`, for a ratio without n, and one that gives no number of clauses.
        """
        found = self.completed(given, words)
        if "ratio" not in found:
            return found
        ratio = found["ratio"]
        if "n" not in found:
            raise BadInput(f"{words['ratio']} {ratio}: it needs {words['n']}")
        if not 0 <= ratio * found["n"] < 10**9:
            raise BadInput(
                f"{words['ratio']} {ratio} with {words['n']} {found['n']}: that is no number of clauses from 0 to 10^9"
            )
        m = round(ratio * found["n"])
        return {("m" if name == "ratio" else name): m if name == "ratio" else value for name, value in found.items()}


FAMILIES = (
    Family("random-ksat", random_ksat),
    Family("planted-ksat", planted_ksat),
    Family("pigeonhole", pigeonhole),
    Family("parity", parity),
    Family("colouring", colouring),
    Family("random-ov", random_ov),
    Family("planted-ov", planted_ov),
    Family("random-hamming", random_hamming),
    Family("planted-hamming", planted_hamming),
)


def family_named(name: str) -> Family:
    """The family of that name. Errors: `BadInput`, with the nearest one."""
    for family in FAMILIES:
        if family.name == name:
            return family
    raise BadInput(f"there is no family {name!r}: {_meant(name, [family.name for family in FAMILIES])}")


def make(name: str, /, **parameters: float | bool) -> Problem:
    """An instance of a family. Errors: `BadInput` for unknown names, missing parameters, wrong types, out of range."""
    family = family_named(name)
    known = family.parameters
    for given in parameters:
        if given not in known:
            raise BadInput(f"{name} has no parameter {given!r}: {_meant(given, list(known))}")
    missing = [key for key in family.required if key not in parameters]
    if missing:
        raise BadInput(f"{name} needs {' and '.join(missing)}: give {'it' if len(missing) == 1 else 'them'}")
    return family.build(**{key: typed(name, known[key], value) for key, value in parameters.items()})


def typed(name: str, parameter: inspect.Parameter, value: object) -> float | bool:
    """The value as the parameter of family `name` has it. Errors: `BadInput` for one of another type."""
    if parameter.annotation is bool and isinstance(value, bool | np.bool_):
        return bool(value)
    if parameter.annotation is int and isinstance(value, Integral) and not isinstance(value, bool):
        return int(value)
    if parameter.annotation is float and isinstance(value, Real) and not isinstance(value, bool):
        return float(value)
    kind = {int: "a whole number", float: "a number", bool: "true or false"}[parameter.annotation]
    raise BadInput(f"{name} has {parameter.name} = {value!r}: give {kind}")


def _meant(word: str, names: list[str]) -> str:
    near = get_close_matches(word, names, 1)
    return f"did you mean {near[0]}?" if near else f"choose from {', '.join(names)}"
