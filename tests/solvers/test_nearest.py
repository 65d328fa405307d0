"""The approximate nearest neighbour by the answers of attention, and by Hamming balls."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from attention import Logspace, PlainFunction, Promise, Softmax
from instances.bits import BitMatrix
from instances.faults import BadInput, Declined, PlugInFault
from instances.task import Attention
from reductions.chain import Chain
from reductions.edges.balanced_attention import BalancedAttention
from reductions.edges.hamming_attention import HammingAttention
from reductions.edges.hamming_balanced import HammingBalanced
from solvers import NearestByAttention, Threshold

T5 = Chain((HammingAttention(),))
LEMMA = Chain((HammingBalanced(), BalancedAttention()))


@pytest.mark.parametrize(("chain", "algorithm"), [(T5, Softmax()), (T5, Softmax("float32")), (LEMMA, Logspace())])
@pytest.mark.parametrize("eps", [1e-17, 1e-10, 0.1, 0.5, 2.0, 39.00000003])
def test_the_search_finds_a_near_pair(chain: Chain, algorithm: Any, eps: float) -> None:
    rng = np.random.default_rng(17)
    for n, m, d in ((1, 1, 1), (1, 3, 8), (7, 5, 20), (12, 9, 40)):
        for _ in range(4):
            A, B = BitMatrix.of(rng.random((n, d)) < 0.5), BitMatrix.of(rng.random((m, d)) < 0.5)
            found = NearestByAttention(chain, Threshold(algorithm), eps).search(A, B)
            least = min(int(B.distances(row).min()) for row in A.words)
            assert found.distance == int(B.distances(A.words[found.pair[0]])[found.pair[1]])
            assert found.at_least <= least <= found.distance
            assert found.distance < (1 + Fraction(eps)) * least or found.distance == least == 0


def test_the_search_at_its_ends() -> None:
    search = NearestByAttention(T5, Threshold(Softmax()), 0.5).search
    equal = search(BitMatrix.of(["0110", "1111"]), BitMatrix.of(["0000", "1111"]))
    assert (equal.pair, equal.distance, equal.at_least) == ((1, 1), 0, 0)
    opposite = search(BitMatrix.of(["0000"]), BitMatrix.of(["1111"]))
    assert (opposite.distance, opposite.at_least) == (4, 3)
    assert opposite.asked[-1][:2] == (2, False)


def test_the_search_uses_attention_and_balls() -> None:
    rng = np.random.default_rng(1)
    A, B = BitMatrix.of(rng.random((40, 16)) < 0.5), BitMatrix.of(rng.random((60, 16)) < 0.5)
    found = NearestByAttention(T5, Threshold(Softmax()), 0.2).search(A, B)
    assert {by for _, _, by in found.asked} == {"softmax", "Hamming balls"}


def test_the_search_declines_without_a_promise_and_notices_contradictions() -> None:
    A, B = BitMatrix.of(["0" * 16]), BitMatrix.of(["1" * 12 + "0" * 4])
    silent = PlainFunction(lambda Q, K, V, scale: V, "silent")
    with pytest.raises(Declined, match="makes no promise"):
        NearestByAttention(T5, Threshold(silent), 0.5).search(A, B)

    class Yes:
        key = "yes"
        logarithmic = False

        def promise(self, inputs: Attention) -> Promise:
            return Promise(0.1, 0.0)

        def __call__(self, inputs: Attention) -> Any:
            return np.full((inputs.n, 1), float(inputs.V.max()))

    with pytest.raises(PlugInFault, match="answered YES at t = 1, but its nearest vector is at 12"):
        NearestByAttention(T5, Threshold(Yes()), 0.5).search(A, B)
    with pytest.raises(BadInput, match="eps > 0"):
        NearestByAttention(T5, Threshold(Softmax()), 0.0).search(A, B)
