"""Tasks of attention, made from lists."""

from math import inf

import numpy as np

from attention.blocks import Whole
from attention.polynomial.known import Extents, Scores
from instances.coded import Floats
from instances.task import Attention

Random = np.random.Generator


def ranged(rng: Random, Q: Floats, K: Floats, V: Floats, M: float) -> Attention:
    """The scale is such that exponents about the middle of K are known to be within +-M, and not within +-0.96 M.

    So the polynomials of few ranges are needed, and each of them is certified once.
    """
    reach = float((np.abs(Q).max(axis=0) * (K.max(axis=0) - K.min(axis=0)) / 2).sum())
    inputs = Attention(Q, K, V, float(rng.choice([-1, 1])) * M / reach if reach > 0 else 1.0)
    whole = Whole(inputs)
    extents = Extents.of(whole)
    known = Scores.of(whole, extents, extents.middle).M
    return Attention(Q, K, V, inputs.scale * M / known) if known < inf and reach > 0 else inputs
