"""Gaussian kernel density: `fit`, `score_samples` and `score` as of scikit-learn's, which it does not need, and a promise."""

from math import log, pi, sqrt
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from attention.kde import checked_bandwidth, kde
from instances.arrays import finite_number
from instances.coded import Floats
from instances.faults import BadInput

BLOCK = 1 << 22
"""Scores that are computed at a time, where sums are below the range of float64."""


class KernelDensity:
    """The density p(x) = sum_j w_j exp(-|x - y_j|^2/(2 b^2))/(W (2 pi b^2)^(d/2)), b = `bandwidth`, W = sum_j w_j.

    `score_samples` is ln p within 2 rtol + 1e-12 (1 + |ln p|): |ln S' - ln S| <= -ln(1 - rtol) <= 2 rtol for rtol <= 1/2, and
    the rest is for a few operations in float64 on logarithms. Rows whose sums are below the range of float64 are computed by
    the definition, in logarithms. Errors: `BadInput` for what `kde` refuses, weights that are negative or all 0, an rtol that
    is not in (0, 1/2], and scores that are asked for before points are given.
    """

    def __init__(self, bandwidth: float = 1.0, *, rtol: float = 1e-8) -> None:
        self.bandwidth, self.rtol = checked_bandwidth(bandwidth), rtol
        if not (finite_number(rtol) and 0 < rtol <= 0.5):
            raise BadInput(f"rtol = {rtol!r}: give a number above 0, 1/2 at most")
        self._points: Floats | None = None
        self._weights: Floats | None = None

    def fit(self, X: ArrayLike, y: object = None, sample_weight: ArrayLike | None = None) -> Self:
        """Takes the points (m, d) and their weights; `y` is not looked at."""
        points = np.array(X, dtype=np.float64)
        weights = np.ones(len(points)) if sample_weight is None else np.array(sample_weight, dtype=np.float64)
        if points.ndim != 2 or not len(points) or weights.shape != points.shape[:1]:
            raise BadInput(f"X has shape {points.shape}, sample_weight {weights.shape}: give (m, d) and (m,), m >= 1")
        if not ((weights >= 0).all() and 0 < weights.sum() < np.inf):
            raise BadInput("sample_weight: give finite numbers >= 0, not all of them 0")
        self._points, self._weights = points, weights
        return self

    def score_samples(self, X: ArrayLike) -> Floats:
        """(n,): the logarithm of the density at the rows of X."""
        if self._points is None or self._weights is None:
            raise BadInput("score_samples: call fit first")
        rows, d = np.array(X, dtype=np.float64), self._points.shape[1]
        found = kde(rows, self._points, sqrt(2) * self.bandwidth, weights=self._weights, rtol=self.rtol / 2)
        with np.errstate(divide="ignore"):
            logs = np.log(found.values)
        lost = np.flatnonzero(~(found.values * self.rtol / 4 > found.atol))
        for start in range(0, len(lost), some := max(1, BLOCK // len(self._points))):
            part = lost[start : start + some]
            logs[part] = self._by_definition(rows[part])
        result: Floats = logs - log(self._weights.sum()) - d * (log(2 * pi) / 2 + log(self.bandwidth))
        return result

    def score(self, X: ArrayLike, y: object = None) -> float:
        """The sum of `score_samples`."""
        return float(self.score_samples(X).sum())

    def _by_definition(self, rows: Floats) -> Floats:
        """ln sum_j w_j k_ij, the largest exponent taken out."""
        assert self._points is not None
        assert self._weights is not None
        exponents = np.zeros((len(rows), len(self._points)))
        for c in range(rows.shape[1]):
            exponents -= ((rows[:, c, None] - self._points[:, c]) / self.bandwidth) ** 2 / 2
        exponents[:, self._weights == 0] = -np.inf
        top = exponents.max(axis=1)
        found: Floats = top + np.log(np.exp(exponents - top[:, None]) @ self._weights)
        return found
