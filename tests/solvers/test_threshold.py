"""The decision rule: what is believed of an attention algorithm, honest, faulty or lying, on YES and NO tasks."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from math import inf
from typing import Any, ClassVar

import numpy as np
import pytest

from attention import Certified, Logspace, PlainFunction, Promise, Softmax, Trusted
from instances.bits import BitMatrix
from instances.cnf import CNF
from instances.coded import Floats
from instances.faults import BadInput, Declined, PlugInFault
from instances.mechanism import Mechanism
from instances.task import Attention, AttentionTask
from instances.vectors import BalancedHamming, GapHamming
from reductions.chain import Chain
from reductions.edges.balanced_attention import BalancedAttention
from reductions.edges.cnf_hamming import CnfHamming
from reductions.edges.hamming_attention import HammingAttention
from solvers import Decision, Threshold, Through, Verdict
from solvers.bands import bands_of

YES = CNF(4, ((1, 2), (-1, 3, 4), (-2, -3, 4), (-1, -2, -4)))
NO = CNF(4, ((1, -2), (-1, -4), (2, 4), (2, -4), (-1, -2, 4)))
CHAIN = Chain((CnfHamming(split=(1, 2), cover="left"), HammingAttention()))
GAMMA = 2.3694919629607434


def task(formula: CNF) -> AttentionTask:
    last = CHAIN.trace(formula)[-1].problem
    assert isinstance(last, AttentionTask)
    return last


@dataclass(frozen=True)
class Distorted:
    """The exact answers, then `change`d; promises an absolute error of `error` whatever the truth."""

    change: Callable[[Floats], Floats]
    error: float = 0.0
    failure: float = 0.0
    key: str = "distorted"
    logarithmic: bool = False

    def promise(self, inputs: Attention) -> Promise:
        return Promise(self.error, 0.0 if self.error < inf else inf, self.failure)

    def __call__(self, inputs: Attention) -> Floats:
        return self.change(Certified()(inputs))


def decide(formula: CNF, algorithm: Any) -> Decision:
    return Through(CHAIN, Threshold(algorithm)).solve(formula)


@pytest.mark.parametrize("sign", [1, -1, 0])
@pytest.mark.parametrize("share", [0.5, 0.99])
def test_adversarial_noise_below_the_margin_is_harmless(sign: int, share: float) -> None:
    """T5 tolerates any error below Gamma: 0.99 Gamma up, down, or alternating."""
    noise = share * GAMMA

    def change(T: Floats) -> Floats:
        return np.asarray(T + noise * (sign or (-1.0) ** np.arange(len(T))[:, None]))

    assert decide(YES, Distorted(change, noise)).verdict is Verdict.YES
    assert decide(NO, Distorted(change, noise)).verdict is Verdict.NO


@pytest.mark.parametrize("n", [1, 2, 3, 8, 64])
@pytest.mark.parametrize("sign", [1, -1])
def test_lemma_4_7_with_noise_of_a_third_of_theta(n: int, sign: int) -> None:
    """Each row stays on its side of 2 theta/3 under errors of theta/3, YES rows and NO rows alike."""
    rng = np.random.default_rng(n)
    rows = [np.roll([1] * 4 + [0] * 4, k) for k in range(8)]
    A = BitMatrix.of(np.array([rows[k] for k in rng.integers(0, 8, n)]))
    B = BitMatrix.of(np.array([rows[k] for k in rng.integers(0, 8, n)]))
    problem = BalancedHamming(A, B, 0, 2)
    target = BalancedAttention().apply(problem)
    theta = np.exp(target.high)
    outputs = np.exp(Certified(logarithmic=True)(target.inputs)[:n, 0])
    noisy = outputs + sign * theta / 3
    expected = [0 in problem.B.distances(row) for row in problem.A.words]
    assert [bool(u > 2 * theta / 3) for u in noisy] == expected


def test_a_promise_too_weak_is_unknown_before_anything_runs() -> None:
    def never(T: Floats) -> Floats:
        raise AssertionError("it ran")

    for formula in (YES, NO):
        decision = decide(formula, Distorted(never, GAMMA))
        assert (decision.verdict, decision.fault) == (Verdict.UNKNOWN, False)
        assert "the promise is too weak: absolute 2.37" in decision.reason
        assert "below 2.37 absolute is demanded" in decision.reason


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda T: T * np.nan, "which is not finite"),
        (lambda T: np.where(np.arange(len(T))[:, None] == 1, np.inf, T), "promise broken at row 1: .* not finite"),
        (lambda T: T * 0, "promise broken at row 0: distorted answered -?0.0, which its promise rules out"),
        (lambda T: np.where(np.arange(len(T))[:, None] == 2, 0.5, T), "promise broken at row 2"),
        (lambda T: T * 0 + 100, "promise broken at row 0"),
        (lambda T: T * 0 - 100, "promise broken at row 0"),
    ],
)
@pytest.mark.parametrize("formula", [YES, NO])
def test_answers_that_disprove_their_promise(change: Any, said: str, formula: CNF) -> None:
    decision = decide(formula, Distorted(change, 0.1))
    assert (decision.verdict, decision.fault) == (Verdict.UNKNOWN, True)
    assert re.search(said, decision.reason), decision.reason


def test_a_yes_that_ball_arithmetic_refutes_is_a_broken_promise() -> None:
    decision = decide(NO, Distorted(lambda T: -T, 0.1))
    assert (decision.verdict, decision.fault) == (Verdict.UNKNOWN, True)
    assert "the exact output -2.369491963 is NO" in decision.reason


def test_a_no_may_fail_only_rarely() -> None:
    identity: Any = lambda T: T  # noqa: E731
    assert decide(NO, Distorted(identity, 0.1, failure=2.0**-20)).failure == 2.0**-20
    assert decide(NO, Distorted(identity, 0.1, failure=2.0**-19)).verdict is Verdict.UNKNOWN
    assert decide(YES, Distorted(identity, 0.1, failure=0.9)).verdict is Verdict.YES


@pytest.mark.parametrize("change", [lambda T: T, lambda T: T * 0, lambda T: T * 0 + 1, lambda T: -T, lambda T: T * 1e9])
def test_without_a_promise_yes_is_checked_and_no_is_never_said(change: Any) -> None:
    decision = decide(YES, Distorted(change, inf))
    assert decision.verdict is Verdict.YES
    assert decision.witness is not None
    assert YES.accepts(decision.witness)
    no = decide(NO, Distorted(change, inf))
    assert (no.verdict, no.fault) == (Verdict.UNKNOWN, False)
    assert "makes no promise" in no.reason


def test_without_a_promise_sixteen_rows_are_tried() -> None:
    rows = np.zeros((40, 6), dtype=int)
    rows[[20, 30], :] = 1
    problem = GapHamming(BitMatrix.of(rows), BitMatrix.of([[1] * 6]), 0, 6)
    target = HammingAttention().apply(problem)
    order = np.arange(40.0)[:, None]
    for change, verdict in ((lambda T: -order, Verdict.UNKNOWN), (lambda T: order, Verdict.YES)):
        assert Threshold(Distorted(change, inf)).solve(target).verdict is verdict


def test_the_instance_is_blamed_where_it_breaks_its_own_promise() -> None:
    inputs = Attention(np.ones((1, 1)), np.array([[0.0], [0.0]]), np.array([[1.0], [0.0]]), 1.0)
    decision = Threshold(Softmax()).solve(AttentionTask(inputs, 0.25, 0.75, 1))
    assert (decision.verdict, decision.fault) == (Verdict.UNKNOWN, True)
    assert "the instance breaks its own promise at row 0: its exact output 0.5" in decision.reason


def test_a_yes_stands_where_only_the_instance_breaks_its_promise() -> None:
    inputs = Attention(np.array([[0.0], [9.0]]), np.array([[1.0], [0.0]]), np.array([[1.0], [0.0]]), 1.0)
    decision = Threshold(Softmax()).solve(AttentionTask(inputs, 0.25, 0.75, 2))
    assert decision.witness == (1,)
    assert "the instance breaks its own promise at row 0" in decision.reason
    liar = Threshold(Distorted(lambda T: np.where(T > 0.9, T, 0.4), 1e-9)).solve(AttentionTask(inputs, 0.3, 0.45, 2))
    assert (liar.verdict, liar.fault) == (Verdict.UNKNOWN, True)


def test_only_the_counted_rows_count() -> None:
    inputs = Attention(np.array([[-9.0], [9.0]]), np.array([[1.0], [0.0]]), np.array([[1.0], [0.0]]), 1.0)
    for algorithm in (Softmax(), Distorted(lambda T: T, 1e-9)):
        assert Threshold(algorithm).solve(AttentionTask(inputs, 0.25, 0.75, 1)).verdict is Verdict.NO
        assert Threshold(algorithm).solve(AttentionTask(inputs, 0.25, 0.75, 2)).witness == (1,)


def test_logarithms_and_floats_decide_each_others_tasks() -> None:
    linear = AttentionTask(Attention(np.eye(3), 9 * np.eye(3), np.array([[1.0], [0.0], [0.0]]), 1.0), 0.01, 0.9, 3)
    logs = AttentionTask(linear.inputs, np.log(0.01), np.log(0.9), 3, logarithmic=True)
    for algorithm in (Softmax(), Softmax("float32"), Certified(), Logspace(), Certified(logarithmic=True)):
        for question in (linear, logs):
            assert Threshold(algorithm).solve(question).witness == (0,)
            assert Threshold(algorithm).answers(question).tolist() == [1, -1, -1]


def test_underflow_is_a_weak_promise_and_not_a_no() -> None:
    ones = "1" * 300 + "0" * 300
    problem = BalancedHamming(BitMatrix.of([ones]), BitMatrix.of([ones]), 298, 300)
    target = BalancedAttention().apply(problem)
    assert Threshold(Logspace()).solve(target).verdict is Verdict.YES
    decision = Threshold(Softmax()).solve(target)
    assert (decision.verdict, decision.fault) == (Verdict.UNKNOWN, False)
    assert "too weak" in decision.reason


def test_bands() -> None:
    question = task(YES)
    bands = bands_of(question, Promise(0.5, 0.0), False)
    B = float(question.inputs.V.max())
    exact = np.array([question.low + 0.5, question.high - 0.5, -B - 0.5, B + 0.5])
    outward = np.array([bands.no, bands.yes, bands.least, bands.most]) - exact
    assert (outward * [1, -1, -1, 1] >= 0).all()
    assert np.abs(outward).max() < 1e-13
    relative = bands_of(question, Promise(0.0, 0.1), False)
    assert relative.yes == pytest.approx(question.high - 0.1 * B)


def test_answers_decline_rather_than_guess() -> None:
    with pytest.raises(Declined, match="too weak"):
        Threshold(Distorted(lambda T: T, GAMMA)).answers(task(YES))
    with pytest.raises(Declined, match="makes no promise"):
        Threshold(PlainFunction(lambda Q, K, V, scale: V, "f")).answers(task(YES))
    with pytest.raises(PlugInFault, match="NaN at row 0"):
        Threshold(Distorted(lambda T: T * np.nan, 0.1)).answers(task(YES))
    assert Threshold(Distorted(lambda T: T * [[1], [0], [1]], 0.1)).answers(task(YES)).tolist() == [1, 0, -1]


def test_trust_stands_in_for_a_promise() -> None:
    honest = PlainFunction(lambda Q, K, V, scale: Softmax()(Attention(Q, K, V, scale)), "honest")
    assert decide(NO, honest).verdict is Verdict.UNKNOWN
    assert decide(NO, Trusted(honest, 1.0)).verdict is Verdict.NO
    assert decide(YES, Trusted(honest, 1.0)).verdict is Verdict.YES
    assert decide(NO, Trusted(honest, GAMMA)).verdict is Verdict.UNKNOWN
    liar = PlainFunction(lambda Q, K, V, scale: np.zeros((len(Q), 1)), "liar")
    assert decide(NO, Trusted(liar, 1.0)).fault


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"low": 1.0, "high": 1.0}, "low < high"),
        ({"low": -inf}, "finite"),
        ({"rows": 0}, "1 <= rows <= n"),
        ({"rows": 3}, "1 <= rows <= n"),
        ({"logarithmic": True, "V": np.array([[1.0], [-1.0]])}, "needs V >= 0"),
        ({"V": np.zeros((2, 0))}, "V has no column"),
    ],
)
def test_bad_tasks_are_refused(arguments: dict[str, Any], said: str) -> None:
    given: dict[str, Any] = {"low": 0.1, "high": 0.2, "rows": 2, "logarithmic": False, "V": np.ones((2, 1))} | arguments
    inputs = Attention(np.ones((2, 1)), np.ones((2, 1)), given.pop("V"), 1.0)
    with pytest.raises(BadInput, match=said):
        AttentionTask(inputs, **given)


@pytest.mark.parametrize("key", ["verdict", "fault"])
def test_decisions_are_consistent(key: str) -> None:
    if key == "verdict":
        with pytest.raises(ValueError, match="goes with YES only"):
            Decision(Verdict.NO, "", (1,))
        with pytest.raises(ValueError, match="goes with YES only"):
            Decision(Verdict.YES, "")
    else:
        with pytest.raises(ValueError, match="a fault leaves the verdict UNKNOWN"):
            Decision(Verdict.NO, "", fault=True)


# ------------------------------------------------------------------------------ verdicts that were once wrong, or crashes


def test_a_relative_promise_above_one_decides_nothing() -> None:
    """An honest algorithm answers -Att, within 2 Att of Att: a large Att then gives a small answer."""

    @dataclass(frozen=True)
    class Honest(Distorted):
        def promise(self, inputs: Attention) -> Promise:
            return Promise(0.0, 2.0)

    inputs = Attention(np.zeros((1, 1)), np.zeros((1, 1)), np.array([[50.0]]), 1.0)
    question = AttentionTask(inputs, -1.0, 0.5, 1)
    assert question.promised()
    assert Threshold(Honest(lambda T: -T)).solve(question).verdict is Verdict.UNKNOWN


def _constant(value: float, T: Floats) -> Floats:
    return np.full_like(T, value)


@pytest.mark.slow
@pytest.mark.parametrize("relative", [0.0, 0.3, 0.9, 1.0, 1.5])
@pytest.mark.parametrize("absolute", [0.0, 0.2])
def test_no_honest_algorithm_is_ever_decided_wrongly(absolute: float, relative: float) -> None:
    """Random one-row tasks; the answer at either end of what the promise allows, and in the middle."""
    rng = np.random.default_rng(round(10 * (absolute + relative)))
    wrong = decided = 0

    @dataclass(frozen=True)
    class Honest(Distorted):
        mechanisms: ClassVar[bool] = True

        def promise(self, inputs: Attention) -> Promise:
            return Promise(absolute, relative)

    for _ in range(400):
        V = rng.choice([-2.0, 0.0, 0.5, 1.0, 4.0], (3, 1)) if rng.random() < 0.5 else rng.uniform(0, 3, (3, 1))
        V *= rng.choice([1.0, -1.0])
        normalised = bool(rng.random() < 0.7)
        inputs = Attention(rng.normal(size=(1, 2)), rng.normal(size=(3, 2)), V, 1.0, Mechanism("dot", normalised))
        weights = np.exp(inputs.keys(slice(None)) @ inputs.queries(slice(None))[0])
        weights /= weights.sum() if normalised else 1.0
        att, mean = (float(weights @ column) for column in (V[:, 0], np.abs(V[:, 0])))
        gap = rng.exponential() + 1e-8
        low, high = (att - 1e-9 - gap, att - 1e-9) if rng.random() < 0.5 else (att + 1e-9, att + 1e-9 + gap)
        error = 0.999999 * (absolute + relative * mean)
        for given in (att - error, att, att + error):
            decision = Threshold(Honest(partial(_constant, given))).solve(AttentionTask(inputs, low, high, 1))
            truth = Verdict.YES if att >= high else Verdict.NO
            wrong += decision.verdict not in (truth, Verdict.UNKNOWN) or decision.fault
            decided += decision.verdict is truth
    assert wrong == 0
    assert decided > 0 or relative > 1


def test_no_promise_is_not_a_broken_promise() -> None:
    far = Attention(np.ones((1, 1)), np.zeros((2, 1)), np.array([[1e39], [-1e39]]), 1.0)
    decision = Threshold(Softmax("float32")).solve(AttentionTask(far, -1.0, 1.0, 1))
    assert decision.verdict is Verdict.UNKNOWN
    assert "promise broken" not in decision.reason


def test_logarithmic_tasks_at_their_corners() -> None:
    halves = Attention(np.zeros((1, 1)), np.zeros((2, 1)), np.array([[1.0], [0.0]]), 1.0)
    close = AttentionTask(halves, -0.6931471805599453, -0.5, 1, logarithmic=True)
    assert close.accepts((0,)) is False  # ln(1/2) lies 2e-17 below low
    zero = AttentionTask(Attention(np.zeros((1, 1)), np.zeros((2, 1)), np.zeros((2, 1)), 1.0), -5, -0.5, 1, logarithmic=True)
    assert zero.promised()
    assert not zero.accepts((0,))
    assert Threshold(Logspace()).solve(zero).verdict is Verdict.NO
    for low, high, logarithmic in ((0.0, 1e-17, True), (0.0, 5e-324, False)):
        assert AttentionTask(halves, low, high, 1, logarithmic=logarithmic).additive.log10 < -17


def test_an_output_at_the_threshold_itself_is_not_above_it() -> None:
    level = AttentionTask(Attention(np.zeros((1, 1)), np.zeros((2, 1)), np.array([[1.0], [-1.0]]), 1.0), 0.0, 1.0, 1)
    assert not level.accepts((0,))
    assert not level.reaches((0,))


def test_a_relative_demand_is_stated_only_where_it_holds() -> None:
    mixed = AttentionTask(Attention(np.zeros((1, 1)), np.zeros((2, 1)), np.array([[-1.0], [3.0]]), 1.0), -0.5, 0.9, 1)
    assert mixed.relative == inf


def test_thresholds_near_the_largest_float() -> None:
    """ln(1e306) = 704.6 lies between 699.5 and 700.5 plus 4: honest answers are not accused."""
    inputs = Attention(np.ones((1, 1)), np.ones((1, 1)), np.array([[1e306]]), 1.0)
    question = AttentionTask(inputs, 699.5, 700.5, 1, logarithmic=True)
    for algorithm in (Softmax(), Certified(), Logspace()):
        assert Threshold(algorithm).solve(question).witness == (0,)
    beyond = AttentionTask(inputs, 700.0, 720.0, 1, logarithmic=True)
    assert Threshold(Softmax()).solve(beyond).verdict is not Verdict.YES


def test_bands_are_rounded_away_from_their_bounds() -> None:
    """However large the error beside the bound: no band is wider than exact numbers would have it, and hardly narrower."""
    rng = np.random.default_rng(8)
    lows, errors = rng.normal(size=50) * 10.0 ** rng.integers(-9, 9, 50), 10.0 ** rng.integers(-12, 12, 50)
    for low, error in zip(lows.tolist(), errors.tolist(), strict=True):
        high = low + 3 * error + abs(low)
        inputs = Attention(np.ones((1, 1)), np.ones((2, 1)), np.array([[low], [high]]), 1.0)
        task = AttentionTask(inputs, low, high, 1)
        bands = bands_of(task, Promise(error, 0.0), logarithmic=False)
        exact = {"no": Fraction(low) + Fraction(error), "least": Fraction(low) - Fraction(error)}
        room = (abs(exact["no"]) + Fraction(error) + abs(Fraction(low))) / 2**48
        assert exact["no"] <= Fraction(bands.no) <= exact["no"] + room
        assert exact["least"] - room <= Fraction(bands.least) <= exact["least"]
        assert Fraction(high) - Fraction(error) - room * 8 <= Fraction(bands.yes) <= Fraction(high) - Fraction(error)
        assert Fraction(high) + Fraction(error) <= Fraction(bands.most) <= Fraction(high) + Fraction(error) + room * 8
