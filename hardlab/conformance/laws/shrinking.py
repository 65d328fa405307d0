"""A failure on a smaller instance."""

from collections.abc import Callable, Iterator
from time import monotonic
from typing import Any

from hardlab.conformance.laws.stream import draws, listed, made
from instances import codec
from instances.problem import Problem

Fails = Callable[[Problem], bool]

SEEDS = 200
"""Instances of each measure that are drawn."""

LARGER = 20_000
"""Instances one after the other that are not smaller, or were there before, after which no smaller one is awaited."""


def shrunk(instance: Problem, fails: Fails, seconds: float) -> Problem:
    """The instance, or the smallest that `fails` too and was found in that time.

    Where all that the problem takes are instances, or it lists none and refuses some of what lies beside this one, it is made
    smaller step by step as long as it fails: none of those just below it does, if there was time. Elsewhere a smaller one is
    looked for among those that are listed and drawn, since a form that nobody refuses need not be an instance.
    """
    until = monotonic() + seconds
    kind, form = type(instance), instance.as_json()
    if not kind.all_are_instances:
        instance = _smallest(instance, _others(kind), fails, monotonic() + seconds / 2)
        form = instance.as_json()
    return _made_smaller(instance, form, fails, until) if kind.all_are_instances or _refuses(kind, form) else instance


def _others(kind: type[Problem]) -> Iterator[Problem]:
    yield from listed(kind)
    for limit in range(6) if draws(kind) else ():
        yield from filter(None, (kind.drawn(limit, seed) for seed in range(SEEDS)))


def _smallest(instance: Problem, others: Iterator[Problem], fails: Fails, until: float) -> Problem:
    """The smallest of them that fails, in that time, or until so many came that are not smaller."""
    smallest, size = instance, codec.measure(instance.as_json())
    tried, larger = set[tuple[int, int, str]](), 0
    for other in others:
        measure = codec.measure(other.as_json())
        larger += 1
        if monotonic() > until or larger > LARGER:
            break
        if measure < size and measure not in tried:
            tried.add(measure)
            larger = 0
            if other.promised() and fails(other):
                smallest, size = other, measure
    return smallest


def _refuses(kind: type[Problem], form: Any) -> bool:
    """Whether the problem refuses some of what lies beside an instance, and lists none, among which one could look."""
    lists = next(iter(kind.instances(2)), None) is not None
    return not lists and any(made(kind, other) is None for other in codec.beside(form))


def _made_smaller(instance: Problem, form: Any, fails: Fails, until: float) -> Problem:
    smallest = instance
    while True:
        below = sorted(
            (other for other in codec.smaller(form) if codec.measure(other) < codec.measure(form)), key=codec.measure
        )
        for other in below:
            if monotonic() > until:
                return smallest
            found = made(type(instance), other)
            if found is not None and fails(found):
                smallest, form = found, found.as_json()
                break
        else:
            return smallest
