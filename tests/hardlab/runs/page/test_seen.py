"""What a page shows of stages, part by part: members of disjunctions, names of columns, the rows that are drawn."""

from itertools import product
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from hardlab.names.chains import chain
from hardlab.runs.page import seen
from instances.bits import BitMatrix
from instances.cnf import CNF
from instances.families import random_ksat, random_ov
from instances.vectors import FarHamming, GapHamming, OrthogonalVectors, ThresholdProduct
from tests.support.kept import Keeper
from tests.support.runs import NO, YES

CUBES = chain("cnf-cubes[fix=2]")


@pytest.mark.parametrize("left_out", ["", "step", "disjunction", "member", "prefix", "nothing shown"])
def test_what_a_member_leaves_out(left_out: str) -> None:
    """The literals that are fixed are those of a step that makes a disjunction of formulas, where a member is shown."""
    trace = CUBES.trace(YES)
    whole: Any = trace[-1].problem
    step: Any = CUBES.steps[0]
    member: Any = whole.member(1)
    if left_out == "disjunction":
        step = SimpleNamespace(disjunction=False, constants=step.constants, assigns=step.assigns, renamed=step.renamed)
    if left_out == "member":
        member = random_ov(2, 2, 3, seed=1)
    prefix = () if left_out == "prefix" else (1,)
    given = None if left_out == "step" else step, YES
    found = seen._lifted(whole, None if left_out == "nothing shown" else member, prefix, {"kind": "x"}, *given)
    if left_out == "nothing shown":
        assert found == {"kind": "any", "count": 4, "member": None, "of": "cnf"}
        return
    assert bool(found["fixed"]) is bool(found["renamed"]) is (left_out == "")
    assert found["member"] == list(prefix)
    assert found["of"] == ("ov" if left_out == "member" else "cnf")
    assert found["size"] == dict(member.size)
    assert found["picture"] == {"kind": "x"}
    assert found["constants"] == ({} if left_out == "step" else dict(step.constants(YES.size)))


def test_names_of_columns(kept: Keeper) -> None:
    """Neighbours of one name are together, as far as columns are drawn; names of before stand in those of after."""
    said = []
    for keys in ("cnf-ov", "cnf-hamming", "cnf-ov,ov-hamming", "cnf-ov,ov-hamming,hamming-balanced", "cnf-ov,ov-attention"):
        for formula in (YES, NO, random_ksat(5, 300, 3, seed=1)):
            steps, names = chain(keys).steps, list[tuple[int, str]]()
            for step, stage in zip(steps, chain(keys).trace(formula), strict=False):
                names = seen._names(step, stage.problem, names)
                said.append(f"{keys} {step.key} {names}")
    assert seen._names(steps[0], None, [(1, "x")]) == []
    firsts = [list(seen._first([(3, "a"), (2, "b"), (4, "c")], columns)) for columns in range(12)]
    kept("\n".join([*said, *map(str, firsts)]))


def problems() -> list[Any]:
    rng = np.random.default_rng(3)
    A, B = (BitMatrix.of(rng.random((rows, 9)) < 0.5) for rows in (80, 7))
    return [OrthogonalVectors(A, B), GapHamming(A, B, 1, 2), FarHamming(A, B, 8, 7), ThresholdProduct(A, B, 5)]


def test_rows_that_are_drawn(kept: Keeper) -> None:
    """First the one that decides, or the one that comes nearest; of attention those of the largest outputs."""
    said = []
    for problem, deciding in product(problems(), (None, (79, 6), (3, 2, 1))):
        said += [str(seen._final(problem, deciding, None)), str(seen._partner(problem, 5))]
    tasks: list[Any] = [chain("auto").trace(formula)[-1].problem for formula in (YES, random_ksat(9, 20, 3, seed=2))]
    for task, first in product(tasks, (None, (0,))):
        rows = list(task.counted)[:90]
        outputs = np.sin(np.arange(float(len(rows))))
        outputs[::5] = np.nan
        for given in (None, dict(zip(rows, outputs.tolist(), strict=True)), {}):
            said.append(str(seen._final(task, first, given)))
    said += [str(seen._final(problem, deciding, None)) for problem in (None, YES) for deciding in (None, (1, 0))]
    kept("\n".join(said))


def test_members_that_are_shown(kept: Keeper) -> None:
    """Of the witness, or the last; and what is seen of a problem by itself."""
    said = []
    for keys in ("cnf-cubes[fix=1],auto", "cnf-cubes[fix=1],cnf-ov,ov-tiles[rows=2,columns=2],ov-attention", "cnf-ov"):
        steps = chain(keys)
        trace = steps.trace(YES)
        for deciding in (None, (0, 0, 0, 0), (1, 1, 0, 0)):
            prefix, found = seen._opened(trace, deciding)
            said += [f"{prefix} {seen._depths(steps, found, len(prefix))} {seen._depths(steps, found, 1)}"]
            said += [str(problem and problem.identity) for problem in (*found, seen.final(trace, deciding))]
            said += [f"{seen._inside(stage.problem, prefix)[1]} {seen._inside(stage.problem, ())[1]}" for stage in trace]
        said += [str(seen.alone(stage.problem)) for stage in trace]
    kept("\n".join([*said, str(seen.alone(CNF(0, ())))]))
