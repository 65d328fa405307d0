"""Three lists to tensor attention: every law, a second implementation, worst rows, the gap, and faults, each caught."""

from dataclasses import replace
from math import log, sqrt
from typing import Any

import numpy as np
import pytest

from attention import Tensor
from instances.bits import BitMatrix
from instances.cnf import CNF
from instances.coded import Coded
from instances.faults import BadInput
from instances.law import LawBroken
from instances.tensor import TensorAttention, TensorTask
from instances.triples import ThreeOrthogonalVectors
from reductions import laws
from reductions.chain import Chain
from reductions.edges.cnf_3ov import Cnf3ov
from reductions.edges.three_ov_tensor import ThreeOvTensor
from solvers.laws import answers_every_row
from solvers.solver import Verdict
from solvers.threshold import Threshold
from solvers.through import Through
from tests.reductions.test_laws import constants_of
from tests.support.fixtures import fixture, floats
from tests.support.tensors import NONE, ONE_WITNESS, Faulty
from tests.support.tiny import representatives

EDGES = [
    ThreeOvTensor(), ThreeOvTensor(R0=3), ThreeOvTensor(R0=1e6), ThreeOvTensor(names=True), ThreeOvTensor(matched=True),
    ThreeOvTensor(R0=3, matched=True), ThreeOvTensor(R0=1e6, matched=True),
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("edge", EDGES, ids=lambda edge: edge.spelled)
def test_every_law(edge: ThreeOvTensor) -> None:
    family = [Cnf3ov().apply(formula) for formula in representatives()[EDGES.index(edge) :: 20]]
    counts = laws.laws(edge, [*family, ONE_WITNESS, NONE])
    assert counts["accepted"] > 0
    assert counts["rejected"] > 0


def test_every_tiny_instance() -> None:
    """All of two rows or two columns, whatever they hold: the constants of the statement rest on nothing else."""
    for edge in (ThreeOvTensor(R0=3), ThreeOvTensor(R0=3, matched=True)):
        counts = laws.laws(edge, list(ThreeOrthogonalVectors.instances(1)))
        assert counts["accepted"] > 100
        assert counts["rejected"] > 10


@pytest.mark.parametrize("name", ["satisfiable", "unsatisfiable", "satisfiable, one row"])
def test_it_is_the_second_implementation(name: str) -> None:
    inputs, expected = fixture("g_tensor")
    formula = CNF(6, tuple(map(tuple, inputs["formulas"][name])))
    problem, given, said = Cnf3ov().apply(formula), inputs["instances"][name], expected[name]
    for letter in "ABC":
        assert getattr(problem, letter).bools().astype(int).tolist() == given[letter]
    edge = ThreeOvTensor(R0=inputs["R0"])
    task, constants = edge.apply(problem), edge.constants(problem.size)
    assert constants["C"] == pytest.approx(float(given["C_weight"]), rel=1e-15)
    assert constants["B"] == pytest.approx(float(given["s"]), rel=1e-15)
    assert constants["E"] == float(said["E"])
    assert (task.low, task.high) == pytest.approx((float(said["low"]), float(said["high"])), rel=2.0**-19)
    theirs = TensorAttention(
        floats(given["Q"]), floats(given["K1"]), floats(given["V1"]), 1.0, K2=floats(given["K2"]), V2=floats(given["V2"])
    )
    for of in (task.inputs, theirs):
        assert Tensor()(of)[:, 0] == pytest.approx(floats(said["values"]), rel=1e-12)
    assert [float(task.output(i)) for i in range(4)] == pytest.approx(floats(said["values"]), rel=1e-13)
    assert ["YES" if task.reaches((i,)) else "NO" for i in task.counted] == said["decision"] == said["brute_force"]


@pytest.mark.parametrize("R0", [3.0, 16.0, 1e6])
@pytest.mark.parametrize("matched", [False, True])
def test_worst_rows_are_at_the_thresholds(R0: float, matched: bool) -> None:
    """Of one orthogonal pair the answer comes to `high`; of pairs with the product 1, S = 1/R0, to `low` but for E."""
    edge = ThreeOvTensor(R0, matched=matched)
    for m, count in ((1, 1), (1, 4), (4, 1), (3, 5)):
        none = ThreeOrthogonalVectors(*(BitMatrix.of(["1"] * rows) for rows in (1, m, count)))
        constants, Z = edge.constants(none.size), 1 / sqrt(R0) if matched else 1.0
        task = edge.apply(none)
        assert float(task.output(0)) == pytest.approx(1 / (1 + R0 * (Z + constants["E"])), rel=1e-12)
        assert task.promised()
        assert not task.accepts((0,))
        heavy = ["1" * 40]
        one = ThreeOrthogonalVectors(
            BitMatrix.of(heavy),
            BitMatrix.of(["1" * 20 + "0" * 20, *heavy * (m - 1)]),
            BitMatrix.of(["0" * 20 + "1" * 20, *heavy * (count - 1)]),
        )
        task = edge.apply(one)
        assert task.reaches((0,))
        assert float(task.output(0)) == pytest.approx(
            1 / (1 + Z + edge.constants(one.size)["E"]), rel=1e-4 if m + count > 2 else 1e-12
        )
        assert edge.constants(one.size)["low"] < edge.constants(one.size)["high"]


def test_the_matched_normaliser_tolerates_more() -> None:
    of = {"n": 8, "m": 8, "l": 8, "d": 5}
    plain, matched = ThreeOvTensor().constants(of), ThreeOvTensor(matched=True).constants(of)
    assert plain["B"] == matched["B"]
    assert matched["high"] - matched["low"] > 1.3 * (plain["high"] - plain["low"])


@pytest.mark.parametrize("gap", [2, 3, 5])
@pytest.mark.parametrize("matched", [False, True])
def test_a_gap_needs_smaller_entries(gap: int, matched: bool) -> None:
    """Every column `gap` times: no product between 0 and that, so that B falls by the cube root of it."""
    edge = ThreeOvTensor(gap=gap, matched=matched)

    def repeated(rows: BitMatrix) -> BitMatrix:
        return BitMatrix.of(np.repeat(rows.bools().astype(int), gap, axis=1))

    covered = [Cnf3ov().apply(formula) for formula in representatives()[::40]]
    family = [ThreeOrthogonalVectors(repeated(p.A), repeated(p.B), repeated(p.C)) for p in (*covered, ONE_WITNESS, NONE)]
    assert all(map(edge.covers, family))
    laws.laws(edge, family)
    assert edge.constants(family[0].size)["B"] == pytest.approx(ThreeOvTensor().constants(family[0].size)["B"] / gap ** (1 / 3))
    largest = max(float(np.abs(one).max()) for task in map(edge.apply, family) for one in _dense(task.inputs))
    assert largest <= max(edge.constants(problem.size)["B"] for problem in family) * (1 + 1e-15)
    thin = ThreeOrthogonalVectors(*[BitMatrix.of(["1"] * 3)] * 3)
    assert not edge.covers(thin)
    assert ThreeOvTensor().covers(thin)
    with pytest.raises(LawBroken):
        laws.promise_is_kept(edge, [thin, ONE_WITNESS])


@pytest.mark.parametrize("gap", [2, 4])
def test_a_gap_that_does_not_hold_is_blamed_on_nobody_else(gap: int) -> None:
    thin, edge = ThreeOrthogonalVectors(*[BitMatrix.of(["1"] * 3)] * 3), ThreeOvTensor(gap=gap)
    decision = Through(Chain((edge,)), Threshold(Tensor())).solve(thin)
    assert (decision.verdict, decision.fault, decision.own) == (Verdict.UNKNOWN, False, None)
    assert decision.reason.startswith(f"3ov-tensor[gap={gap}] says nothing of ThreeOrthogonalVectors ")
    assert Through(Chain((ThreeOvTensor(),)), Threshold(Tensor())).solve(thin).verdict is Verdict.NO


def _dense(of: TensorAttention) -> list[Any]:
    return [block.dense(slice(None)) for matrix in (of.Q, of.K, of.K2) for block in matrix if isinstance(block, Coded)]


class MixedNotSuppressed(ThreeOvTensor):
    """One of the two columns for mixed pairs is dropped."""

    def apply(self, problem: ThreeOrthogonalVectors) -> TensorTask:
        task = super().apply(problem)
        of, d = task.inputs, problem.A.d

        def without(matrix: Any) -> Any:
            keep = np.arange(block.bits.d if (block := matrix[0]) else 0) != d
            return tuple(Coded(one.bits, one.zero * keep, one.one * keep) for one in matrix)

        inputs = TensorAttention(without(of.Q), of.K, of.V, of.scale, K2=of.K2, V2=of.V2)
        return replace(task, inputs=inputs)


def test_mixed_pairs_that_are_not_suppressed_are_found() -> None:
    """The one witness among m + l pairs of weight 1 answers about 1/(2 + m)."""
    task = MixedNotSuppressed().apply(ONE_WITNESS)
    assert float(task.output(0)) == pytest.approx(1 / 5, rel=0.02)
    with pytest.raises(LawBroken):
        laws.promise_is_kept(MixedNotSuppressed(), [ONE_WITNESS, NONE])
    with pytest.raises(LawBroken):
        laws.complete(MixedNotSuppressed(), [ONE_WITNESS, NONE])


@pytest.mark.parametrize("fault", ["diagonal", "rows"])
def test_kernels_that_look_at_other_pairs_are_found(fault: str) -> None:
    """The only witness has j != k; sums over k outside of the softmax over j have another D for each k."""
    tasks = [ThreeOvTensor().apply(problem) for problem in (ONE_WITNESS, NONE)]
    assert answers_every_row(Tensor(), tasks) == {"accepted": 1, "rejected": 1}
    with pytest.raises(LawBroken, match="faulty answered"):
        answers_every_row(Faulty(fault), tasks)


@pytest.mark.parametrize("factor", [0.98, 0.995])
def test_a_weight_that_is_too_small_breaks_the_promise(factor: float) -> None:
    with pytest.raises(LawBroken):
        laws.promise_is_kept(
            constants_of(ThreeOvTensor(), B=factor), [NONE, ThreeOrthogonalVectors(*[BitMatrix.of(["1"] * 4)] * 3)]
        )


def test_thresholds_off_are_found() -> None:
    ones = ThreeOrthogonalVectors(*[BitMatrix.of(["1"] * 4)] * 3)
    for factors in ({"low": 0.9}, {"high": 1.05}):
        with pytest.raises(LawBroken):
            laws.promise_is_kept(constants_of(ThreeOvTensor(), **factors), [NONE, ones, ONE_WITNESS])


def test_a_triple_of_another_row_is_found() -> None:
    class Wrong(ThreeOvTensor):
        def back(self, problem: ThreeOrthogonalVectors, witness: Any) -> Any:
            i, j, k = super().back(problem, witness)
            return i, k, j

    with pytest.raises(LawBroken, match="no witness"):
        laws.sound(Wrong(), [ONE_WITNESS, NONE])


def test_constants_are_the_formulas() -> None:
    constants = ThreeOvTensor(16.0).constants({"n": 3, "m": 4, "l": 8, "d": 9})
    assert constants["C"] == pytest.approx(log(4 * 8 * 16))
    assert constants["B"] ** 3 == pytest.approx(constants["C"])
    assert constants["E"] == pytest.approx((4 + 8) / (4 * 8 * 16))


@pytest.mark.parametrize(
    ("parameters", "said"), [({"R0": 2.9}, "at least 3"), ({"R0": float("inf")}, "finite"), ({"gap": 0}, "at least 1")]
)
def test_bad_parameters(parameters: dict[str, Any], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        ThreeOvTensor(**parameters)
