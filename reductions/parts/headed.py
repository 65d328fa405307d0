"""Batches of grouped heads whose every row is decided by the matched normaliser (module `matched`).

Heads are (b, H, G): head (x, h) of queries, number x H + h, reads the key head (x, floor(h / (H/G))), number
x G + floor(h / (H/G)), its *block*. Each block has one dummy of its own, behind its data keys; M = 1, so a kernel that loses
it answers +B in every row that sees a data key.

The columns of V behind the first name the block that was read: column 1 + l has the first column's values, times -1 where bit
l of the block's number is set. Keys of the right block with values of another then differ from the first column in sign.
"""

from collections.abc import Mapping

import numpy as np

from instances.bits import BitMatrix, Ints
from instances.coded import Coded, Floats
from instances.faults import BadInput
from instances.mechanism import Mechanism
from instances.task import Attention, AttentionTask
from instances.visibility import Visibility
from reductions.parts.matched import MatchedVectors, check_rounding, values

Heads = tuple[int, int, int]


def block_read(heads: Heads) -> Ints:
    """The block of each head of queries, (b H,)."""
    b, H, G = heads
    head = np.arange(b * H)
    return head // H * G + head % H // (H // G)


def headed(
    queries: BitMatrix, keys: BitMatrix, heads: Heads, constants: Mapping[str, float], R0: float, named: int = 0
) -> AttentionTask:
    """The task of the rows `queries`, as many in each head, and of the data keys `keys`, as many in each block, stacked.

    V has `named` columns behind the first. Errors: `BadInput` where the heads do not divide them; `Declined` as `matched`.
    """
    b, _, G = heads
    check_rounding(constants["beta"], R0)
    if keys.n % (b * G):
        raise BadInput(f"{keys.n} data keys for {b * G} blocks: give as many in each")
    m = keys.n // (b * G)
    of = MatchedVectors(keys.d, constants)
    blocks: list[Coded] = []
    for y in range(b * G):
        blocks += [of.data(keys.rows(slice(y * m, y * m + m))), of.dummies(1)]
    V = values(constants["B"], *[(m, 1.0), (1, -1.0)] * (b * G)) * np.repeat(block_signs(b * G, named), m + 1, axis=0)
    inputs = Attention((of.queries(queries),), tuple(blocks), V, 1 / of.width, Mechanism(sees=Visibility(heads=heads)))
    return AttentionTask(inputs, constants["low"], constants["high"], inputs.n)


def block_signs(blocks: int, named: int) -> Floats:
    """(blocks, 1 + named): 1, and for each bit of a block's number 1 where it is 0 and -1 where it is 1."""
    bits = np.arange(blocks)[:, None] >> np.arange(named) & 1
    return np.hstack([np.ones((blocks, 1)), 1.0 - 2 * bits])


def naming(heads: Heads) -> int:
    """How many columns of V name a block: ceil(log2(b G))."""
    return (heads[0] * heads[2] - 1).bit_length()
