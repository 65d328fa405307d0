"""Instances of a problem: all tiny ones, then drawn ones and odd ones beside them."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

from instances import codec
from instances.problem import Problem

Kind = type[Problem]

LARGEST = 12
"""The last measure up to which all instances are asked for, and about which they are drawn."""

A_LEVEL = 20_000
"""Instances of one measure, at most."""

STILL = 4
"""Measures one after the other with no more instances than before, after which there are no others."""

EXHAUSTIVE = 0.5
"""The part of the time after which no more tiny ones are looked for, where others can be drawn."""

FIRST, IN_TURN = 200, 3
"""So many tiny ones come first, and then so many of them for each one that is drawn."""

BESIDE = 12
"""Odd instances beside a drawn one."""


def stream(problem: Kind, seed: int, spent: Callable[[], float]) -> Iterator[Problem]:
    """Instances that keep the promise, none twice, small ones first. `spent` is the part of the time that is over."""
    seen: set[str] = set()
    tiny = (one for one in _tiny(problem) if _is_new(one, seen))
    if not draws(problem):
        yield from tiny
        return
    drawn = (one for one in _drawn(problem, seed) if _is_new(one, seen))
    yield from islice(tiny, FIRST)
    while spent() < EXHAUSTIVE:
        some = list(islice(tiny, IN_TURN))
        yield from some
        if not some:
            break
        yield from islice(drawn, 1)
    yield from drawn


def _drawn(problem: Kind, seed: int) -> Iterator[Problem]:
    """Of growing measures, again and again, and odd ones beside some of them."""
    for number in range(2**20):
        found = problem.drawn(3 + number // 40 % (LARGEST - 2), seed + number)
        if found is not None:
            yield found
            yield from islice(_odd(found), BESIDE if number % 4 == 0 else 0)


def draws(problem: Kind) -> bool:
    """Whether it draws instances."""
    return any(problem.drawn(limit, seed) is not None for limit in (2, 4) for seed in range(8))


def made(problem: Kind, given: Any) -> Problem | None:
    """The instance of that form; None where there is none, or it breaks its promise."""
    try:
        found = problem.from_json(given)
        return found if found.promised() else None
    except (ValueError, TypeError, KeyError, IndexError, AssertionError, AttributeError, ZeroDivisionError):
        return None


def _tiny(problem: Kind) -> Iterator[Problem]:
    counts: list[int] = []
    for limit in range(LARGEST + 1):
        counts.append(0)
        for one in islice(problem.instances(limit), A_LEVEL):
            counts[-1] += 1
            yield one
        if counts[-1] == A_LEVEL or (counts[-1] and counts[-STILL:] == [counts[-1]] * STILL):
            return


def _odd(instance: Problem) -> Iterable[Problem]:
    forms = list(codec.beside(instance.as_json()))
    step = max(1, len(forms) // BESIDE)
    return filter(None, (made(type(instance), form) for form in forms[::step]))


def _is_new(instance: Problem, seen: set[str]) -> bool:
    identity = instance.identity
    if identity in seen or not instance.promised():
        return False
    seen.add(identity)
    return True
