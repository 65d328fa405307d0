"""What people call a problem, and that this takes no name from its fields."""

from collections.abc import Iterator
from dataclasses import dataclass

from instances.ours import PROBLEMS
from instances.problem import Problem, Size, Witness
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
