"""Networks in float64 against balls: within the promise, at extremes, on copying heads; no fault is hidden."""

from math import expm1
from typing import Any

import numpy as np
import pytest

from attention import Certified, Layers, Softmax
from attention.algorithm import NO_PROMISE, answers, promised
from attention.exact.layers import errors
from attention.laws import keeps_its_promise
from attention.rounding import U64
from instances.faults import Declined
from instances.law import LawBroken
from instances.network import Network
from instances.task import Attention
from reductions.edges.three_ov_transformer import ThreeOvTransformer
from tests.support.networks import Faulty, arrays, drawn, network
from tests.support.tensors import NONE, ONE_WITNESS


@pytest.mark.parametrize("residual", [True, False])
@pytest.mark.parametrize("size", [1e-3, 0.3, 1.0])
def test_the_promise_is_kept(size: float, residual: bool) -> None:
    asked = [drawn(seed, L=1 + seed, residual=residual, size=size) for seed in range(2)]
    assert keeps_its_promise(Layers(), [*asked, drawn(9, N=1), drawn(9)])["checked"] == 5 + 5 + 1 + 5


def test_the_promise_is_kept_on_tasks() -> None:
    for edge in (ThreeOvTransformer(2, 2), ThreeOvTransformer(2, 1, residual=False)):
        for problem in (ONE_WITNESS, NONE):
            task: Any = edge.apply(problem).member(0)
            of = task.inputs
            assert keeps_its_promise(Layers(), [of])["telling"] > 0
            assert promised(Layers(), of).absolute < 1e-9
            assert keeps_its_promise(Certified(), [of])["checked"] == of.n


@pytest.mark.parametrize("fault", [(0, 1), (1, 0), "head 0 for all", "mean", "residual lost"])
def test_a_fault_breaks_the_promise(fault: str | tuple[int, int]) -> None:
    with pytest.raises(LawBroken, match="faulty gave"):
        keeps_its_promise(Faulty(fault), [drawn(0)])


def test_many_tokens_are_those_of_the_definition() -> None:
    of = drawn(5, N=700, L=2, H=3, size=0.5)
    found, error = Layers()(of), promised(Layers(), of).absolute
    assert error < 1e-6
    assert np.abs(found - network(*arrays(of))[:, [of.column]]).max() <= 2 * error


def test_the_bound_of_one_head_is_the_modules_text() -> None:
    """Restated for tokens and weights of one entry: of equal keys, whose scores do not matter."""
    one = np.ones((1, 1, 1, 1))
    of = Network.of(np.ones((3, 1)), 1.0, [one] * 4, residual=False, column=0)
    gamma = U64 / (1 - U64)
    delta = 2 * gamma + gamma**2
    by_scores = expm1(2 * delta)
    assert errors(of)[0] >= gamma + by_scores
    assert errors(of)[0] <= 100 * (gamma + by_scores)
    stream = Network.of(np.ones((3, 1)), 1.0, [one] * 4, residual=True, column=0)
    assert errors(stream)[0] > errors(of)[0]


def test_columns_that_no_head_writes_are_exact() -> None:
    of = drawn(1)
    WO = of.WO.copy()
    WO[..., 2] = 0
    same = Network.of(of.tokens, 0.6, (of.WQ, of.WK, of.WV, WO), residual=True, column=2)
    assert promised(Layers(), same).absolute == 0
    assert np.array_equal(Layers()(same)[:, 0], of.tokens[:, 2])


def test_where_nothing_is_promised() -> None:
    assert promised(Layers(), drawn(0, L=3, size=40.0)) == NO_PROMISE
    huge = drawn(0, size=1e160)
    assert promised(Layers(), huge) == NO_PROMISE
    assert np.isnan(answers(Layers(), huge)).all()


def test_who_computes_what_else_declines() -> None:
    of = drawn(0)
    with pytest.raises(Declined, match="softmax computes attention, this asks for a network of attention: use layers"):
        answers(Softmax(), of)
    with pytest.raises(Declined, match="certified-log"):
        answers(Certified(logarithmic=True), of)
    with pytest.raises(Declined, match="layers computes networks of attention, this asks for attention"):
        answers(Layers(), Attention(of.Q, of.K, of.V, 1.0))
