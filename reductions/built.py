"""A source instance, and what a reduction makes of it: each thing computed once, searches no longer than they may be."""

import copy
from collections.abc import Callable, Iterable, Iterator
from functools import cache, cached_property, partial
from itertools import islice, product
from time import monotonic
from typing import Any

from instances.anyof import AnyOf
from instances.problem import Problem, Witness, yes
from reductions.reduction import AnyReduction

NEIGHBOURS = 500
"""Candidates beside one image of a witness, at most."""

Referee = Callable[[Problem], tuple[bool | None, Witness | None]]
"""Whether an instance has a witness, and one if it does; None where nobody knows."""


def nobody(problem: Problem) -> tuple[bool | None, Witness | None]:
    """A referee who knows nothing."""
    return None, None


class Built:
    """`most` is how many candidates for witnesses are looked at on either side; all of them where it is None. Where there are
    more, the `referee` is asked. `last` is when the last of them was looked at, and `asking` whether the referee has not said
    yet: by these a search that is long is told from a call that does not end.
    """

    def __init__(self, reduction: AnyReduction, problem: Problem, most: int | None = None, referee: Referee = nobody) -> None:
        self.reduction, self.problem, self._most = reduction, problem, most
        self._referee = referee
        self.before = problem
        self.last, self.asking = monotonic(), False

    @cached_property
    def target(self) -> Any:
        self.before = copy.deepcopy(self.problem)
        target = self.reduction.apply(self.problem)
        return AnyOf(target.of, target.count, cache(target.member)) if isinstance(target, AnyOf) else target

    @cached_property
    def witnesses(self) -> tuple[Witness, ...]:
        """Those of the source that are accepted, among those that are looked at."""
        return tuple(self.those(self.problem.accepts, (*self._first(self.problem), *self._given(self._of_source))))

    @property
    def reaching(self) -> Iterator[Witness]:
        """Those of the source on the YES side of its promise."""
        return self.those(self.problem.reaches, self.witnesses)

    @cached_property
    def is_no(self) -> bool:
        """Whether the source is known to have no witness at all."""
        return not self.witnesses and (self.whole(self.problem) or self._of_source[0] is False)

    @property
    def none_reaches(self) -> bool:
        """Whether the target is known to have no witness that reaches."""
        if self.whole(self.target):
            return next(self.those(self.target.reaches, self.accepted), None) is None
        return self._of_target[0] is False

    @property
    def decided(self) -> bool:
        """Whether it is known of the target if it has a witness."""
        return self.whole(self.target) or self._of_target[0] is not None

    @cached_property
    def candidates(self) -> tuple[Witness, ...]:
        """What could be a witness of the target: the first so many, what the referee gives, the images of the source's
        witnesses, and what lies beside them, so that a large target is searched where it matters.
        """
        first = tuple(self._first(self.target))
        if self.whole(self.target):
            return first
        images = tuple(self.reduction.forth(self.problem, witness) for witness in islice(self.reaching, 20))
        near = (beside for image in images for beside in islice(_beside(image), NEIGHBOURS))
        return tuple(dict.fromkeys((*self._given(self._of_target), *images, *near, *first)))

    @cached_property
    def accepted(self) -> tuple[Witness, ...]:
        """The candidates that the target accepts."""
        return tuple(self.those(self.target.accepts, self.candidates))

    def one_by_one(self, some: Iterable[Witness]) -> Iterator[Witness]:
        """The same, and when the last was looked at is known."""
        for witness in some:
            self.last = monotonic()
            yield witness

    def those(self, says: Callable[[Witness], bool], some: Iterable[Witness]) -> Iterator[Witness]:
        """Those of which it says yes."""
        return filter(partial(yes, says), self.one_by_one(some))

    def whole(self, instance: Problem) -> bool:
        """Whether all that could be witnesses of it are looked at."""
        if instance is self.problem:
            return self._whole_source
        return self._whole_target if instance is self.target else self._is_whole(instance)

    @cached_property
    def _whole_source(self) -> bool:
        return self._is_whole(self.problem)

    @cached_property
    def _whole_target(self) -> bool:
        return self._is_whole(self.target)

    def _is_whole(self, instance: Problem) -> bool:
        return self._most is None or next(islice(instance.witnesses(), self._most, None), None) is None

    @cached_property
    def _of_source(self) -> tuple[bool | None, Witness | None]:
        return self._asked(self.problem)

    @cached_property
    def _of_target(self) -> tuple[bool | None, Witness | None]:
        return self._asked(self.target)

    def _asked(self, instance: Problem) -> tuple[bool | None, Witness | None]:
        if self.whole(instance):
            return None, None
        self.asking = True
        answer = self._referee(instance)
        self.asking = False
        return answer

    @staticmethod
    def _given(answer: tuple[bool | None, Witness | None]) -> tuple[Witness, ...]:
        return () if answer[1] is None else (answer[1],)

    def _first(self, instance: Problem) -> Iterator[Witness]:
        return self.one_by_one(islice(instance.witnesses(), self._most))


def differs(one: Problem, other: Problem) -> bool:
    """Whether the content of two instances of a kind does, without what they remember of it."""
    if type(one).__eq__ is not object.__eq__:
        return one != other
    return one.identity != other.identity


def _beside(witness: Witness) -> Iterator[Witness]:
    """One number more or less in one place, two numbers exchanged, one left out."""
    for place, change in product(range(len(witness)), (1, -1)):
        yield (*witness[:place], witness[place] + change, *witness[place + 1 :])
    for one in range(len(witness)):
        for other in range(one):
            swapped = list(witness)
            swapped[one], swapped[other] = swapped[other], swapped[one]
            yield tuple(swapped)
        yield witness[:one] + witness[one + 1 :]
