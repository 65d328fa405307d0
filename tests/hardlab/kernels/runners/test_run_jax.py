"""What arrays are made of in the script for JAX, over a stand-in for it."""

import random
import sys
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import numpy as np
import pytest

from hardlab.kernels.runners import running
from tests.support.stand_ins import BFLOAT16, jax

ASKED: list[Any] = []
BITS = np.array([[0x3F80, 0xC000]], np.uint16)


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name, made in {**jax(ASKED), "running": running}.items():
        monkeypatch.setitem(sys.modules, name, made)
    name = "hardlab.kernels.runners.run_jax"
    sys.modules.pop(name, None)
    ASKED.clear()
    yield import_module(name)
    sys.modules.pop(name, None)


def test_where_arrays_lie(script: Any) -> None:
    X = np.ones(2)
    for device, on in ((None, None), ("gpu", "gpu:0")):
        script.start("float32", device)
        for make in (script.other, lambda array: script.operand(array, None)):
            made, where = make(X)
            assert made is X
            assert where == on
        made, where = script.operand(BITS, None)
        assert (made.dtype, made.tobytes(), where) == (BFLOAT16, BITS.tobytes(), on)
    assert ASKED == [("jax_enable_x64", True)] * 2
    assert script.about() == {"device": "None:0", "versions": {"numpy": np.__version__, "jax": "0.5"}}
    with pytest.raises(running.Declined, match="always packed"):
        script.operand(X, {"shape": [2]})


def test_gradients_and_numbers(script: Any) -> None:
    X = np.arange(6.0).reshape(2, 3)
    operands = [X, X, 2 * X, np.ones((2, 3))]
    output, (dtype, found) = script.differentiated(lambda q, k, v: (q + k + v).astype(np.float32), operands)
    assert (output == 4 * X).all()
    assert dtype == np.float32
    assert [x.tolist() for x in found] == [(6 * X).tolist(), (6 * X).tolist(), (12 * X).tolist()]
    assert script.refilled("old", "new") == "new"
    assert script.copy(X) is X
    assert script.equal(X, 2 * X) is True
    script.wait("it")
    assert ASKED == [("wait", "it")]
    for given in (X, X.astype(np.float16), np.ones(2, np.int32), np.ones(2, np.uint8)):
        assert (script.numbers(given) == given).all()
    bits = script.numbers(BITS.view(BFLOAT16))
    assert (bits.dtype, bits.tolist()) == (np.uint16, BITS.tolist())
    for none in (np.array([True]), "word", np.array([1j])):
        with pytest.raises(running.NoArray, match="expected real numbers"):
            script.numbers(none)
    with pytest.raises(running.NoArray, match="the kernel gave a list, which is no array"):
        script.numbers([[1], [1, 2]])


def test_seeds(script: Any) -> None:
    script.seed(2**32 + 5)
    first = (random.random(), np.random.rand())
    np.random.seed(5)
    random.seed(2**32 + 5)
    assert first == (random.random(), np.random.rand())
