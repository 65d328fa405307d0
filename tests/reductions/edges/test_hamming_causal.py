"""Causal self-attention in three layouts: every law, every bit of the mask, the bounds, and a second implementation."""

from dataclasses import dataclass, replace
from functools import cache
from itertools import product
from math import log, sqrt
from typing import Any, Literal

import numpy as np
import pytest
from flint import arb, ctx

from attention import Boolean, Softmax
from instances.bits import BitMatrix, Bools
from instances.faults import BadInput, Declined
from instances.law import LawBroken
from instances.mechanism import Mechanism
from instances.task import Attention, AttentionTask
from instances.vectors import GapHamming
from instances.visibility import Visibility
from reductions import laws
from reductions.edges.hamming_attention import HammingAttention
from reductions.edges.hamming_causal import LAYOUTS, HammingCausal
from reductions.parts.room import ROOM
from solvers import Threshold, Verdict
from tests.reductions.test_laws import Faulty, constants_of, hammings, nears, without_scale
from tests.support.fixtures import fixture, floats

Layout = Literal["triangular", "data-first", "private"]


@cache
def everything() -> tuple[GapHamming, ...]:
    """All lists of at most two rows of two bits, of which every pair is near or far; a_0 = 0, as only distances count."""
    lists = [rows for count in (1, 2) for rows in product(("00", "01", "10", "11"), repeat=count)]
    pairs = [(A, B) for A in lists for B in lists if A[0] == "00"]
    return tuple(GapHamming(BitMatrix.of(list(A)), BitMatrix.of(list(B)), t, t + 1) for A, B in pairs for t in (0, 1))


@cache
def uneven() -> tuple[GapHamming, ...]:
    """Lists of three and one, one and three: one of the two is filled up."""
    lists = [(rows, (row,)) for rows in product(("00", "01", "11"), repeat=3) for row in ("00", "10")]
    both = [pair for one, other in lists for pair in ((one, other), (other, one))]
    return tuple(GapHamming(BitMatrix.of(list(A)), BitMatrix.of(list(B)), 0, 1) for A, B in both)


@pytest.mark.slow
@pytest.mark.parametrize("layout", LAYOUTS[:2])
@pytest.mark.parametrize("R0", [1.001, 16.0])
def test_every_law_of_the_sink_form(layout: Layout, R0: float) -> None:
    worst = (everything()[::2], uneven()) if R0 == 16 else ()
    for family in (hammings()[::4] + hammings()[-6:], nears()[::4], *worst):
        counts = laws.laws(HammingCausal(R0, layout, "sink"), family)
        assert counts["accepted"] > 0
        assert counts["rejected"] > 0


@pytest.mark.slow
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("R0", [1.001, 16.0, 1e6])
@pytest.mark.exhaustive
def test_every_law(layout: Layout, R0: float) -> None:
    if layout == "data-first":  # the nearer to 1, the more pads keep the own keys light
        R0 = max(R0, 1.05)
    for family in (hammings, nears, *((everything, uneven) if R0 == 16 else ())):
        counts = laws.laws(HammingCausal(R0, layout), family())
        assert counts["accepted"] > 0
        assert counts["rejected"] > 0


def planted(n: int, i: int, j: int) -> GapHamming:
    """n rows either way, of which a_i and b_j alone are near: H = 1 = t, all others are at t2 = 3 or beyond."""
    A, B = np.zeros((n, 8), dtype=np.bool_), np.zeros((n, 8), dtype=np.bool_)
    A[:, :2], B[:, 2:4] = True, True
    A[i], B[j] = [0, 0, 0, 0, 1, 1, 1, 1], [0, 0, 0, 0, 1, 1, 1, 0]
    return GapHamming(BitMatrix.of(A), BitMatrix.of(B), 1, 3)


def reached(task: AttentionTask) -> list[int]:
    return [row for row in task.counted if task.reaches((row,))]


def shown(task: AttentionTask) -> Bools:
    """(n, m): which keys each row of the inputs sees."""
    of = task.inputs
    assert of.seen is not None
    hidden = of.seen.hidden(slice(0, of.n), slice(0, of.m))
    return np.ones((of.n, of.m), dtype=np.bool_) if hidden is None else ~hidden


def under(task: AttentionTask, mask: Bools) -> AttentionTask:
    of = task.inputs
    return replace(task, inputs=Attention(of.Q, of.K, of.V, of.scale, Mechanism(sees=Visibility(mask=mask))))


