"""Self-attention on two lists of vectors, as Keles et al. build it: the rows are the a_i, then the b_j, and Q = K."""

import numpy as np

from instances.bits import BitMatrix
from instances.coded import Coded, Floats
from instances.problem import Size
from instances.vectors import GapHamming, ThresholdProduct


def scaled(bits: BitMatrix, factor: float) -> Coded:
    """The rows factor x_i."""
    return Coded(bits, np.zeros(bits.d), np.full(bits.d, factor))


def stacked(problem: GapHamming | ThresholdProduct, of_A: float, of_B: float) -> tuple[Coded, Coded]:
    """The rows (of_A a_i; of_B b_j), which are both the queries and the keys."""
    return scaled(problem.A, of_A), scaled(problem.B, of_B)


def stacked_size(of: Size) -> Size:
    """The size of the task: n + m rows, of which the first n count."""
    both = of["n"] + of["m"]
    return {"n": both, "m": both, "d": of["d"], "rows": of["n"]}


def stacked_values(problem: GapHamming | ThresholdProduct, of_A: float, of_B: float) -> Floats:
    """V: one value for the keys a_i, one for the keys b_j."""
    values: Floats = np.repeat([[of_A], [of_B]], [problem.A.n, problem.B.n], axis=0)
    return values
