"""Kernel sums, ours and a library's, as `hardlab check --kde` calls them: f(X, Y, bandwidth, weights, rtol, atol) -> (n,)."""

from math import log, pi, sqrt
from typing import Any

import numpy as np

from instances.coded import Floats


def ours(
    X: Floats, Y: Floats, bandwidth: float, weights: Floats | None = None, rtol: float = 1e-6, atol: float = 0.0
) -> Floats:
    """`attention.kde`."""
    from attention import kde

    return kde(X, Y, bandwidth, weights=weights, rtol=rtol, atol=atol).values


def sklearn(X: Any, Y: Any, bandwidth: float, weights: Any = None, rtol: float = 0.0, atol: float = 0.0) -> Any:
    """scikit-learn's `KernelDensity` of b = bandwidth/sqrt(2): W (2 pi b^2)^(d/2) times its density, W the sum of the weights,
    which must be positive. Its tolerances are of densities: `atol` is divided by the same.
    """
    from sklearn.neighbors import KernelDensity

    if weights is not None and not (np.asarray(weights) > 0).all():
        raise NotImplementedError("scikit-learn takes positive weights alone")
    W = float(len(Y) if weights is None else np.sum(weights))
    b = bandwidth / sqrt(2)
    unit = log(W) + np.shape(X)[1] / 2 * log(2 * pi * b * b)
    density = KernelDensity(bandwidth=b, rtol=rtol, atol=float(atol / np.exp(unit)))
    return np.exp(density.fit(Y, sample_weight=weights).score_samples(X) + unit)
