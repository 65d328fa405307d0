"""Grouped heads: every pair met once, every law under every shape, and what happens to wrong blocks, maps and constants."""

from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest

from attention import Softmax
from instances.bits import BitMatrix, Ints
from instances.faults import BadInput, Declined
from instances.law import LawBroken
from instances.problem import Size, Witness
from instances.task import AttentionTask
from instances.vectors import GapHamming
from instances.visibility import Visibility
from reductions import laws
from reductions.chain import Chain
from reductions.edges.hamming_attention import HammingAttention
from reductions.edges.hamming_heads import HammingHeads
from reductions.pricing import bounds
from solvers import Threshold, Verdict
from tests.reductions.test_laws import Faulty, constants_of, hammings, nears, without_scale

SHAPES = [(1, 1, 1), (1, 2, 1), (1, 2, 2), (1, 4, 2), (2, 4, 2), (2, 6, 3), (3, 2, 1), (1, 8, 1)]


def of_shape(shape: tuple[int, int, int], R0: float = 16.0) -> HammingHeads:
    return HammingHeads(*shape, R0)


@pytest.mark.slow
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.exhaustive
def test_every_law(shape: tuple[int, int, int]) -> None:
    """Shapes that divide the lists, that do not, and that have more blocks than there are vectors."""
    for family, R0 in ((hammings, 16.0), (nears, 1.001)):
        counts = laws.laws(of_shape(shape, R0), family())
        assert counts["accepted"] > 0
        assert counts["rejected"] > 0


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_every_pair_meets_in_one_head(shape: tuple[int, int, int]) -> None:
    """Pair by pair, from what the rows see: once where the shape divides the lists."""
    b, H, G = shape
    n, m = 3 * H // G, 2 * b * G
    A, B = (np.arange(size)[:, None] >> np.arange(6) & 1 for size in (n, m))
    task = of_shape(shape).apply(GapHamming(BitMatrix.of(A), BitMatrix.of(B), 1, 2))
    inputs, met = task.inputs, np.zeros((n, m), dtype=int)
    Q, K = (rows[:, :6] > 0 for rows in (inputs.queries(slice(None)), inputs.keys(slice(None))))
    data = np.flatnonzero(inputs.V[:, 0] > 0)
    for i in range(inputs.n):
        seen = inputs.seen.keys(i)[0] if inputs.seen is not None else slice(0, inputs.m)
        for j in data[(data >= seen.start) & (data < seen.stop)]:
            met[Q[i] @ (1 << np.arange(6)), K[j] @ (1 << np.arange(6))] += 1
    assert (met == 1).all()
    assert len(data) == m
    assert (
        bounds(Chain((of_shape(shape),)), {"n": n, "m": m, "d": 6, "t": 1, "t2": 2})[-1]["pairs"]
        == n * b * G * (m + b * G) / G / b
    )


@pytest.mark.parametrize("shape", [(1, 1, 1), (2, 4, 2), (3, 2, 2)], ids=str)
def test_random_lists_are_decided_under_the_worst_error(shape: tuple[int, int, int]) -> None:
    """Pairs at t and t2 alone: rows at both thresholds; errors of 0.99 Gamma against the answer leave every sign."""
    rng = np.random.default_rng(sum(shape))
    reduction, verdicts = of_shape(shape, 2.0), set()
    for near, (n, m) in product((False, True), ((1, 1), (5, 7), (12, 9))):
        B = rng.integers(0, 2, (m, 12))
        B[:, 8:] = 0
        A = np.tile(B[:1] * 0, (n, 1))
        A[:, 8:] = 1
        B[:, :8] = np.eye(8, dtype=int)[rng.integers(0, 8, m)]  # all at 5
        if near:
            A[n - 1], B[m - 1] = 0, [1, 1] + [0] * 10  # at 2, and at 1 from the others, which is nearer still
        problem = GapHamming(BitMatrix.of(A), BitMatrix.of(B), 2, 5)
        task = reduction.apply(problem)
        assert task.promised()
        outputs, gamma = Softmax()(task.inputs)[:, 0], reduction.constants(problem.size)["Gamma"]
        yes = [task.reaches((row,)) for row in task.counted]
        assert ((outputs > 0) == yes).all()
        assert (np.where(yes, outputs, -outputs) > 0.99 * gamma).all()
        decision = Threshold(Softmax()).solve(task)
        verdicts.add(decision.verdict)
        assert decision.verdict is (Verdict.YES if near else Verdict.NO)
        assert decision.witness is None or problem.accepts(reduction.back(problem, decision.witness))
    assert verdicts == {Verdict.YES, Verdict.NO}


