"""Triples one after the other, against all of them; and tasks of tensor attention decided by the rule."""

from dataclasses import dataclass

import numpy as np
import pytest

from attention import Certified, Promise, Tensor, Trusted
from attention.tensor_function import TensorFunction
from instances.bits import BitMatrix
from instances.coded import Floats
from instances.task import Attention
from instances.triples import ThreeOrthogonalVectors
from reductions.edges.three_ov_tensor import ThreeOvTensor
from solvers import ExhaustiveTriples, Threshold, Verdict
from solvers.bands import bands_of
from solvers.laws import agrees_with_exhaustion
from solvers.own import own_answers
from solvers.serving import serving
from tests.support.tensors import NONE, ONE_WITNESS, WITNESS, Faulty, tensor


def instances() -> list[ThreeOrthogonalVectors]:
    rng = np.random.default_rng(0)
    found = []
    for seed in range(40):
        d = (3, 8, 70)[seed % 3]
        lists = [(rng.random((rng.integers(1, 7), d)) < (0.6 if d < 70 else 0.2 + 0.02 * seed)).astype(int) for _ in "ABC"]
        found.append(ThreeOrthogonalVectors(*map(BitMatrix.of, lists)))
    return found


def test_all_triples_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    assert agrees_with_exhaustion(ExhaustiveTriples(), instances())["rejected"] > 5
    monkeypatch.setattr("solvers.orthogonal.PAIRS", 2)
    assert agrees_with_exhaustion(ExhaustiveTriples(), [ONE_WITNESS, NONE, *instances()[:6]])["accepted"] > 1
    assert ExhaustiveTriples().solve(ONE_WITNESS).witness == WITNESS


SMALL = Promise(1e-6, 0.0)


@dataclass
class Given:
    """The right answers plus an error, and a promise of its own."""

    error: float = 0.0
    promised: Promise = SMALL

    key, logarithmic, tensors = "given", False, True

    def promise(self, inputs: Attention) -> Promise:
        return self.promised

    def __call__(self, inputs: Attention) -> Floats:
        return Tensor()(inputs) + self.error


@pytest.mark.parametrize("edge", [ThreeOvTensor(), ThreeOvTensor(matched=True)], ids=lambda edge: edge.spelled)
@pytest.mark.parametrize("algorithm", [Tensor(), Certified(), Given()], ids=lambda one: one.key)
def test_yes_and_no(edge: ThreeOvTensor, algorithm: Given) -> None:
    for problem, verdict in ((ONE_WITNESS, Verdict.YES), (NONE, Verdict.NO)):
        decision = Threshold(algorithm).solve(edge.apply(problem))
        assert decision.verdict is verdict
        assert decision.own is not None
        assert (decision.own.rows, decision.own.right, decision.own.verdict) == (2, 2, verdict)


def test_a_no_needs_a_promise_that_is_kept_and_strong() -> None:
    task = ThreeOvTensor().apply(NONE)
    assert "too weak" in Threshold(Given(promised=Promise(task.additive.value, 0.0))).solve(task).reason
    broken = Threshold(Given(error=0.2)).solve(task)
    assert broken.fault
    assert "promise broken" in broken.reason
    assert Threshold(Given(error=-1.0)).solve(task).fault
    plain = TensorFunction(tensor, "mine")
    assert Threshold(plain).solve(task).verdict is Verdict.UNKNOWN
    assert Threshold(plain).solve(ThreeOvTensor().apply(ONE_WITNESS)).verdict is Verdict.YES
    assert Threshold(Trusted(plain, 1e-3)).solve(task).verdict is Verdict.NO
    missed = Threshold(Faulty("diagonal")).solve(ThreeOvTensor().apply(ONE_WITNESS))
    assert missed.verdict is not Verdict.NO


def test_what_serves_and_the_range_of_answers() -> None:
    task = ThreeOvTensor().apply(NONE)
    assert serving(task).key == "tensor"
    bands = bands_of(task, Promise(0.125, 0.0), False)
    assert (bands.least, bands.most) == pytest.approx((-0.125, 1.125))
    wide = ThreeOvTensor(names=True).apply(NONE)
    assert own_answers(wide, "another", np.array([0.9, 0.0]), False).wrong == 1
