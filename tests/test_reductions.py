"""What reductions build of tiny instances is what they built: every bit and every number, sizes, constants and legends."""

from typing import Any

import pytest

from reductions.reduction import Reduction
from tests.reductions.test_laws import FAMILIES
from tests.support.kept import Keeper, shown

SOME = 7
"""Instances of each family."""


@pytest.mark.parametrize("place", range(len(FAMILIES)), ids=[f"{place}-{edge.key}" for place, (edge, _) in enumerate(FAMILIES)])
def test_what_is_built(place: int, kept: Keeper) -> None:
    edge: Reduction[Any, Any] = FAMILIES[place][0]
    problems = FAMILIES[place][1]()
    lines = [f"{edge.theorem}"]
    for problem in problems[:: max(1, len(problems) // SOME)]:
        built = edge.apply(problem)
        lines += [f"{edge.size(problem.size)} {built.size} {shown(dict(edge.constants(problem.size)))}", shown(built)]
        lines.append(str(list(edge.legend(problem)) if hasattr(edge, "legend") else ""))
    kept("\n".join(lines))
