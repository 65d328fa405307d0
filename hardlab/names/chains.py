"""Chains and problems by their names on the command line.

A chain is a comma list of edge keys, parameters in brackets: `cnf-hamming[seed=3],hamming-attention[R0=4]`.
A list of numbers is joined by colons: `cnf-hamming[split=1:2:5]`. `auto` is `cnf-hamming,hamming-attention`;
at the end of a list it is the default from there on: `cnf-cubes[fix=4],auto`.
"""

from collections.abc import Collection

from hardlab.names.installed import reductions
from instances.brackets import fields_of, taken_apart
from instances.cnf import CNF
from instances.faults import BadInput, unknown
from instances.gradients import GradientTask
from instances.ours import PROBLEMS
from instances.problem import Problem
from instances.task import AttentionTask
from instances.vectors import BalancedHamming, FarHamming, GapHamming, OrthogonalVectors, ThresholdProduct
from reductions.chain import Chain
from reductions.ours import REDUCTIONS

DEFAULT_CHAINS: dict[type[Problem], str] = {
    CNF: "cnf-hamming,hamming-attention",
    OrthogonalVectors: "ov-attention",
    GapHamming: "hamming-attention",
    BalancedHamming: "balanced-attention",
    FarHamming: "far-hamming,hamming-attention",
    ThresholdProduct: "product-softmax[gamma=0.1]",
    AttentionTask: "",
    GradientTask: "",
}
"""What `auto` means from each problem."""


def chain(names: str, source: type[Problem] = CNF) -> Chain:
    """The chain that `names` spells, `auto` being the default from `source`. Errors: `BadInput`, with the nearest name."""
    before, comma, last = names.rpartition(",")
    if comma and last.strip() == "auto":
        rest = DEFAULT_CHAINS.get(chain(before, source).target(source), "")
        return chain(f"{before},{rest}" if rest else before, source)
    known = {reduction.key: reduction for reduction in REDUCTIONS}
    steps = []
    for key, parameters in taken_apart(DEFAULT_CHAINS.get(source, "") if names == "auto" else names, "chain"):
        if key not in known:
            known = {reduction.key: reduction for reduction in reductions()}
        if key not in known:
            raise _no_reduction(names, key, source, known)
        steps.append(known[key](**fields_of(known[key], key, parameters)))
    try:
        return Chain(tuple(steps))
    except TypeError as error:
        raise BadInput(f"chain {names!r}: {error}") from error


def chain_from(names: str, source: type[Problem]) -> Chain:
    """The chain that `names` spells, if it starts from `source`. Errors: `BadInput`."""
    found = chain(names, source)
    if found.steps and found.steps[0].source is not source:
        first = found.steps[0]
        raise BadInput(f"chain {names!r}: {first.key} starts from {first.source.called}, the instance is {source.called}")
    return found


def _no_reduction(names: str, key: str, source: type[Problem], known: Collection[str]) -> BadInput:
    """The error for a word of a chain that is no reduction; of a problem's name it says where chains are listed."""
    if key not in {problem.called for problem in PROBLEMS}:
        return unknown("reduction", key, known)
    ends = f"{source.called if key == AttentionTask.called else key} {AttentionTask.called}"
    listed = f"`hardlab chains {ends}` lists the chains, and --chain '' is no reduction at all"
    return BadInput(f"chain {names!r}: {key} is a problem, not a reduction: {listed}")


def problem_named(name: str) -> type[Problem]:
    """The problem of that name. Errors: `BadInput`, with the nearest name."""
    for problem in PROBLEMS:
        if problem.called == name:
            return problem
    raise unknown("problem", name, [problem.called for problem in PROBLEMS])
