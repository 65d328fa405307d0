"""Kernel sums as checks ask for them, what they come to, and what a call of them may be off by.

S_i = sum_j w_j k_ij and A_i = sum_j |w_j| k_ij with k_ij = exp(-z_ij), z_ij = |x_i - y_j|^2/h^2, of X (n, d), Y (m, d), w (m,)
and h > 0 as they are held. A function that takes rtol and atol is asked for them and is held to

    |S'_i - S_i| <= rtol A_i + atol,

one that does not to what a careful function of its precision gives (derived here). u is the roundoff of the dtype, gamma(k) = k
u/(1 - k u). Where differences are squared, z_ij is off by gamma(d + 6) z_ij; where |x|^2 - 2 <x, y> + |y|^2 is taken, whose
parts are at most s_ij = (|x_i| + |y_j|)^2/h^2, by gamma(3 d + 10) s_ij. Each kernel is off by 8u more, sums by gamma(m + 8),
and what is below the least normal number may be 0:

    allowed_i = sum_j |w_j| k_ij (expm1(gamma(3 d + 10) s_ij) + 8u) + gamma(m + 8) A_i + tiny (W + 1),  W = sum_j |w_j|,

`far` from the origin with gamma(d + 6) z_ij in place of the first: there the second form loses all that the first keeps.
Whoever is asked for a tolerance below that is allowed this.
"""

from dataclasses import dataclass, replace

import numpy as np
from flint import arb

from attention.rounding import gamma
from hardlab.conformance.arithmetic import ROUNDOFF, TINY, representable
from hardlab.conformance.comparing import failed
from hardlab.conformance.result import Result
from hardlab.kernels.call import Call
from hardlab.kernels.kernel import Dtype, Kernel, Outcome
from hardlab.work.failure import Failure
from instances.coded import Floats
from instances.precision import precision

BITS = 200

GROSS = 0.01
"""An error beyond this part of A_i is no rounding."""

Tolerance = tuple[float, float]
"""rtol and atol."""


@dataclass(frozen=True, eq=False)
class Sum:
    """What is asked: X, Y, h, w, and for which tolerance, None for none; `far`: from the origin, for the bandwidth."""

    X: Floats
    Y: Floats
    h: float
    w: Floats
    tolerance: Tolerance | None = None
    far: bool = False

    def held(self, dtype: Dtype) -> "Sum":
        """As the dtype holds it."""
        X, Y, w = (representable(part, dtype) for part in (self.X, self.Y, self.w))
        return replace(self, X=X, Y=Y, w=w)

    @property
    def call(self) -> Call:
        Q, K, V = self.X[None, None], self.Y[None, None], self.w[None, None, :, None]
        return Call(Q, K, V, self.h, tolerance=self.tolerance)

    @property
    def needs(self) -> tuple[str, ...]:
        """The features that it needs of a function."""
        return (("weights",) if not (self.w == 1).all() else ()) + (("tolerance",) if self.tolerance is not None else ())

    def exact(self, i: int) -> tuple[float, float]:
        """S_i and A_i, to double precision."""
        with precision(BITS):
            rows: list[list[float]] = self.Y.tolist()
            x, scale, S, A = self.X[i].tolist(), -1 / (arb(self.h) * arb(self.h)), arb(0), arb(0)
            for y, weight in zip(rows, self.w.tolist(), strict=True):
                apart = sum(((arb(a) - arb(b)) ** 2 for a, b in zip(x, y, strict=True)), arb(0))
                k = (apart * scale).exp()
                S, A = S + k * weight, A + k * abs(weight)
            return float(S.mid()), float(A.mid())

    def allowed(self, i: int, dtype: Dtype) -> float:
        """What rounding in that precision may come to, of a careful function."""
        u, (m, d) = ROUNDOFF[dtype], self.Y.shape
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            z = (((self.X[i] - self.Y) / self.h) ** 2).sum(axis=1)
            sizes = (np.linalg.norm(self.X[i]) + np.linalg.norm(self.Y, axis=1)) / self.h
            off = gamma(d + 6, u) * z if self.far else gamma(3 * d + 10, u) * sizes**2
            kernels = np.abs(self.w) * np.exp(-z)
            most = np.where(kernels > 0, kernels * (np.expm1(np.minimum(off, 700.0)) + 8 * u), 0.0)
            tiny = TINY[dtype] * (float(np.abs(self.w).sum()) + 1)
            return float(most.sum() + gamma(m + 8, u) * kernels.sum() + tiny)


def asked_for(kernel: Kernel, tolerance: Tolerance) -> Tolerance | None:
    """The tolerance where it can be asked for."""
    return tolerance if "tolerance" in kernel.offer.features else None


def summed(kernel: Kernel, name: str, given: Sum, rows: int = 12) -> Result:
    """One call, and some of its rows against exact sums: the worst, by its error in units of what it is held to."""
    asked = given.held(kernel.conventions.dtype)
    outcome = kernel.call(asked.call)
    if isinstance(outcome, Failure):
        return replace(failed(name, outcome), needs=asked.needs)
    return replace(judged(name, asked, outcome, kernel.conventions.dtype, rows), needs=asked.needs)


def judged(name: str, asked: Sum, outcome: Outcome, dtype: Dtype, rows: int) -> Result:
    """What an output is worth."""
    assert not isinstance(outcome, Failure)
    output = outcome.output[0, 0, :, 0]
    odd = np.flatnonzero(~np.isfinite(output))
    if len(odd):
        return Result(name, "wrong", f"row {odd[0]}: {output[odd[0]]}, and every sum is a number")
    worst = Result(name, "passed", "there are no rows")
    ratio = -1.0
    for i in np.unique(np.linspace(0, len(output) - 1, min(rows, len(output))).astype(int)).tolist():
        S, A = asked.exact(i)
        rounding = asked.allowed(i, dtype)
        rtol, atol = asked.tolerance or (0.0, 0.0)
        demanded, lost = max(rtol * A + atol, rounding), abs(float(output[i]) - S)
        if lost / demanded > ratio:
            ratio = lost / demanded
            worst = _said(name, i, float(output[i]), S, A, lost, demanded, asked.tolerance)
    return worst


def _said(
    name: str, i: int, given: float, S: float, A: float, lost: float, demanded: float, tolerance: Tolerance | None
) -> Result:
    of = f"row {i}: {given:.9g}, expected {S:.9g}: off by {lost:.3g}, {demanded:.3g} "
    if tolerance is None:
        said = of + "is what rounding explains"
        status = "passed" if lost <= demanded else "wrong" if lost > GROSS * A else "inaccurate"
    else:
        said = of + f"is promised by rtol = {tolerance[0]:g}, atol = {tolerance[1]:g}"
        status = "passed" if lost <= demanded else "wrong"
    return Result(name, status, said, demanded, lost)  # type: ignore[arg-type]
