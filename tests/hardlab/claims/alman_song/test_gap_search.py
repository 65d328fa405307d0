"""The search for a threshold ends, at the least one of a YES row."""

from collections.abc import Sequence
from fractions import Fraction

import pytest

from hardlab.claims.alman_song.gap_search import PRINTED, SCAN, least_threshold, scan

MOST = 20


@pytest.mark.parametrize("eps", ["1/4", "1"])
@pytest.mark.parametrize("d", [1, 2, 5, 12, 40])
def test_the_least_threshold_is_found_by_halving(d: int, eps: str) -> None:
    """Row 1 is YES from t = h on, row 0 nowhere; no call is for t above d/(1 + eps), or twice for one t."""
    top = int(d / (1 + Fraction(eps)))
    for h in range(1, d + 2):
        asked: list[int] = []

        def answers(keys: Sequence[int], t: int, h: int = h, asked: list[int] = asked) -> list[bool]:
            assert len(asked) < MOST
            asked.append(t)
            return [False, t >= h]

        assert least_threshold(answers, 2, d, Fraction(eps)) == ((1, h) if h <= top else None)
        assert len(set(asked)) == len(asked) <= top.bit_length()
        assert {*asked} <= {*range(1, top + 1)}


def test_calls_are_logarithms() -> None:
    """ceil(log2 d), and as printed ceil(log2 n d)."""
    assert [SCAN.calls(3, d) for d in (1, 2, 3, 4, 5, 8, 9)] == [0, 1, 2, 2, 3, 3, 4]
    assert [PRINTED.calls(3, d) for d in (1, 2, 3, 6)] == [2, 3, 4, 5]


def test_the_nearest_key_of_a_row_is_scanned() -> None:
    assert [scan(lambda keys, t: [], row, 1, ["0011", "1111"], ["0000", "0001", "1110"]) for row in (0, 1)] == [1, 2]
