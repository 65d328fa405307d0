"""Alman and Song, Lemma 4.7, Case 2: the matrices Q, K, A and V, their shapes, and the ranges of the indices.

A case holds the sets A and B (n vectors of weight d/2 each, as 0/1 strings). Q and K are given in units of sqrt(beta), d~ = 2d.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations

import numpy as np
from flint import arb

from hardlab.claims.alman_song.lemma_4_7.construction import balanced, distance, inner, unbalanced, words
from hardlab.claims.claim import Case, Finding, IllTyped, Verdict, found, outside
from hardlab.claims.numbers import dot
from hardlab.claims.stating import Checked, stated
from instances.exact import sign

Rows = list[list[int]]


@dataclass(frozen=True)
class Layout:
    """The rows of Q from A, and those of K from B, in units of sqrt(beta)."""

    queries: Callable[[Sequence[str]], Rows]
    keys: Callable[[Sequence[str]], Rows]


def _lists(rows: Sequence[str], right: int, lower: int) -> Rows:
    """(row, right right ... right) for each row, and as many rows of `lower` zeros and d ones."""
    d = len(rows[0])
    return [[*map(int, row), *[right] * d] for row in rows] + [[0] * lower + [1] * d for _ in rows]


PRINTED_LAYOUT = Layout(lambda A: _lists(A, 1, len(A)), lambda B: _lists(B, 0, len(B)))
LAYOUT = Layout(lambda A: _lists(A, 1, len(A[0])), lambda B: _lists(B, 0, len(B[0])))


def multiplies_to_blocks(formulas: Layout, case: Case) -> Finding:
    """Q and K are 2n x 2d, and Q K^T = beta [[<a_i, b_j>, d], [0, d]]."""
    A, B = case["A"], case["B"]
    n, d = len(A), len(A[0])
    if why := unbalanced(A, B):
        return outside(why)
    matrices = {"Q": formulas.queries(A), "K": formulas.keys(B)}
    for name, rows in matrices.items():
        lengths = sorted({len(row) for row in rows})
        if lengths != [2 * d]:
            raise IllTyped(f"{name} has rows of lengths {', '.join(map(str, lengths))}, 2d = {2 * d}")
        if len(rows) != 2 * n:
            return found(False, f"{name} has {len(rows)} rows, 2n = {2 * n}")
    for i, q in enumerate(matrices["Q"]):
        for j, k in enumerate(matrices["K"]):
            wanted = d if j >= n else inner(A[i], B[j]) if i < n else 0
            if dot(q, k) != wanted:
                return found(False, f"entry {i, j} of Q K^T is {dot(q, k)} beta, wanted {wanted} beta")
    return found(True, f"{2 * n} x {2 * d}")


def has_lower_left(formula: Callable[[], arb], case: Case) -> Finding:
    """A_ij for i > n and j <= n, with beta = 2d (the exponents are 0 for any beta)."""
    n, d, Q, K = _attention(case)
    if why := unbalanced(case["A"], case["B"]):
        return outside(why)
    for q in Q[n:]:
        for k in K[:n]:
            if _differs(dot(q, k), formula):
                return found(False, f"A_ij = exp({dot(q, k)}/{2 * d}), stated {formula()}")
    return found(True, f"{n * n} entries are as stated")


def _differs(exponent: int, formula: Callable[[], arb]) -> bool:
    return sign(lambda: arb(exponent).exp() - formula()) != 0


Values = Callable[[list[int], int, int], Rows]
"""V from v, the number of rows and the number of columns."""


def one_row(v: list[int], rows: int, columns: int) -> Rows:
    """V with the row v, and the rest 0."""
    return [v] + [[0] * columns for _ in range(rows - 1)]


def one_column(v: list[int], rows: int, columns: int) -> Rows:
    """V with the column v, and the rest 0."""
    return [[v[i]] + [0] * (columns - 1) for i in range(rows)]


def has_averages(formula: Values, case: Case) -> Finding:
    """V is 2n x 2d, and a column of D^-1 A V agrees with D^-1 A v on the rows i <= n, v = (1_n; 0_n) and beta = 1."""
    n, d, Q, K = _attention(case)
    if why := unbalanced(case["A"], case["B"]) or ("n = 1" if n < 2 else ""):
        return outside(why)
    v = [1] * n + [0] * n
    V = formula(v, 2 * n, 2 * d)
    if len(V) != 2 * n or any(len(row) != 2 * d for row in V):
        raise IllTyped(f"V has a row of {next((len(row) for row in V if len(row) != 2 * d), 0)} entries, 2d = {2 * d}")
    for column in range(2 * d):
        excess = [row[column] - wanted for row, wanted in zip(V, v, strict=True)]
        if all(_weighted(q, K, excess) == 0 for q in Q[:n]):
            return found(True, f"column {column} of D^-1 A V is D^-1 A v")
    first = [_weighted(Q[0], K, [row[0] - wanted for row, wanted in zip(V, v, strict=True)])]
    return found(False, f"no column of D^-1 A V is D^-1 A v; in row 0 column 0 is {'above' if first[0] > 0 else 'below'} it")


def _weighted(q: list[int], K: Rows, column: list[int]) -> int:
    """The sign of sum_j A_ij column_j; a column of zeros gives exactly 0."""
    return sign(lambda: sum(((arb(dot(q, k)) / len(k)).exp() * x for k, x in zip(K, column, strict=True) if x), arb(0)))


@dataclass(frozen=True)
class Identity:
    """i and j run over indices(n); <a_i, b_j>/d = product(h, d) where h is the distance."""

    indices: Callable[[int], range]
    product: Callable[[int, int], Fraction]


def expands_distances(formulas: Identity, case: Case) -> Finding:
    """The identity holds for all i and j in the range, which takes in every vector."""
    A, B = case["A"], case["B"]
    n, d = len(A), len(A[0])
    if why := unbalanced(A, B):
        return outside(why)
    reached = formulas.indices(n)
    for i in reached:
        for j in reached:
            if max(i, j) > n:
                raise IllTyped(f"<a_{i}, b_{j}>/d is stated, but a_i and b_j exist only to n = {n}")
            a, b = A[i - 1], B[j - 1]
            stated = formulas.product(distance(a, b), d)
            if stated != Fraction(inner(a, b), d):
                return found(False, f"<{a}, {b}>/d = {Fraction(inner(a, b), d)}, stated {stated}")
    missing = sorted(set(range(1, n + 1)) - set(reached))
    return found(not missing, f"{len(reached) ** 2} pairs" + (f"; a_{missing[0]} is left out" if missing else ""))


@dataclass(frozen=True)
class Bounds:
    """|Q|, |K| <= entry sqrt(beta) and |Q K^T / d~| <= product beta, entrywise; whether equality is said to be reached."""

    entry: Fraction
    product: Fraction
    attained: bool


def bounds_matrices(formulas: Bounds, case: Case) -> Finding:
    """The largest entries of Q, K and Q K^T / d~ are within their bounds."""
    _, d, Q, K = _attention(case)
    if why := unbalanced(case["A"], case["B"]):
        return outside(why)
    entry = max(abs(x) for row in Q + K for x in row)
    product = max(Fraction(abs(dot(q, k)), 2 * d) for q in Q for k in K)
    detail = (
        f"largest entry {entry} sqrt(beta), bound {formulas.entry}; largest exponent {product} beta, bound {formulas.product}"
    )
    loose = formulas.attained and (Fraction(entry), product) != (formulas.entry, formulas.product)
    return found(entry <= formulas.entry and product <= formulas.product and not loose, detail)


def _attention(case: Case) -> tuple[int, int, Rows, Rows]:
    return len(case["A"]), len(case["A"][0]), LAYOUT.queries(case["A"]), LAYOUT.keys(case["B"])


def small() -> Iterator[Case]:
    """All sets of n = 1 and n = 2 vectors of weight 1 in d = 2, then random ones of other shapes."""
    for n in (1, 2):
        for A in combinations(words(2), n):
            for B in combinations(words(2), n):
                yield {"A": [*A], "B": [*B]}
    rng = np.random.default_rng(18)
    for n, d in ((1, 4), (2, 4), (3, 4), (4, 4), (3, 6), (5, 4), (6, 6), (4, 8)):
        for _ in range(4):
            yield {"A": balanced(rng, n, d), "B": balanced(rng, n, d)}


def from_two() -> Iterator[Case]:
    """The cases of n >= 2 vectors."""
    return (case for case in small() if len(case["A"]) >= 2)


CLAIMS = stated(
    __file__,
    Checked("E18-shapes", multiplies_to_blocks, small, printed=PRINTED_LAYOUT, mended=LAYOUT, recorded=Verdict.ILL_TYPED),
    Checked(
        "E30-exponents",
        bounds_matrices,
        small,
        printed=Bounds(Fraction(1), Fraction(1), attained=False),
        mended=Bounds(Fraction(1), Fraction(1, 2), attained=True),
    ),
    Checked("E20-lower-left", has_lower_left, small, printed=lambda: arb(0), mended=lambda: arb(1), recorded=Verdict.FAILS),
    Checked("E22-value", has_averages, from_two, printed=one_row, mended=one_column, recorded=Verdict.FAILS),
    Checked(
        "E25-ranges",
        expands_distances,
        small,
        printed=Identity(lambda n: range(1, 2 * n + 1), lambda h, d: Fraction(1, 2) - Fraction(h, 2 * d)),
        mended=Identity(lambda n: range(1, n + 1), lambda h, d: Fraction(1, 2) - Fraction(h, 2 * d)),
        recorded=Verdict.ILL_TYPED,
    ),
)
