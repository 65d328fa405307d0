"""Sizes that a file speaks of are asked where a call of them takes seconds."""

import pytest

from hardlab.conformance.case import Case
from hardlab.conformance.checks.own import own
from hardlab.conformance.drawing import Draw
from hardlab.kernels.call import FEATURES
from hardlab.kernels.kernel import Offer


def cases(*sizes: int, quick: bool = False) -> list[Case]:
    offer = Offer(tuple(FEATURES), sizes=sizes)  # type: ignore[arg-type]
    return list(own(Draw(3, "own", offer, quick), offer))


def test_the_sizes_of_a_file() -> None:
    assert [case.name for case in cases(2, 4, 2, 16, 24, 32, 8)] == [
        "own/b=2,H=4,G=2,n=16,m=24/1", "own/b=2,H=4,G=2,n=16,m=24/2", "own/b=2,H=4,G=2,n=16,m=24/3",
        "own/gaussian/b=2,H=4,G=2,n=16,m=24", "own/uniform/b=2,H=4,G=2,n=16,m=24", "own/gradients/b=2,H=4,G=2,n=16,m=24",
    ]  # fmt: skip
    assert len(cases(2, 4, 2, 16, 24, 32, 8, quick=True)) == 5
    found = cases(1, 1, 1, 4, 4, 8, 8)
    assert len({case.seed for case in found}) == 5
    assert [case.mode for case in found] == ["spread"] * 3 + ["gaussian", "uniform", "spread"]
    assert [case.gradients for case in found] == [False] * 5 + [True]
    offer = Offer()
    assert list(own(Draw(3, "own", offer), offer)) == []


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ((4, 8, 8, 1024, 1024, 128, 128), (4, 8, 8, 1024, 1025, 128, 128)),  # 2^24 numbers
        ((2, 2, 2, 2**13, 2**11, 1, 1), (2, 2, 2, 2**13, 2**11 + 1, 1, 1)),  # 2^26 pairs
    ],
)
def test_calls_that_take_seconds(right: tuple[int, ...], wrong: tuple[int, ...]) -> None:
    assert cases(*right)
    assert cases(*wrong) == []
