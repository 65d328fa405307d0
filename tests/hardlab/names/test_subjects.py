"""What is put on trial: reductions and solvers by their names, and what is neither."""

from pathlib import Path
from typing import Any

import pytest

from hardlab.names.subjects import is_our_rule, is_rule, subject, subject_named
from instances.cnf import CNF
from instances.faults import BadInput
from reductions.edges.ov_hamming import OvHamming
from solvers.ours import SOLVERS
from solvers.solver import is_solver


class Mine:
    key, problems = "mine", (CNF,)

    def solve(self, problem: Any) -> None: ...


def changed(**parts: Any) -> Any:
    return type("Other", (Mine,), parts)()


def test_solvers_and_reductions_are_subjects() -> None:
    mine: Any = Mine()
    assert subject(mine, "mine") is mine
    step = OvHamming()
    assert subject(step, "ov-hamming") is step
    assert [is_solver(found) for found in (mine, step, changed(solve=3), object())] == [True, False, False, False]


@pytest.mark.parametrize("other", [object(), changed(solve=None), 3])
def test_what_is_neither_is_refused(other: Any) -> None:
    with pytest.raises(BadInput, match="what can be put on trial is a Reduction, or a Solver with problems and solve"):
        subject(other, "it")


@pytest.mark.parametrize("problems", [(), (3,), (CNF, int), ("cnf",)])
def test_a_solver_names_problems(problems: tuple[Any, ...]) -> None:
    with pytest.raises(BadInput, match="a solver names its problems in a tuple"):
        subject(changed(problems=problems), "it")


def test_words_for_what_comes_with_the_lab(tmp_path: Path) -> None:
    assert all(subject_named(solver.key) is solver for solver in SOLVERS)
    assert subject_named("ov-hamming[gadget=single]") == OvHamming(gadget="single")
    for word, ours in (
        ("ov-hamming", True),
        (SOLVERS[0].key, True),
        ("ov-hamming,cnf-ov", False),
        ("mine", False),
        ("[", False),
    ):
        assert (is_rule(word), is_our_rule(word)) == (ours, ours)
    (tmp_path / "mine.py").write_text("class Mine:\n    problems = ()\n    def solve(self, problem): ...\n")
    with pytest.raises(BadInput, match="names its problems in a tuple"):
        subject_named(f"{tmp_path / 'mine.py'}:Mine")
