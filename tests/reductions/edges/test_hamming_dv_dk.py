"""dV and dK decide: every law, the numbers of a second implementation, the error tolerated, and faults, each caught."""

from math import sqrt
from typing import Any

import numpy as np
import pytest

from attention import Backward
from instances.bits import BitMatrix
from instances.exact import precision
from instances.faults import BadInput
from instances.gradients import GradientTask
from instances.law import LawBroken
from instances.vectors import GapHamming
from reductions import laws
from reductions.edges.hamming_dk import HammingDk
from reductions.edges.hamming_dv import HammingDv
from reductions.parts.matched import address
from solvers.laws import answers_every_row
from tests.reductions.test_laws import constants_of, hammings
from tests.support.differentiated import Faulty, task_of
from tests.support.fixtures import fixture, floats
from tests.support.gradient_edges import NO, YES, as_planted, assert_tolerated_and_decided, entries, given

DV = [HammingDv(), HammingDv(R0=1.001), HammingDv(R0=1e6), HammingDv(causal=True), HammingDv(heads=2)]
DK = [HammingDk(), HammingDk(R0=1.001), HammingDk(causal=True), HammingDk(heads=3), HammingDk(square=True)]
Edge = HammingDv | HammingDk


@pytest.mark.slow
@pytest.mark.parametrize("edge", [*DV, *DK], ids=lambda edge: edge.spelled)
def test_every_law(edge: Edge) -> None:
    counts = laws.laws(edge, hammings()[::12] + hammings()[-6:])
    assert counts["accepted"] > 0
    assert counts["rejected"] > 0


@pytest.mark.parametrize("R0", [1.01, 16.0, 1e6])
@pytest.mark.parametrize("kind", [HammingDv, HammingDk])
def test_private_keys_leak_no_more_than_is_said(kind: Any, R0: float) -> None:
    """In exponents: what all other keys weigh for a row, against its own; a word is at distance D from every other."""
    rng = np.random.default_rng(0)
    problem = GapHamming(BitMatrix.of(rng.integers(0, 2, (7, 9))), BitMatrix.of(rng.integers(0, 2, (5, 9))), 3, 4)
    constants, of = kind(R0).constants(problem.size), kind(R0).apply(problem).inputs
    scores = of.scale * of.queries(slice(None)) @ of.keys(slice(5, 12)).T
    own = np.diag(scores)
    leak = np.exp(scores - own[:, None]).sum(axis=1) - 1
    assert (leak <= constants["leak"] * (1 + 1e-9)).all()
    assert constants["leak"] <= min(2.0**-8, (sqrt(R0) - 1) / 16)
    code = address(7, int(constants["D"]))
    apart = [int((a != b).sum()) for i, a in enumerate(code) for b in code[:i]]
    assert min(apart) == constants["D"]
    if kind is HammingDk:
        ballast = of.scale * of.queries(slice(None)) @ of.keys(slice(12, 13)).T
        assert np.allclose(ballast, own[:, None], rtol=1e-12)


def test_dv_is_that_of_the_second_implementation_up_to_its_shorter_code() -> None:
    """It has a code of distance 2 and a larger leak; the arrays themselves give its numbers exactly."""
    problem, inputs, expected = given("e_v1")
    task = task_of(inputs, "dV", 0, inputs["read_keys"], -2.0, -1.0)
    assert -entries(task) == pytest.approx(floats(expected["dV"])[4:, 0], rel=1e-12)
    mine = HammingDv().apply(problem)
    unit = HammingDv().constants(problem.size)["unit"]
    assert -entries(mine) / unit == pytest.approx(floats(expected["values"]), abs=float(expected["leak"]))
    assert ["YES" if mine.reaches((i,)) else "NO" for i in mine.counted] == expected["decision"]


def test_dk_is_that_of_the_second_implementation_up_to_its_shorter_code() -> None:
    problem, inputs, expected = given("e_k1")
    for order, edge in (("same order", HammingDk()), ("rotated order", HammingDk(square=True))):
        arrays = {**inputs["instances"][order], "constants": inputs["constants"]}
        theirs = task_of(arrays, "dK", inputs["probe_column"], [0, 1, 2, 3], -2.0, -1.0)
        found = Backward()(theirs.inputs)[:, 0]
        assert -found == pytest.approx(floats(expected[order]["dK_at_probe"]), rel=1e-11, abs=1e-15)
        with precision(128):
            exact = [-float(theirs.inputs.exact.row(j)[0]) for j in range(theirs.inputs.m)]
        assert exact == pytest.approx(floats(expected[order]["dK_at_probe"]), rel=1e-14)
        mine, unit = edge.apply(problem), edge.constants(problem.size)["unit"]
        values = dict(zip(edge._rows(problem.size).tolist(), -entries(mine) / unit, strict=True))
        assert [values[i] for i in range(4)] == pytest.approx(floats(expected[order]["values"]), abs=float(expected["leak"]))


