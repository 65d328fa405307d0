"""The exponent of the look-up, from the entropy in floats."""

from math import log

import pytest
from flint import arb

from hardlab.claims.alman_song.lemma_4_7.lookup import spread


@pytest.mark.parametrize(("C", "c"), [(2.0, 0.5), (8.0, 4.0), (1.0, 0.001), (3.0, 1.5)])
def test_the_exponent_is_the_entropy(C: float, c: float) -> None:
    p = c / C
    assert float(spread(arb(C), arb(c)).mid()) == pytest.approx(-C * (p * log(p) + (1 - p) * log(1 - p)))


def test_without_a_distance_there_is_one_candidate() -> None:
    assert spread(arb(2), arb(0)) == 0
