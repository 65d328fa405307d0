"""The sink sibling of T5: every law, the stated error tolerated to the last, and nothing beyond it."""

from math import exp

import numpy as np
import pytest

from attention import Boolean
from attention.laws import keeps_its_promise
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


def test_exponents_fall_by_half_the_distance_for_any_weights() -> None:
    rng = np.random.default_rng(1)
    A, B = (rng.integers(0, 2, (8, 13)) for _ in range(2))
    inputs = HammingSink().apply(GapHamming(BitMatrix.of(A), BitMatrix.of(B), 3, 5)).inputs
    scores = inputs.queries(slice(None)) @ inputs.keys(slice(None)).T
    assert np.array_equal(scores[:, :-1], 13 / 4 - (A[:, None] != B).sum(axis=2) / 2)
    assert (scores[:, -1] == 13 / 4 - 3 / 2).all()


@pytest.mark.parametrize(("t", "t2"), [(0, 1), (3, 5), (9, 12), (12, 13)])
def test_halves_of_integers_are_coded_and_counted(t: int, t2: int) -> None:
    """What every edge emits, and what `boolean` serves, within its promise and on the right side of each threshold."""
    rng = np.random.default_rng(2)
    A, B = (BitMatrix.of(rng.integers(0, 2, (9, 13))) for _ in range(2))
    problem = GapHamming(A, B, t, t2)
    task = HammingSink().apply(problem)
    assert isinstance(task.inputs.Q, tuple)
    assert isinstance(task.inputs.K, tuple)
    for rows in (task.inputs.queries(slice(None)), task.inputs.keys(slice(None))):
        assert np.array_equal(2 * rows, np.round(2 * rows))
        assert np.abs(rows).max() <= HammingSink().constants(problem.size)["B"]
    assert keeps_its_promise(Boolean(), [task.inputs])["telling"] > 0


def test_a_ratio_out_of_range_is_refused() -> None:
    with pytest.raises(BadInput, match="R0"):
        HammingSink(1.0)