def test_every_bit_of_the_mask_decides_a_row() -> None:
    """With one near pair, the row of the pair is YES in the head in which it sees the key; the bit taken away, it is NO."""
    n = 4
    for i, j in product(range(n), repeat=2):
        problem = planted(n, i, j)
        assert problem.promised()
        task = HammingCausal().apply(problem)
        first, second = 1 + i, 2 * n + 1 - i
        expected = [row for row, sees in ((first, j <= i), (second, j >= i)) if sees]
        assert reached(task) == expected
        (row,) = HammingCausal().forth(problem, (i, j))
        assert row in expected
        assert HammingCausal().back(problem, (row,)) == (i, j)
        for row in (first, second):
            key = 1 + j if row == first else 2 * n + 1 - j
            mask = shown(task)
            mask[row, key] ^= True
            assert (row in reached(under(task, mask))) != (row in expected)
            assert set(reached(under(task, mask))) ^ set(expected) == {row}


def of_mechanism(reduction: HammingCausal, change: Any) -> Any:
    """The reduction whose task has a changed mask."""

    def apply(problem: GapHamming) -> AttentionTask:
        task = reduction.apply(problem)
        N = task.inputs.n // 2 if reduction.layout == "triangular" else task.inputs.n
        i, j = np.arange(N)[:, None], np.arange(N)
        seen = change(i, j) & np.ones((N, N), dtype=np.bool_)
        whole = np.kron(np.eye(task.inputs.n // N, dtype=np.bool_), seen)
        whole[:, 0] |= ~whole.any(axis=1)
        return under(task, whole)

    return Faulty(reduction, {"apply": apply})


class NotReversed(HammingCausal):
    """The second head has the lists as the first has."""

    def apply(self, problem: GapHamming) -> AttentionTask:
        task = super().apply(problem)
        of = task.inputs
        assert isinstance(of.Q, tuple)
        assert isinstance(of.K, tuple)
        return replace(task, inputs=Attention(of.Q[:2] * 2, of.K[:2] * 2, of.V, of.scale, of.mechanism))


class WrongRow(HammingCausal):
    """The way back takes a row of the second head for one of the first."""

    def back(self, problem: GapHamming, witness: Any) -> Any:
        i = int(np.searchsorted(self._read(problem), witness[0])) % problem.A.n
        return i, int(problem.B.distances(problem.A.words[i]).argmin())


class HeavyOwn(HammingCausal):
    """The own keys of `data-first` have the value of the data."""

    def apply(self, problem: GapHamming) -> AttentionTask:
        task = super().apply(problem)
        of = task.inputs
        V = np.where(of.V == 0, of.V.max(), of.V)
        return replace(task, inputs=Attention(of.Q, of.K, V, of.scale, of.mechanism))


class Wider(HammingCausal):
    """The size counts the dummy twice."""

    def size(self, of: Any) -> Any:
        size = super().size(of)
        return {**size, "n": size["n"] + 1}


@dataclass(frozen=True)
class SinkAt(HammingCausal):
    """The sink weighs what a row at distance t + 1 would."""

    form: Literal["matched", "sink"] = "sink"
    t: int = 0

    def apply(self, problem: GapHamming) -> AttentionTask:
        task = super().apply(problem)
        of = task.inputs
        K = of.keys(slice(None)).copy()
        K[task.inputs.V[:, 0] == 0, -1] -= self.t
        return replace(task, inputs=Attention(of.queries(slice(None)), K, of.V, of.scale, of.mechanism))


def faults() -> list[tuple[str, Any, Any]]:
    plain, first, private = HammingCausal(), HammingCausal(layout="data-first"), HammingCausal(layout="private")
    return [
        ("strict", of_mechanism(plain, lambda i, j: j < i), laws.complete),
        ("one too wide", of_mechanism(plain, lambda i, j: j <= i + 1), laws.promise_is_kept),
        ("anti-causal", of_mechanism(plain, lambda i, j: j >= i), laws.promise_is_kept),
        ("first tile dropped", of_mechanism(plain, lambda i, j: (j <= i) & (j != 1)), laws.complete),
        ("strict, own key lost", of_mechanism(private, lambda i, j: j < i), laws.sound),
        ("head 2 repeats head 1", NotReversed(), laws.complete),
        ("row of the wrong head", WrongRow(), laws.sound),
        ("own keys count as data", HeavyOwn(layout="data-first"), laws.promise_is_kept),
        ("size", Wider(), laws.size_is_exact),
        ("half the scale", Faulty(plain, {"apply": without_scale(plain)}), laws.promise_is_kept),
        ("half the scale, private", Faulty(private, {"apply": without_scale(private)}), laws.promise_is_kept),
        ("eta 2% off", constants_of(plain, eta=1.02), laws.promise_is_kept),
        ("threshold", constants_of(first, high=1.01), laws.promise_is_kept),
        ("sink too light", SinkAt(t=1), laws.sound),
    ]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "fault", "law"), faults(), ids=lambda value: value if isinstance(value, str) else "")
