"""Performer: softmax attention as the quotient of two inner products of positive orthogonal random features (FAVOR+).

Choromanski et al., Rethinking Attention with Performers, ICLR 2021; written from its description.
For w ~ N(0, I_d): E exp(<w, x> - |x|^2/2) exp(<w, y> - |y|^2/2) = e^<x,y>. With r such w, x_i = sign(scale) sqrt|scale| q_i
and y_j = sqrt|scale| k_j,

    T_i = sum_l e^<w_l,x_i> (sum_j e^(<w_l,y_j> - |y_j|^2/2) v_j) / sum_l e^<w_l,x_i> (sum_j e^(<w_l,y_j> - |y_j|^2/2))

(1/r and the query's own e^(-|x_i|^2/2) cancel). Numerator and denominator are unbiased, their quotient is not. Orthogonal:
the w come in groups of d perpendicular directions, each with the length of a Gaussian vector of its own.

What they prove: each kernel value is unbiased, with the relative variance (e^(|x+y|^2) - 1)/r for independent w and no
more for orthogonal ones; and all of A is uniformly close with constant probability for about d/delta^2 log(1/delta)
features, delta being the error wanted times e^-O(largest squared norm). These are an expectation and a probability, the
latter for a number of features exponential in the squared norms; for a finite run they are no promise, and none is made
here. On hard instances |x|^2 is a multiple of ln m, and the sums are carried by features that are hardly ever drawn.

Letters: n queries, m keys, d columns, r = `features`, W (r, d) with the rows w_l.
"""

from dataclasses import dataclass
from math import sqrt
from typing import ClassVar

import numpy as np

from attention.algorithm import Unpromised, check_mechanism
from attention.exact.streaming import BLOCK, over_rows
from instances.coded import Floats
from instances.faults import BadInput
from instances.memory import MEMORY_BUDGET, within
from instances.task import Attention


@dataclass(frozen=True)
class RandomFeatures(Unpromised):
    """The quotient above in time O((n + m) r (d + v)) and memory O(r (d + v + block)), a block being up to 512 rows.

    Exponents are taken about their running maximum over the keys for each feature and then about their maximum in each
    row; both cancel in the quotient, so no exponential overflows and the denominator is at least 1, however large the scores.
    Where the exponents themselves are beyond float64 (all |y_j|^2 > 10^308, or <w, x_i>) the row is NaN, never a stand-in.
    Promises nothing. Errors: `BadInput` for less than one feature or a negative seed.
    """

    features: int = 256
    orthogonal: bool = True
    seed: int = 0

    key: ClassVar[str] = "performer"

    def __post_init__(self) -> None:
        if self.features < 1 or self.seed < 0:
            raise BadInput(f"features = {self.features} and seed = {self.seed}: give features >= 1 and seed >= 0")

    def __call__(self, inputs: Attention) -> Floats:
        check_mechanism(self, inputs)
        size = {"d": inputs.d, "features": self.features}
        within(8 * self.features * (3 * inputs.d + 1024), MEMORY_BUDGET, "random features", size)
        W, root = directions(inputs.d, self.features, self.orthogonal, self.seed), sqrt(abs(inputs.scale))
        largest, D, means = _of_keys(inputs, W * root)

        @np.errstate(over="ignore", invalid="ignore")
        def row_block(rows: slice) -> Floats:
            exponents = inputs.queries(rows) @ (np.copysign(root, inputs.scale) * W).T + largest
            shares = np.exp(exponents - exponents.max(axis=1, keepdims=True)) * D
            answer: Floats = shares / shares.sum(axis=1, keepdims=True) @ means
            return answer

        return over_rows(inputs, inputs.V.shape[1], row_block)


def directions(d: int, features: int, orthogonal: bool, seed: int) -> Floats:
    """W (features, d): each row N(0, I_d); orthogonal: perpendicular within each group of d rows."""
    rng = np.random.default_rng(np.random.SeedSequence(seed))
    gaussian = rng.normal(size=(features, d))
    if not orthogonal:
        return gaussian
    lengths = np.linalg.norm(rng.normal(size=(features, d)), axis=1, keepdims=True)
    W: Floats = lengths * np.vstack([_perpendicular(gaussian[start : start + d]) for start in range(0, features, d)])
    return W


def _perpendicular(gaussian: Floats) -> Floats:
    """Orthonormal rows spanning the given ones, each uniform on the sphere: the signs that QR leaves open are settled."""
    columns, R = np.linalg.qr(gaussian.T)
    rows: Floats = (columns * np.copysign(1.0, np.diagonal(R))).T
    return rows


@np.errstate(over="ignore", invalid="ignore")
def _of_keys(inputs: Attention, W: Floats) -> tuple[Floats, Floats, Floats]:
    """For each feature: the largest exponent (r,) over the keys, their mass (r,) about it, their mean of V (r, v)."""
    largest = np.full(len(W), -np.inf)
    D, N = np.zeros(len(W)), np.zeros((len(W), inputs.V.shape[1]))
    for start in range(0, inputs.m, BLOCK):
        keys = slice(start, min(start + BLOCK, inputs.m))
        K = inputs.keys(keys)
        exponents = W @ K.T - abs(inputs.scale) / 2 * np.einsum("jc,jc->j", K, K)
        new = np.maximum(largest, exponents.max(axis=1))
        kept, phi = np.exp(largest - new), np.exp(exponents - new[:, None])
        D, N = D * kept + phi.sum(axis=1), N * kept[:, None] + phi @ inputs.V[keys]
        largest = new
    return largest, D, N / D[:, None]
