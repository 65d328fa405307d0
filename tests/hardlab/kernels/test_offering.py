"""What a kernel offers by its signature."""

from typing import Any

import pytest

from hardlab.kernels.offering import parameters_of


def by_keyword(first: Any, /, second: Any, *rest: Any, third: Any = 0) -> None:
    """One of each kind that is known by name, and one that is not."""


def anything(first: Any, **others: Any) -> None:
    """It takes any name."""


@pytest.mark.parametrize(("callee", "names"), [(by_keyword, {"second", "third"}), (anything, None), (len, set()), (3, None)])
def test_parameters_are_those_that_are_taken_by_keyword(callee: Any, names: set[str] | None) -> None:
    assert parameters_of(callee) == names
