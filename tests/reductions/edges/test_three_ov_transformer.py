"""Three lists to networks: every law, a second implementation, what copying costs, heads that decide, faults."""

from collections.abc import Mapping
from dataclasses import replace
from math import log
from typing import Any

import numpy as np
import pytest

from attention import Layers
from instances.bits import BitMatrix
from instances.faults import BadInput
from instances.law import LawBroken
from instances.network import TransformerTask
from instances.problem import Size
from instances.triples import ThreeOrthogonalVectors
from reductions import laws
from reductions.chain import Chain
from reductions.edges.three_ov_transformer import COPIED, ThreeOvTransformer
from solvers import Threshold, Through, Verdict
from solvers.laws import answers_every_row
from tests.reductions.test_laws import constants_of, triples
from tests.support.fixtures import fixture, floats
from tests.support.networks import Faulty
from tests.support.tensors import NONE, ONE_WITNESS

EDGES = [
    ThreeOvTransformer(), ThreeOvTransformer(2, 1), ThreeOvTransformer(1, 2), ThreeOvTransformer(3, 2),
    ThreeOvTransformer(2, 0), ThreeOvTransformer(1, 0, False), ThreeOvTransformer(2, 1, False), ThreeOvTransformer(3, 1, False),
]  # fmt: skip


def at(layer: int, head: int, L: int, H: int) -> ThreeOrthogonalVectors:
    """Its only orthogonal triple has the vector of one head, row 1 of A and row 2 of B."""
    C = ["1111"] * (L * H)
    C[layer * H + head] = "0111"
    A, B = ["1111", "1100", "0111"], ["1111", "1111", "1011"]
    return ThreeOrthogonalVectors(*map(BitMatrix.of, (A, B, C)))


def member(edge: ThreeOvTransformer, problem: ThreeOrthogonalVectors, i: int = 0) -> Any:
    return edge.apply(problem).member(i)


@pytest.mark.slow
@pytest.mark.parametrize("edge", EDGES, ids=lambda edge: edge.spelled)
def test_every_law(edge: ThreeOvTransformer) -> None:
    counts = laws.laws(edge, [*triples()[EDGES.index(edge) :: 40], ONE_WITNESS, NONE, at(0, 1, 2, 2)])
    assert counts["accepted"] > 0
    assert counts["rejected"] > 0


@pytest.mark.slow
def test_every_tiny_instance() -> None:
    for edge in (ThreeOvTransformer(), ThreeOvTransformer(2, 1, residual=False)):
        counts = laws.laws(edge, list(ThreeOrthogonalVectors.instances(1)))
        assert counts["accepted"] > 100
        assert counts["rejected"] > 10


def test_it_is_the_second_implementation() -> None:
    inputs, expected = fixture("h_transformer")
    C = [vector for layer in inputs["C_of_layer_and_head"] for vector in layer]
    problem = ThreeOrthogonalVectors(*map(BitMatrix.of, (inputs["A"], inputs["B"], C)))
    edge = ThreeOvTransformer(inputs["layers"], inputs["heads"])
    constants, task = edge.constants(problem.size), member(edge, problem)
    assert constants["R0"] == float(inputs["R0"])
    assert constants["C0"] == pytest.approx(float(inputs["C0"]), rel=1e-15)
    assert constants["E"] == float(expected["E"])
    assert (task.low, task.high) == pytest.approx((float(expected["low"]), float(expected["high"])), rel=2.0**-19)
    assert task.inputs.tokens.tolist() == inputs["tokens"]
    values = floats(expected["values"])
    assert [float(task.output(i)) for i in range(3)] == pytest.approx(values, rel=1e-14)
    assert Layers()(task.inputs)[:, 0] == pytest.approx(floats(expected["accumulator_after_layer"])[-1], rel=1e-12)
    assert ["YES" if task.reaches((i,)) else "NO" for i in task.counted] == expected["decision"] == expected["brute_force"]
    middle = float(expected["middle_between_1/8_and_high"])
    names: dict[str, str | tuple[int, int]] = {
        "head (0,1) dropped": (0, 1),
        "head (1,0) dropped": (1, 0),
        "weights of head (0,0) for all": "head 0 for all",
        "accumulator lost between layers": "residual lost",
        "mean instead of sum over heads": "mean",
    }
    for name, fault in names.items():
        wrong, said = Faulty(fault)(task.inputs)[:3, 0], expected["faults"][name]
        assert wrong == pytest.approx(floats(said["values"]), rel=1e-9), name
        assert ["YES" if value >= middle else "NO" for value in wrong] == said["decision_at_the_middle"]
    without = member(replace(edge, residual=False), problem)
    assert [float(without.output(i)) for i in range(3)] == pytest.approx(values, abs=1e-9)


@pytest.mark.parametrize("residual", [True, False])
@pytest.mark.parametrize(("L", "H"), [(1, 4), (2, 2), (3, 1)])
def test_every_head_is_decisive(L: int, H: int, residual: bool) -> None:
    edge = ThreeOvTransformer(L, H, residual)
    for layer in range(L):
        for head in range(H):
            problem = at(layer, head, L, H)
            decision = Through(Chain((edge,)), Threshold(Layers())).solve(problem)
            assert decision.witness == (1, 2, layer * H + head)
            task = member(edge, problem)
            assert Threshold(Faulty((layer, head))).solve(task).own.verdict is Verdict.NO  # type: ignore[union-attr]
            with pytest.raises(LawBroken, match="faulty answered"):
                answers_every_row(Faulty((layer, head)), [task, member(edge, _none(L * H))])