def test_one_head_is_the_edge_to_attention_with_one_dummy() -> None:
    problem = GapHamming(BitMatrix.of(["0110", "1111"]), BitMatrix.of(["0000"]), 1, 2)
    one, other = HammingHeads(1, 1, 1).apply(problem), HammingAttention().apply(problem)
    assert (one.inputs.queries(slice(None)) == other.inputs.queries(slice(None))).all()
    assert (one.inputs.keys(slice(None)) == other.inputs.keys(slice(None))).all()
    assert (one.low, one.high) == (other.low, other.high)


# ------------------------------------------------------------------------------------------------ planted faults


class AsksByGroup(HammingHeads):
    """Head h asks the block floor(h / r) of A and not h mod r: pairs of blocks are missed."""

    def _asked(self, problem: GapHamming, rows: Ints) -> Ints:
        head, row = np.divmod(rows, self._rows(problem.size))
        asked: Ints = head // self._shared % self._shared * self._rows(problem.size) + row
        return np.minimum(asked, problem.A.n - 1)


class Interleaved(HammingHeads):
    """The way back takes the key head h mod G."""

    def back(self, problem: GapHamming, witness: Witness) -> Witness:
        keys, head = self._keys(problem.size), witness[0] // self._rows(problem.size)
        block = head // self.heads * self.groups + head % self.groups
        j = np.minimum(np.arange(block * keys, block * keys + keys), problem.B.n - 1)
        i = int(self._asked(problem, np.array(witness))[0])
        return i, int(j[BitMatrix(problem.B.words[j], problem.B.d).distances(problem.A.words[i]).argmin()])


class HalfTheKeys(HammingHeads):
    """beta is made for blocks of half the keys."""

    def constants(self, of: Size) -> Any:
        return super().constants({**of, "m": max(1, of["m"] // 2)})


def without_heads(reduction: HammingHeads) -> Any:
    """The task whose rows see all keys: all dummies, and more data than beta is made for."""

    def apply(problem: GapHamming) -> AttentionTask:
        task = reduction.apply(problem)
        return replace(task, inputs=replace(task.inputs, mechanism=type(task.inputs.mechanism)()))

    return apply


def one_map_for_all(reduction: HammingHeads) -> Any:
    """The task of a kernel that has one head of keys for all: the first block's keys everywhere."""

    def apply(problem: GapHamming) -> AttentionTask:
        task = reduction.apply(problem)
        block = task.inputs.m // (reduction.batch * reduction.groups)
        keep = np.arange(task.inputs.m) < block
        shared = Visibility(mask=np.tile(keep, (task.inputs.n, 1)))
        return replace(task, inputs=replace(task.inputs, mechanism=replace(task.inputs.mechanism, sees=shared)))

    return apply


FAULTS: list[tuple[str, Any, Any]] = [
    ("heads that ask the wrong block", AsksByGroup(), laws.complete),
    ("an interleaved map on the way back", Interleaved(), laws.sound),
    ("beta for half the keys", HalfTheKeys(1, 2, 1), laws.promise_is_kept),
    ("a dropped scale", Faulty(HammingHeads(), {"apply": without_scale(HammingHeads())}), laws.promise_is_kept),
    ("eta one per cent off", constants_of(HammingHeads(), eta=1.01), laws.promise_is_kept),
    ("a threshold not as stated", Faulty(HammingHeads(), {"constants": lambda of: {"low": 0.0, "high": 0.5}}),
     laws.promise_is_kept),
    ("rows that see every head", Faulty(HammingHeads(), {"apply": without_heads(HammingHeads())}), laws.promise_is_kept),
    ("head 0 for all", Faulty(HammingHeads(), {"apply": one_map_for_all(HammingHeads())}), laws.complete),
    ("a size without the dummies", Faulty(HammingHeads(), {"size": lambda of: {**HammingHeads().size(of), "m": of["m"]}}),
     laws.size_is_exact),
]  # fmt: skip


@pytest.mark.parametrize(("name", "fault", "law"), FAULTS, ids=[fault[0] for fault in FAULTS])
def test_a_law_catches(name: str, fault: Any, law: Any) -> None:
    with pytest.raises(LawBroken) as broken:
        law(fault, hammings())
    assert "vacuous" not in str(broken.value)


@pytest.mark.parametrize("shape", [(0, 4, 2), (2, 4, 3), (2, 4, 0), (2, 0, 1), (1, 2, 4)])
def test_shapes_that_are_none(shape: tuple[int, int, int]) -> None:
    with pytest.raises(BadInput, match="divide the heads of queries"):
        HammingHeads(*shape)


def test_what_rounding_would_eat_is_declined() -> None:
    with pytest.raises(BadInput, match="R0"):
        HammingHeads(R0=1.0)
    d = 1 << 20
    wide = GapHamming(BitMatrix.zeros(1, d), BitMatrix.zeros(9, d), 0, 1)
    with pytest.raises(Declined, match="raise R0"):
        HammingHeads(R0=1.001).apply(wide)
