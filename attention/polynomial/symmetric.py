"""Smaller kappa_p for the moment certificate (module `moments`), from the moments of symmetric tensors.

For p = 2 and 3 let F_j = z_j (x) ... (x) z_j in orthonormal coordinates of the symmetric tensors
(monomials times the root of their multiplicity), M_2p = E F F^T. Let T be an orthonormal basis of the polynomials |z|^2 z_b (p
= 3) or of |z|^2 (p = 2): of a unit vector u, u (x) ... (x) u has a component of squared length o along T whatever u is, o =
1/d for p = 2 and 3/(d + 2) for p = 3 (<u (x) u (x) u, |z|^2 z_b> = u_b, and |z|^2 z_b has the squared length (d + 2)/3). With
H the projection on the complement of T,

    kappa_p <= o lambda_max(T^T M_2p T) + (1 - o) lambda_max(H M_2p H) + 2 sqrt(o (1 - o)) ||H M_2p T||.

Rounding (derived here). In a working type of roundoff u a product F_s F_t has 2p entries of z, rounded once, and 2p products,
in whatever order (two that are the same monomial are summed once); its sum has VECTORS + 3 roundings of that type and fewer
than m of float64, roots and quotient some more. So entry (s, t) is
off by less than e E |F_s F_t|, e = gamma(4p + VECTORS + 8, u) + gamma(m + 8p (d + 4), u64), and M_2p by e E |F|^2 in the
spectral norm, since |F_s F_t| is an entry of the positive matrix |F| |F|^T: by 2 e of the computed trace where e <= 1/4. Where
|z| is at most 2^10 nothing overflows, and what underflows changes an entry by 2^-126 2^50 at most, far less than that, as the
trace is about 1 or more. T and H are rounded, too: 64 times their size in u64 is allowed for.
"""

from collections import Counter
from functools import partial
from itertools import combinations_with_replacement
from math import comb, factorial, prod, sqrt

import numpy as np

from attention.polynomial.eigenvalues import largest_eigenvalue
from attention.polynomial.moments import Moments
from attention.polynomial.rounding import U32
from attention.rounding import U64, WIDEN, gamma
from instances.coded import Floats
from instances.kept import kept

VECTORS = 16
"""Of the working type a sum has three roundings more at most (module `tensors`)."""

MANY = 1 << 12
"""From so many keys on sums are float32: what they lose does not count beside what more keys would teach."""

TENSORS = 300
"""Symmetric tensors of so many coordinates at most are looked at."""

LARGEST = 2.0**10
"""Larger |z| are not looked at: their powers would be beyond float32."""


def sharper(of: Moments, p: int) -> Moments:
    """The same with a smaller kappa_p, p = 2 or 3, by a pass of O(m binom(d + 2p - 1, 2p)); as it is where that is much."""
    d, m = len(of.centre), of.inputs.m
    if comb(d + p - 1, p) > TENSORS or not of.z < LARGEST:
        return of
    dtype, u = (np.float32, U32) if m >= MANY else (np.float64, U64)
    roots, T = _basis(d, p)
    M = sum(of.inputs.over("K", partial(_summed, of.centre, of.W, p, dtype))) / m * roots * roots[:, None]
    lost = gamma(4 * p + VECTORS + 8, u) + gamma(m + 8 * p * (d + 4), U64)
    off = (2 * lost + 64 * len(T) * U64) * float(np.trace(M))
    if not (lost <= 0.25 and np.isfinite(off)):
        return of
    H, o = np.eye(len(T)) - T @ T.T, 1 / d if p == 2 else 3 / (d + 2)
    cross = H @ M @ T
    along, apart = largest_eigenvalue(T.T @ M @ T, 0.0) + off, largest_eigenvalue(H @ M @ H, 0.0) + off
    both = sqrt(largest_eigenvalue(cross.T @ cross, gamma(4 * len(T), U64))) + off
    return of.with_kappa(p, (o * along + (1 - o) * apart + 2 * sqrt(o * (1 - o)) * both) * WIDEN)


def pass_seconds(d: int, m: int, p: int) -> float:
    """What `sharper` should take on two cores: all products of tensors, and eigenvectors."""
    return 3e-4 + comb(d + p - 1, p) ** 2 * 1e-7 + m * (comb(d + 2 * p - 1, 2 * p) * 1.2e-11 + d**2 * 2e-11)


@kept(8)
def _basis(d: int, p: int) -> tuple[Floats, Floats]:
    """The roots of the multiplicities of all tensors of order p = 2 or 3, in the order of module `monomials`; and T, which has
    the columns |z|^2/sqrt(d) for p = 2, |z|^2 z_b sqrt(3/(d + 2)) for p = 3: a monomial is its coordinate over its root.
    """
    tensors = list(combinations_with_replacement(range(d), p))
    counts = [Counter(t) for t in tensors]
    roots = np.sqrt([factorial(p) / prod(map(factorial, count.values())) for count in counts])
    T = np.zeros((len(tensors), 1 if p == 2 else d))
    for place, count in enumerate(counts):
        odd = [b for b, times in count.items() if times % 2]
        if p == 2 and not odd:
            T[place, 0] = sqrt(1 / d)
        elif p == 3 and len(odd) == 1:
            T[place, odd[0]] = sqrt(3 / (d + 2)) / roots[place]
    return roots, T


def _summed(centre: Floats, W: Floats, p: int, dtype: type[np.floating], K: Floats) -> Floats:
    from attention.polynomial.tensors import tensor_pass

    return tensor_pass(centre, W, p, dtype, K)
