"""Outputs from elsewhere: the shapes that they may have, and for whom they stand."""

from typing import Any

import numpy as np
import pytest

from hardlab.runs.returned import Returned
from instances.faults import BadInput, Declined
from instances.task import Attention


def task(n: int, v: int) -> Attention:
    return Attention(np.zeros((n, 2)), np.zeros((4, 2)), np.zeros((4, v)), 1.0)


@pytest.mark.parametrize(
    ("n", "v", "shape", "fits"),
    [
        (3, 2, (3, 2), True),
        (3, 2, (1, 3, 2), True),
        (3, 2, (1, 1, 3, 2), True),
        (3, 2, (2, 3, 2), False),
        (3, 2, (1, 2, 3, 2), False),
        (3, 2, (2, 1, 3, 2), False),
        (3, 2, (3, 1, 2), False),
        (3, 2, (3, 2, 1), False),
        (3, 2, (2, 3), False),
        (3, 2, (6,), False),
        (3, 2, (3,), False),
        (3, 2, (), False),
        (3, 1, (3,), True),
        (3, 1, (3, 1), True),
        (3, 1, (1, 3, 1), True),
        (3, 1, (1, 3), False),
        (3, 1, (4,), False),
        (1, 1, (1,), True),
        (1, 1, (1, 1, 1, 1), True),
        (1, 3, (1, 1, 3), True),
        (1, 3, (3,), False),
    ],
)
def test_shapes(n: int, v: int, shape: tuple[int, ...], fits: bool) -> None:
    outputs = np.arange(float(np.prod(shape))).reshape(shape)
    if not fits:
        with pytest.raises(BadInput, match="has the shape"):
            Returned("theirs", task(n, v), outputs)
        return
    found = Returned("theirs", task(n, v), outputs)
    assert np.array_equal(found(task(n, v)), np.arange(float(n * v)).reshape(n, v))
    assert not found.logarithmic


def test_they_are_of_one_task_and_stay_what_they_are() -> None:
    found = Returned("theirs", task(3, 2), np.ones((3, 2)), logarithmic=True)
    given: Any = found(task(3, 2))
    given[0] = 7
    assert (found(task(3, 2)) == 1).all()
    assert found.logarithmic
    assert not found.promise(task(3, 2)).made
    assert (found.mechanisms, found.visibility, found.rotary, found.gradients) == (True,) * 4
    for other in (task(2, 2), task(3, 1)):
        with pytest.raises(Declined, match="theirs has the outputs of another task"):
            found(other)
