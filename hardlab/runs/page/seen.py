"""What a run's page shows of each stage, as plain data of the record: the same rows everywhere, each followed the way back."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import groupby
from typing import Any

import numpy as np

from hardlab.runs.page import attention, described, formula, gradient, pairs, plain
from hardlab.runs.page.chosen import COLUMNS, chosen, cut, joined
from hardlab.runs.page.formula import clause_words
from instances.anyof import AnyOf
from instances.cnf import CNF
from instances.gradients import GradientTask
from instances.problem import Problem, Witness
from instances.task import AttentionTask
from instances.threshold import ThresholdTask
from instances.vectors import BalancedHamming, FarHamming, GapHamming, OrthogonalVectors, ThresholdProduct
from reductions.chain import Chain, Trace
from reductions.reduction import AnyReduction

LARGEST = 8
"""Rows of the largest outputs that are drawn."""

Names = list[tuple[int, str]]
Ways = list[dict[int, Witness]]
"""For each stage the witness that each drawn row leads back to there."""


def pictures(trace: Trace, chain: Chain, deciding: Witness | None, given: Mapping[int, float] | None) -> list[dict[str, Any]]:
    """`picture` and `theorem` of each stage.

    `deciding` is the witness of the last stage that a YES came from; `given` are outputs by their rows, where attention
    decided. Of a disjunction the member of `deciding` is shown, without one the last.
    """
    prefix, problems = _opened(trace, deciding)
    ways = _ways(problems, chain, prefix, _final(problems[-1], deciding, given))
    names: Names = []
    found = []
    for place, problem in enumerate(problems):
        step = chain.steps[place - 1] if place else None
        names = _names(step, problems[place - 1], names) if step is not None and problem is not None else []
        parts = _assigned(chain, place, problem, ways) if isinstance(problem, CNF) else {}
        picture = _picture(problem, ways[place], names, parts)
        whole = trace[place].problem
        if isinstance(whole, AnyOf):
            picture = _lifted(whole, problem, prefix, picture, step, problems[place - 1])
        found.append({"picture": picture, "theorem": _theorem(step)})
    return found


def alone(problem: Problem) -> dict[str, Any]:
    """What is seen of a problem by itself, with one of its rows: of a disjunction, only how many it has."""
    if isinstance(problem, AnyOf):
        return {"kind": "any", "count": problem.count, "member": None, "of": problem.of.called}
    rows = _final(problem, None, None)
    return _picture(problem, dict(list(rows.items())[:1]), [], {})


def final(trace: Trace, deciding: Witness | None) -> Problem | None:
    """The problem at the end that is shown: of a disjunction a member; None where it has none."""
    return _opened(trace, deciding)[1][-1]


def _theorem(step: AnyReduction | None) -> dict[str, str] | None:
    if step is None:
        return None
    theorem = step.theorem
    return {"key": step.spelled, "claim": theorem.claim, "source": theorem.source, "idea": theorem.idea}


def _opened(trace: Trace, deciding: Witness | None) -> tuple[Witness, list[Problem | None]]:
    """The members of disjunctions that are shown, and the problem of each stage in which they are taken; None where none is."""
    prefix: list[int] = []
    problem: Problem = trace[-1].problem
    while isinstance(problem, AnyOf) and problem.count:
        prefix.append(deciding[len(prefix)] if deciding is not None else problem.count - 1)
        problem = problem.member(prefix[-1])
    inner = [_inside(stage.problem, tuple(prefix))[0] for stage in trace]
    return tuple(prefix), [None if isinstance(problem, AnyOf) else problem for problem in inner]


def _inside(problem: Problem, prefix: Witness) -> tuple[Problem, int]:
    """The problem in these members of disjunctions, as far as it is one, and how many of them that takes."""
    depth = 0
    while isinstance(problem, AnyOf) and depth < len(prefix):
        problem, depth = problem.member(prefix[depth]), depth + 1
    return problem, depth


def _final(problem: Problem | None, deciding: Witness | None, given: Mapping[int, float] | None) -> dict[int, Witness]:
    """The rows to draw, by their number, with their witnesses in the last problem; first the one that decides, else the one
    that comes nearest to it.
    """
    if isinstance(problem, ThresholdTask):
        rows: Sequence[int] = problem.counted if given is None else list(given)
        outputs = np.nan_to_num([] if given is None else list(given.values()), nan=-np.inf)
        largest = [rows[k] for k in np.argsort(-outputs, kind="stable")[:LARGEST].tolist()]
        first = [deciding[-1]] if deciding is not None else largest[:1]
        places = {row: place for place, row in enumerate(rows)}
        drawn = [rows[k] for k in chosen(len(rows), [places[row] for row in first + largest if row in places])]
        return {row: (row,) for row in dict.fromkeys(first + drawn)}
    if isinstance(problem, OrthogonalVectors | GapHamming | FarHamming | ThresholdProduct):
        pair = {} if deciding is None else {deciding[-2]: (0, deciding[-1])}
        best = {i: _partner(problem, i) for i in chosen(problem.A.n, pair)} | pair
        order = sorted(best, key=lambda i: (i not in pair, best[i][0], i))
        return {i: (i, best[i][1]) for i in order}
    if problem is None or deciding is None:
        return {}
    return {0: deciding}


def _partner(problem: Any, i: int) -> tuple[int, int]:
    """(how bad, which row of B): the partner that is nearest to YES."""
    row = problem.A.words[i]
    if isinstance(problem, OrthogonalVectors):
        values = problem.B.products(row)
    elif isinstance(problem, ThresholdProduct):
        values = -problem.B.products(row)
    else:
        values = problem.B.distances(row) * (-1 if isinstance(problem, FarHamming) else 1)
    return int(values.min()), int(values.argmin())


def _ways(problems: Sequence[Problem | None], chain: Chain, prefix: Witness, final: Mapping[int, Witness]) -> Ways:
    """The way back of each row, hop by hop and unchecked: most rows lead to no witness, and the page shows why."""
    depths = _depths(chain, problems, len(prefix))
    ways: Ways = [{} for _ in problems]
    for row, witness in final.items():
        ways[-1][row] = witness
        with suppress(Exception):  # somebody else's way back may take nothing but what is accepted
            for hop in reversed(range(len(chain.steps))):
                if depths[hop + 1] > depths[hop]:
                    witness = (prefix[depths[hop]], *witness)
                witness = chain.steps[hop].back(problems[hop], witness)
                ways[hop][row] = witness
    return ways


def _depths(chain: Chain, problems: Sequence[Problem | None], most: int) -> list[int]:
    """How many disjunctions each stage lies in."""
    depths = [0]
    for step in chain.steps:
        depths.append(min(most, depths[-1] + step.disjunction))
    return depths[: len(problems)]


def _names(step: AnyReduction, source: Problem | None, before: Names) -> Names:
    """What the columns stand for, with the names of the source's columns in them; neighbours of one name are together."""
    if source is None:
        return []
    each = [name for width, name in before for _ in range(width)]
    if isinstance(source, CNF):
        each = [clause_words(clause) for clause in source.clauses]
    found: Names = []
    for columns in step.legend(source):
        of = list(dict.fromkeys(each[c] for c in columns.of if c < len(each)))
        found.append((columns.width, cut(": ".join(filter(None, (columns.says, joined(of)))))))
    merged = [(sum(width for width, _ in group), name) for name, group in _neighbours(found)]
    return list(_first(merged, COLUMNS))