def test_a_law_catches_a_planted_fault(name: str, fault: Any, law: Any) -> None:
    if name == "one too wide" or name == "anti-causal":  # the last law sees the rows that should be NO
        with pytest.raises((LawBroken, AssertionError)):
            wrong_rows(fault)
        return
    with pytest.raises(LawBroken) as broken:
        law(fault, everything())
    assert "vacuous" not in str(broken.value)


def wrong_rows(fault: Any) -> None:
    """Raises where the rows that reach are not those that the layout says, on planted pairs on both sides of the diagonal."""
    for i, j in product(range(4), repeat=2):
        problem = planted(4, i, j)
        expected = reached(HammingCausal().apply(problem))
        assert reached(fault.apply(problem)) == expected


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("R0", [1.05, 2.0, 16.0])
def test_worst_rows_stay_within_the_bounds(layout: Layout, R0: float) -> None:
    """All keys at t2, and one at t with the rest at d: the promise is kept, and the thresholds are near what occurs."""
    no = GapHamming(BitMatrix.of(["00000000"] * 6), BitMatrix.of(["11110000", "00001111", "11001100", "01010101"]), 2, 4)
    yes = GapHamming(BitMatrix.of(["00000000"] * 6), BitMatrix.of(["11000000", *["11111111"] * 3]), 2, 4)
    for problem in (no, yes):
        task = HammingCausal(R0, layout).apply(problem)
        assert task.promised()
    values = [float(HammingCausal(R0, layout).apply(no).output(row)) for row in HammingCausal(R0, layout).apply(no).counted]
    low = HammingCausal(R0, layout).constants(no.size)["low"]
    if layout != "triangular":
        assert max(values) == pytest.approx(low, rel=0.02)
        return
    constants = HammingCausal(R0).constants(no.size)
    assert low == -(1 - ROOM) * constants["Gamma"]
    assert constants["Gamma"] == pytest.approx(constants["B"] * (sqrt(R0) - 1) / (sqrt(R0) + 1))
    assert constants["beta"] == pytest.approx((8 + constants["p"]) * log(6 * R0) / 4)


def test_the_triangular_layout_by_a_second_implementation() -> None:
    """`generate_extensions.py`: constants, the outputs of both heads, and what wrong masks answer."""
    given, expected = fixture("a2_triangular")
    problem = GapHamming(BitMatrix.of(np.array(given["A"])), BitMatrix.of(np.array(given["B"])), 1, 2)
    agrees(HammingCausal().constants(problem.size), given["constants"])
    task = HammingCausal().apply(problem)
    N = 7
    Q, K = task.inputs.queries(slice(None)), task.inputs.keys(slice(None))
    for matrix, name in ((Q, "Q"), (K, "K"), (task.inputs.V, "V")):
        np.testing.assert_allclose(matrix, np.concatenate([floats(head) for head in given[name]]), rtol=1e-14)
    rows = [[1 + i for i in range(6)], [2 * N - 1 - i for i in range(6)]]
    same_values(task, rows, expected["values"])
    assert (task.low, task.high) == pytest.approx((float(expected["low"]), float(expected["high"])), rel=2e-6)
    for head, decisions in zip(rows, expected["decision"], strict=True):
        assert ["YES" if row in reached(task) else "NO" for row in head] == decisions
    masks: dict[str, Any] = {
        "strict": lambda i, j: j < i, "one too wide": lambda i, j: j <= i + 1, "no mask": lambda i, j: j <= N + i,
        "anti-causal": lambda i, j: j >= i,
    }  # fmt: skip
    i, j = np.arange(N)[:, None], np.arange(N)
    for name, mask in masks.items():
        changed = np.kron(np.eye(2, dtype=np.bool_), mask(i, j) & np.ones((N, N), dtype=np.bool_))
        changed[0, 0] = changed[N, N] = True  # a row that sees none is not read
        same_values(under(task, changed), rows, expected["faults"][name]["values"])


def same_values(task: AttentionTask, rows: list[list[int]], values: list[list[str]]) -> None:
    with ctx.workprec(200):
        for head, answers in zip(rows, values, strict=True):
            for row, value in zip(head, answers, strict=True):
                assert abs(task.output(row) - arb(value)) < 1e-12


