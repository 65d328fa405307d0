"""What is asked of gradients: every case of several seeds and offers."""

import pytest

from hardlab.conformance.checks.gradients import gradients, long_gradients
from tests.support import cases
from tests.support.kept import Keeper


@pytest.mark.parametrize("check", [gradients, long_gradients], ids=lambda check: check.__name__)
def test_the_cases(check: cases.Check, kept: Keeper) -> None:
    kept(cases.told(check))
    for quick in (True, False):
        for _, found in cases.cases_of(check, quick):
            assert found
            assert all(case.gradients for case in found)


def test_every_feature_is_asked_of_them() -> None:
    for _, found in cases.cases_of(gradients, False):
        needs = {word for case in found for word in case.needs}
        assert {"causal", "window", "lengths", "keep", "mask", "bias", "alibi", "packed", "backward"} <= needs
        assert all(case.shape.b == 1 for case in found if case.packed)


def test_long_ones_are_longer() -> None:
    for seed in range(10):
        for quick, high in ((True, 600), (False, 1100)):
            for _, found in cases.cases_of(long_gradients, quick, seed):
                assert all(520 <= case.shape.n < high and case.shape.n == case.shape.m for case in found)
                assert {case.causal is None for case in found} == {True, False}