def _neighbours(names: Names) -> Iterator[tuple[str, list[tuple[int, str]]]]:
    return ((name, list(group)) for name, group in groupby(names, key=lambda one: one[1]))


def _first(names: Names, columns: int) -> Iterator[tuple[int, str]]:
    """Those of the first so many columns."""
    for width, name in names:
        if columns <= 0:
            return
        yield min(width, columns), name
        columns -= width


def _assigned(chain: Chain, place: int, problem: CNF, ways: Ways) -> dict[int, formula.Parts]:
    """What each row of both lists makes true, where the next step splits the variables."""
    found: dict[int, formula.Parts] = {}
    if place < len(chain.steps):
        for row, witness in ways[place + 1].items():
            with suppress(Exception):  # as in `_ways`
                found[row] = chain.steps[place].assigns(problem, witness)
    return {row: parts for row, parts in found.items() if len(parts) == 2}


def _picture(
    problem: Problem | None, ways: dict[int, Witness], names: Names, parts: dict[int, formula.Parts]
) -> dict[str, Any]:
    if isinstance(problem, CNF):
        return formula.seen(problem, ways, parts)
    if isinstance(problem, OrthogonalVectors | GapHamming | BalancedHamming | FarHamming | ThresholdProduct):
        return pairs.seen(problem, ways, names)
    if isinstance(problem, AttentionTask):
        return attention.seen(problem, ways, names)
    if isinstance(problem, GradientTask):
        return gradient.seen(problem, ways)
    if isinstance(problem, described.Described):
        return described.seen(problem, ways)
    return {"kind": "nothing"} if problem is None else plain.seen(problem, ways)


def _lifted(
    whole: AnyOf,
    member: Problem | None,
    prefix: Witness,
    picture: dict[str, Any],
    step: AnyReduction | None,
    source: Problem | None,
) -> dict[str, Any]:
    """The picture of the member that is shown, with its number, size and constants."""
    if member is None:
        return {"kind": "any", "count": whole.count, "member": None, "of": whole.of.called}
    constants = dict(step.constants(source.size)) if step is not None and source is not None else {}
    members = prefix[: _inside(whole, prefix)[1]]
    fixed: list[int] = []
    renamed: list[int] = []
    if step is not None and step.disjunction and isinstance(member, CNF) and prefix:
        fixed = [literal for part in step.assigns(source, members[-1:]) for literal in part]
        renamed = list(step.renamed(source))
    return {
        "kind": "any",
        "count": whole.count,
        "member": list(members),
        "of": type(member).called,
        "size": dict(member.size),
        "constants": constants,
        "picture": picture,
        "fixed": fixed,
        "renamed": renamed,
    }
