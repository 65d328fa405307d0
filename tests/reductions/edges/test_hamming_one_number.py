"""One number decides: every law, the numbers of a second implementation, the error tolerated to the last, and faults."""

from typing import Any

import numpy as np
import pytest

from attention import Backward
from attention.algorithm import answers
from instances.bits import BitMatrix
from instances.exact import precision
from instances.gradients import Gradient
from instances.law import LawBroken
from instances.vectors import GapHamming
from reductions import laws
from reductions.edges.hamming_dv_one import HammingDvOne
from reductions.edges.hamming_dx_one import HammingDxOne
from solvers.laws import answers_every_row
from tests.reductions.test_laws import constants_of, hammings
from tests.support.differentiated import Faulty
from tests.support.fixtures import fixture, floats
from tests.support.gradient_edges import as_planted, assert_tolerated_and_decided, entries

EDGES = [HammingDvOne(), HammingDvOne(causal=True), HammingDxOne(), HammingDxOne(causal=True)]
Edge = HammingDvOne | HammingDxOne
CASES = ("one YES row", "all rows NO")


def instance(name: str) -> GapHamming:
    inputs, _ = fixture("e_one_number")
    return GapHamming(BitMatrix.of(inputs["instances"][name]["rows"]), BitMatrix.of(inputs["B"]), 1, 2)


@pytest.mark.slow
@pytest.mark.parametrize("edge", EDGES, ids=lambda edge: edge.spelled)
def test_every_law(edge: Edge) -> None:
    counts = laws.laws(edge, hammings()[::4] + hammings()[-6:])
    assert counts["accepted"] > 0
    assert counts["rejected"] > 0


@pytest.mark.parametrize("name", CASES)
def test_the_numbers_of_the_second_implementation(name: str) -> None:
    problem, (_, expected) = instance(name), fixture("e_one_number")
    said = expected[name]
    for edge, value in ((HammingDvOne(), "value_V"), (HammingDxOne(), "value_X")):
        task, unit = edge.apply(problem), edge.constants(problem.size)["unit"]
        assert -entries(task)[0] / unit == pytest.approx(float(said[value]), rel=1e-12)
        assert -float(task.output(task.counted[0])) / unit == pytest.approx(float(said[value]), rel=1e-12)
        assert (-task.high / unit, -task.low / unit) == pytest.approx((float(said["low"]), float(said["high"])), rel=1e-6)
        assert task.additive.value / unit == pytest.approx(float(said["tolerance"]), rel=1e-5)
        assert ("YES" if task.reaches((task.counted[0],)) else "NO") == said["decision"]


@pytest.mark.parametrize("name", CASES)
def test_the_arrays_of_the_second_implementation(name: str) -> None:
    """dV at the dummy, which comes first there, and all of the gradient by X, of a loss 0.5 |O - E|^2."""
    inputs, expected = fixture("e_one_number")
    given, said = inputs["instances"][name], expected[name]
    V = given["V"]
    for mine, theirs in ((HammingDvOne().apply(instance(name)).inputs, V),):
        assert np.allclose(mine.queries(slice(None)), floats(theirs["Q"]), rtol=1e-14)
        assert np.allclose(np.roll(mine.keys(slice(None)), 1, axis=0), floats(theirs["K"]), rtol=1e-14)
        assert np.allclose(-mine.dO, floats(theirs["dO"]), rtol=1e-14)
    X = given["X"]
    A1, A2, V, E = (floats(X[key]) for key in ("A1", "A2", "V", "E"))
    scale = float(X["constants"]["scale"])
    whole = [Gradient(A1, A2, V, scale, dO=-E, of="dX", column=c) for c in range(A1.shape[1])]
    with precision(128):
        exact = np.array([[float(of.exact.row(r)[0]) for of in whole] for r in range(A1.shape[1])])
    assert np.allclose(exact, floats(said["gradient_X"]), rtol=1e-13, atol=1e-12)
    found = np.hstack([answers(Backward(), of) for of in whole])
    assert np.allclose(found, floats(said["gradient_X"]), rtol=1e-11, atol=1e-11)


def test_the_thresholds_are_attained() -> None:
    """All keys of all rows at t2."""
    no = GapHamming(BitMatrix.of(["000000"] * 3), BitMatrix.of(["111100", "001111", "110011"]), 2, 4)
    for edge in EDGES[::2]:
        task = edge.apply(no)
        assert entries(task)[0] == pytest.approx(task.low, rel=1e-6)
        assert entries(task)[0] <= task.low


@pytest.mark.parametrize("edge", EDGES, ids=lambda edge: edge.spelled)
def test_the_error_stated_is_tolerated_and_it_is_decided(edge: Edge) -> None:
    assert_tolerated_and_decided([edge.apply(problem) for problem in (*hammings()[-10:], *as_planted())])


CAUGHT = [
    ("row dropped", HammingDvOne()),
    ("row dropped", HammingDxOne()),
    ("scale dropped", HammingDxOne()),
    ("exchanged", HammingDxOne()),
]


@pytest.mark.parametrize(("fault", "edge"), CAUGHT, ids=lambda value: getattr(value, "spelled", value))
def test_a_wrong_gradient_is_caught(fault: str, edge: Edge) -> None:
    tasks = [edge.apply(problem) for problem in (*as_planted(), *hammings()[-6:])]
    answers_every_row(Faulty(), tasks)
    with pytest.raises(LawBroken) as broken:
        answers_every_row(Faulty(fault), tasks)
    assert "vacuous" not in str(broken.value)


def test_a_law_catches_wrong_constants_and_another_way_back() -> None:
    class First(HammingDvOne):
        """Takes the first row for the one that is YES."""

        def back(self, problem: GapHamming, witness: Any) -> Any:
            return 0, int(problem.B.distances(problem.A.words[0]).argmin())

    for fault in (constants_of(HammingDvOne(), eta=1.05), constants_of(HammingDxOne(), B=0.99), First()):
        with pytest.raises(LawBroken) as broken:
            laws.laws(fault, hammings()[::4] + hammings()[-6:])
        assert "vacuous" not in str(broken.value)


@pytest.mark.parametrize("n", [1, 2, 7, 100, 10_000])
def test_own_keys_of_causal_rows_are_light(n: int) -> None:
    for edge in EDGES[1::2]:
        constants = edge.constants({"n": n, "m": 50, "d": 60, "t": 8, "t2": 10})
        assert 0 < constants["e"] <= 1 / (16 * n) * (1 + 1e-9)
        assert constants["high"] - constants["low"] > constants["unit"] / 4
