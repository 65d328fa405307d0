"""Plain functions for tensor attention: what they get, what they may give, and what is said of those that do neither."""

from typing import Any

import numpy as np
import pytest

from attention.algorithm import answers
from attention.tensor_function import TensorFunction
from instances.coded import Floats
from instances.faults import BadInput, Declined, PlugInFault
from instances.task import Attention
from reductions.edges.three_ov_tensor import ThreeOvTensor
from tests.support.tensors import ONE_WITNESS, arrays, drawn, tensor


def test_it_gets_copies_and_its_answer_is_taken() -> None:
    given: list[Any] = []

    def kernel(Q: Floats, K1: Floats, K2: Floats, V1: Floats, V2: Floats, *, scale: float) -> Floats:
        given.extend((Q, K1, K2, V1, V2))
        return tensor(Q, K1, K2, V1, V2, scale)

    of = ThreeOvTensor().apply(ONE_WITNESS).inputs
    found = answers(TensorFunction(kernel, "mine"), of)
    assert found == pytest.approx(tensor(*arrays(of)))
    assert all(x.flags.c_contiguous and not x.flags.writeable and x.dtype == np.float64 for x in given)
    assert [x.shape for x in given] == [(2, 5), (4, 5), (4, 5), (4, 1), (4, 1)]
    given.clear()
    answers(TensorFunction(kernel, "mine", "float32"), of)
    assert {x.dtype.name for x in given} == {"float32"}


def test_signatures_are_checked() -> None:
    with pytest.raises(BadInput, match=r"a plug-in for tensor attention is a function f\(Q, K1, K2, V1, V2, scale\)"):
        TensorFunction(lambda Q, K, V, scale: V, "mine")
    with pytest.raises(BadInput, match="has no place for scale"):
        TensorFunction(lambda Q, K1, K2, V1, V2: V1, "mine")
    assert not TensorFunction(tensor, "mine").promise(drawn(0)).made


def test_what_goes_wrong_is_a_fault() -> None:
    def shape(Q: Floats, K1: Floats, K2: Floats, V1: Floats, V2: Floats, scale: float) -> Floats:
        return V1

    def types(Q: Any, K1: Any, K2: Any, V1: Any, V2: Any, scale: float) -> Any:
        return Q.cuda()

    with pytest.raises(PlugInFault, match="expected"):
        answers(TensorFunction(shape, "mine"), drawn(0))
    with pytest.raises(PlugInFault, match="it gets Q, K1, K2, V1 and V2 as read-only NumPy arrays"):
        answers(TensorFunction(types, "mine"), drawn(0))
    with pytest.raises(Declined, match="dense Q, K1 and K2 for mine"):
        answers(TensorFunction(tensor, "mine", memory=100), drawn(0))
    of = drawn(0)
    with pytest.raises(Declined, match="this asks for attention"):
        TensorFunction(tensor, "mine")(Attention(of.Q, of.K, of.V, 1.0))
