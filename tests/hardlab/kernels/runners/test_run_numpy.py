"""What arrays are made of in the script for NumPy."""

import random
from typing import Any

import numpy as np
import pytest

from hardlab.kernels.runners import running


def test_what_numpy_has_not(library: Any) -> None:
    library.start("float16", None)
    with pytest.raises(SystemExit, match="NumPy has no bfloat16"):
        library.start("bfloat16", None)
    with pytest.raises(SystemExit, match="on no device"):
        library.start("float64", "cuda")


def test_operands_and_numbers_of_numpy(library: Any) -> None:
    memory = np.arange(20.0)
    assert library.operand(memory, None) is memory
    view = library.operand(memory, {"shape": [2, 3], "strides": [6, 2], "offset": 5})
    assert view.tolist() == [[5, 7, 9], [11, 13, 15]]
    X, Y = np.zeros((2, 2)), np.ones((2, 2))
    for other in ([Y, Y], [np.ones((2, 3))], [Y.T[:, ::-1]]):
        assert library.refilled([X], other) is other
    assert not X.any()
    assert library.equal(np.array([np.nan]), np.array([np.nan]))
    assert not library.equal(np.array([0.0]), np.array([-0.0]))
    assert library.numbers([[1, 2]]).tolist() == [[1, 2]]
    assert library.numbers(np.ones(1, dtype=np.uint16)).dtype == np.int64
    assert library.numbers(np.ones(1, dtype=np.float16)).dtype == np.float16
    for none in (np.array([True]), "word", np.array([1j]), object()):
        with pytest.raises(running.NoArray, match="expected real numbers"):
            library.numbers(none)
    with pytest.raises(running.NoArray, match="the kernel gave a list, which is no array"):
        library.numbers([[1], [1, 2]])


def test_seeds_of_numpy(library: Any) -> None:
    library.seed(2**32 + 5)
    first = (random.random(), np.random.rand())
    np.random.seed(5)
    random.seed(2**32 + 5)
    assert first == (random.random(), np.random.rand())
