"""Plain functions for networks: what they get, what they may give, and what is said of those that do neither."""

from typing import Any

import numpy as np
import pytest

from attention.algorithm import answers
from attention.network_function import NetworkFunction
from instances.faults import BadInput, Declined, PlugInFault
from instances.task import Attention
from tests.support.networks import arrays, drawn, network


def test_it_gets_copies_and_its_column_is_read() -> None:
    given: list[Any] = []

    def kernel(X: Any, WQ: Any, WK: Any, WV: Any, WO: Any, residual: bool, *, scale: float) -> Any:
        given.extend((X, WQ, WK, WV, WO))
        assert residual is True
        return network(X, WQ, WK, WV, WO, residual, scale)

    of = drawn(0, column=3)
    assert answers(NetworkFunction(kernel, "mine"), of) == pytest.approx(network(*arrays(of))[:, [3]])
    assert all(x.flags.c_contiguous and not x.flags.writeable and x.dtype == np.float64 for x in given)
    given.clear()
    answers(NetworkFunction(kernel, "mine", "float32"), of)
    assert {x.dtype.name for x in given} == {"float32"}


def test_signatures_are_checked() -> None:
    with pytest.raises(BadInput, match=r"a plug-in for networks is a function f\(X, WQ, WK, WV, WO, residual, scale\)"):
        NetworkFunction(lambda Q, K, V, scale: V, "mine")
    assert not NetworkFunction(network, "mine").promise(drawn(0)).made


def test_what_goes_wrong_is_a_fault() -> None:
    def one_column(X: Any, WQ: Any, WK: Any, WV: Any, WO: Any, residual: bool, scale: float) -> Any:
        return X[:, :1]

    def types(X: Any, WQ: Any, WK: Any, WV: Any, WO: Any, residual: bool, scale: float) -> Any:
        return X.cuda()

    with pytest.raises(PlugInFault, match="all tokens after the last layer"):
        answers(NetworkFunction(one_column, "mine"), drawn(0))
    with pytest.raises(PlugInFault, match="it gets X, WQ, WK, WV and WO as read-only NumPy arrays of float64"):
        answers(NetworkFunction(types, "mine"), drawn(0))
    with pytest.raises(Declined, match="tokens and weights for mine"):
        answers(NetworkFunction(network, "mine", memory=100), drawn(0))
    of = drawn(0)
    with pytest.raises(Declined, match="this asks for attention"):
        NetworkFunction(network, "mine")(Attention(of.Q, of.K, of.V, 1.0))