def test_faults_answer_what_the_second_implementation_says() -> None:
    """Rows that are dropped in dV; dS that is not transposed in dK, which a square with keys in another order shows alone."""
    _, inputs, _ = given("e_v1")
    _, expected = fixture("faults_e_backward")
    unit = float(inputs["unit"])
    for row, said in expected["faults"]["V1 rows dropped, one at a time"].items():
        task = task_of(inputs, "dV", 0, inputs["read_keys"], -2.0, -1.0)
        wrong = Faulty("row dropped", rows=slice(int(row), int(row) + 1))
        assert -entries(task, wrong) / unit == pytest.approx(floats(said["values"]), rel=1e-9)
    _, inputs, _ = given("e_k1")
    for name, said in expected["faults"]["K1 dS not transposed"].items():
        arrays = {**inputs["instances"][name], "constants": inputs["constants"]}
        task = task_of(arrays, "dK", inputs["probe_column"], [0, 1, 2, 3], -2.0, -1.0)
        places = [inputs["instances"][name]["order"].index(i) for i in range(4)]
        found = -entries(task, Faulty("not transposed"))[places] / float(inputs["unit"])
        assert found == pytest.approx(floats(said["values"]), rel=1e-9), name


@pytest.mark.parametrize("R0", [1.05, 2.0, 16.0])
@pytest.mark.parametrize("kind", [HammingDv, HammingDk])
def test_worst_rows_are_at_the_thresholds(kind: Any, R0: float) -> None:
    """Of a single row nothing leaks: -unit r0/(r0 + 1) where all keys are at t2, -unit/(r0 + 1) at most where one is at t."""
    edge, root = kind(R0), sqrt(R0)
    constants = edge.constants(YES.size)
    assert constants["leak"] == 0
    assert entries(edge.apply(NO))[0] == pytest.approx(-constants["unit"] * root / (root + 1), rel=1e-12)
    reached = entries(edge.apply(YES))[0]
    assert reached >= -constants["unit"] / (root + 1) * (1 + 1e-12)
    assert edge.apply(YES).additive.value == pytest.approx(constants["unit"] * (root - 1) / (2 * (root + 1)), rel=1e-5)


@pytest.mark.parametrize("edge", [*DV[::3], *DK[::2]], ids=lambda edge: edge.spelled)
def test_the_error_stated_is_tolerated_and_it_is_decided(edge: Edge) -> None:
    assert_tolerated_and_decided([edge.apply(problem) for problem in (*hammings()[-10:], *as_planted())])


CAUGHT = [
    ("row dropped", HammingDv()),
    ("row dropped", HammingDk()),
    ("scale dropped", HammingDk()),
    ("exchanged", HammingDk(causal=True)),
    ("not transposed", HammingDk(square=True)),
    ("mean over the group", HammingDv(heads=2)),
    ("mean over the group", HammingDk(heads=3)),
    ("one head of the group", HammingDv(heads=2)),
    ("one head of the group", HammingDk(heads=3)),
]


def wrong(fault: str, task: GradientTask) -> Faulty:
    if fault != "one head of the group":
        return Faulty(fault, rows=slice(1, 2))
    heads = task.inputs.mechanism.sees.heads
    assert heads is not None
    return Faulty("row dropped", rows=slice(task.inputs.n // heads[1], None))


@pytest.mark.parametrize(("fault", "edge"), CAUGHT, ids=lambda value: getattr(value, "spelled", value))
def test_a_wrong_gradient_is_caught(fault: str, edge: Edge) -> None:
    tasks = [edge.apply(problem) for problem in (*as_planted(), *hammings()[-6:])]
    answers_every_row(Faulty(), tasks)
    with pytest.raises(LawBroken) as broken:
        answers_every_row(wrong(fault, tasks[0]), tasks)
    assert "vacuous" not in str(broken.value)


def test_what_the_forms_do_not_see() -> None:
    """Delta, which is next to nothing; the mask, as all data come before all queries; dS in place of dS^T on the diagonal."""
    for fault, edge in (
        ("delta dropped", HammingDk()),
        ("mask dropped", HammingDv(causal=True)),
        ("mask dropped", HammingDk(causal=True)),
        ("not transposed", HammingDk(causal=True)),
    ):
        answers_every_row(Faulty(fault), [edge.apply(problem) for problem in as_planted()])


def test_a_law_catches_wrong_constants() -> None:
    for fault in (
        constants_of(HammingDv(), eta=1.01),
        constants_of(HammingDv(), B=0.99),
        constants_of(HammingDk(), eta=1.05),
        constants_of(HammingDk(), low=1.01),
        constants_of(HammingDk(), D=0.5),
    ):
        with pytest.raises(LawBroken) as broken:
            laws.laws(fault, hammings()[::12] + hammings()[-6:])
        assert "vacuous" not in str(broken.value)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: HammingDv(R0=1.0), "R0"),
        (lambda: HammingDv(heads=0), "heads = 0"),
        (lambda: HammingDk(heads=2, causal=True), "leave out the other"),
        (lambda: HammingDk(square=True, causal=True), "leave one of them out"),
    ],
)
def test_what_they_do_not_take_is_refused(make: Any, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        make()
