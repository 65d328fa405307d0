"""Smaller kappa_p for the moment certificate (module `moments`), from the moments of symmetric tensors.

For p = 2 and 3 let F_j = z_j (x) ... (x) z_j in orthonormal coordinates of the symmetric tensors
(monomials times the root of their multiplicity), M_2p = E F F^T. Let T be an orthonormal basis of the polynomials |z|^2 z_b (p
= 3) or of |z|^2 (p = 2): of a unit vector u, u (x) ... (x) u has a component of squared length o along T whatever u is, o =
1/d for p = 2 and 3/(d + 2) for p = 3 (<u (x) u (x) u, |z|^2 z_b> = u_b, and |z|^2 z_b has the squared length (d + 2)/3). With
H the projection on the complement of T,

    kappa_p <= o lambda_max(T^T M_2p T) + (1 - o) lambda_max(H M_2p H) + 2 sqrt(o (1 - o)) ||H M_2p T||.

M_2p is off by at most `lost` of its trace in the spectral norm, and T and H are rounded too.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from functools import partial
from itertools import combinations_with_replacement
from math import comb, factorial, prod, sqrt

import numpy as np

from attention.blas import ONE_BLAS_THREAD
from attention.polynomial.eigenvalues import largest_eigenvalue
from attention.polynomial.moments import Moments, lost
from attention.rounding import U64, WIDEN, gamma
from instances.coded import Floats

ROWS = 4096
"""Rows that are worked on at once, in the nearer caches."""

TENSORS = 300
"""Symmetric tensors of so many coordinates at most are looked at."""


def sharper(of: Moments, p: int) -> Moments:
    """The same with a smaller kappa_p, p = 2 or 3, by a pass of O(m binom(d + p - 1, p)^2); as it is where that is much."""
    d, m = len(of.centre), of.inputs.m
    if comb(d + p - 1, p) > TENSORS:
        return of
    tensors = list(combinations_with_replacement(range(d), p))
    roots = np.sqrt([factorial(p) / prod(map(factorial, Counter(t).values())) for t in tensors])
    M = sum(of.inputs.over("K", partial(_summed, partial(_squared, of.centre, of.W, tensors, roots)))) / m
    T = _traces(d, p, tensors, roots)
    H, o = np.eye(len(T)) - T @ T.T, 1 / d if p == 2 else 3 / (d + 2)
    cross = H @ M @ T
    off = (lost(p, d, m) + 64 * len(T) * U64) * float(np.trace(M))
    along, apart = largest_eigenvalue(T.T @ M @ T, 0.0) + off, largest_eigenvalue(H @ M @ H, 0.0) + off
    both = sqrt(largest_eigenvalue(cross.T @ cross, gamma(4 * len(T), U64))) + off
    return of.with_kappa(p, (o * along + (1 - o) * apart + 2 * sqrt(o * (1 - o)) * both) * WIDEN)


def _traces(d: int, p: int, tensors: Sequence[Sequence[int]], roots: Floats) -> Floats:
    """The columns of T: |z|^2/sqrt(d) for p = 2, |z|^2 z_b sqrt(3/(d + 2)) for p = 3. A monomial is its coordinate over the
    root of its multiplicity.
    """
    T = np.zeros((len(tensors), 1 if p == 2 else d))
    for place, t in enumerate(tensors):
        odd = [b for b, count in Counter(t).items() if count % 2]
        if p == 2 and not odd:
            T[place, 0] = sqrt(1 / d)
        elif p == 3 and len(odd) == 1:
            T[place, odd[0]] = sqrt(3 / (d + 2)) / roots[place]
    return T


def _squared(centre: Floats, W: Floats, tensors: Sequence[Sequence[int]], roots: Floats, X: Floats) -> Floats:
    """The sum of F F^T."""
    z = W @ (X - centre).T
    F: Floats = np.empty((len(tensors), len(X)))
    for row, t, root in zip(F, tensors, roots, strict=True):
        np.multiply(z[t[0]], root, out=row)
        for b in t[1:]:
            row *= z[b]
    found: Floats = F @ F.T
    return found


def _summed(block: Callable[[Floats], Floats], X: Floats) -> Floats:
    """The sum of what `block` gives of ROWS rows at a time, in order."""
    from instances.compiling import thread_count

    starts = range(0, len(X), ROWS)
    workers = min(thread_count(), len(starts))
    with ONE_BLAS_THREAD, ThreadPoolExecutor(workers) if workers > 1 else nullcontext() as pool:
        found = (pool.map if pool else map)(lambda start: block(X[start : start + ROWS]), starts)
        total = next(iter(found))
        for part in found:
            total = total + part
    return total
