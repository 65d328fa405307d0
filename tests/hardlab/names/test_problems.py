"""Problems by their names, and what is none."""

from pathlib import Path

import pytest

from hardlab.names.problems import known_among, problem_named, problem_of
from instances.cnf import CNF
from instances.faults import BadInput
from instances.ours import PROBLEMS
from instances.problem import Problem

TEXT = """
from instances.cnf import CNF
class Mine(CNF):
    called = "{called}"
"""


def test_problems_of_the_lab_have_their_names() -> None:
    assert [problem_named(kind.called) for kind in PROBLEMS] == [*PROBLEMS]
    named = known_among([])
    assert [named(kind.called) for kind in PROBLEMS] == [*PROBLEMS]
    assert named("nothing") is None


def test_a_name_that_is_near_one_is_said() -> None:
    with pytest.raises(BadInput, match=f"unknown problem '{CNF.called}x': did you mean {CNF.called}"):
        problem_named(f"{CNF.called}x")


def test_a_problem_beside_them(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(TEXT.format(called="mine"))
    mine = problem_named(f"{tmp_path / 'mine.py'}:Mine")
    assert mine.called == "mine"
    assert problem_named("mine", beside=[mine]) is known_among([mine])("mine") is mine
    with pytest.raises(BadInput, match="unknown problem 'mine'"):
        problem_named("mine")
    with pytest.raises(BadInput, match="did you mean mine"):
        problem_named("mien", beside=[mine])


def test_a_name_of_ours_is_taken(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(TEXT.format(called=CNF.called))
    with pytest.raises(BadInput, match="as one of the lab's own problems is: give it another name"):
        problem_named(f"{tmp_path / 'mine.py'}:Mine")
    assert problem_of(CNF, "cnf") is CNF


@pytest.mark.parametrize("other", [3, int, Path])
def test_what_is_no_problem(other: object) -> None:
    with pytest.raises(BadInput, match="a problem is a class that inherits from Problem"):
        problem_of(other, "it")


def test_a_problem_that_lacks_something() -> None:
    with pytest.raises(BadInput, match=r"it lacks .*, which every problem has"):
        problem_of(Problem, "it")
