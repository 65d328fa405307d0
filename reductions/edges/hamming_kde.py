"""Gap Hamming distance to Gaussian kernel density estimation, the problem from which attention inherits its bounds.

Points b_1..b_m with weights 1, queries a_1..a_n: the sums are those of module `hamming_gaussian`, with its constants. (Alman
and Song, section 1.2, name the relation: exp(<q, k>) = exp(-||q - k||^2/2) exp(||q||^2/2) exp(||k||^2/2), so attention is a
quotient of two weighted Gaussian sums, the norms of the keys in the weights.)
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from instances.mechanism import Mechanism
from instances.problem import Size
from instances.task import Attention
from instances.vectors import GapHamming
from reductions.edges.hamming_gaussian import HammingGaussian
from reductions.parts.self_attention import scaled
from reductions.reduction import Theorem


@dataclass(frozen=True)
class HammingKde(HammingGaussian):
    """Gaussian sums over the b_j at the a_i, with bandwidth C; errors as `HammingGaussian`."""

    key: ClassVar[str] = "hamming-kde"
    theorem: ClassVar[Theorem] = Theorem(
        "Gaussian kernel density estimation with multiplicative or additive error mu decides gap Hamming distance",
        "derived here, after Keles et al., Theorem 7",
        "Each query sums e to the power of minus C times the distance over all rows of B: the sum is large where one of "
        "them is near.",
    )

    def size(self, of: Size) -> Size:
        return {"n": of["n"], "m": of["m"], "d": of["d"], "rows": of["n"]}

    def _inputs(self, problem: GapHamming, C: float) -> Attention:
        queries, keys = (scaled(problem.A, 1.0),), (scaled(problem.B, 1.0),)
        return Attention(queries, keys, np.ones((problem.B.n, 1)), C, Mechanism("gaussian", normalised=False))
