"""What is asked of padding, packing, masks, biases and slopes: every case of several seeds and offers."""

from itertools import combinations

import pytest

from hardlab.conformance.checks import masking as module
from hardlab.conformance.checks.masking import TOGETHER
from tests.support import cases
from tests.support.kept import Keeper

CHECKS = [module.padding, module.packing, module.together, module.masks, module.bias, module.alibi]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_the_cases(check: cases.Check, kept: Keeper) -> None:
    kept(cases.told(check))
    cases.sound(check)


@pytest.mark.parametrize("quick", [True, False])
def test_every_two_features_meet(quick: bool) -> None:
    """But for two ways of padding, which are one keyword."""
    for _, found in cases.cases_of(module.together, quick):
        names = {case.name.split("/")[1] for case in found}
        pairs = {f"{one} and {other}" for one, other in combinations(TOGETHER, 2)}
        assert names == pairs - {"lengths and keep"}
        assert len(found) == len(names) * (1 if quick else 2)
        for case in found:
            assert len(set(case.needs) & {*TOGETHER}) == 2
            assert case.shape.b == 1 or not case.packed


def test_each_has_what_it_is_about() -> None:
    words = {
        module.padding: ("lengths", "keep"), module.packing: ("packed",), module.masks: ("mask",), module.bias: ("bias",),
        module.alibi: ("alibi",),
    }  # fmt: skip
    for check, needs in words.items():
        for _, found in cases.cases_of(check, False):
            assert all(any(word in case.needs for word in needs) for case in found)
            assert {word for case in found for word in needs if word in case.needs} == set(needs)
            assert any(case.causal for case in found)
            assert any(not case.causal for case in found)
