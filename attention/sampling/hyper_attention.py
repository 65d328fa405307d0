"""HyperAttention: exact attention within buckets of a hash, the rest from a uniform sample of the keys.

Han, Jayaram, Karbasi, Mirrokni, Woodruff and Zandieh, HyperAttention: Long-context Attention in Near-Linear Time, ICLR
2024; here the practical variant without a causal mask, written from its description.

What they prove, for a method that samples more cleverly: where alpha = n max_j ||(D^-1 A) e_j||^2 and kappa, the ratio of
the largest to the smallest row sum outside of the blocks, are n^o(1), time d n^(1 + o(1)) gives
||T - Att||_op <= eps ||D^-1 A||_op ||V||_op with high probability. That is a statement about a probability and about the
whole matrix, with samples that grow with alpha and kappa; for a finite run with s fixed in advance it is no promise about
any entry, and none is made here. On hard instances one key carries a constant share of its row: alpha is of order n.

Letters: n queries, m keys, s = `samples`; D, A, Att as in attention, T the answer, e_j the j-th unit vector.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from attention.algorithm import check_mechanism
from attention.exact.softmax import Softmax
from attention.sampling.sort_lsh import Sampled
from instances.coded import Floats
from instances.faults import BadInput
from instances.task import Attention


@dataclass(frozen=True)
class HyperAttention(Sampled):
    """Keys of the query's own block exactly (`SortedBlocks`), the others from s uniform draws of weight m/s.

    With m < `exact_below` the answer is that of `Softmax`. The published code has such a length inside, so that its error
    on short inputs says nothing; here it is 0 unless asked for. Also exact, up to rounding, with block >= max(n, m).
    Time O((n + m) d h + n (block + s) (d + v)) for h hyperplanes; memory O((n + m) d), Q and K being made dense.
    Promises nothing. Errors: `BadInput` for a block or samples below 1, hyperplanes outside 0..62, a negative seed or length.
    """

    exact_below: int = 0

    key: ClassVar[str] = "hyper-attention"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.exact_below < 0:
            raise BadInput(f"exact_below = {self.exact_below}: it must be at least 0")

    def __call__(self, inputs: Attention) -> Floats:
        check_mechanism(self, inputs)
        if inputs.m < self.exact_below:
            return Softmax()(inputs)
        blocks, rng = self.sorted_blocks(inputs)
        sample = rng.integers(inputs.m, size=self.samples)
        return blocks.attend(sample, np.full(inputs.m, 1 / inputs.m))
