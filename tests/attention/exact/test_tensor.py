"""Tensor attention in float64 against balls: within the promise, at extremes, on many threads; no fault is hidden."""

import numpy as np
import pytest

from attention import Certified, Softmax, Tensor
from attention.algorithm import answers, promised
from attention.exact.tensor import rounding_of
from attention.laws import keeps_its_promise
from instances.faults import Declined
from instances.law import LawBroken
from instances.tensor import TensorAttention
from reductions.edges.three_ov_tensor import ThreeOvTensor
from tests.support.tensors import NONE, ONE_WITNESS, Faulty, arrays, drawn, tensor


@pytest.mark.parametrize("size", [0.0, 1e-160, 1e-3, 1.0, 4.0, 30.0, 1e4])
def test_the_promise_is_kept(size: float) -> None:
    asked = [drawn(seed, (4, 5, 6), size=size) for seed in range(3)] + [drawn(3, (2, 1, 1), size=size), drawn(9)]
    assert keeps_its_promise(Tensor(), asked)["checked"] == 3 * 8 + 4 + 8


def test_the_promise_is_kept_on_tasks() -> None:
    tasks = [ThreeOvTensor(R0, names=True).apply(problem).inputs for R0 in (3, 16, 1e6) for problem in (ONE_WITNESS, NONE)]
    assert keeps_its_promise(Tensor(), tasks)["telling"] > 10
    assert keeps_its_promise(Certified(), tasks[:2])["checked"] > 4


@pytest.mark.parametrize("fault", ["diagonal", "rows", "exchanged", "scale"])
def test_a_fault_breaks_the_promise(fault: str) -> None:
    """That K1 and K2 are exchanged shows in the columns of V1 that name j, and nowhere else."""
    named = ThreeOvTensor(names=True).apply(ONE_WITNESS).inputs
    with pytest.raises(LawBroken, match="faulty gave"):
        keeps_its_promise(Faulty(fault), [named])
    plain = ThreeOvTensor().apply(ONE_WITNESS).inputs
    if fault == "exchanged":
        assert keeps_its_promise(Faulty(fault), [plain])["checked"] == 2


def test_the_output_of_a_row_with_one_witness_names_its_j() -> None:
    task = ThreeOvTensor(R0=1e6, names=True).apply(ONE_WITNESS)
    found = Tensor()(task.inputs)[0]
    assert np.rint(found[1:] / found[0]).tolist() == [1, 0]
    wrong = Faulty("exchanged")(task.inputs)[0]
    assert np.rint(wrong[1:] / wrong[0]).tolist() == [0, 1]


@pytest.mark.slow
def test_many_pairs_are_those_of_the_definition() -> None:
    """More keys than a tile has, more than one thread, and more pairs than NumPy alone works on."""
    of = drawn(5, (40, 70, 600), d=5)
    found, promise = Tensor()(of), promised(Tensor(), of)
    assert np.abs(found - tensor(*arrays(of))).max() <= promise.absolute + promise.relative * of.largest_value
    coded = ThreeOvTensor().apply(ONE_WITNESS)
    assert np.allclose(Tensor()(coded.inputs), tensor(*arrays(coded.inputs)), rtol=1e-13)


def test_where_nothing_is_promised() -> None:
    assert not promised(Tensor(), drawn(0, size=1e7)).made
    huge = drawn(0, size=1e200)
    assert not promised(Tensor(), huge).made
    with pytest.raises(Declined, match="beyond float64"):
        answers(Tensor(), huge)
    of = drawn(0)
    wide = TensorAttention(of.Q, of.K, 1e200 * of.V, of.scale, K2=of.K2, V2=1e200 * of.V2)
    assert not promised(Tensor(), wide).made


def test_the_bound_grows_with_what_it_is_made_of() -> None:
    """A whole column, key or size more is no smaller bound; a' restates the module's text."""
    base = rounding_of(drawn(0)).a
    assert rounding_of(drawn(0, size=2.0)).a > base
    assert rounding_of(drawn(0, (4, 500, 6))).a > base
    assert promised(Tensor(), drawn(0)).relative < 1e-12


def test_who_computes_what_else_declines() -> None:
    of = drawn(0)
    with pytest.raises(Declined, match="softmax computes attention, this asks for tensor attention"):
        answers(Softmax(), of)
    with pytest.raises(Declined, match="certified-log"):
        answers(Certified(logarithmic=True), of)
    plain = ThreeOvTensor().apply(NONE).inputs
    assert answers(Certified(), plain).shape == (2, 1)
    from instances.task import Attention

    with pytest.raises(Declined, match="tensor computes tensor attention, this asks for attention: use softmax"):
        answers(Tensor(), Attention(of.Q, of.K, of.V, 1.0))
