"""What an algorithm answered by itself, apart from what was found: honest, useless and wrong ones, on YES and NO tasks."""

from collections.abc import Callable
from itertools import product
from math import inf, isnan, nan
from typing import Any

import numpy as np
import pytest

from attention import Boolean, Certified, Layers, Logspace, PlainFunction, Softmax, Tensor, Trusted
from attention.exact import certified
from attention.exact.backward import Backward
from instances.anyof import AnyOf
from instances.bits import BitMatrix
from instances.cnf import CNF
from instances.coded import Coded, Floats
from instances.gradients import Gradient
from instances.law import LawBroken
from instances.mechanism import Mechanism
from instances.task import Attention, AttentionTask
from instances.tensor import TensorAttention
from instances.visibility import Visibility
from reductions.chain import Chain
from reductions.edges.balanced_attention import BalancedAttention
from reductions.edges.cnf_cubes import CnfCubes
from reductions.edges.cnf_hamming import CnfHamming
from reductions.edges.hamming_attention import HammingAttention
from reductions.edges.hamming_balanced import HammingBalanced
from solvers import Decision, Threshold, Through, Verdict, own
from solvers.laws import answers_every_row
from solvers.own import Visited, own_answers, telling
from solvers.solver import Own
from tests.support import networks

YES = CNF(4, ((1, 2), (-1, 3, 4), (-2, -3, 4), (-1, -2, -4)))
NO = CNF(4, ((1, -2), (-1, -4), (2, 4), (2, -4), (-1, -2, 4)))
LATE = CNF(4, ((-2, 3, -4), (1, -3, -4), (2, -3, -4), (1, 2, 3), (1, -3, 4), (2, 3, 4)))
"""Of which not the first row is the one that says YES."""

CHAIN = Chain((CnfHamming(split=(1, 2), cover="left"), HammingAttention()))


def task(formula: CNF, chain: Chain = CHAIN) -> AttentionTask:
    last = chain.trace(formula)[-1].problem
    assert isinstance(last, AttentionTask)
    return last


def exact(Q: Floats, K: Floats, V: Floats, scale: float) -> Floats:
    weights = np.exp(scale * Q @ K.T)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True) @ V)


def noise(Q: Floats, K: Floats, V: Floats, scale: float) -> Floats:
    return np.random.default_rng(1).normal(scale=5, size=(len(Q), V.shape[1]))


def constant(Q: Floats, K: Floats, V: Floats, scale: float) -> Floats:
    return np.zeros((len(Q), V.shape[1]))


def linear(Q: Floats, K: Floats, V: Floats, scale: float) -> Floats:
    left, right = np.exp(np.minimum(Q, 1)), np.exp(np.minimum(K, 1))
    return np.asarray(left @ (right.T @ V) / (left @ right.sum(axis=0))[:, None])


def shuffled(Q: Floats, K: Floats, V: Floats, scale: float) -> Floats:
    return np.roll(exact(Q, K, V, scale), 1, axis=0)


def flipped(Q: Floats, K: Floats, V: Floats, scale: float) -> Floats:
    return -exact(Q, K, V, scale)


PLUG_INS = (exact, noise, constant, linear, shuffled, flipped)


def decided(formula: CNF, function: Any, chain: Chain = CHAIN) -> tuple[Decision, Own]:
    decision = Through(chain, Threshold(PlainFunction(function, function.__name__))).solve(formula)
    assert decision.own is not None
    return decision, decision.own


@pytest.mark.parametrize("formula", [YES, NO, LATE])
@pytest.mark.parametrize("function", PLUG_INS)
def test_counts_are_those_of_the_definition(function: Callable[..., Floats], formula: CNF) -> None:
    """Recomputed row by row from certified values, from `accepts` and `reaches`, and from a model or the want of one."""
    question = task(formula)
    dense = [question.inputs.queries(slice(None)), question.inputs.keys(slice(None)), question.inputs.V]
    given = function(*dense, question.inputs.scale)[: question.rows, 0]
    sides = [1 if question.reaches((i,)) else -1 for i in range(question.rows)]
    mine = [int(answer >= question.high) - int(answer <= question.low) for answer in given]
    found = decided(formula, function)[1]
    pairs = list(zip(mine, sides, strict=True))
    assert (found.rows, found.of, found.sampled) == (question.rows, question.rows, False)
    assert found.right == sum(a == b for a, b in pairs)
    assert found.wrong == sum(a == -b for a, b in pairs)
    assert found.between == sum(a == 0 for a, _ in pairs)
    assert found.missed == sum(a == -1 and b == 1 for a, b in pairs)
    assert found.verdict is (Verdict.YES if 1 in mine else Verdict.NO if set(mine) == {-1} else Verdict.UNKNOWN)
    assert found.truth is (Verdict.YES if any(map(formula.accepts, product((0, 1), repeat=4))) else Verdict.NO)
    firsts = [next((i for i, (a, b) in enumerate(pairs) if a == -side and b == side), None) for side in (1, -1)]
    assert [mistake.row for mistake in found.mistakes] == [i for i in firsts if i is not None]
    assert found.reached == next(((i,) for i, (_, b) in enumerate(pairs) if b == 1), None)
    for mistake in found.mistakes:
        assert mistake.given == given[mistake.row]
        assert mistake.exact == certified.certified_row(question.inputs, mistake.row)[0]
        assert mistake.yes == (sides[mistake.row] == 1)


