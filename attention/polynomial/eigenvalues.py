"""Upper bounds on eigenvalues, proved in floating point; and factors of matrices, of which nothing is proved.

For a symmetric A and *any* E, lambda_max(A) <= ||E^T A E||/(1 - ||E^T E - I||) in the norm of row sums: a vector E w has the
quotient <w, E^T A E w>/<w, E^T E w>. E is a computed eigenbasis, so that little is lost.
"""

from math import inf
from typing import Any

import numpy as np

from attention.rounding import U64, WIDEN, gamma
from instances.coded import Floats

LIFTED = 1e-12
"""What is added to the covariance, in units of its trace, so that no direction is without width."""


def largest_eigenvalue(A: Floats, off: float) -> float:
    """At least the largest eigenvalue of every positive symmetric matrix within off trace(A) of A in the spectral norm."""
    if len(A) == 1:
        return float(abs(A[0, 0]) * (1 + off)) * WIDEN
    A = (A + A.T) / 2
    _, E = np.linalg.eigh(A)
    rounded = gamma(2 * len(A) + 4, U64) * (np.abs(E.T) @ np.abs(A) @ np.abs(E))
    above = float((np.abs(E.T @ A @ E) + rounded).sum(axis=1).max())
    apart = float((np.abs(E.T @ E - np.eye(len(A))) + gamma(len(A) + 4, U64) * (np.abs(E.T) @ np.abs(E))).sum(axis=1).max())
    return (above / (1 - apart) + off * float(np.trace(A))) * WIDEN if apart < 1 else inf


def lifted_factor(S: Floats) -> Floats | None:
    """L with L L^T near S, lifted; None where there is none in float64."""
    lift = LIFTED * float(np.trace(S))
    if not (np.isfinite(S).all() and lift > 1e-280):
        return None
    try:
        L: Any = np.linalg.cholesky(S + lift * np.eye(len(S)))
    except np.linalg.LinAlgError:
        return None
    found: Floats = L
    return found
