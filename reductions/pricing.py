"""What a chain costs, hop by hop, without building large instances.

The figures of a hop: the letters of its size; `count` members where the chain has become a disjunction; eps = |t2 - t|/t; B,
the largest entry of Q and K; `margin`, half the distance of the two thresholds (`margin_log10` its logarithm to base 10,
which a logarithmic task may need); `bytes` of the instance; `pairs` = n m (times `count`, and times l where there are three
lists or keys come in pairs; with a window n times the keys that a row sees, and otherwise what the constants say), which the
exhaustive way looks at; `work` = d times the pairs, the entries that it multiplies.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypedDict

from instances.anyof import AnyOf
from instances.faults import Declined
from instances.problem import Problem, Size
from instances.task import Tolerance, additive_tolerance
from reductions.chain import Chain
from reductions.hypotheses import weakest
from reductions.reduction import AnyReduction

Figures = dict[str, float]


class EdgeRecord(TypedDict):
    """A reduction as it is spelled, and its theorem."""

    name: str
    claim: str
    theorem: str


class HypothesisRecord(TypedDict):
    """What hardness of the chain's target rests on, and what a faster solver of it `implies`."""

    name: str
    text: str
    implies: str


class HopRecord(TypedDict):
    """The figures at a problem: from the sizes alone, and as they are; None where there is nothing to say."""

    problem: str
    bound: Figures | None
    actual: Figures | None


class PathRecord(TypedDict):
    """A chain priced; `declined` is the reason why figures are missing, None where none are."""

    chain: str
    edges: list[EdgeRecord]
    hypothesis: HypothesisRecord
    hops: list[HopRecord]
    declined: str | None


LARGEST_PRICED = 10**300
"""Sizes above this have no floating-point constants."""


def bounds(chain: Chain, of: Size) -> list[Figures]:
    """The figures at every hop, the source's included, from the source's size alone. Errors: `Declined` over LARGEST_PRICED."""
    hops, count = [_figures(chain.problems[0], of, {}, None, 1)], 1
    for step in chain.steps:
        size = step.size(of)
        hops.append(_priced(step, of, size, count := count * size.get("count", 1)))
        of = size
    return hops


def actual(chain: Chain, problem: Problem, memory: int) -> list[Figures]:
    """The figures at every hop as they are for `problem`. Errors: `Declined` over LARGEST_PRICED, and as `Chain.trace`.

    The size after an edge that filters is counted on its source instance (built, within `memory`, if it is not the
    chain's source); from there exact edges follow by their formulas.
    """
    of = problem.size
    hops, count = [_figures(type(problem), of, {}, None, 1)], 1
    for hop, step in enumerate(chain.steps):
        if step.bound:
            source = Chain(chain.steps[:hop]).trace(problem, memory)[-1].problem
            if isinstance(source, AnyOf):
                raise Declined(f"{step.key} filters, and there are {source.count} instances to count: only bounds are known")
            size = step.actual_size(source, memory)
        else:
            size = step.size(of)
        hops.append(_priced(step, of, size, count := count * size.get("count", 1)))
        of = size
    return hops


def priced(chains: Sequence[Chain], of: Size | None, problems: Iterable[Problem], memory: int) -> list[PathRecord]:
    """A record for each chain.

    `bound` from the source's size `of`, `actual` the mean over `problems`; None where there is nothing to say. A chain
    that declines one of the problems has no actual figures.
    """
    bound: list[list[Figures] | str] = [_or_reason(bounds, chain, of) if of is not None else [] for chain in chains]
    found: list[list[list[Figures]]] = [[] for _ in chains]
    refused: dict[int, str] = {}
    for problem in problems:
        for i, chain in enumerate(chains):
            figures = refused.get(i) or _or_reason(actual, chain, problem, memory)
            if isinstance(figures, str):
                refused[i] = figures
            else:
                found[i].append(figures)
    return [_record(chain, bound[i], refused.get(i) or _averaged(found[i])) for i, chain in enumerate(chains)]


def _or_reason(price: Callable[..., list[Figures]], *arguments: Any) -> list[Figures] | str:
    try:
        return price(*arguments)
    except Declined as declined:
        return str(declined)


def _record(chain: Chain, bound: list[Figures] | str, actual: list[Figures] | str) -> PathRecord:
    nodes = chain.problems
    columns = [figures if isinstance(figures, list) and figures else [None] * len(nodes) for figures in (bound, actual)]
    hops: list[HopRecord] = [
        {"problem": node.called, "bound": below, "actual": seen}
        for node, below, seen in zip(nodes, *columns, strict=True)
        if below or seen
    ]
    rests = weakest(chain)
    return {
        "chain": chain.spelled,
        "edges": [{"name": step.spelled, "claim": step.theorem.claim, "theorem": step.theorem.source} for step in chain.steps],
        "hypothesis": {"name": rests.name, "text": rests.text, "implies": rests.implies},
        "hops": hops,
        "declined": next((figures for figures in (actual, bound) if isinstance(figures, str)), None),
    }


def _averaged(several: list[list[Figures]]) -> list[Figures]:
    """The mean of each figure, a whole number where all are the same."""
    return [{name: _mean([figures[name] for figures in same]) for name in same[0]} for same in zip(*several, strict=True)]


def _mean(values: list[float]) -> float:
    return values[0] if min(values) == max(values) else sum(values) / len(values)


def _priced(step: AnyReduction, of: Size, size: Size, count: int) -> Figures:
    if max(*of.values(), *size.values()) > LARGEST_PRICED:
        raise Declined(f"after {step.key} the size is beyond 10^300: take a smaller instance")
    constants = step.constants(of)
    return _figures(step.target, size, constants, _margin(constants), count)


def _margin(constants: Mapping[str, float]) -> Tolerance | None:
    """Half the distance of the thresholds among the constants, which are named low and high, or ln_low and ln_high."""
    for prefix in ("", "ln_"):
        if f"{prefix}low" in constants and f"{prefix}high" in constants:
            return additive_tolerance(constants[f"{prefix}low"], constants[f"{prefix}high"], logarithmic=bool(prefix))
    return None


def _figures(
    problem: type[Problem], size: Size, constants: Mapping[str, float], tolerance: Tolerance | None, count: int
) -> Figures:
    figures: Figures = {**size, "count": count, "bytes": problem.memory(size)}
    if {"n", "m", "d"} <= size.keys():
        seen = min(size["m"], 2 * int(constants["window"]) + 1) if "window" in constants else size["m"]
        figures["pairs"] = count * int(constants.get("pairs", size["n"] * seen)) * size.get("l", 1)
        figures["work"] = figures["pairs"] * size["d"]
    if size.get("t") and "t2" in size:
        figures["eps"] = abs(size["t2"] - size["t"]) / size["t"]
    if "B" in constants:
        figures["B"] = constants["B"]
    if tolerance is not None:
        figures |= {"margin": tolerance.value, "margin_log10": tolerance.log10}
    return figures
