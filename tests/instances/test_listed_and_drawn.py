"""The instances that each problem lists and draws, and what it says of them, are what they were."""

from itertools import islice

import pytest

from instances.codec import text_of
from instances.ours import PROBLEMS
from instances.problem import Problem, tiny
from tests.support.kept import Keeper


def told(instance: Problem) -> str:
    some = list(islice(instance.witnesses(), 6))
    said = [instance.says(w) for w in some if instance.accepts(w)][:1]
    verdicts = "".join(f"{int(instance.accepts(w))}{int(instance.reaches(w))}" for w in some)
    form = text_of(instance.as_json())
    if type(instance).from_json(instance.as_json()) != instance:
        raise AssertionError(f"{form} does not give it again")
    return f"{form} {instance.short} {tiny(instance)} {type(instance).memory(instance.size)} {some} {verdicts} {said}"


LISTED = [kind for kind in PROBLEMS if next(iter(kind.instances(3)), None) is not None]


@pytest.mark.parametrize("kind", LISTED, ids=lambda kind: kind.called)
def test_what_is_listed_and_drawn(kind: type[Problem], kept: Keeper) -> None:
    listed = [told(one) for limit in range(4) for one in islice(kind.instances(limit), 0, 400, 7)]
    drawn = [one for limit in (1, 3, 8) for seed in range(12) if (one := kind.drawn(limit, seed)) is not None]
    assert listed
    kept("\n".join([*listed, *map(told, drawn)]))
