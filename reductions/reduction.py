"""What a reduction is: an arrow between two problems, with its size formula and both ways of the witness."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, NamedTuple, TypeVar, get_args, get_origin

from instances.brackets import spelled
from instances.problem import Problem, Size, Witness

S = TypeVar("S", bound=Problem)
T = TypeVar("T", bound=Problem)


@dataclass(frozen=True)
class Theorem:
    """The statement that a reduction executes: `claim` in our words, `source` to the theorem number; the `idea` is for those
    who see it for the first time, and may be left out.
    """

    claim: str
    source: str
    idea: str = ""


class Columns(NamedTuple):
    """Neighbouring columns of a target that stand for one thing: how many they are, what it is in words, and the columns of
    the source that it is `of` (of a formula: its clauses), counted from 0.
    """

    width: int
    says: str
    of: tuple[int, ...] = ()


class Reduction(ABC, Generic[S, T]):
    """A map from instances of `source` to instances of `target` with the same answer.

    Subclasses are frozen dataclasses; their fields are their parameters, seed included. The methods are pure. `source` and
    `target` are those of the brackets, as in Reduction[CNF, OrthogonalVectors], unless a class names them itself. `key` is the
    name of the class and `theorem` its first paragraph unless it says otherwise.
    What `reductions.laws` checks of each: the size formula, the target's promise, and that witnesses go both ways.
    """

    key: ClassVar[str]
    source: ClassVar[type[Problem]]
    target: ClassVar[type[Problem]]
    theorem: ClassVar[Theorem]
    bound: ClassVar[bool] = False
    """Whether `size` is an upper bound (the edge filters) and not the exact size."""
    disjunction: ClassVar[bool] = False
    """Whether `apply` gives an `AnyOf` of the target type, whose count `size` then holds as "count"."""
    tight: ClassVar[tuple[str, ...]] = ()
    """Fields of the target of which it is claimed that none can be moved by one, either way, without changing some answer."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if not hasattr(cls, "key"):
            cls.key = cls.__name__
        if not hasattr(cls, "theorem"):
            cls.theorem = Theorem(
                " ".join((cls.__doc__ or cls.__name__).split("\n\n")[0].split()), "nobody says where it is from"
            )
        for base in vars(cls).get("__orig_bases__", ()):
            if get_origin(base) is Reduction:
                for end, given in zip(("source", "target"), get_args(base), strict=True):
                    if end not in vars(cls) and isinstance(given, type):
                        setattr(cls, end, given)

    @abstractmethod
    def size(self, of: Size) -> Size:
        """The size of the target instance, a closed form of the source's size."""

    @abstractmethod
    def apply(self, problem: S) -> T:
        """The target instance: YES iff `problem` is."""

    def covers(self, problem: S) -> bool:
        """Whether the statement is about this instance: about all that keep their promise, unless a reduction asks for more."""
        return True

    @abstractmethod
    def forth(self, problem: S, witness: Witness) -> Witness:
        """A witness of `apply(problem)`, on the YES side of its promise, from a witness that reaches in `problem`."""

    @abstractmethod
    def back(self, problem: S, witness: Witness) -> Witness:
        """A witness of `problem` from any witness that `apply(problem)` accepts (anything, from any other)."""

    def assigns(self, problem: S, witness: Witness) -> tuple[tuple[int, ...], ...]:
        """Where `problem` is a formula: the literals that each number of a witness of `apply(problem)` makes true, as far as
        numbers have a part each in the way back; empty elsewhere.
        """
        return ()

    def renamed(self, problem: S) -> tuple[int, ...]:
        """The variable of the formula `problem` that each variable of a member of `apply(problem)` stands for; empty where the
        members are no formulas, or keep the numbers.
        """
        return ()

    @property
    def spelled(self) -> str:
        """The step as one would type it: its key, and the parameters that differ from their defaults."""
        return spelled(self.key, self)

    def constants(self, of: Size) -> Mapping[str, float]:
        """The real constants of the construction at this source size, by the theorem's letters."""
        return {}

    def legend(self, problem: S) -> Sequence[Columns]:
        """What the columns of `apply(problem)` stand for, from left to right; nothing where nobody says. For people."""
        return ()

    def actual_size(self, problem: S, most: int) -> Size:
        """The size of `apply(problem)`, at most `most` bytes of rows counted for: sharper than `size` for filters.

        Errors: `Declined` where a filtering edge meets more survivors than `most` bytes hold.
        """
        return self.size(problem.size)


AnyReduction = Reduction[Any, Any]
