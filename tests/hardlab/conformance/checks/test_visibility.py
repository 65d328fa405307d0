"""What is asked about what rows see: every case of several seeds and offers, and what they have in common."""

import pytest

from hardlab.conformance.checks import visibility as module
from hardlab.conformance.checks.visibility import LONG
from hardlab.conformance.planting import BORDERS, STEEP
from tests.support import cases
from tests.support.kept import Keeper

NAMES = ("keys", "entries", "visibility", "alignment", "decoding", "windows", "long", "late")
CHECKS = [getattr(module, name) for name in NAMES]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_the_cases(check: cases.Check, kept: Keeper) -> None:
    kept(cases.told(check))
    cases.sound(check)


@pytest.mark.parametrize("quick", [True, False])
def test_windows_are_within_the_sequences(quick: bool) -> None:
    """Positive to one side at least, a third of the sequence at most; both sides of every border are asked."""
    for seed in range(10):
        for _, found in cases.cases_of(module.windows, quick, seed):
            sides = {case.window for case in found}
            for case in found:
                assert case.window is not None
                left, right = case.window
                widest = max(1, case.shape.n // 3, 6)
                assert all(side is None or 0 <= side <= widest for side in (left, right))
                assert (left, right) != (None, None)
                assert case.causal is None or right is None
            for window in sides:
                assert {case.mode for case in found if case.window == window} >= set(BORDERS)
            assert any(left == right for left, right in filter(None, sides))
            assert any(right == 0 for _, right in filter(None, sides))


def test_rows_and_keys_are_more_and_fewer() -> None:
    [(_, found), *_] = cases.cases_of(module.alignment, False)
    assert {(case.shape.n < case.shape.m) for case in found} == {True, False}
    assert {case.causal for case in found} == {"top-left", "bottom-right"}
    [(_, found), *_] = cases.cases_of(module.decoding, False)
    assert {case.shape.n for case in found} <= {1, 2, 3}
    assert min(case.shape.m for case in found) > 3
    for _, found in cases.cases_of(module.visibility, False):
        assert all(case.shape.n == case.shape.m for case in found)
        assert [case.steep for case in found if case.steep != 1.0] == [STEEP]


def test_long_sequences_are_long() -> None:
    for seed in range(10):
        for quick, least in ((False, LONG), (True, LONG // 4)):
            for _, found in cases.cases_of(module.long, quick, seed):
                longest = max(case.shape.m for case in found)
                assert least - 60 < longest <= least
                assert {case.shape.d for case in found} == {128}
                assert {case.shape.n for case in found} - {longest} <= {1, 8}
            for _, found in cases.cases_of(module.late, quick, seed):
                low, high = (710, 790) if quick else (1030, 1090)
                assert all(low <= case.shape.n < high and case.shape.n == case.shape.m for case in found)