def test_wrong_algorithms_are_told_from_exact_ones_whatever_the_lab_finds() -> None:
    """On the YES formula all but one of them get a YES: the lab finds the model itself."""
    verdicts = {function.__name__: decided(YES, function) for function in PLUG_INS}
    assert sum(decision.verdict is Verdict.YES for decision, _ in verdicts.values()) >= 5
    assert [name for name, (_, found) in verdicts.items() if found.right == found.rows] == ["exact"]
    assert verdicts["exact"][1].tried == 0
    for name in ("constant", "linear"):
        assert verdicts[name][1].tried > 0, name


def test_rows_are_tried_only_where_answers_do_not_point_to_the_witness() -> None:
    """A row that answers YES and is the largest needs no trying; one below `high`, or not the largest, does."""
    question, n = task(YES), task(YES).rows
    yes = next(i for i in range(n) if question.reaches((i,)))
    no = next(i for i in range(n) if not question.accepts((i,)))
    outputs = np.full(n, question.low)
    outputs[yes] = question.high
    assert own_answers(question, "mine", outputs, False, won=yes, tried=1).tried == 0
    outputs[yes] = (question.low + question.high) / 2
    assert own_answers(question, "mine", outputs, False, won=yes, tried=1).tried == 1
    outputs[yes], outputs[no] = question.high, question.high + 1
    assert own_answers(question, "mine", outputs, False, won=yes, tried=2).tried == 2
    outputs[no] = inf
    assert own_answers(question, "mine", outputs, False, won=yes, tried=2).tried == 0


@pytest.mark.parametrize("given", [nan, inf, -inf])
def test_what_is_no_number_is_wrong_and_no_verdict(given: float) -> None:
    for formula in (YES, NO):
        question = task(formula)
        outputs = np.full(question.rows, question.low)
        outputs[1] = given
        found = own_answers(question, "mine", outputs, False)
        assert found.verdict is Verdict.UNKNOWN
        assert 1 in [mistake.row for mistake in found.mistakes]
        assert found.right + found.wrong == found.rows
        assert own_answers(question, "mine", np.full(question.rows, given), False).wrong == question.rows


def test_logarithms_with_a_minus_infinity_are_answers() -> None:
    """Minus infinity is NO; thresholds below all floats tell nothing of one that answers no logarithms."""
    chain = Chain((CnfHamming(), HammingBalanced(), BalancedAttention()))
    for formula, truth in ((YES, Verdict.YES), (NO, Verdict.NO)):
        question = task(formula, chain)
        assert question.logarithmic
        outputs = Logspace()(question.inputs)[question.counted, 0]
        found = own_answers(question, "logspace", outputs, True)
        assert (found.verdict, found.truth, found.right) == (truth, truth, question.rows)
        nothing = own_answers(question, "mine", np.full(question.rows, -inf), True)
        assert nothing.verdict is Verdict.NO
        assert nothing.missed == nothing.wrong == (0 if truth is Verdict.NO else nothing.wrong)
        assert (nothing.wrong > 0) == (truth is Verdict.YES)
    low = AttentionTask(question.inputs, -2000.0, -1900.0, question.rows, True)
    plain = own_answers(low, "mine", np.zeros(question.rows), False)
    assert (plain.low, plain.high, plain.verdict, plain.right) == (0.0, 0.0, Verdict.UNKNOWN, 0)


