"""Instances of a problem: all tiny ones, then drawn ones, and odd ones beside those."""

from collections.abc import Callable, Iterator
from itertools import islice
from random import Random
from typing import Any

from instances import codec
from instances.faults import BadInput
from instances.problem import Problem

Kind = type[Problem]

LARGEST = 12
"""The last measure up to which all instances are asked for, and about which they are drawn."""

STILL = 4
"""Measures one after the other with no more instances than before, after which there are no others."""

EXHAUSTIVE = 0.5
"""The part of the time after which no more tiny ones are looked for, where others can be drawn."""

FIRST, IN_TURN = 200, 3
"""So many tiny ones come first, and then so many of them for each one that is drawn."""

BESIDE = 12
"""Odd instances beside a drawn one, and as many that are some steps away."""

STEPS = 6
"""Steps of such a walk, at most."""


class Stream:
    """Instances that keep the promise, none twice, small ones first; None for one that was there before or keeps none, so that
    whoever waits can stop waiting. `spent` is the part of the time that is over.

    `is_odd` says of the last one that nobody listed or drew it, and that the problem does not say that all are instances
    (`all_are_instances`).
    Errors: those of the problem; `TypeError` where it gives something else.
    """

    def __init__(self, problem: Kind, seed: int, spent: Callable[[], float]) -> None:
        self.problem, self._seed, self._spent = problem, seed, spent
        self._seen: set[str] = set()
        self.is_odd = False

    def __iter__(self) -> Iterator[Problem | None]:
        tiny = map(self._new, listed(self.problem))
        if not draws(self.problem):
            yield from tiny
            return
        drawn = map(self._new, self._drawn())
        yield from islice(tiny, FIRST)
        while self._spent() < EXHAUSTIVE:
            some = list(islice(tiny, IN_TURN))
            yield from some
            if not some:
                break
            yield from islice(drawn, 1)
        yield from drawn

    def _drawn(self) -> Iterator[Problem]:
        """Of growing measures, again and again, and odd ones beside some of them."""
        for number in range(2**30):
            found = self.problem.drawn(3 + number // 40 % (LARGEST - 2), self._seed + number)
            if found is not None:
                yield found
                if number % (4 if self.problem.all_are_instances else 24) == 0:
                    self.is_odd = not self.problem.all_are_instances
                    yield from odd(found, Random(self._seed + number))
                    self.is_odd = False

    def _new(self, instance: Any) -> Problem | None:
        if not isinstance(instance, self.problem):
            raise TypeError(f"{self.problem.__name__} gave a {type(instance).__name__} as an instance of it")
        identity = instance.identity
        if identity in self._seen or not instance.promised():
            return None
        self._seen.add(identity)
        return instance


def draws(problem: Kind) -> bool:
    """Whether it draws instances."""
    return any(problem.drawn(limit, seed) is not None for limit in (2, 4) for seed in range(8))


def listed(problem: Kind) -> Iterator[Problem]:
    """All of growing measures, those of the smaller ones again each time, until there are no more."""
    counts: list[int] = []
    for limit in range(LARGEST + 1):
        counts.append(0)
        for one in problem.instances(limit):
            counts[-1] += 1
            yield one
        if counts[-1] and counts[-STILL:] == [counts[-1]] * STILL:
            return


def made(problem: Kind, given: Any) -> Problem | None:
    """The instance of that form; None where there is none, or it breaks its promise."""
    try:
        found = problem.from_json(given)
        return found if isinstance(found, problem) and found.promised() else None
    except Exception:
        return None


def odd(instance: Problem, random: Random) -> Iterator[Problem]:
    """Beside it, evenly; and where a few steps beside one another lead, so that others come than those that are drawn."""
    try:
        first = instance.as_json()
    except BadInput:  # it has no form, and nothing lies beside it
        return
    forms = list(codec.beside(first))
    for form in forms[:: max(1, len(forms) // BESIDE)]:
        found = made(type(instance), form)
        if found is not None:
            yield found
    for _ in range(BESIDE):
        form = first
        for _ in range(random.randint(2, STEPS)):
            if form is not None and (steps := list(codec.beside(form))):
                found = made(type(instance), random.choice(steps))
                form = None if found is None else found.as_json()
        if form is not None and codec.measure(form)[0] <= 4 * codec.measure(first)[0]:
            again = made(type(instance), form)
            if again is not None:
                yield again
