"""The moment certificate: what Taylor's polynomial costs a row is a mean over its keys, not the worst of its exponents.

Letters: x_ij = scale <q_i, k_j - c> for a stored c, s = |scale|, T_g(x) = sum_(k <= g) x^k/k!, E_i the mean over j;
mu_2p(i) = E_i x^2p, M_i >= max_j |x_ij|, b >= |E_i x|; w_ij = e^{x_ij}, D_i = sum_j w_ij, Att_i the row of attention.

**The bound** (derived here). For every p >= 1 with 2p <= g + 1

    |T - Att|_i <= dev_i theta_i/(1 - theta_i),   theta_i = e^b (R_i M_i^(g+1-2p) mu_2p(i)/(g+1)! + 2 u64 sum_k M_i^k/k!),
    R_i = sum_k M_i^k (g+1)!/(g+1+k)!,   dev_i = min(spread, e_c + e^b d_c sqrt(mu_2(i)) (e^{M_i} - 1)/M_i).

*Proof.* e^x - T_g(x) = x^(g+1) I(x)/g! with I(x) = int_0^1 (1-t)^g e^(tx) dt, positive and increasing, so that |e^x - T_g(x)|
is at most |x|^(g+1) R(M)/(g+1)!; the coefficients 1/k! are stored to within 2 u64/k!. Of |x|^(g+1) all but 2p factors are at
most M_i: the weights w~ = P(x) that are used differ from w by sum_j |w~ - w| <= m (R M^(g+1-2p) mu_2p/(g+1)! + 2 u64 sum
M^k/k!), and by Jensen's inequality D_i >= m e^-b, together theta_i D_i. Now T - Att = sum_j (w~ - w)(V_j - Att)/D~ with D~ >=
(1 - theta) D: the first claim, with dev_i >= max_j |V_jc - Att_ic|, at most the spread max V_c - min V_c. For the other, V_j -
Att = (V_j - v) - (Att - v) about a stored v, and Att - E V = E(w - E w)(V - E V)/E w is at most sd(w) sd(V)/E w, where sd(w)^2
<= E (e^x - 1)^2 <= mu_2 ((e^M - 1)/M)^2 and E w >= e^-b. So with e_c = max_j |V_jc - v_c| + |E V_c - v_c| and d_c >= sd(V_c).
[]

**Moments of all rows at once.** For *any* stored matrix L and vectors z_j let r_j = k_j - c - L z_j and u_i = scale L^T q_i:
then x_ij = <u_i, z_j> + scale <q_i, r_j>, and by Minkowski's inequality, with delta_i = s |q_i| max_j |r_j|,

    mu_2p(i)^(1/2p) <= kappa_p^(1/2p) |u_i| + delta_i,   max_j |x_ij| <= |u_i| max_j |z_j| + delta_i,
    kappa_p = the largest eigenvalue of A_p = E |z|^(2p-2) z z^T.

L is a factor of the covariance of the keys (lifted a little, so that it is never singular) and z_j = W (k_j - c) computed with
W near L^-1. Since k_j - c and z_j are rounded, |r_j| <= rho |y_j| for the computed y_j = k_j - c, where rho is the Frobenius
norm of u64 I + |I - L W| + gamma(2d + 4, u64) |L| |W|.

*Other coordinates.* Where L is the factor of the covariance of some of the keys, A_1 is near 1 and not 1. With a factor C of
the computed A_1, D near its inverse, L' = L C and z'_j = D z_j,

    k_j - c - L' z'_j = r_j + (L - L' D) z_j,   |z_j| <= ||W|| |y_j| but for rounding,
    A'_1 = D A_1 D^T,   A'_2 <= ||D||^2 D A_2 D^T,   max|z'_j| <= ||D|| max|z_j|,

since |z'_j| <= ||D|| |z_j|: rho grows by the Frobenius norm of L - L' D times that of W. A pass with D W gives z'_j too, but
for an r_j that the norm of I - L' D W bounds as above: rho is the larger of both.

For p = 2 and 3 module `symmetric` has a smaller kappa_p.

**In floating point.** A_p is a sum of m terms with some roundings each: it is off by at most gamma(m + 2p (d + 4), u64) times
its trace, in the spectral norm (`lost`), and D A_p D^T by that times the squared Frobenius norm of D. |u_i| is off by
gamma(d + 4, u64) s |L|_F |q_i|, which is added to delta_i. What is relative is in WIDEN.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from math import factorial, inf, sqrt
from typing import Any

import numpy as np

from attention.blocks import Blocks, sampled
from attention.polynomial.eigenvalues import largest_eigenvalue, lifted_factor
from attention.polynomial.sizes import Deviation, Size, lost, remainder
from attention.rounding import U64, WIDEN, gamma
from instances.coded import Floats, Rows, dense

LIKE = 1.02
"""Up to this largest eigenvalue of E z z^T, which should be 1, the keys lie as those do by which L was chosen."""

NEAR = 1.5
"""Up to this largest eigenvalue of D D^T what is known of the keys is put into other coordinates, without another pass."""


@dataclass(frozen=True)
class Moments:
    """What is known of the keys about `centre`: the least, largest and mean entry of each column (`keys`), `widths` >= |y_c|,
    the largest norms of y and of z, L and W, rho, `drift` >= |E y_c|, A_1 and A_2, and kappa_p.
    """

    inputs: Blocks
    centre: Floats
    keys: Floats
    widths: Floats
    radius: float
    drift: Floats
    L: Floats
    W: Floats
    rho: float
    z: float
    powers: tuple[Floats, Floats]
    kappa: Mapping[int, float]

    @classmethod
    def of(cls, inputs: Blocks) -> "Moments | None":
        """One pass over the keys, O(m d^2), or two, where some of them do not tell how all lie; about their mean, or near it.
        None where they are beyond float64, coded, or all alike.
        """
        some = sampled(inputs, "K")
        if some is None:
            return None
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            centre = some.mean(axis=0)
            apart = some - centre
            first = cls._about(inputs, centre, lifted_factor(apart.T @ apart / len(some)))
            if first is None:
                return None
            if first.kappa[1] <= LIKE:
                return first.with_powers()
            if (whitened := first.whitened()) is not None:
                return whitened
            return (cls._about(inputs, centre, lifted_factor(first.L @ first.powers[0] @ first.L.T)) or first).with_powers()

    @classmethod
    def _about(cls, inputs: Blocks, centre: Floats, L: Floats | None) -> "Moments | None":
        if L is None:
            return None
        d, m = inputs.d, inputs.m
        W: Any = np.linalg.inv(L)
        (most, norms), (total, A) = _summed(inputs, partial(_key_sums, centre, W))
        low, high = -most[1], most[0]
        widths = np.maximum(high - centre, centre - low) * WIDEN
        drift = np.abs(total) / m + gamma(m + 4, U64) * widths
        rho = sqrt(float((_residue(L, W) ** 2).sum())) * WIDEN
        radius, z = (sqrt(float(norm)) * WIDEN for norm in norms)
        if not np.isfinite([radius, z, rho, *(float(np.trace(part)) for part in A)]).all():
            return None
        kappa = {1: largest_eigenvalue(A[0] / m, lost(1, d, m))}
        keys = np.stack([low, high, centre + total / m])
        return cls(inputs, centre, keys, widths, radius, drift, L, W, rho, z, (A[0] / m, A[1] / m), kappa)

    def with_powers(self) -> "Moments":
        """With kappa_2 and kappa_3."""
        kappa = largest_eigenvalue(self.powers[1], lost(2, len(self.L), self.inputs.m))
        return replace(self, kappa={**self.kappa, 2: kappa, 3: kappa * self.z**2 * WIDEN})

    def whitened(self) -> "Moments | None":
        """The same for z' = D z (module text), D such that E z' z'^T is near 1, without a pass; None where D is far from 1."""
        d, m, (A, A_2) = len(self.L), self.inputs.m, self.powers
        try:
            C: Any = np.linalg.cholesky(A)
        except np.linalg.LinAlgError:
            return None
        D: Any = np.linalg.inv(C)
        size = float((D**2).sum())
        longest = largest_eigenvalue(D @ D.T, gamma(d + 4, U64))
        if not longest <= NEAR:
            return None
        L, W = self.L @ C, D @ self.W
        apart = np.abs(self.L - L @ D) + gamma(d + 4, U64) * (np.abs(L) @ np.abs(D)) + U64 * np.abs(self.L)
        moved = sqrt(float((apart**2).sum()) * float((self.W**2).sum())) * (1 + gamma(d + 4, U64))
        rho = max(self.rho + moved, sqrt(float((_residue(L, W) ** 2).sum()))) * WIDEN
        near_one, whole = D @ A @ D.T, D @ A_2 @ D.T
        off, off_2 = (
            (lost(p, d, m) + gamma(2 * d + 8, U64)) * size * float(np.trace(part)) * WIDEN for p, part in ((1, A), (2, A_2))
        )
        kappa_1 = (float(np.abs(near_one).sum(axis=1).max()) + off) * WIDEN
        kappa_2 = largest_eigenvalue(whole, off_2 / float(np.trace(whole))) * longest * WIDEN
        z = sqrt(longest) * self.z * WIDEN
        kappa = {1: kappa_1, 2: kappa_2, 3: kappa_2 * z**2 * WIDEN}
        return replace(self, L=L, W=W, rho=rho, z=z, powers=(near_one, whole), kappa=kappa)

    def with_kappa(self, p: int, kappa: float) -> "Moments":
        """The same where kappa_p is known to be no larger than that."""
        return replace(self, kappa={**self.kappa, p: min(self.kappa[p], kappa)})

    def mean_power(self, p: int) -> float:
        """About the mean of E <u, z>^2p over all unit vectors u, p = 2 or 3, with (E |z|^4)^2/E |z|^2 for E |z|^6."""
        d, two, four = len(self.L), *(float(np.trace(A)) for A in self.powers)
        return 3 * four / (d * (d + 2)) if p == 2 else 15 * four**2 / two / (d * (d + 2) * (d + 4))

    def b(self, q: Floats) -> float:
        """At least |E_i x| of all rows, for the largest |q_c|."""
        return float(abs(self.inputs.scale) * (q * self.drift).sum()) * WIDEN

    def sizes(self, step: int = 1) -> tuple[Size, Floats]:
        """Of each query, or of every `step`-th of a block, and the largest |q_c| of all of these. O(n d^2/step)."""
        rows, columns = zip(*self.inputs.over("Q", partial(_sizes, *self._of_sizes, step)), strict=True)
        return self._size(rows[0] if len(rows) == 1 else np.concatenate(rows, axis=1)), np.max(columns, axis=0)

    def largest_sizes(self) -> tuple[Size, Floats]:
        """At least those of every query, and the largest |q_c| of all. O(n d^2), without memory for each row."""
        rows, columns = zip(*self.inputs.over("Q", partial(_largest_sizes, *self._of_sizes)), strict=True)
        return self._size(np.max(rows, axis=0)), np.max(columns, axis=0)

    @property
    def _of_sizes(self) -> tuple[Floats, Floats]:
        s = abs(self.inputs.scale) * WIDEN
        return s * self.L.T, s * self.widths

    def _size(self, found: Floats) -> Size:
        """Of |q|, |scale L^T q| and the sums over columns, as they are computed."""
        s, off = abs(self.inputs.scale) * WIDEN, gamma(len(self.L) + 4, U64) * sqrt(float((self.L**2).sum()))
        norms, whitened, sums = found
        norm = s * norms
        return Size(norm, whitened + off * norm, sums)

    def M(self, of: Size) -> Any:
        """At least max_j |x_ij|."""
        delta = of.norm * self.rho * self.radius
        return np.minimum(np.minimum(of.norm * self.radius, of.columns), of.whitened * self.z + delta) * WIDEN

    def mu(self, p: int, of: Size) -> Any:
        """At least E_i x^2p."""
        delta = of.norm * self.rho * self.radius
        return (self.kappa[p] ** (1 / (2 * p)) * of.whitened + delta) ** (2 * p) * WIDEN

    def theta(self, g: int, of: Size, b: float) -> Any:
        """At least sum_j |w~ - w|/D of each row, rounding apart."""
        M = self.M(of)
        least = np.minimum.reduce([M ** (g + 1 - 2 * p) * self.mu(p, of) for p in self.kappa if 2 * p <= g + 1])
        stored = 2 * U64 * sum(M**k / factorial(k) for k in range(g + 1))
        return np.exp(b) * (remainder(M, g) * least / factorial(g + 1) + stored) * WIDEN

    def error(self, g: int, of: Size, b: float, dev: Deviation) -> Any:
        """At least |T - Att| of each row, rounding apart; infinite where theta is not below 1."""
        theta = self.theta(g, of, b)
        return np.where(theta < 1, dev.of(self.mu(1, of), self.M(of), b) * theta / (1 - theta) * WIDEN, inf)