def test_an_algorithm_is_not_held_against_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    question = task(YES)
    asked: list[str] = []

    def watched(algorithm: Any, inputs: Attention) -> Floats:
        asked.append(algorithm.key)
        return np.asarray(algorithm(inputs))

    monkeypatch.setattr(own, "answers", watched)
    for key in ("boolean", "softmax", "mine"):
        own_answers(question, key, np.zeros(question.rows), False)
    assert asked == ["softmax", "boolean", "boolean"]


def test_sides_come_from_ball_arithmetic_where_no_algorithm_of_ours_tells(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without any reference, and with one that answers between the bands: the same counts."""
    question = task(YES)
    outputs = Certified()(question.inputs)[question.counted, 0]
    outputs[0] = -outputs[0]
    told = own_answers(question, "mine", outputs, False)
    monkeypatch.setattr(own, "REFERENCES", ())
    assert own_answers(question, "mine", outputs, False) == told
    between = Softmax()
    monkeypatch.setattr(own, "REFERENCES", (between,))
    monkeypatch.setattr(own, "answers", lambda algorithm, inputs: np.zeros((inputs.n, 1)))
    assert own_answers(question, "mine", outputs, False) == told


@pytest.mark.parametrize("work", [own.WORK, 0])
def test_a_window_is_seen_whole_or_by_ball_arithmetic(monkeypatch: pytest.MonkeyPatch, work: int) -> None:
    """A row of such a task is no row of a smaller one."""
    monkeypatch.setattr(own, "WORK", work)
    rng = np.random.default_rng(0)
    Q, K, V = rng.normal(size=(8, 3)), rng.normal(size=(8, 3)), rng.normal(size=(8, 1))
    inputs = Attention(Q, K, V, 1.0, Mechanism(sees=Visibility.window(1)))
    outputs = Certified()(inputs)[:, 0]
    middle = float(np.sort(outputs)[3:5].mean())
    found = own_answers(AttentionTask(inputs, middle - 1e-9, middle + 1e-9, 8), "mine", outputs, False)
    compared = 8 if work else found.rows
    assert (found.rows, found.right, found.verdict) == (compared, compared, Verdict.YES)
    assert found.rows > 0


def test_rows_that_break_the_promise_of_the_task_are_not_compared() -> None:
    question = task(YES)
    exactly = Certified()(question.inputs)[:, 0]
    wide = AttentionTask(question.inputs, 0.0, float(exactly.max()) + 1, question.rows)
    inside = int(((exactly > wide.low) & (exactly < wide.high)).sum())
    assert inside
    assert own_answers(wide, "certified", exactly[: question.rows], False).rows == question.rows - inside


def test_a_sample_says_so_and_has_the_telling_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    question = task(YES)
    outputs = np.full(question.rows, question.low)
    outputs[2] = question.high
    monkeypatch.setattr(own, "WORK", 1)
    found = own_answers(question, "mine", outputs, False)
    assert found.sampled
    assert (found.of, found.rows) == (question.rows, 2)
    assert found.verdict is Verdict.YES, "its own verdict is by all answers"
    assert own_answers(task(NO), "mine", outputs[: task(NO).rows], False).truth is Verdict.UNKNOWN


def test_telling_places() -> None:
    outputs = np.array([0.0, 5.0, 1.0, -7.0, 2.0, 3.0, 4.0, 0.5])
    assert telling(outputs, 8) == list(range(8))
    assert telling(outputs, 0, 4) == [1, 3, 4]
    assert {1, 3}.issubset(telling(outputs, 5))
    assert len(telling(outputs, 5)) <= 5
    assert telling(np.full(4, nan), 2) == [0, 3]


def test_the_answers_of_all_visited_members() -> None:
    chain = Chain((CnfCubes(fix=2), CnfHamming(), HammingAttention()))
    for formula, truth in ((YES, Verdict.YES), (NO, Verdict.NO)):
        disjunction = chain.trace(formula)[-1].problem
        assert isinstance(disjunction, AnyOf)
        for function in PLUG_INS:
            decision, found = decided(formula, function, chain)
            visited = decision.witness is None and disjunction.count
            assert found.rows >= (visited or 1)
            if function is exact:
                assert (found.verdict, found.right, found.wrong) == (truth, found.rows, 0)
            if function is flipped:
                assert found.right == 0
                assert all(len(mistake.place) == 2 for mistake in found.mistakes)


def test_members_together() -> None:
    def member(verdict: Verdict, wrong: int = 0, high: float = 1.0) -> Own:
        return Own(verdict, verdict, -high, high, 3, 3, 3 - wrong, wrong, 0)

    def joined(count: int, *members: Own | None) -> Own | None:
        visited = Visited(count)
        for i, one in reversed(list(enumerate(members))):
            visited.add(i, one)
        return visited.own

    no, yes = member(Verdict.NO), member(Verdict.YES, 1, 2.0)
    all_no, some, mixed, gap = joined(2, no, no), joined(3, no, no), joined(3, no, yes), joined(2, no, None)
    assert all_no is not None
    assert (all_no.verdict, all_no.rows, all_no.high) == (Verdict.NO, 6, 1.0)
    assert some is not None
    assert (some.verdict, some.truth) == (Verdict.NO, Verdict.UNKNOWN), "all that were visited, and not all that there are"
    assert mixed is not None
    assert (mixed.verdict, mixed.right, mixed.wrong) == (Verdict.YES, 5, 1)
    assert isnan(mixed.high)
    assert gap is not None
    assert gap.verdict is Verdict.UNKNOWN
    assert joined(2, None, None) is None


def test_nothing_that_ran_has_no_own_answers() -> None:
    def raising(Q: Floats, K: Floats, V: Floats, scale: float) -> Floats:
        raise RuntimeError("no")

    decision = Through(CHAIN, Threshold(PlainFunction(raising, "raising"))).solve(YES)
    assert (decision.fault, decision.own) == (True, None)


def test_the_law_for_authors() -> None:
    tasks = [task(YES), task(NO)]
    for algorithm in (Softmax(), Boolean(), Certified(), PlainFunction(exact, "exact")):
        assert answers_every_row(algorithm, tasks) == {"accepted": 1, "rejected": 1}
    for function in PLUG_INS[1:]:
        with pytest.raises(LawBroken, match=function.__name__):
            answers_every_row(PlainFunction(function, function.__name__), tasks)
    with pytest.raises(LawBroken, match="answers_every_row"):
        answers_every_row(Softmax(), tasks[:1])


def test_what_is_no_number_is_told_apart_from_missed_rows() -> None:
    question = task(YES)
    outputs = np.where(np.arange(question.rows) == 0, nan, question.low)
    found = own_answers(question, "mine", outputs, False)
    sides = [question.reaches((i,)) for i in range(question.rows)]
    assert (found.no_number, found.missed, found.wrong) == (1, sum(sides[1:]), 1 + sum(sides[1:]))


def test_rows_without_a_side_are_no_sample_and_exact_values_have_their_price(monkeypatch: pytest.MonkeyPatch) -> None:
    question = task(YES)
    exactly = Certified()(question.inputs)[:, 0]
    wide = AttentionTask(question.inputs, 0.0, float(exactly.max()) + 1, question.rows)
    found = own_answers(wide, "certified", exactly[: question.rows], False)
    assert (found.rows < found.of, found.sampled) == (True, False)
    monkeypatch.setattr(own, "work_of_a_row", lambda inputs: own.WORK + 1)
    found = own_answers(question, "mine", -exactly[: question.rows], False)
    assert found.mistakes
    assert all(isnan(mistake.exact) for mistake in found.mistakes)


@pytest.mark.parametrize("formula", [YES, NO])
def test_a_no_does_not_stand_against_a_row_that_is_yes(formula: CNF) -> None:
    """Whoever vouches for it: a kernel that says NO to everything, and one that answers a little above low."""
    question = task(formula)
    for answer in (question.low, question.low + 0.3):

        def low(Q: Floats, K: Floats, V: Floats, scale: float, answer: float = answer) -> Floats:
            return np.full((len(Q), 1), answer)

        decision = Through(CHAIN, Threshold(Trusted(PlainFunction(low, "low"), 0.5))).solve(formula)
        if formula is NO:
            assert (decision.verdict, decision.fault) == (Verdict.NO, False)
        else:
            assert (decision.verdict, decision.fault) == (Verdict.UNKNOWN, True)
            assert "promise broken at row" in decision.reason
            assert decision.reason.endswith("is YES")


def test_a_mistake_of_each_kind_is_kept() -> None:
    question = task(YES)
    outputs = -Certified()(question.inputs)[: question.rows, 0]
    yes = [i for i in range(question.rows) if question.reaches((i,))]
    outputs[yes[-1]] = nan
    found = own_answers(question, "mine", outputs, False)
    kinds = [(mistake.yes, bool(np.isfinite(mistake.given))) for mistake in found.mistakes]
    assert kinds == ([(True, True)] if len(yes) > 1 else []) + [(False, True), (True, False)]


def test_what_sides_take() -> None:
    """In pairs of words, as it was measured: 64 columns a word where bits are counted, 4 elsewhere; balls take hundreds."""
    rng = np.random.default_rng(0)

    def bits(n: int, d: int) -> tuple[Coded, ...]:
        return (Coded(BitMatrix.zeros(n, d), np.zeros(d), np.ones(d)),)

    def plain(n: int, d: int) -> Floats:
        return rng.normal(size=(n, d))

    start = 2**21
    for d, words, quarters in ((3, 1, 1), (64, 1, 16), (65, 2, 17), (129, 3, 33)):
        counted, floats = (Attention(make(3, d), make(5, d), plain(5, 1), 1.0) for make in (bits, plain))
        for inputs in (counted, floats, Attention(bits(3, d), plain(5, d), plain(5, 1), 1.0)):
            assert (own._work(inputs, Boolean()), own._work(inputs, Softmax())) == (5 * words, 5 * quarters)
        assert own.work_of_a_row(counted) == start + 5 * words * 1024
        assert own.work_of_a_row(floats) == start + 5 * d * 256
        values: Any = {"V2": plain(7, 1)}
        for first, second, row in (
            (bits, bits, 35 * words * 32), (bits, plain, 35 * (d + 64) * 64), (plain, bits, 35 * (d + 64) * 64),
        ):  # fmt: skip
            pairs = TensorAttention(bits(3, d), first(5, d), plain(5, 1), 1.0, K2=second(7, d), **values)
            assert (own._work(pairs, Boolean()), own._work(pairs, Tensor())) == (35 * words, 35 * quarters)
            assert own.work_of_a_row(pairs) == start + row
        for of, rows in (("dQ", 1), ("dK", 3), ("dV", 3)):
            inputs = Gradient(floats.Q, floats.K, floats.V, 1.0, dO=np.ones((3, 1)), of=of, column=0)
            assert own.work_of_a_row(inputs) == rows * (start + 5 * d * 256)
            assert own._work(inputs, Backward()) == 5 * quarters
    for residual, rows in ((True, 1), (False, 6)):
        of_layers = networks.drawn(0, N=6, L=2, H=3, residual=residual)
        assert own._work(of_layers, Layers()) == 6 * 2 * 3
        assert own.work_of_a_row(of_layers) == start + rows * 2 * 3 * 6 * (4 + 64) * 64
    assert own.WORK == 2**27
    assert [of.key for of in own.REFERENCES] == ["boolean", "softmax", "logspace", "backward", "tensor", "layers"]


@pytest.mark.parametrize(("affordable", "whole"), [(8 * 2, True), (8 * 2 - 1, False)])
def test_rows_of_a_window_are_told_together_or_not_at_all(
    affordable: int, whole: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """n rows of m ceil(d/4) each."""
    asked: list[str] = []

    def watched(algorithm: Any, inputs: Attention) -> Floats:
        asked.append(algorithm.key)
        return np.asarray(algorithm(inputs))

    monkeypatch.setattr(own, "answers", watched)
    monkeypatch.setattr(own, "WORK", affordable)
    monkeypatch.setattr(own, "REFERENCES", (Softmax(),))
    rng = np.random.default_rng(0)
    Q, K, V = rng.normal(size=(8, 3)), rng.normal(size=(2, 3)), rng.normal(size=(2, 1))
    inputs = Attention(Q, K, V, 1.0, Mechanism(sees=Visibility.window(9)))
    own_answers(AttentionTask(inputs, -1e-9, 1e-9, 8), "mine", np.zeros(8), False)
    assert asked == (["softmax"] if whole else [])


@pytest.mark.parametrize("most", [1, 2, 5, 20])
def test_as_many_rows_are_looked_at_as_there_is_work_for(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """And one more, where nothing but balls tells what is right."""
    rows = 40
    rng = np.random.default_rng(0)
    inputs = Attention(rng.normal(size=(rows, 3)), rng.normal(size=(5, 3)), rng.uniform(size=(5, 1)), 0.5)
    question = AttentionTask(inputs, 0.0, 1e-9, rows)
    monkeypatch.setattr(own, "REFERENCES", ())
    monkeypatch.setattr(own, "WORK", most * own.work_of_a_row(inputs) + 1)
    outputs = Softmax()(inputs)[:, 0]
    found = own_answers(question, "softmax", outputs, logarithmic=False)
    assert found.rows == len(telling(outputs, most + 1)) <= max(2, most + 1)
    assert found.sampled
    assert found.right == found.rows
