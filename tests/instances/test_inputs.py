"""What algorithms see of a question: sizes, values, what rows see and what is added, turned rows, and what it is called."""

from dataclasses import replace
from math import inf, nan
from typing import Any

import numpy as np
import pytest

from instances.bias import Bias
from instances.bits import BitMatrix
from instances.coded import Coded, Rows
from instances.faults import BadInput, Declined
from instances.mechanism import SOFTMAX, Mechanism
from instances.rotary import Rotary
from instances.task import Attention
from instances.tensor import TensorAttention
from instances.visibility import Visibility

RNG = np.random.default_rng(0)
Q, K, V = RNG.normal(size=(3, 4)), RNG.normal(size=(5, 4)), RNG.normal(size=(5, 2))


def of(mechanism: Mechanism = SOFTMAX, scale: float = 0.5, V: Any = V, **given: Any) -> Attention:
    return Attention(given.pop("Q", Q), given.pop("K", K), V, scale, mechanism, **given)


def coded(n: int) -> Rows:
    return (Coded(BitMatrix.of(RNG.integers(0, 2, (n, 4))), np.zeros(4), np.ones(4)),)


def test_what_rows_see() -> None:
    plain, causal = of(), of(Mechanism(sees=Visibility.causal()))
    everything = of(Mechanism(sees=Visibility(left=9, right=9)))
    assert plain.seen is None
    assert everything.seen is None
    assert of(Mechanism(bias=Bias(np.ones((3, 5))))).seen is None
    assert causal.seen is not None
    assert causal.seen.stop.tolist() == [1, 2, 3]
    assert plain.blind.tolist() == everything.blind.tolist() == causal.blind.tolist() == []
    late = Mechanism(sees=Visibility(right=0, corner="bottom-right"))
    for normalised in (True, False):
        found = of(replace(late, normalised=normalised), Q=RNG.normal(size=(7, 4)))
        assert found.blind.tolist() == [0, 1]
        assert found.unanswered.tolist() == ([0, 1] if normalised else [])
    assert plain.blind.dtype == plain.unanswered.dtype == np.int64


def test_what_is_added() -> None:
    added = RNG.normal(size=(3, 5))
    rows, keys = slice(1, 3), slice(0, 4)
    assert of().bias(rows, keys) is None
    assert of().largest_bias == 0.0
    found = of(Mechanism(bias=Bias(added)))
    np.testing.assert_array_equal(found.bias(rows, keys), added[rows, keys])
    assert found.largest_bias == np.abs(added).max()
    assert of(Mechanism(sees=Visibility.causal(), bias=Bias(added))).largest_bias == np.abs(np.tril(added)).max()


@pytest.mark.parametrize("sees", [Visibility(), Visibility.causal("bottom-right"), Visibility(right=0, heads=(1, 3, 1))])
def test_turned_rows_give_what_they_gave(sees: Visibility) -> None:
    inputs = of(Mechanism(sees=sees, rotary=Rotary(pairs="half-split")))
    turned = inputs.turned
    assert turned.mechanism == Mechanism(sees=sees)
    assert turned.turned is turned
    for i in range(3):
        for x, y in zip(turned.exact.row(i), inputs.exact.row(i), strict=True):
            assert float(x) == pytest.approx(float(y), rel=1e-12)


def test_rows_that_cannot_be_turned() -> None:
    """Within float64 they may be, or leave it: of Q or of K."""
    far = np.full((3, 4), 1.7e308)
    for given in ({"Q": far}, {"K": far, "V": V[:3]}):
        with pytest.raises(Declined, match="turned rows of Q or K are beyond float64"):
            _ = of(Mechanism(rotary=Rotary()), **given).turned


def test_values() -> None:
    inputs = of(V=np.array([[1.0, -7.0], [-2.0, 0.0], [0.5, 1.0], [3.0, 2.0], [1.0, 1.0]]))
    assert inputs.value_range == (-2.0, 3.0)
    assert inputs.largest_value == 7.0
    assert [inputs.plain_mean(c) for c in (0, 1)] == [0.7, -0.6]
    assert of(V=np.full((5, 1), 1e308)).plain_mean(0) == inf
    beside = inputs.beside_sizes
    assert beside.V.tolist() == np.hstack([inputs.V, np.abs(inputs.V)]).tolist()
    assert (beside.scale, beside.mechanism) == (inputs.scale, inputs.mechanism)
    assert inputs.shape == (3, 2)
    assert beside.shape == (3, 4)
    assert (inputs.n, inputs.m, inputs.d) == (3, 5, 4)