def _residue(L: Floats, W: Floats) -> Floats:
    one = np.eye(len(L))
    return U64 * one + np.abs(one - L @ W) + gamma(2 * len(L) + 4, U64) * (np.abs(L) @ np.abs(W))


def _sizes(turn: Floats, widths: Floats, step: int, Q: Rows) -> tuple[Floats, Floats]:
    """(3, n), as of `Size`, but for the scale of |q|; and the largest |q_c|."""
    from attention.polynomial.passes import query_pass

    return query_pass(turn, widths, dense(Q, slice(None))[::step])


def _largest_sizes(turn: Floats, widths: Floats, Q: Rows) -> tuple[Floats, Floats]:
    from attention.polynomial.passes import largest_of_queries

    return largest_of_queries(turn, widths, dense(Q, slice(None)))


def _key_sums(centre: Floats, W: Floats, K: Floats) -> tuple[tuple[Floats, Floats], tuple[Floats, Floats]]:
    """Maxima, and sums, of a block of keys."""
    from attention.polynomial.passes import key_pass

    most, total, norms, powers = key_pass(centre, W, K)
    return (most, norms), (total, powers)


def _summed(inputs: Blocks, block: Callable[[Floats], Any]) -> Any:
    """(maxima, sums) over all keys, of what gives both of a block."""
    maxima, sums = zip(*inputs.over("K", block), strict=True)
    most = tuple(np.maximum.reduce(each) for each in zip(*maxima, strict=True))
    return most, tuple(sum(each[1:], each[0]) for each in zip(*sums, strict=True))
