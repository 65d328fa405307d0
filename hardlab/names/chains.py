"""Chains and problems by their names on the command line.

A chain is a comma list of edge keys, parameters in brackets: `cnf-hamming[seed=3],hamming-attention[R0=4]`.
A list of numbers is joined by colons: `cnf-hamming[split=1:2:5]`. `auto` is `cnf-hamming,hamming-attention`;
at the end of a list it is the default from there on: `cnf-cubes[fix=4],auto`.
"""

import re
from dataclasses import fields

from hardlab.names.installed import reductions, unknown
from instances.brackets import parameters_of
from instances.cnf import CNF
from instances.problem import BadInput, Problem
from instances.task import AttentionTask
from instances.vectors import BalancedHamming, FarHamming, GapHamming, OrthogonalVectors, ThresholdProduct
from reductions.chain import AnyReduction, Chain
from reductions.graph import REDUCTIONS

PROBLEMS: dict[str, type[Problem]] = {
    "cnf": CNF,
    "ov": OrthogonalVectors,
    "hamming": GapHamming,
    "balanced": BalancedHamming,
    "far": FarHamming,
    "product": ThresholdProduct,
    "attention": AttentionTask,
}

PROBLEM_NAMES = ", ".join(PROBLEMS)

DEFAULT_CHAINS: dict[type[Problem], str] = {
    CNF: "cnf-hamming,hamming-attention",
    OrthogonalVectors: "ov-attention",
    GapHamming: "hamming-attention",
    BalancedHamming: "balanced-attention",
    FarHamming: "far-hamming,hamming-attention",
    ThresholdProduct: "product-softmax[gamma=0.1]",
    AttentionTask: "",
}
"""What `auto` means from each problem."""

_STEP = re.compile(r"\s*([^\[\],\s]+)\s*(?:\[([^\[\]]*)\])?\s*(,|$)")


def chain(names: str, source: type[Problem] = CNF) -> Chain:
    """The chain that `names` spells, `auto` being the default from `source`. Errors: `BadInput`, with the nearest name."""
    before, comma, last = names.rpartition(",")
    if comma and last.strip() == "auto":
        given = chain(before, source).steps
        rest = DEFAULT_CHAINS.get(given[-1].target if given else source, "")
        return chain(f"{before},{rest}" if rest else before, source)
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
    return reduction(**parameters_of(reduction, reduction.key, parameters))