def _none(vectors: int) -> ThreeOrthogonalVectors:
    return ThreeOrthogonalVectors(NONE.A, NONE.B, BitMatrix.of(["111"] * vectors))


@pytest.mark.parametrize(("fault", "layer", "head"), [("head 0 for all", 1, 1), ("residual lost", 0, 0), ("mean", 0, 3)])
def test_faults_of_networks_are_found(fault: str, layer: int, head: int) -> None:
    """A witness in an earlier layer shows what is lost between layers; of four heads the mean is no sum."""
    L, H = 2, 4
    tasks = [member(ThreeOvTransformer(L, H), problem) for problem in (at(layer, head, L, H), _none(L * H))]
    assert answers_every_row(Layers(), tasks) == {"accepted": 1, "rejected": 1}
    with pytest.raises(LawBroken, match="faulty answered"):
        answers_every_row(Faulty(fault), tasks)


@pytest.mark.parametrize("L", [1, 2, 4])
def test_copies_move_no_accumulator_by_more_than_is_said(L: int) -> None:
    """Of the same vectors with and without a stream; with heads that copy badly it is more, and a law says so."""
    problem = at(0, 0, L, 2)
    with_stream, without = (member(ThreeOvTransformer(L, 2, residual), problem) for residual in (True, False))
    off = [abs(float(with_stream.output(i)) - float(without.output(i))) for i in range(3)]
    assert max(off) <= COPIED
    assert with_stream.low < without.low < without.high < with_stream.high


class Copying(ThreeOvTransformer):
    """Heads that copy with a tenth of the weight."""

    def constants(self, of: Size) -> Mapping[str, float]:
        constants = super().constants(of)
        return {**constants, "g": constants["g"] / 10}


def test_heads_that_copy_badly_are_found() -> None:
    with pytest.raises(LawBroken):
        laws.laws(Copying(3, 1, False), [at(0, 0, 3, 1), _none(3), *triples()[::60]])


def test_long_lists_are_cut_and_short_ones_filled_up() -> None:
    problem = ThreeOrthogonalVectors(NONE.A, NONE.B, BitMatrix.of([f"{k:03b}" for k in (7, 7, 7, 7, 0)]))
    edge = ThreeOvTransformer(2, 2)
    size, built = edge.size(problem.size), edge.apply(problem)
    assert (size["count"], built.count) == (2, 2)
    assert [one.accepts((0,)) for one in map(built.member, range(2))] == [False, True]
    assert edge.forth(problem, (1, 2, 4)) == (1, 1)
    assert edge.back(problem, (1, 1)) == (1, 0, 4)
    for i in range(2):
        task = member(edge, problem, i)
        assert dict(task.size) == {letter: size[letter] for letter in task.size}
        assert task.memory(task.size) >= sum(getattr(task.inputs, name).nbytes for name in ("WQ", "WK", "WV", "WO"))
    for other in EDGES:
        size, task = other.size(problem.size), member(other, problem)
        assert dict(task.size) == {letter: size[letter] for letter in task.size}


def test_uneven_lists_weigh_no_more() -> None:
    """Many rows of A are keys as well: C0 covers them."""
    many = ThreeOrthogonalVectors(BitMatrix.of(["1"] * 60), BitMatrix.of(["1"]), BitMatrix.of(["1"]))
    one = ThreeOrthogonalVectors(BitMatrix.of(["1"] * 60), BitMatrix.of(["0"]), BitMatrix.of(["1"]))
    for edge in (ThreeOvTransformer(), ThreeOvTransformer(residual=False)):
        constants = edge.constants(many.size)
        assert constants["E"] <= 1 / constants["R0"]
        assert member(edge, many).promised()
        assert not member(edge, many).accepts((0,))
        assert member(edge, one).reaches((59,))


@pytest.mark.parametrize("factor", [0.9, 0.97])
def test_a_weight_that_is_too_small_breaks_the_promise(factor: float) -> None:
    ones = ThreeOrthogonalVectors(BitMatrix.of(["1"]), BitMatrix.of(["1"] * 40), BitMatrix.of(["1"]))
    with pytest.raises(LawBroken):
        laws.promise_is_kept(constants_of(ThreeOvTransformer(), B=factor), [ones, ONE_WITNESS])


def test_thresholds_that_are_stated_otherwise_are_found() -> None:
    class Wrong(ThreeOvTransformer):
        def apply(self, problem: ThreeOrthogonalVectors) -> Any:
            built = super().apply(problem)
            return replace(built, member=lambda i: _moved(built.member(i)))

    def _moved(task: Any) -> TransformerTask:
        return TransformerTask(task.inputs, task.low, task.high * 0.999, task.rows)

    with pytest.raises(LawBroken, match="states high"):
        laws.promise_is_kept(Wrong(), [ONE_WITNESS, NONE])


def test_constants_are_the_formulas() -> None:
    constants = ThreeOvTransformer(2, 3).constants({"n": 5, "m": 7, "l": 6, "d": 9})
    assert constants["R0"] == 48
    assert constants["C0"] == pytest.approx(log(7 * 48))
    assert constants["B"] ** 2 == pytest.approx(constants["C0"])
    assert constants["low"] < 1 / 8 < constants["high"]
    assert np.isclose(constants["E"], 5 / (7 * 48))


def test_bad_parameters() -> None:
    for wrong in ((0, 1), (1, -1)):
        with pytest.raises(BadInput, match="at least one layer"):
            ThreeOvTransformer(*wrong)
