"""The sink sibling of T5: every law, the stated error tolerated to the last, and nothing beyond it."""

from math import exp

import numpy as np
import pytest

from instances.bits import BitMatrix
from instances.faults import BadInput
from instances.law import LawBroken
from instances.vectors import GapHamming
from reductions import laws
from reductions.edges.hamming_sink import HammingSink
from reductions.parts.room import ROOM
from tests.reductions.test_laws import Faulty, constants_of, hammings, nears, without_scale


@pytest.mark.slow
@pytest.mark.parametrize("R0", [1.001, 16.0, 1e6])
def test_every_law(R0: float) -> None:
    for family in (hammings, nears):
        counts = laws.laws(HammingSink(R0), family())
        assert counts["accepted"] > 0
        assert counts["rejected"] > 0


@pytest.mark.parametrize(
    "fault", [Faulty(HammingSink(), {"apply": without_scale(HammingSink())}), constants_of(HammingSink(), lam=0.99)]
)
def test_a_law_catches_a_wrong_scale(fault: HammingSink) -> None:
    with pytest.raises(LawBroken) as broken:
        laws.promise_is_kept(fault, hammings())
    assert "vacuous" not in str(broken.value)


@pytest.mark.parametrize("R0", [1.05, 2.0, 16.0])
def test_worst_rows_are_at_the_thresholds(R0: float) -> None:
    """One key at t and the rest at d: just above 1/2. All keys at t2: at 1/(R0 + 1)."""
    yes = GapHamming(BitMatrix.of(["000000"]), BitMatrix.of(["110000", *["111111"] * 3]), 2, 4)
    no = GapHamming(BitMatrix.of(["000000"]), BitMatrix.of(["111100", "001111", "110011", "010111"]), 2, 4)
    task = HammingSink(R0).apply(yes)
    S = exp(-task.inputs.scale) + 3 * exp(-3 * task.inputs.scale)
    assert float(task.output(0)) == pytest.approx(S / (S + exp(-task.inputs.scale)), rel=1e-12)
    assert float(HammingSink(R0).apply(no).output(0)) == pytest.approx(1 / (R0 + 1), rel=1e-12)
    demanded = 1 / 4 - 1 / (2 * (R0 + 1))
    assert demanded - ROOM < task.additive.value < demanded


def test_exponents_are_half_distances_for_any_weights() -> None:
    rng = np.random.default_rng(1)
    A, B = (rng.integers(0, 2, (8, 13)) for _ in range(2))
    inputs = HammingSink().apply(GapHamming(BitMatrix.of(A), BitMatrix.of(B), 3, 5)).inputs
    scores = inputs.queries(slice(None)) @ inputs.keys(slice(None)).T
    assert np.array_equal(scores[:, :-1], -(A[:, None] != B).sum(axis=2) / 2)
    assert (scores[:, -1] == -3 / 2).all()


def test_a_ratio_out_of_range_is_refused() -> None:
    with pytest.raises(BadInput, match="R0"):
        HammingSink(1.0)
