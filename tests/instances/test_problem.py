"""What people call a problem, and that this takes no name from its fields."""

from collections.abc import Iterator
from dataclasses import dataclass
from types import MappingProxyType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

from instances.ours import PROBLEMS
from instances.problem import Problem, Size, Witness, size_of, size_text
from instances.vectors import BalancedHamming, GapHamming


@dataclass(frozen=True)
class Cover(Problem):
    """A problem of somebody else, whose instances have names."""

    name: str
    n: int

    @property
    def size(self) -> Size:
        return {"n": self.n}

    def accepts(self, witness: Witness) -> bool:
        return False

    def witnesses(self) -> Iterator[Witness]:
        return iter(())

    @classmethod
    def memory(cls, size: Size) -> int:
        return 0

    @property
    def identity(self) -> str:
        return self.name


def test_ours_have_short_names_of_their_own() -> None:
    assert len({problem.called for problem in PROBLEMS}) == len(PROBLEMS)
    assert (GapHamming.called, BalancedHamming.called) == ("hamming", "balanced")  # the one is made from the other


def test_others_are_called_as_their_class() -> None:
    assert Cover.called == "Cover"
    assert Cover("mine", 3).name == "mine"


def test_a_problem_of_somebody_else_is_shown_like_ours() -> None:
    assert repr(Cover("short", 3)) == "Cover(name='short', n=3)"
    assert repr(Cover("long" * 100, 3)) == "Cover(n = 3)"


@pytest.mark.parametrize("size", [{}, {"n": 3}, {"n": np.int64(3), "long": True}, MappingProxyType({"n": -1})])
def test_whole_numbers_by_their_letters(size: Size) -> None:
    problem: Any = SimpleNamespace(size=size)
    assert size_of(problem) is size


@pytest.mark.parametrize("size", [[3], None, {3: 3}, {"n": 3, 0: 3}, {"n": 0.5}, {"n": 3, "m": "3"}, {1: 0.5}])
def test_what_is_no_size(size: object) -> None:
    problem: Any = SimpleNamespace(size=size)
    with pytest.raises(TypeError, match="it gives whole numbers by their letters"):
        size_of(problem)


@pytest.mark.parametrize(
    ("size", "text"),
    [
        ({"n": 3, "m": 4}, "3 x 4"), ({"d": 5, "n": 3, "m": 4}, "3 x 4, d = 5"), ({"n": 3, "d": 2}, "n = 3, d = 2"),
        ({"k": 3, "m": 9}, "k = 3, m = 9"), ({}, ""),
    ],
)  # fmt: skip
def test_sizes_for_people(size: Size, text: str) -> None:
    assert size_text(size) == text
