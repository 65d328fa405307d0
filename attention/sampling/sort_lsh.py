"""Keys and queries sorted by a locality-sensitive hash, and attention from blocks of that order and a weighted sample.

Shared by KDEformer and HyperAttention, which differ in the blocks' size and in the law of the sample.

Hash: h hyperplanes through 0 with Gaussian normals. The signs of x against them are read as a Gray code and x gets its
rank, so that buckets with neighbouring ranks differ in one sign; two vectors at the angle a agree in a sign with
probability 1 - a/pi. With a negative scale the queries are hashed with their signs reversed.

Letters: n queries, m keys, s sampled keys, P_j the probability with which key j is drawn.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attention.algorithm import Unpromised
from attention.watching import report
from instances.bits import Ints
from instances.coded import Floats
from instances.faults import BadInput
from instances.memory import MEMORY_BUDGET, within
from instances.task import Attention


def gray_rank(signs: NDArray[np.bool_]) -> Ints:
    """The place of each row of signs, most significant first, in the reflected Gray code: (n, h) to (n,)."""
    rank = np.zeros(len(signs), dtype=np.int64)
    for sign in signs.T:
        rank = 2 * rank + (sign ^ (rank & 1))
    return rank


@dataclass(frozen=True, eq=False)
class SortedBlocks:
    """Dense Q and K, and for each of the b blocks of the hash order the queries and the keys in it.

    b = ceil(max(n, m)/block), and of either list the i-th of its c rows in hash order, from 0, is in block
    floor((i + 1/2) b/c). So no block has more than `block` queries or keys, equal lists are cut into the usual aligned
    blocks (a last shorter one being shared out among all), and lists of different lengths are stretched onto each other.
    Where one of them has fewer than b rows, some blocks have no queries or no keys.
    """

    inputs: Attention
    Q: Floats
    K: Floats
    blocks: tuple[tuple[Ints, Ints], ...]

    @classmethod
    def of(cls, inputs: Attention, block: int, hyperplanes: int, rng: np.random.Generator) -> "SortedBlocks":
        size = {"n": inputs.n, "m": inputs.m, "d": inputs.d}
        within(8 * (inputs.n + inputs.m) * (inputs.d + hyperplanes), MEMORY_BUDGET, "dense Q and K and their hashes", size)
        Q, K = inputs.queries(slice(0, inputs.n)), inputs.keys(slice(0, inputs.m))
        normals = rng.normal(size=(inputs.d, hyperplanes))
        count = -(-max(inputs.n, inputs.m) // block)
        queries = _cut(gray_rank(np.copysign(1.0, inputs.scale) * (Q @ normals) >= 0), count)
        keys = _cut(gray_rank(K @ normals >= 0), count)
        return cls(inputs, Q, K, tuple(zip(queries, keys, strict=True)))

    def attend(self, sample: Ints, P: Floats) -> Floats:
        """Attention (n, v) with the other blocks' keys estimated from the sample: s draws by P (m,), with replacement.

        In numerator and denominator alike a key of the query's own block counts exactly, and a drawn key j outside of it
        with the weight 1/(s P_j), so both are unbiased (their quotient is not). All of it is one softmax about its own
        maximum, the weights added to the scores as logarithms; that equals the merge of the two parts by their
        log-sum-exps. A row always has a key: if its block has none, every drawn key is outside.
        """
        V, scale = self.inputs.V, self.inputs.scale
        weights = -np.log(len(sample) * P[sample])
        out = np.empty((self.inputs.n, V.shape[1]))
        for done, (queries, keys) in enumerate(self.blocks, 1):
            outside = ~np.isin(sample, keys)
            seen = np.concatenate([keys, sample[outside]])
            scores = scale * (self.Q[queries] @ self.K[seen].T)
            scores[:, len(keys) :] += weights[outside]
            scores = np.exp(scores - scores.max(axis=1, keepdims=True))
            out[queries] = (scores / scores.sum(axis=1, keepdims=True)) @ V[seen]
            report(done, len(self.blocks))
        return out


def _cut(ranks: Ints, count: int) -> list[Ints]:
    """The rows in the stable order of their ranks, cut into `count` parts whose sizes differ by at most one."""
    order, rows = np.argsort(ranks, kind="stable"), np.arange(len(ranks))
    starts = np.searchsorted((2 * rows + 1) * count // (2 * len(ranks)), np.arange(1, count))
    return np.split(order, starts)


@dataclass(frozen=True)
class Sampled(Unpromised):
    """The base of both algorithms. Errors: `BadInput` unless block, samples >= 1, 0 <= hyperplanes <= 62 and seed >= 0."""

    block: int = 256
    samples: int = 256
    hyperplanes: int = 7
    seed: int = 0

    def __post_init__(self) -> None:
        if self.block < 1 or self.samples < 1 or not 0 <= self.hyperplanes <= 62 or self.seed < 0:
            given = f"block = {self.block}, samples = {self.samples}, hyperplanes = {self.hyperplanes}, seed = {self.seed}"
            raise BadInput(f"{given}: block and samples must be at least 1, hyperplanes 0 to 62, seed at least 0")

    def sorted_blocks(self, inputs: Attention) -> tuple[SortedBlocks, np.random.Generator]:
        """The blocks, and what the samples are to be drawn with: the same ones every time."""
        rng = np.random.default_rng(np.random.SeedSequence(self.seed))
        return SortedBlocks.of(inputs, self.block, self.hyperplanes, rng), rng