def agrees(constants: Any, given: Any) -> None:
    for name in ("p", "M", "eta", "beta", "B"):
        assert constants[name] == pytest.approx(float(given[name]), rel=1e-14), name


@pytest.mark.parametrize(("layout", "name"), [("data-first", "a1_data_first"), ("private", "a3_private_dummy")])
def test_the_other_layouts_by_a_second_implementation(layout: Layout, name: str) -> None:
    given, expected = fixture(name)
    problem = GapHamming(BitMatrix.of(np.array(given["A"])), BitMatrix.of(np.array(given["B"])), 1, 2)
    if layout == "data-first":
        sink = HammingCausal(layout=layout, form="sink").apply(problem)
        same_values(sink, [given["sink"]["read_rows"]], [expected["sink"]["values"]])
        assert sink.high == pytest.approx(min(map(float, expected["sink"]["high"])), rel=2e-6)
        assert sink.low == pytest.approx(1 / 17, rel=2e-6)
        given, expected = given["dot"], expected["dot"]
    constants = HammingCausal(layout=layout).constants(problem.size)
    agrees(constants, given["constants"])
    task = HammingCausal(layout=layout).apply(problem)
    assert list(task.counted) == given["read_rows"]
    same_values(task, [given["read_rows"]], [expected["values"]])
    assert ["YES" if row in reached(task) else "NO" for row in task.counted] == expected["decision"]
    low, high = (np.array(expected[bound], dtype=np.float64).reshape(-1) for bound in ("low", "high"))
    assert (task.low, task.high) == pytest.approx((low.max(), high.min()), rel=2e-6)
    if layout == "data-first":
        assert constants["e"] == pytest.approx(float(expected["e"][-1]))
        np.testing.assert_allclose(task.inputs.keys(slice(None)), floats(given["K"]), rtol=1e-14)
    else:
        assert constants["leak"] == pytest.approx(float(expected["leak"]))
        assert (constants["D"], constants["r"]) == (given["Delta"], given["constants"]["code_length"])


@pytest.mark.parametrize("layout", LAYOUTS)
def test_algorithms_decide_and_tolerate_what_is_said(layout: Layout) -> None:
    """An error of 0.99 of the tolerance, always towards the wrong side, changes no decision."""
    rng = np.random.default_rng(8)
    for seed in range(12):
        A, B = (rng.integers(0, 2, (6, 12)) for _ in range(2))
        if seed % 2:
            B[rng.integers(6)] = A[rng.integers(6)]
        distances = (A[:, None] != B).sum(axis=2)
        problem = GapHamming(BitMatrix.of(A), BitMatrix.of(B), 1, 2)
        task = HammingCausal(layout=layout).apply(problem)
        for algorithm in (Softmax(), Softmax("float32"), Boolean()):
            decision = Threshold(algorithm).solve(task)
            assert decision.verdict is (Verdict.YES if distances.min() <= 1 else Verdict.NO)
            answers = algorithm(task.inputs)[np.array(task.counted), 0]
            sides = answers > (task.low + task.high) / 2
            moved = answers + np.where(sides, -1, 1) * 0.99 * task.additive.value
            assert (sides == (moved > (task.low + task.high) / 2)).all()


def test_what_it_declines_and_refuses() -> None:
    with pytest.raises(BadInput, match="layout = 'square': it is one of triangular, data-first, private"):
        HammingCausal(layout="square")  # type: ignore[arg-type]
    with pytest.raises(BadInput, match="form = 'sink', layout = 'private'"):
        HammingCausal(layout="private", form="sink")
    with pytest.raises(BadInput, match="R0 = 1"):
        HammingCausal(R0=1.0)
    far = GapHamming(BitMatrix.zeros(1, 2**17), BitMatrix.zeros(64, 2**17), 0, 1)
    with pytest.raises(Declined, match="rounding would eat the margin"):
        HammingCausal(R0=1.001).apply(far)


def test_in_triangular_a_promise_by_rows_alone_may_break() -> None:
    """a_0 has b_0 between t and t2, and b_1 near: the first head sees b_0 alone. The answer is still right."""
    problem = GapHamming(BitMatrix.of(["0000", "0000"]), BitMatrix.of(["0011", "0000"]), 1, 3)
    assert problem.promised()
    task = HammingCausal().apply(problem)
    assert not task.promised()
    assert Threshold(Softmax()).solve(task).verdict is Verdict.YES
    assert HammingAttention().apply(problem).promised()
