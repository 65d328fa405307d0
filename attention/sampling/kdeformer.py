"""KDEformer: exact attention within buckets of a hash, the rest from keys sampled by the norms of their values.

Zandieh, Han, Daliri and Karbasi, KDEformer: Accelerating Transformers via Kernel Density Estimation, ICML 2023; here
the variant of their experiments, written from its description. The densities that give the method its name, estimates
of the column norms of D^-1 A, are not computed there either: the block diagonal stands in for them.

What they prove, for the method with those densities: with s = Omega(eps^-2 log n (srank(D^-1 A) + srank(V))) samples,
||T - Att||_op <= eps ||D^-1 A||_op ||V||_op with high probability, srank being the stable rank. That is a statement about
a probability and about the whole matrix, for enough samples with the right law; for a finite run with s fixed in advance
it is no promise about any entry, and none is made here.

Letters: n queries, m keys, s = `samples`; D, A, Att as in attention, T the answer.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from attention.algorithm import check_mechanism
from attention.sampling.sort_lsh import Sampled
from instances.coded import Floats
from instances.task import Attention


@dataclass(frozen=True)
class KDEformer(Sampled):
    """Keys of the query's own block exactly (`SortedBlocks`), the others from s draws with P_j ~ ||v_j||/||V||_op + 1/m.

    Time O((n + m) d h + n (block + s) (d + v) + m v^2) for h hyperplanes; memory O((n + m) d), Q and K being made dense.
    (The published code divides ||v_j|| by ||V||_op^2, which makes P depend on the unit of V; the root does not.)
    Promises nothing. Errors: `BadInput` for a block or samples below 1, hyperplanes outside 0..62 or a negative seed.
    """

    block: int = 64

    key: ClassVar[str] = "kdeformer"

    def __call__(self, inputs: Attention) -> Floats:
        check_mechanism(self, inputs)
        blocks, rng = self.sorted_blocks(inputs)
        P = probabilities(inputs.V)
        return blocks.attend(rng.choice(inputs.m, self.samples, p=P), P)


def probabilities(V: Floats) -> Floats:
    """P (m,), proportional to ||v_j||/||V||_op + 1/m; uniform where V = 0."""
    unit = V / (np.abs(V).max(initial=0.0) or 1.0)
    norm = float(np.linalg.svd(unit, compute_uv=False).max(initial=0.0)) or 1.0
    P: Floats = np.linalg.norm(unit, axis=1) / norm + 1 / len(V)
    P /= P.sum()
    return P
