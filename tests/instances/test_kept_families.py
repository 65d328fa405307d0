"""Instances of a seed are what they were, in every family, to the last bit, and so are the words of what families refuse."""

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

import pytest

from instances.families.family import FAMILIES, Family, make
from instances.faults import BadInput, Declined
from tests.support.kept import Keeper, shown

USUAL: Mapping[str, Any] = {
    "n": 6, "m": 5, "d": 9, "k": 3, "t": 1, "t2": 4, "seed": 1, "holes": 2, "edges": 7, "colours": 3, "density": 0.5,
    "unique": False, "odd": True, "yes": True,
}  # fmt: skip
OTHERS: Mapping[str, tuple[Any, ...]] = {
    "n": (0, 1, 2, 20), "m": (0, 1, 30), "d": (0, 1, 2, 70), "k": (0, 1, 6, 7), "t": (-1, 0, 4, 9),
    "t2": (0, 1, 2, 9, 10), "seed": (0, 2, -1), "holes": (-1, 0, 1), "edges": (-1, 0, 15, 16), "colours": (0, 1),
    "density": (-0.5, 0.0, 0.9, 1.0, 1.5), "unique": (True,), "odd": (False,), "yes": (False,),
}  # fmt: skip


def given(family: Family) -> Iterator[dict[str, Any]]:
    """The usual parameters, and each pair of them with other values."""
    usual = {name: USUAL[name] for name in family.parameters}
    yield usual
    for one, other in product(usual, repeat=2):
        if one < other:
            yield from ({**usual, one: x, other: y} for x, y in product(OTHERS[one], OTHERS[other]))
        elif one == other:
            yield from ({**usual, one: x} for x in OTHERS[one])


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_instances(family: Family, kept: Keeper) -> None:
    lines = [str(family.required)]
    for parameters in given(family):
        try:
            lines.append(shown(make(family.name, **parameters)))
        except (BadInput, Declined) as refused:
            lines.append(str(refused))
    kept("\n".join(lines))