def test_values_of_pairs() -> None:
    """Products of a value of each, whatever their signs; and |product| at most that of the sizes."""
    for first, second, expected in (
        ([1.0, 2.0], [3.0, 5.0], (3.0, 10.0)), ([-1.0, 2.0], [3.0, 5.0], (-5.0, 10.0)),
        ([-4.0, 2.0], [-3.0, 5.0], (-20.0, 12.0)),
        ([-4.0, -2.0], [-3.0, -5.0], (6.0, 20.0)),
    ):  # fmt: skip
        V1, V2 = (np.stack([values, [9.0, -9.0]], axis=1) for values in (first, second))
        pairs = TensorAttention(Q, K[:2], V1, 0.5, K2=K[2:4], V2=V2)
        assert pairs.value_range == expected
        assert pairs.largest_value >= 81.0


@pytest.mark.parametrize("make", [lambda n: RNG.normal(size=(n, 4)), coded], ids=["plain", "coded"])
def test_parts_and_copies(make: Any) -> None:
    inputs = of(Q=make(3), K=make(5))
    part = inputs.part([0, 2])
    assert (part.queries(slice(None)) == inputs.queries(slice(None))[[0, 2]]).all()
    assert (part.keys(slice(None)) == inputs.keys(slice(None))).all()
    assert part.V.tolist() == inputs.V[:, :1].tolist()
    assert isinstance(part.Q, tuple) == isinstance(inputs.Q, tuple)
    copied = inputs.copied()
    assert (copied.queries(slice(None)) == inputs.queries(slice(None))).all()
    assert (copied.V == inputs.V).all()
    assert not np.shares_memory(copied.V, inputs.V)
    assert (copied.scale, copied.mechanism) == (0.5, SOFTMAX)


@pytest.mark.parametrize(
    ("n", "m", "d", "v", "tiny"), [(3, 5, 4, 1, True), (3, 5, 4, 2, False), (3, 4, 4, 3, True), (3, 4, 4, 4, False)]
)
def test_up_to_40_numbers_are_written_out(n: int, m: int, d: int, v: int, tiny: bool) -> None:
    inputs = Attention(np.ones((n, d)), np.ones((m, d)), np.ones((m, v)), 0.5)
    assert bool(inputs.tiny) == tiny
    assert (repr(inputs) == inputs.tiny) == tiny
    if not tiny:
        assert repr(inputs) == f"Attention({n} x {m}, d = {d}, v = {v}, scale = 0.5)"
        causal = replace(inputs, mechanism=Mechanism(sees=Visibility.causal()))
        assert repr(causal).endswith("scale = 0.5, softmax[causal=top-left])")


def test_what_holds_arrays_is_not_written_out() -> None:
    one = np.ones((1, 1))
    assert Attention(one, one, one, 2.0).tiny == "Attention([[1.0]], [[1.0]], [[1.0]], 2.0)"
    assert Attention(one, one, one, 2.0, Mechanism.of("exp")).tiny.endswith("2.0, Mechanism.of('exp'))")
    assert not Attention(one, one, one, 2.0, Mechanism(bias=Bias(one))).tiny


def test_arrays_are_copied_unless_they_need_not_be() -> None:
    for copy in (True, False):
        mine = [X.copy() for X in (Q, K, V)]
        found = Attention(mine[0], mine[1], mine[2], 0.5, copy=copy)
        for X, given in zip((found.Q, found.K, found.V), mine, strict=True):
            assert np.shares_memory(X, given) == (not copy)
    mine = [X.copy() for X in (Q, K, V)]
    assert not np.shares_memory(Attention(mine[0], mine[1], mine[2], 0.5).V, mine[2])


@pytest.mark.parametrize(("given", "said"), [
    ({"Q": Q[:, :3]}, "Q has 3 columns and K has 4"), ({"V": V[:4]}, r"V has shape \(4, 2\), K has m = 5 rows"),
    ({"V": V[:, 0]}, "V has shape"), ({"K": K[:0], "V": V[:0]}, "over m = 0 keys"),
    ({"Q": Q[:, :0], "K": K[:, :0]}, "in d = 0"),
    ({"scale": nan}, "scale = nan"), ({"scale": inf}, "scale = inf"), ({"mechanism": "softmax"}, "mechanism = 'softmax'"),
    ({"mechanism": Mechanism(sees=Visibility(keep=np.ones(4, np.bool_)))}, "keep has the shape"),
    ({"mechanism": Mechanism(rotary=Rotary(columns=6))}, "columns"), ({"Q": np.where(Q > 1, nan, Q) * nan}, "Q holds NaN"),
])  # fmt: skip
def test_what_is_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        of(**given)
