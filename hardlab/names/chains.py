"""Chains and problems by their names on the command line.

A chain is a comma list of edge keys, parameters in brackets: `cnf-hamming[seed=3],hamming-attention[R0=4]`.
A list of numbers is joined by colons: `cnf-hamming[split=1:2:5]`. `auto` is `cnf-hamming,hamming-attention`;
at the end of a list it is the default from there on: `cnf-cubes[fix=4],auto`. A key may also be `module:object` or
`FILE.py:object`, somebody's reduction that is not installed.
"""

import re
from collections.abc import Collection
from pathlib import Path

from hardlab.names.installed import reduction_named, reductions
from hardlab.names.loading import guarded
from instances.brackets import fields_of, taken_apart
from instances.cnf import CNF
from instances.faults import BadInput, unknown
from instances.gradients import GradientTask
from instances.network import TransformerTask
from instances.ours import PROBLEMS
from instances.problem import Problem
from instances.task import AttentionTask
from instances.tensor import TensorTask
from instances.triples import ThreeOrthogonalVectors
from instances.vectors import BalancedHamming, FarHamming, GapHamming, OrthogonalVectors, ThresholdProduct
from reductions.chain import Chain
from reductions.ours import REDUCTIONS
from reductions.reduction import AnyReduction

DEFAULT_CHAINS: dict[type[Problem], str] = {
    CNF: "cnf-hamming,hamming-attention",
    OrthogonalVectors: "ov-attention",
    GapHamming: "hamming-attention",
    BalancedHamming: "balanced-attention",
    FarHamming: "far-hamming,hamming-attention",
    ThresholdProduct: "product-softmax[gamma=0.1]",
    AttentionTask: "",
    GradientTask: "",
    ThreeOrthogonalVectors: "3ov-tensor",
    TensorTask: "",
    TransformerTask: "",
}
"""What `auto` means from each problem."""


def chain(names: str, source: type[Problem] = CNF, path: Path | None = None, *, code: bool = True) -> Chain:
    """The chain that `names` spells, `auto` being the default from `source`. Reductions named as `module:object` are imported
    (`path` is looked in first) where `code` says that a person asked for that.

    Errors: `BadInput`, with the nearest name.
    """
    before, comma, last = names.rpartition(",")
    if comma and last.strip() == "auto":
        rest = DEFAULT_CHAINS.get(chain(before, source, path, code=code).target(source), "")
        return chain(f"{before},{rest}" if rest else before, source, path, code=code)
    known = {reduction.key: reduction for reduction in REDUCTIONS}
    steps = []
    for key, parameters in taken_apart(DEFAULT_CHAINS.get(source, "") if names == "auto" else names, "chain"):
        if key not in known and not is_code(key):
            known = {reduction.key: reduction for reduction in reductions()}
        if key not in known and is_code(key):
            if not code:
                raise BadInput(f"chain {names!r} stands in a file and names code, {key}: say it yourself, as a --chain")
            known[key] = reduction_named(key, path)
        if key not in known:
            raise _no_reduction(names, key, source, known)
        steps.append(_step(known[key], key, parameters))
    try:
        return Chain(tuple(steps))
    except TypeError as error:
        raise BadInput(f"chain {names!r}: {error}") from error


def chain_from(names: str, source: type[Problem], path: Path | None = None, *, code: bool = True) -> Chain:
    """The chain that `names` spells, if it starts from `source`. Errors: `BadInput`."""
    found = chain(names, source, path, code=code)
    if found.steps and found.steps[0].source is not source:
        first = found.steps[0]
        raise BadInput(f"chain {names!r}: {first.key} starts from {first.source.called}, the instance is {source.called}")
    return found


def is_code(key: str) -> bool:
    """Whether a word of it names an object in a module or a file, whatever stands in brackets."""
    return ":" in re.sub(r"\[[^]]*\]", "", key) or ".py" in key


def _step(kind: type[AnyReduction], key: str, parameters: str) -> AnyReduction:
    given = fields_of(kind, key, parameters)
    return kind(**given) if kind in REDUCTIONS else guarded(lambda: kind(**given), f"the reduction {key}")


def _no_reduction(names: str, key: str, source: type[Problem], known: Collection[str]) -> BadInput:
    """The error for a word of a chain that is no reduction; of a problem's name it says where chains are listed."""
    if key not in {problem.called for problem in PROBLEMS}:
        return unknown("reduction", key, known)
    ends = f"{source.called if key == AttentionTask.called else key} {AttentionTask.called}"
    listed = f"`hardlab chains {ends}` lists the chains, and --chain '' is no reduction at all"
    return BadInput(f"chain {names!r}: {key} is a problem, not a reduction: {listed}")
