"""Padding: every law on all tiny instances, the numbers of a second implementation, and every wrong mask caught."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from instances.bits import Bools
from instances.faults import BadInput
from instances.task import Attention, AttentionTask
from instances.vectors import GapHamming
from instances.visibility import Visibility
from reductions.edges.hamming_padded import HammingPadded
from tests.reductions.test_laws import Faulty
from tests.support.hammings import (
    assert_every_law,
    assert_pairs_are_priced,
    caught,
    decisions,
    given,
    off,
    outputs,
    planted,
    says,
    seeing,
    seen_wrongly,
    tiny_hammings,
)

FORMS = [HammingPadded(), HammingPadded(masked=3), HammingPadded(form="sink"), HammingPadded(R0=1.05), HammingPadded(R0=1e6)]


def second(task: AttentionTask) -> AttentionTask:
    """The task of the other column of V."""
    of = task.inputs
    return replace(task, inputs=Attention(of.Q, of.K, of.V[:, ::-1], of.scale, of.mechanism))


@pytest.mark.slow
@pytest.mark.parametrize("edge", FORMS, ids=lambda edge: edge.spelled)
@pytest.mark.exhaustive
def test_every_law_on_all_tiny_instances(edge: HammingPadded) -> None:
    assert_every_law(edge)
    assert_pairs_are_priced(edge)


@pytest.mark.parametrize("edge", FORMS, ids=lambda edge: edge.spelled)
@pytest.mark.slow
def test_any_masked_key_that_is_seen_flips_one_column_of_every_row(edge: HammingPadded) -> None:
    """Over the thresholds, on rows of all kinds; without it both columns are the same."""
    for problem in (*tiny_hammings()[::23], planted(np.random.default_rng(2), 60, 4, 10, lambda i: i if i % 2 else None, 5, 7)):
        task = edge.apply(problem)
        assert np.array_equal(outputs(task), outputs(second(task)))
        assert task.inputs.mechanism.sees.keep is not None
        for j in np.flatnonzero(~task.inputs.mechanism.sees.keep)[:: edge.masked]:
            keep: Bools = task.inputs.mechanism.sees.keep | (np.arange(task.inputs.m) == j)
            wrong = seeing(task, Visibility(keep=keep))
            assert (outputs(wrong) >= task.high).all()
            assert (outputs(second(wrong)) <= task.low).all()


def test_the_numbers_of_a_second_implementation() -> None:
    """The trap there has the same pads, keys and weights; what is masked there is no vector here."""
    problem, held, expected = given("d1_padding")
    keep = np.array(held["keep"], dtype=bool)
    kept = GapHamming(problem.A, type(problem.B).of(problem.B.bools()[keep].astype(int)), problem.t, problem.t2)
    edge = HammingPadded()
    task, constants, of = edge.apply(kept), edge.constants(kept.size), held["trap"]["constants"]
    for letter in ("p", "M", "eta", "beta", "B", "Gamma"):
        assert constants[letter] == pytest.approx(float(of[letter]), rel=1e-14)
    right = [float(row[0]) for row in expected["trap"]["values"]]
    assert outputs(task) == pytest.approx(right, rel=1e-13)
    assert outputs(second(task)) == pytest.approx(right, rel=1e-13)
    assert decisions(task) == says(expected["trap"]["decision"]) == says(expected["planted"]["decision"])
    planted_values = [float(x) for x in expected["planted"]["values"]]
    assert outputs(task) / constants["B"] == pytest.approx(
        np.array(planted_values) / float(held["planted"]["constants"]["B"]), rel=1e-13
    )
    two = (np.cumsum(~edge.keep(4)) <= 2) | edge.keep(4)  # two of the three masked keys are seen
    for fault, shown in (("mask ignored", two), ("one masked key seen", (np.arange(8) == 0) | edge.keep(4))):
        wrong, values = seeing(task, Visibility(keep=shown)), expected["trap"]["faults"][fault]["values"]
        assert outputs(wrong) == pytest.approx([float(row[0]) for row in values], rel=1e-13)
        assert outputs(second(wrong)) == pytest.approx([float(row[1]) for row in values], rel=1e-13)


def keep_of(task: AttentionTask) -> Bools:
    keep = task.inputs.mechanism.sees.keep
    assert keep is not None
    return keep


WRONG_MASKS: dict[str, Any] = {
    "ignored": lambda task: Visibility(),
    "inverted": lambda task: Visibility(keep=~keep_of(task)),
    "shifted to the right": lambda task: Visibility(keep=np.roll(keep_of(task), 1)),
    "shifted to the left": lambda task: Visibility(keep=np.roll(keep_of(task), -1)),
    "left padding seen": lambda task: Visibility(keep=keep_of(task) | (np.arange(task.inputs.m) == 0)),
    "right padding seen": lambda task: Visibility(keep=keep_of(task) | (np.arange(task.inputs.m) == task.inputs.m - 1)),
    "the dummy masked": lambda task: Visibility(keep=keep_of(task) & (np.arange(task.inputs.m) != 1)),
    "the first datum masked": lambda task: Visibility(keep=keep_of(task) & (np.arange(task.inputs.m) != 2)),
    "all but the dummy masked": lambda task: Visibility(keep=np.arange(task.inputs.m) == 1),
}


@pytest.mark.parametrize("edge", [HammingPadded(), HammingPadded(form="sink")], ids=lambda edge: edge.form)
@pytest.mark.parametrize("name", list(WRONG_MASKS))
@pytest.mark.slow
def test_a_law_catches_a_wrong_mask(name: str, edge: HammingPadded) -> None:
    family = tuple(problem for problem in tiny_hammings()[::15] if problem.B.n > 1)
    assert caught(Faulty(edge, {"apply": seen_wrongly(edge, WRONG_MASKS[name])}), family)


@pytest.mark.parametrize(
    "fault",
    [
        off(HammingPadded(), "eta", 1.01),
        off(HammingPadded(), "B", 0.995),
        off(HammingPadded(), "high", 1.01),
        off(HammingPadded(), "scale", 0.99),
        off(HammingPadded(), "V", -1.0),
        off(HammingPadded(form="sink"), "lam", 0.99),
        off(HammingPadded(form="sink"), "low", 0.9),
        Faulty(HammingPadded(), {"back": lambda p, w: (w[0], 0)}),
        Faulty(HammingPadded(), {"forth": lambda p, w: (p.A.n - 1 - w[0],)}),
        Faulty(HammingPadded(), {"size": lambda of: {**HammingPadded().size(of), "m": of["m"] + 1}}),
    ],
)
def test_a_law_catches_a_wrong_construction(fault: Any) -> None:
    assert caught(fault, tiny_hammings()[::5])


def test_no_padding_is_refused() -> None:
    with pytest.raises(BadInput, match="at least one key is masked"):
        HammingPadded(masked=0)
