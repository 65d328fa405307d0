"""Of the bounds of the matrices each is asked for by itself, and equality only where it is said."""

from fractions import Fraction

import pytest

from hardlab.claims.alman_song.lemma_4_7.matrices import Bounds
from hardlab.claims.claim import Verdict
from tests.support.claims import claim

HALF, ONE, TWO = Fraction(1, 2), Fraction(1), Fraction(2)


@pytest.mark.parametrize(
    ("entry", "product", "attained", "holds"),
    [
        (ONE, HALF, True, True), (ONE, HALF, False, True), (TWO, ONE, False, True), (ONE, ONE, False, True),
        (TWO, HALF, True, False), (ONE, ONE, True, False), (TWO, ONE, True, False),
        (HALF, HALF, False, False), (HALF, ONE, False, False), (ONE, HALF / 2, False, False), (TWO, HALF / 2, False, False),
    ],
)  # fmt: skip
def test_largest_entries_and_exponents(entry: Fraction, product: Fraction, attained: bool, holds: bool) -> None:
    """They are 1 and 1/2."""
    for case in ({"A": ["10", "01"], "B": ["10", "01"]}, {"A": ["1010"], "B": ["1001"]}):
        verdict = claim("E30-exponents").on(Bounds(entry, product, attained), case).verdict
        assert verdict is (Verdict.HOLDS if holds else Verdict.FAILS)
