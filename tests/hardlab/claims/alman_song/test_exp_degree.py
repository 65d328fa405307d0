"""The search for a degree ends, at the first that is good."""

import pytest
from flint import arb

from hardlab.claims.alman_song.exp_degree import _first, _integer


@pytest.mark.parametrize("start", [0, 3])
@pytest.mark.parametrize("beyond", [0, 1, 2, 3, 4, 7, 8, 9, 100])
def test_the_first_good_number_is_found_by_doubling_and_halving(start: int, beyond: int) -> None:
    asked: list[int] = []

    def good(g: int) -> bool:
        assert len(asked) < 40
        asked.append(g)
        return g >= start + beyond

    assert _first(good, start) == start + beyond
    assert min(asked) == start
    assert len(asked) <= 2 + 2 * beyond.bit_length()


def test_what_is_not_known_to_the_unit_is_no_integer() -> None:
    assert _integer(arb(7)) == 7
    with pytest.raises(ArithmeticError, match="is not known to the unit"):
        _integer(arb("7.5"))
