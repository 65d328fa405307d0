"""The decision rule on gradients: promises that are kept, too weak, or broken, and what is compared with exact entries."""

from dataclasses import dataclass
from math import inf, nan
from typing import Any

import numpy as np
import pytest

from attention import Backward, Certified, Promise, Softmax, Trusted
from instances.bits import BitMatrix
from instances.coded import Floats
from instances.faults import Declined
from instances.gradients import Gradient, GradientTask
from instances.task import Attention
from instances.vectors import GapHamming
from reductions.edges.hamming_dq import HammingDq
from reductions.edges.hamming_dv import HammingDv
from solvers import Threshold, Verdict
from solvers.bands import bands_of
from solvers.own import own_answers
from solvers.serving import serving

WORDS = ["00000000", "11110000", "00001111", "11001100"]
YES = GapHamming(BitMatrix.of(["00000001", "11111111", *WORDS[1:3]]), BitMatrix.of(WORDS), 1, 2)
NO = GapHamming(BitMatrix.of(["10101010", "01010101"]), BitMatrix.of(WORDS), 1, 2)


SMALL = Promise(1e-6, 0.0)


@dataclass
class Given:
    """Answers what it is given, or the right entries plus an error, and promises what it is told to."""

    error: float = 0.0
    promised: Promise = SMALL
    at: int | None = None

    key, logarithmic, gradients, visibility = "given", False, True, True

    def promise(self, inputs: Attention) -> Promise:
        return self.promised

    def __call__(self, inputs: Attention) -> Floats:
        found = Backward()(inputs)
        found[slice(None) if self.at is None else self.at] += self.error
        return found


@pytest.mark.parametrize("edge", [HammingDq(), HammingDv()])
@pytest.mark.parametrize("algorithm", [Backward(), Certified(), Given()], ids=lambda one: one.key)
def test_yes_and_no(edge: Any, algorithm: Any) -> None:
    for problem, verdict in ((YES, Verdict.YES), (NO, Verdict.NO)):
        task = edge.apply(problem)
        decision = Threshold(algorithm).solve(task)
        assert decision.verdict is verdict
        assert decision.own is not None
        assert (decision.own.right, decision.own.verdict) == (decision.own.rows, verdict)
        assert decision.own.rows == (len(task.counted) if algorithm.key != "backward" else decision.own.rows)
        assert Threshold(algorithm).answers(task).tolist() == [1 if task.reaches((i,)) else -1 for i in task.counted]


def test_a_promise_that_is_too_weak_is_said_before_anything_runs() -> None:
    task = HammingDq().apply(NO)
    weak = Threshold(Given(promised=Promise(2 * task.additive.value, 0.0))).solve(task)
    assert weak.verdict is Verdict.UNKNOWN
    assert "the promise is too weak" in weak.reason
    assert not weak.fault
    without = Threshold(Given(promised=Promise(inf, inf))).solve(task)
    assert without.verdict is Verdict.UNKNOWN
    assert "makes no promise" in without.reason
    assert Threshold(Trusted(Given(promised=Promise(inf, inf)), 1e-3)).solve(task).verdict is Verdict.NO


@pytest.mark.parametrize("error", [nan, inf, -inf])
def test_what_is_no_number_is_a_fault(error: float) -> None:
    for problem in (YES, NO):
        decision = Threshold(Given(error, at=1)).solve(HammingDq().apply(problem))
        assert decision.fault
        assert "row 1" in decision.reason


def test_a_broken_promise_is_a_fault() -> None:
    """Between the bands; and every NO row beyond them."""
    task = HammingDq().apply(NO)
    for error in (task.high, 4 * task.high):
        decision = Threshold(Given(error)).solve(task)
        assert decision.fault
        assert "promise broken" in decision.reason
    yes = HammingDq().apply(YES)
    lost = Threshold(Given(-4 * task.high)).solve(yes)
    assert lost.fault
    assert "promise broken at row 0" in lost.reason


def test_an_instance_that_breaks_its_promise_is_told_from_an_algorithm_that_does() -> None:
    task = HammingDq().apply(NO)
    entry = float(task.output(0))
    between = GradientTask(task.inputs, entry - 0.1, entry + 0.1, task.read)
    decision = Threshold(Backward()).solve(between)
    assert decision.fault
    assert "the instance breaks its own promise" in decision.reason


def test_who_computes_what_else_declines() -> None:
    with pytest.raises(Declined, match="softmax computes attention, this asks for dQ"):
        Threshold(Softmax()).solve(HammingDq().apply(YES))


def test_bands_are_widened_by_what_is_promised() -> None:
    task = GradientTask(HammingDq().apply(YES).inputs, -2.0, 1.0, np.array([0]))
    bands = bands_of(task, Promise(0.25, 0.125), False)
    assert (bands.no, bands.yes) == pytest.approx((-1.5, 0.625))
    assert (bands.least, bands.most) == (-inf, inf)
    assert not bands_of(task, Promise(0.0, 1.5), False).disjoint


def test_what_serves() -> None:
    assert serving(HammingDq().apply(YES)).key == "backward"
    inputs = Gradient(
        np.full((2, 1), 1e9), np.array([[1e9], [1.0]]), np.eye(2)[:, :1], 1.0, dO=np.ones((2, 1)), of="dQ", column=0
    )
    assert serving(GradientTask(inputs, 0.5, 0.75, np.array([0]))).key == "certified"


def test_entries_are_compared_with_exact_ones() -> None:
    """By backward, and for backward itself by balls: some of them where each takes as much as all rows."""
    task = HammingDv().apply(YES)
    right = np.array([float(task.output(i)) for i in task.counted])
    whole = own_answers(task, "another", right, False)
    assert (whole.rows, whole.right, whole.truth) == (4, 4, Verdict.YES)
    some = own_answers(task, "backward", right, False)
    assert 1 <= some.rows <= 4
    assert some.right == some.rows
    wrong = own_answers(task, "another", right[::-1].copy(), False)
    assert wrong.wrong > 0
    assert wrong.mistakes[0].exact == pytest.approx(float(task.output(wrong.mistakes[0].row)))
