"""What the reductions to gradients share: the vectors of `matched` with one more column, a probe, that touches no score.

dQ_i[x] = scale Cov_{P_i}(f_i, x) for a column x of K, f_ij = <dO_i, V_j>; dS_ij = Cov_{P_i}(f_i, 1_j). A column that is x in
K and 0 in Q is read by dQ, one that is constant in Q and 0 in K is read by dK, and neither changes a score. Obstacle: with one
value on the data and another on the dummies, Cov is +-u (1 - u), u = S/(S + Z), the same for S and Z exchanged. So keys come in
pairs of equal mass whose f have opposite signs, delta_i = sum_j P_ij f_ij vanishes, and what carries a probe is told apart.
"""

from collections.abc import Mapping
from math import ceil, exp, log, sqrt

import numpy as np

from instances.bits import BitMatrix, Bools, Ints
from instances.coded import Coded, Floats
from instances.problem import Size
from reductions.parts.matched import check_rounding, matched
from reductions.parts.room import ROOM


def probed(of: Size, m: int, R0: float, M: int, code: int = 0, pads: int = 0) -> dict[str, float]:
    """`matched` with the probe as one of the d~ columns: beta and B grow with d~, and no exponent changes."""
    found = matched(of, m, R0, M, code, pads)
    width = of["d"] + found["p"] + code
    beta = found["beta"] * (width + 1) / width
    return {**{name: found[name] for name in ("p", "M", "eta")}, "beta": beta, "B": sqrt(beta)}


def apart(of: Size, R0: float) -> dict[str, float]:
    """D, r and leak for private keys of n rows that see m data keys each: with an address code of r columns and distance D
    (`matched.address`), the private keys of all other rows weigh for a row at most leak times what its own weighs,

        leak = (n - 1) e^{-2 D lam} <= eps = min(2^-8, (sqrt R0 - 1)/16),   D = ceil((t2 - t) ln(n/eps)/ln(m R0)).
    """
    n, gap, logs = of["n"], of["t2"] - of["t"], log(of["m"]) + log(R0)
    D = ceil(gap * (log(n) - log(min(2.0**-8, (sqrt(R0) - 1) / 16))) / logs)
    return {"D": D, "r": D * (n - 1).bit_length(), "leak": (n - 1) * exp(-D * logs / gap)}


def with_room(low: float, high: float) -> Mapping[str, float]:
    """The thresholds, a little nearer to each other."""
    return {"low": low + ROOM * (high - low), "high": high - ROOM * (high - low)}


def check_rounding_back(beta: float, R0: float) -> None:
    """Errors: `Declined` where exponents up to beta, rounded, would eat the room: twice as much as forwards is asked, for two
    dummies and what cancels.
    """
    check_rounding(beta, R0, 2 * beta)


def with_column(block: Coded, zero: float, one: float | None = None, bits: Bools | None = None) -> Coded:
    """The block with one more column: zero in all rows, or one where the bit is set."""
    d = block.bits.d
    wide = block.bits.widened(1)
    if bits is not None:
        words = wide.words.copy()
        words[:, d // 64] |= bits.astype(np.uint64) << np.uint64(d % 64)
        wide = BitMatrix(words, d + 1)
    return Coded(wide, np.append(block.zero, zero), np.append(block.one, zero if one is None else one))


def given(n: int, rows: Ints, value: float) -> Floats:
    """dO (n, 1): `value` in these rows, 0 in the others."""
    dO = np.zeros((n, 1))
    dO[rows] = value
    return dO
