"""Families of codes whose products have a proven distance.

Letters as in `multiplication`: L, k, k', D'.

Reed-Solomon: polynomials of degree < k at L <= q points; k' = 2k - 1, D' = L - 2k + 2 (exact).
Hermitian, q = r^2: the curve y^r + y = x^(r+1) has L = r^3 points over F_q besides one at infinity; C is spanned by the
x^i y^j (j < r) with i r + j (r+1) <= alpha, the pole order at infinity. Products have orders up to 2 alpha, and a nonzero
function has at most as many zeros as poles: D' = L - 2 alpha.
Projective: the linear forms on the L = (3^k - 1)/2 points of PG(k-1, 3); C' is the quadratic forms, k' = k (k+1)/2, and
D' = 2 * 3^(k-2) (1 for k = 1), attained by two hyperplanes (Sorensen 1991, projective Reed-Muller codes of order 2).
"""

from itertools import product
from math import isqrt

import numpy as np

from instances.faults import BadInput
from instances.kept import kept
from reductions.codes.field import Elements, Field, field
from reductions.codes.linear import LinearCode
from reductions.codes.multiplication import MultiplicationCode


@kept(128)
def reed_solomon(q: int, k: int, L: int) -> MultiplicationCode:
    """Degree < k at the elements numbered 0..L-1. Errors: `BadInput` unless k >= 1 and 2k - 1 <= L <= q, a prime power."""
    F = field(q)
    if k < 1 or not 2 * k - 1 <= L <= q:
        raise BadInput(f"k = {k}, L = {L}, q = {q}: Reed-Solomon with products needs k >= 1 and 2k - 1 <= L <= q")
    points = np.arange(L, dtype=np.uint8)
    return MultiplicationCode(_spanned(F, _powers(F, points, k)), _spanned(F, _powers(F, points, 2 * k - 1)), L - 2 * k + 2)


@kept(128)
def hermitian(q: int, alpha: int) -> MultiplicationCode:
    """Pole order <= alpha on the Hermitian curve over F_q; C' is the span of the products.

    Errors: `BadInput` unless q is the square of a prime power and 0 <= 2 alpha < r^3.
    """
    r = _root(q)
    if not 0 <= 2 * alpha < r**3:
        raise BadInput(f"alpha = {alpha} over F_{q}: D' = r^3 - 2 alpha must be positive, so 0 <= alpha <= {(r**3 - 1) // 2}")
    code = hermitian_code(q, alpha)
    return MultiplicationCode(code, code.squared(), code.L - 2 * alpha)


def hermitian_code(q: int, alpha: int) -> LinearCode:
    """C(alpha), the functions with pole order <= alpha. Errors: `BadInput` unless q is a square and 0 <= alpha < r^3."""
    F, r = field(q), _root(q)
    if not 0 <= alpha < r**3:
        raise BadInput(f"alpha = {alpha} over F_{q}: pole orders from 0 to r^3 - 1 = {r**3 - 1} have a code; give one of them")
    pairs = np.array(list(product(range(q), repeat=2)), dtype=np.uint8)
    X, Y = (_powers(F, pairs[:, i], max(alpha // r, r + 1) + 1) for i in (0, 1))
    on_curve = F.plus(Y[r], Y[1]) == X[r + 1]
    functions = [(i, j) for i, j in product(range(alpha // r + 1), range(r)) if i * r + j * (r + 1) <= alpha]
    return _spanned(F, np.array([F.times(X[i], Y[j])[on_curve] for i, j in functions], dtype=np.uint8))


def hermitian_k(q: int, alpha: int) -> int:
    """The dimension of `hermitian_code(q, alpha)`: the number of its monomials."""
    r = _root(q)
    return sum((alpha - j * (r + 1)) // r + 1 for j in range(r) if j * (r + 1) <= alpha)


@kept(128)
def projective(k: int) -> MultiplicationCode:
    """Linear forms on PG(k-1, 3), whose points have 1 as their first nonzero coordinate. Errors: `BadInput` unless k >= 1."""
    if k < 1:
        raise BadInput(f"k = {k}: a projective space has at least one coordinate; give k >= 1")
    F = field(3)
    vectors = np.array(list(product(range(3), repeat=k)), dtype=np.uint8)[1:]
    points = vectors[vectors[np.arange(len(vectors)), (vectors > 0).argmax(axis=1)] == 1]
    code = _spanned(F, points.T)
    return MultiplicationCode(code, code.squared(), projective_distance(k))


def projective_distance(k: int) -> int:
    """D' of `projective(k)`."""
    return 2 * 3 ** (k - 2) if k > 1 else 1


def _root(q: int) -> int:
    """r with r^2 = q. Errors: `BadInput`."""
    r = isqrt(q)
    if r * r != field(q).q:
        raise BadInput(f"q = {q}: the Hermitian curve lives over the square of a prime power; give q = 4, 9, 16, 25, 49 or 64")
    return r


def _spanned(F: Field, rows: Elements) -> LinearCode:
    return LinearCode.spanned(F, np.ascontiguousarray(rows))


def _powers(F: Field, points: Elements, count: int) -> Elements:
    """Row i is the i-th power of the points, 0 <= i < count."""
    rows = [np.ones(len(points), dtype=np.uint8)]
    while len(rows) < count:
        rows.append(F.times(rows[-1], points))
    return np.array(rows, dtype=np.uint8)
