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

EVERY, SELDOM = 4, 24
"""Of so many that are drawn odd ones come beside one, where these are instances, and where they may be none."""


def stream(problem: Kind, seed: int, spent: Callable[[], float]) -> Iterator[tuple[Problem | None, bool]]:
    """Instances that keep the promise, none twice (an odd one may come in earnest later), small ones first, and whether each is
    odd: nobody listed or drew it, and the problem does not say that `all_are_instances`. None for one that was there before or
    keeps no promise, so that whoever waits can stop waiting. `spent` is the part of the time that is over.

    Errors: those of the problem; `TypeError` where it gives something else.
    """
    seen, odd_ones = set[str](), set[str]()

    def new(instance: Any, is_odd: bool = False) -> Problem | None:
        if not isinstance(instance, problem):
            raise TypeError(f"{problem.__name__} gave a {type(instance).__name__} as an instance of it")
        identity = instance.identity
        if identity in seen or (is_odd and identity in odd_ones) or not instance.promised():
            return None
        (odd_ones if is_odd else seen).add(identity)
        return instance

    tiny = ((new(one), False) for one in listed(problem))
    if not draws(problem):
        yield from ((one, one is None) for one, _ in tiny)  # levels list the smaller ones again, and end by themselves
        return
    drawn = ((new(one, is_odd), is_odd) for one, is_odd in _drawn(problem, seed))
    yield from islice(tiny, FIRST)
    while spent() < EXHAUSTIVE:
        some = list(islice(tiny, IN_TURN))
        yield from some
        if not some:
            break
        yield from islice(drawn, 1)
    yield from drawn


def _drawn(problem: Kind, seed: int) -> Iterator[tuple[Problem, bool]]:
    """Of growing measures, again and again, and odd ones beside some of them."""
    every = EVERY if problem.all_are_instances else SELDOM
    for number in range(2**30):
        found = problem.drawn(3 + number // 40 % (LARGEST - 2), seed + number)
        if found is not None:
            yield found, False
            for beside in odd(found, Random(seed + number)) if number % every == 0 else ():
                yield beside, not problem.all_are_instances


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
