"""Results come in order, each once, no more than a window of items at a time; one that never comes is an error."""

from collections.abc import Sequence
from typing import Any

import pytest

from instances.mapping import IN_TURN, InTurn, in_order
from tests.support.mappers import Doubling, Losing


class Watched(InTurn):
    """Keeps what is given out at a time."""

    def __init__(self) -> None:
        self.given: list[list[int]] = []

    def unordered(self, function: Any, items: Sequence[Any]) -> Any:
        self.given.append(list(items))
        return super().unordered(function, items)


@pytest.mark.parametrize("mapper", [IN_TURN, Doubling()], ids=["in turn", "twice, and backwards"])
@pytest.mark.parametrize("window", [1, 2, 3, 7, 8])
def test_each_once_and_in_order(mapper: InTurn, window: int) -> None:
    assert list(in_order(mapper, str, range(7), window)) == list("0123456")
    assert list(in_order(mapper, str, (), window)) == []


def test_no_more_than_a_window_is_given_out() -> None:
    watched = Watched()
    results = in_order(watched, str, range(7), 3)
    assert [next(results), next(results), next(results)] == ["0", "1", "2"]
    assert watched.given == [[0, 1, 2]]
    assert list(results) == ["3", "4", "5", "6"]
    assert watched.given == [[0, 1, 2], [3, 4, 5], [6]]


@pytest.mark.parametrize("window", [2, 3, 7])
def test_one_that_never_comes(window: int) -> None:
    """The second item of a window is lost, what came before it is not."""
    results = in_order(Losing(), str, range(7), window)
    assert next(results) == "0"
    with pytest.raises(RuntimeError, match=r"^block 1 of 7 never came back$"):
        next(results)
    assert list(in_order(Losing(), str, range(7), 1)) == list("0123456")


def test_a_later_window_counts_from_the_first_item() -> None:
    class LosingTheFifth(InTurn):
        def unordered(self, function: Any, items: Sequence[Any]) -> Any:
            return ((i, result) for i, result in super().unordered(function, items) if items[i] != 4)

    with pytest.raises(RuntimeError, match=r"^block 4 of 7 never came back$"):
        list(in_order(LosingTheFifth(), str, range(7), 3))
