"""Scores of coded rows as bit counts.

In a column where q takes two values q0, q1 (by the bit a) and k takes k0, k1 (by the bit b),

    q k = q0 k0 + a dq k0 + b q0 dk + ab dq dk                     with dq = q1 - q0, dk = k1 - k0, or
    q k = qm km + sa (dq/2) km + sb qm (dk/2) + sa sb dq dk/4      with means qm, km and signs s = 2 bit - 1,

where sa sb = 1 - 2 (a xor b).

Where |scale dq dk| is the same in all columns in which both vary, a score is alpha_i + gamma_j + x k_ij in units of log 2, with
k_ij the bits of (a and b), or of (a xor b); bits are complemented in columns where x would be negative. The form is taken in
which the gamma_j, which go to the values, spread less: for entries +-B they vanish in the second, for 0 and B in the first.
"""

from dataclasses import dataclass
from math import e as EULER
from math import log2

import numpy as np

from instances.bits import Bools
from instances.coded import Coded, Floats
from instances.faults import Declined

MAX_STEP = 400 / 15
"""Of x: 2^(15 x) stands in a table."""

MAX_SPREAD = 300.0
"""Of the gamma_j."""


@dataclass(frozen=True)
class Form:
    """Scores of a pair of blocks, in units of log 2: constant + <a, alpha> + <b, gamma> + x k, as in the module's text.

    `varies` tells the columns in which both bits count, `flipped` those in which one is complemented (a for the exclusive or,
    b for `and`).
    """

    either: bool
    constant: float
    alpha: Floats
    gamma: Floats
    x: float
    varies: Bools
    flipped: Bools

    @classmethod
    def of(cls, queries: Coded, keys: Coded, scale: float) -> "Form":
        """The one of the two forms in which the gamma_j spread less. Errors: `Declined`."""
        form = min((cls._of(queries, keys, scale, either) for either in (False, True)), key=lambda form: form.spread)
        if not form.x <= MAX_STEP or not form.spread <= MAX_SPREAD:
            what = f"a bit changes scores by {form.x:.4g} powers of two, keys alone by {form.spread:.4g}"
            raise Declined(f"boolean: {what}; it needs at most {MAX_STEP:.3g} and {MAX_SPREAD:g}: use softmax")
        return form

    @classmethod
    def _of(cls, queries: Coded, keys: Coded, scale: float, either: bool) -> "Form":
        unit = scale * log2(EULER)
        q, k = queries.zero, keys.zero
        dq, dk = queries.one - queries.zero, keys.one - keys.zero
        step = unit * dq * dk
        varies, negative = step != 0, step < 0
        sizes = np.abs(step[varies])
        if len(sizes) and not sizes.max() <= sizes.min() * (1 + 2.0**-50):
            what = f"a bit changes scores by {sizes.min():.6g} powers of two in one column and by {sizes.max():.6g} in another"
            raise Declined(f"boolean: {what}; it counts bits of one weight: use softmax")
        x = float(sizes.max(initial=0.0))
        if not either:
            alpha = unit * dq * k + np.where(negative, step, 0)
            return cls(False, float((unit * q * k).sum()), alpha, unit * q * dk, x, varies, negative)
        qm, km = q + dq / 2, k + dk / 2
        constant = (unit * (qm * km - dq * km / 2 - qm * dk / 2) - np.abs(step) / 4).sum()
        return cls(True, float(constant), unit * dq * km, unit * qm * dk, x / 2, varies, varies & ~negative)

    @property
    def spread(self) -> float:
        """How far apart two <b, gamma> may be."""
        return float(np.abs(self.gamma).sum())
