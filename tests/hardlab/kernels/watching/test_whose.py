"""Whose code a thing is."""

from functools import partial
from types import FunctionType, MethodType
from typing import Any

import pytest

from attention import attend
from hardlab.kernels.watching.whose import made_by_kernel


def mine() -> int:
    return 0


class Mine:
    def call(self) -> int:
        return 0


@pytest.mark.parametrize("thing", [mine, partial(mine), Mine().call, Mine, Mine(), partial(Mine().call)])
def test_what_stands_in_a_file_of_its_own_is_the_kernels(thing: Any) -> None:
    assert made_by_kernel(thing)


@pytest.mark.parametrize(
    "thing",
    [attend, len, partial(attend), FunctionType, MethodType, property, 3, pytest.raises],
)
def test_what_libraries_and_the_lab_have_is_not(thing: Any) -> None:
    """The class of functions has a `__code__` too, which is no code."""
    assert not made_by_kernel(thing)
