"""What reductions build of tiny instances is what they built: every bit and every number, sizes, constants and legends; and
where their ways lead.
"""

from itertools import islice
from typing import Any

import pytest

from instances.anyof import AnyOf
from instances.faults import BadInput, Declined
from instances.problem import Problem
from reductions.reduction import Reduction
from tests.reductions.test_laws import FAMILIES
from tests.reductions.test_parts import variants
from tests.support.constants import constants
from tests.support.kept import Keeper, shown

SOME = 7
"""Instances of each family."""


named = pytest.mark.parametrize(
    "place", range(len(FAMILIES)), ids=[f"{place}-{edge.key}" for place, (edge, _) in enumerate(FAMILIES)]
)


@named
def test_what_is_built(place: int, kept: Keeper) -> None:
    edge: Reduction[Any, Any] = FAMILIES[place][0]
    problems = FAMILIES[place][1]()
    lines = [f"{edge.theorem}"]
    for problem in problems[:: max(1, len(problems) // SOME)]:
        built = edge.apply(problem)
        lines += [f"{edge.size(problem.size)} {built.size} {shown(dict(edge.constants(problem.size)))}", shown(built)]
        lines.append(str(list(edge.legend(problem)) if hasattr(edge, "legend") else ""))
    kept("\n".join(lines))


def _counted(edge: Reduction[Any, Any], problem: Problem, most: int) -> str:
    try:
        return str(edge.actual_size(problem, most))
    except Declined as declined:
        return str(declined)


@named
def test_where_it_leads(place: int, kept: Keeper) -> None:
    """Witnesses forth and back, of NO instances too; members of disjunctions; sizes that are counted."""
    edge: Reduction[Any, Any] = FAMILIES[place][0]
    problems = FAMILIES[place][1]()
    lines = [edge.spelled]
    for problem in problems[:: max(1, len(problems) // SOME)]:
        built = edge.apply(problem)
        lines.append(
            f"{edge.covers(problem)} {_counted(edge, problem, 2**30)} {_counted(edge, problem, 8)} {edge.renamed(problem)}"
        )
        if isinstance(built, AnyOf):
            lines += [shown(built.member(i)) for i in range(min(built.count, 4))]
        some = list(islice(problem.witnesses(), 40))
        reaching = [witness for witness in some if problem.reaches(witness)][:: max(1, len(some) // 3)]
        lines.append(str([(witness, edge.forth(problem, witness)) for witness in reaching]))
        images = [edge.forth(problem, witness) for witness in reaching] + list(islice(built.witnesses(), 3))
        for image in images:
            try:
                lines.append(f"{image} {edge.back(problem, image)} {edge.assigns(problem, image)}")
            except (ValueError, IndexError, KeyError) as error:
                lines.append(f"{image} {type(error).__name__}")
    kept("\n".join(lines))


@named
def test_others_of_their_kind(place: int, kept: Keeper) -> None:
    """Each parameter at other values: the last two of some instances, and where witnesses of them lead."""
    edge: Reduction[Any, Any] = FAMILIES[place][0]
    if edge.key in {first.key for first, _ in FAMILIES[:place]}:
        return
    problems, lines = FAMILIES[place][1](), list[str]()
    for other in variants(edge)[1:]:
        lines.append(other.spelled)
        for problem in problems[:: max(1, len(problems) // SOME)][-2:]:
            try:
                built = other.apply(problem)
                lines += [shown(built), str(other.covers(problem))]
                some = (witness for witness in islice(problem.witnesses(), 40) if problem.reaches(witness))
                images = [other.forth(problem, witness) for witness in islice(some, 2)]
                lines.append(f"{images} {[other.back(problem, image) for image in images]}")
            except (BadInput, Declined) as refused:
                lines.append(str(refused))
    kept("\n".join(lines))


def test_numbers_and_words(kept: Keeper) -> None:
    kept(constants("reductions", "edges"))
