"""Kernel sums and densities with a promise: the front door of module `mixed.kernel_sums`."""

from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from attention.mixed.trees import checked_leaf
from attention.options import given_array
from instances.arrays import finite_number
from instances.coded import Floats, finite
from instances.faults import BadInput

if TYPE_CHECKING:
    from attention.mixed.kernel_sums import KernelPlan


@dataclass(frozen=True)
class KernelSums:
    """Computed sums: |values_i - S_i| <= rtol sum_j |w_j| k_ij + atol for every i, proved before they are summed.

    With weights that are not negative the first term is rtol S_i. `str(plan)` says how, in a line.
    """

    values: Floats
    rtol: float
    atol: float
    plan: "KernelPlan"
    algorithm: str = "boxes"

    def __repr__(self) -> str:
        return f"KernelSums({len(self.values)} values, rtol={self.rtol:.3g}, atol={self.atol:.3g})"


def kde(
    X: ArrayLike,
    Y: ArrayLike,
    bandwidth: float,
    *,
    weights: ArrayLike | None = None,
    rtol: float = 1e-6,
    atol: float = 0.0,
    leaf: int | None = None,
) -> KernelSums:
    """S_i = sum_j w_j k_ij, k_ij = exp(-|x_i - y_j|^2/h^2), with |values_i - S_i| <= rtol sum_j |w_j| k_ij + atol, certainly.

    X (n, d) and Y (m, d) real numbers, as the nearest float64, h = `bandwidth` > 0, `weights` (m,) of either sign, 1 unless
    given. (With sklearn's bandwidth b, whose kernel is exp(-|x - y|^2/(2 b^2)), h = sqrt(2) b.) What is promised may be less
    than what is asked for, and is in the answer; an `atol` below 2^-1000 sum |w| + 2^-1072 is raised to that, as what is
    below the range of float64 is given as 0; with 2^-700 where a weight, other than 0, is below 2^-200 of the heaviest.
    Time all but linear in n + m for d = 1, 2, 3 and for rows in clusters, at any bandwidth; elsewhere up to that of the
    definition, O(n m d). Memory O((n + m) d). Errors: `BadInput` for arrays that do not fit together or are not finite, a
    bandwidth that is not positive, and tolerances that are negative or both 0; `Declined`, with the figures, where rounding
    alone is above them, or numbers are beyond float64.
    """
    from attention.mixed.kernel_sums import kernel_plan, kernel_sums

    x, y = _points(X, "X"), _points(Y, "Y")
    if x.shape[1] != y.shape[1] or not len(y):
        raise BadInput(f"X has shape {x.shape} and Y {y.shape}: give (n, d) and (m, d) with m >= 1 and the same d >= 1")
    checked_leaf(leaf)
    h = checked_bandwidth(bandwidth)
    for name, value in (("rtol", rtol), ("atol", atol)):
        if not (finite_number(value) and value >= 0):
            raise BadInput(f"{name} = {value!r}: give a finite number >= 0")
    if rtol == 0 and atol == 0:
        raise BadInput("rtol = 0 and atol = 0: one of them must be positive")
    plan = kernel_plan(x, y, h, w := _weights(weights, len(y)), float(rtol), float(atol), leaf)
    return KernelSums(kernel_sums(plan, len(x), w), plan.rtol, plan.atol, plan)


def checked_bandwidth(bandwidth: Any) -> float:
    """Errors: `BadInput` unless it is a positive finite number."""
    if not (finite_number(bandwidth) and 0 < bandwidth < inf):
        raise BadInput(f"bandwidth = {bandwidth!r}: give a positive finite number")
    return float(bandwidth)


def _points(X: ArrayLike, name: str) -> Floats:
    """Errors: `BadInput` unless these are (rows, d >= 1) finite numbers."""
    found = np.asarray(given_array(X, name))
    if found.ndim != 2 or found.shape[1] == 0:
        raise BadInput(f"{name} has shape {found.shape}: give points as rows, (rows, d) with d >= 1")
    return finite(found, name)


def _weights(weights: ArrayLike | None, m: int) -> Floats:
    """Errors: `BadInput` unless there is a finite one for each of m points."""
    if weights is None:
        return np.ones(m)
    found = np.asarray(given_array(weights, "weights"))
    if found.shape != (m,):
        raise BadInput(f"weights have shape {found.shape}, Y has m = {m} rows: give one for each, (m,)")
    return finite(found, "weights")
