"""Inputs that are one block: what a computation is given of them, what they hold, and which rows tell where all lie."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from attention.blocks import SOME, Whole, sampled
from instances.bits import BitMatrix
from instances.coded import Coded, Floats
from instances.memory import MEMORY_BUDGET
from instances.task import Attention

PLAIN = Attention(np.ones((3, 4)), np.ones((5, 4)), np.arange(10.0).reshape(5, 2), 0.75)


def coded(n: int, d: int) -> tuple[Coded, ...]:
    return tuple(Coded(BitMatrix.of(["1" * d] * rows), np.zeros(d), np.ones(d)) for rows in (1, n - 1))


def test_the_letters() -> None:
    of = Whole(PLAIN)
    assert (of.n, of.m, of.d, of.v, of.scale, of.memory) == (3, 5, 4, 2, 0.75, MEMORY_BUDGET)
    assert of.key_blocks == (1, 5)
    assert of.at_once == 1


def test_one_block() -> None:
    of = Whole(PLAIN)
    for which, arrays in (("Q", (PLAIN.Q,)), ("K", (PLAIN.K,)), ("V", (PLAIN.V,)), ("KV", (PLAIN.K, PLAIN.V))):
        ((*given,),) = of.over(which, lambda *blocks: blocks)  # type: ignore[arg-type]
        assert len(given) == len(arrays)
        assert all(a is b for a, b in zip(given, arrays, strict=True))


@pytest.mark.parametrize("count", [0, 1, 7])
def test_bytes_that_are_held(count: int) -> None:
    """Of float64: dense copies of what is coded, two numbers for each sum of each query."""
    for queries, keys, copies in ((False, False, 0), (True, False, 3), (False, True, 5), (True, True, 8)):
        Q: Any = coded(3, 4) if queries else PLAIN.Q
        K: Any = coded(5, 4) if keys else PLAIN.K
        assert Whole(Attention(Q, K, PLAIN.V, 1.0)).held(count) == 8 * copies * 4 + 8 * 2 * 3 * count


@pytest.mark.parametrize(
    ("m", "step"), [(1, 1), (SOME - 1, 1), (SOME, 1), (2 * SOME - 1, 1), (2 * SOME, 2), (3 * SOME - 1, 2), (3 * SOME, 3)]
)
def test_sampled_rows(m: int, step: int) -> None:
    """Every step-th, so that there are SOME of them and fewer than twice as many, or all."""
    K, V = np.arange(m, dtype=np.float64)[:, None], -np.arange(m, dtype=np.float64)[:, None]
    of = Whole(Attention(np.ones((1, 1)), K, V, 1.0))
    assert np.array_equal(rows(sampled(of, "K")), K[::step])
    assert np.array_equal(rows(sampled(of, "V")), V[::step])
    assert min(m, SOME) <= len(rows(sampled(of, "K"))) < 2 * SOME


def rows(found: Floats | None) -> Floats:
    assert found is not None
    return found


def test_coded_rows_are_not_sampled() -> None:
    of = Whole(Attention(np.ones((1, 4)), coded(5, 4), PLAIN.V, 1.0))
    assert sampled(of, "K") is None
    assert np.array_equal(rows(sampled(of, "V")), PLAIN.V)


class Blocks(Whole):
    """Keys and values in blocks of two rows, of which those named are given as coded."""

    hidden: tuple[int, ...] = ()

    def over(self, which: Any, function: Any) -> Iterator[Any]:
        matrix: Any = {"K": self.inputs.K, "V": self.inputs.V}[which]
        for i in range(0, len(matrix), 2):
            yield function(coded(2, 4) if i in self.hidden else matrix[i : i + 2])


def test_blocks_are_put_together() -> None:
    of = Blocks(PLAIN)
    assert np.array_equal(rows(sampled(of, "V")), PLAIN.V)
    for hidden in ((0,), (2,), (4,), (0, 2, 4)):
        object.__setattr__(of, "hidden", hidden)
        assert sampled(of, "V") is None
