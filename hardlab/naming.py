"""Chains and problems by their names on the command line.

A chain is a comma list of edge keys, parameters in brackets: `cnf-hamming[seed=3],hamming-attention[R0=4]`.
A list of numbers is joined by colons: `cnf-hamming[split=1:2:5]`. `auto` is `cnf-hamming,hamming-attention`.
"""

import re
from dataclasses import fields
from typing import Any, get_type_hints

from hardlab.plugins import reductions, unknown
from instances.cnf import CNF
from instances.problem import BadInput, Problem
from instances.task import AttentionTask
from instances.vectors import BalancedHamming, GapHamming, OrthogonalVectors
from reductions.chain import AnyReduction, Chain
from reductions.graph import REDUCTIONS

PROBLEMS: dict[str, type[Problem]] = {
    "cnf": CNF,
    "ov": OrthogonalVectors,
    "hamming": GapHamming,
    "balanced": BalancedHamming,
    "attention": AttentionTask,
}

DEFAULT_CHAINS: dict[type[Problem], str] = {
    CNF: "cnf-hamming,hamming-attention",
    OrthogonalVectors: "ov-attention",
    GapHamming: "hamming-attention",
    BalancedHamming: "balanced-attention",
    AttentionTask: "",
}
"""What `auto` means from each problem."""

_STEP = re.compile(r"\s*([^\[\],\s]+)\s*(?:\[([^\[\]]*)\])?\s*(,|$)")


def chain(names: str, source: type[Problem] = CNF) -> Chain:
    """The chain that `names` spells, `auto` being the default from `source`. Errors: `BadInput`, with the nearest name."""
    spelled = DEFAULT_CHAINS.get(source, "") if names == "auto" else names
    known = {reduction.key: reduction for reduction in REDUCTIONS}
    steps, position = [], 0
    while position < len(spelled):
        match = _STEP.match(spelled, position)
        if match is None:
            raise BadInput(f"chain {names!r} cannot be read at {spelled[position:]!r}: write key[name=value,...],key,...")
        key, parameters, _ = match.groups()
        if key not in known:
            known = {reduction.key: reduction for reduction in reductions()}
        if key not in known:
            raise unknown("reduction", key, known)
        steps.append(_step(known[key], parameters or ""))
        position = match.end()
    try:
        return Chain(tuple(steps))
    except TypeError as error:
        raise BadInput(f"chain {names!r}: {error}") from error


def problem_named(name: str) -> type[Problem]:
    """The problem type of a short name. Errors: `BadInput`, with the nearest name."""
    if name not in PROBLEMS:
        raise unknown("problem", name, PROBLEMS)
    return PROBLEMS[name]


def problem_name(problem: type[Problem]) -> str:
    """The short name of a problem type, or the type's own name."""
    return next((name for name, known in PROBLEMS.items() if known is problem), problem.__name__)


def spelled(step: AnyReduction) -> str:
    """The step as one would type it: its key, and the parameters that differ from their defaults."""
    changed = [(f.name, getattr(step, f.name)) for f in fields(step) if getattr(step, f.name) != f.default]  # type: ignore[arg-type]
    shown = [f"{name}={':'.join(map(str, v)) if isinstance(v, tuple) else v}" for name, v in changed]
    return step.key + (f"[{','.join(shown)}]" if shown else "")


def _step(reduction: type[AnyReduction], parameters: str) -> AnyReduction:
    hints = get_type_hints(reduction)
    names = [f.name for f in fields(reduction)]  # type: ignore[arg-type]
    given: dict[str, Any] = {}
    for assignment in filter(None, (part.strip() for part in parameters.split(","))):
        name, equals, value = assignment.partition("=")
        if not equals:
            raise BadInput(f"{reduction.key}[{parameters}]: write parameters as name=value")
        if name not in names:
            raise unknown(f"parameter of {reduction.key}", name, names or ["(none)"])
        if name in given:
            raise BadInput(f"{reduction.key}[{parameters}]: {name} is given twice")
        given[name] = _value(value, str(hints[name]), f"{reduction.key}[{name}={value}]")
    return reduction(**given)


def _value(text: str, hint: str, where: str) -> Any:
    """The value of a parameter, by its annotation: numbers, tuples of ints, and text."""
    try:
        if "tuple[int" in hint:
            return tuple(int(part) for part in text.split(":") if part)
        if "int" in hint:
            return int(text)
        if "float" in hint:
            return float(text)
    except ValueError:
        kind = "whole numbers joined by colons" if "tuple" in hint else "a whole number" if "int" in hint else "a number"
        raise BadInput(f"{where}: the value must be {kind}") from None
    return text
