"""Alman and Song, Lemma 3.5 and Lemma 3.6 (E9, E10): from errors of A to errors of D and of the attention matrix.

Letters: A~ is within eps_A of A, entry by entry and relative; D~ within eps_D of D; B bounds |V|. One row of A is enough, since
a row of D^-1 A V depends on that row only: `A` and `A~` are rows, `D` and `D~` numbers, `V` one column. Entries are fractions
as text, and all is exact; the tight constant of E10 is a ball.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import product

import numpy as np
from flint import arb

from hardlab.claims.claim import Case, Finding, Verdict, found, outside
from hardlab.claims.numbers import ball, dot, row_of, total
from hardlab.claims.stating import Checked, stated
from instances.exact import sign

LONGEST_ROW = 12
"""Entries of the longest row whose 2^n corners are all tried."""


@dataclass(frozen=True)
class Propagation:
    """Which D and D~ are allowed (D, D~, A 1, A~ 1), and the bound (eps_A, eps_D, B)."""

    allows: Callable[[Fraction, Fraction, Fraction, Fraction], bool]
    bound: Callable[[Fraction, Fraction, Fraction], Fraction]


def _sum_of_bounds(eps_A: Fraction, eps_D: Fraction, B: Fraction) -> Fraction:
    return (eps_A + eps_D) * B


ANY_D = Propagation(lambda D, D2, mass, mass2: True, _sum_of_bounds)
BOTH_NORMALISERS = replace(ANY_D, allows=lambda D, D2, mass, mass2: mass == D and mass2 == D2)
ANY_D2 = replace(
    ANY_D, allows=lambda D, D2, mass, mass2: mass == D, bound=lambda eps_A, eps_D, B: (eps_A + eps_D) / (1 - eps_D) * B
)


@dataclass(frozen=True)
class Constant:
    """The bound on the error from eps_A and B, with D~ = diag(A~ 1); whether it is said to be attained on the worst rows."""

    bound: Callable[[arb, arb], arb]
    attained: bool


def twice(eps: arb, B: arb) -> arb:
    """(eps_A + eps_D) B, with eps_D = eps_A from Lemma 3.5."""
    return (eps + eps) * B


def tight(eps: arb, B: arb) -> arb:
    """2 B tanh(artanh(eps_A) / 2)."""
    return 2 * B * (eps.atanh() / 2).tanh()


TWICE, TIGHT = Constant(twice, attained=False), Constant(tight, attained=True)


def same(eps: Fraction) -> Fraction:
    """Lemma 3.5's bound on |D~ - D| / D."""
    return eps


def bounds_row_sum(formulas: Callable[[Fraction], Fraction], case: Case) -> Finding:
    """|D~ - D| <= formulas(eps) D for every A~ within eps of A, and equality for some."""
    A, eps = row_of(case["A"]), Fraction(case["eps_A"])
    if why := _beyond(A, eps):
        return outside(why)
    largest = max(abs(total(row) - total(A)) for row in _corners(A, eps)) / total(A)
    bound = formulas(eps)
    return found(largest == bound, f"largest |D~ - D| / D = {largest}, bound {bound}")


def bounds_error(formulas: Propagation, case: Case) -> Finding:
    """|D~^-1 A~ V - D^-1 A V| <= bound, for D and D~ that are allowed."""
    error, bound, why = _errors(formulas, case)
    return outside(why) if why else found(error <= bound, f"error {error}, bound {bound}")


def attains_error(formulas: Propagation, case: Case) -> Finding:
    """The same, with equality where A~ = (1 + eps_A) A, D~ = (1 - eps_D) D and all entries of V are B."""
    error, bound, why = _errors(formulas, case)
    if why:
        return outside(why)
    eps_A, eps_D, B = (Fraction(case[name]) for name in ("eps_A", "eps_D", "B"))
    above = row_of(case["A~"]) == [(1 + eps_A) * x for x in row_of(case["A"])]
    worst = above and Fraction(case["D~"]) == (1 - eps_D) * Fraction(case["D"]) and set(row_of(case["V"])) == {B}
    return found(error == bound if worst else error <= bound, f"error {error}, bound {bound}")


def _errors(formulas: Propagation, case: Case) -> tuple[Fraction, Fraction, str]:
    """The error and its bound, and why the case is outside, or nothing."""
    A, A2, V = (row_of(case[name]) for name in ("A", "A~", "V"))
    D, D2, B, eps_A, eps_D = (Fraction(case[name]) for name in ("D", "D~", "B", "eps_A", "eps_D"))
    why = _beyond(A, eps_A)
    if not (0 < eps_D < Fraction(1, 10) and B > 1 and min(D, D2) > 0):
        why = "a parameter is out of range"
    elif max(map(abs, V)) > B or abs(D2 - D) > eps_D * D or any(abs(y - x) > eps_A * x for x, y in zip(A, A2, strict=True)):
        why = "A~, D~ or V is not within its bound"
    elif not formulas.allows(D, D2, total(A), total(A2)):
        why = "D or D~ is not allowed"
    if why:
        return Fraction(0), Fraction(0), why
    return abs(dot(A2, V) / D2 - dot(A, V) / D), formulas.bound(eps_A, eps_D, B), ""


def bounds_constant(formulas: Constant, case: Case) -> Finding:
    """The error is at most the bound for every A~ within eps_A of A, with D~ = A~ 1; equality for some, if that is said.

    The worst rows are A = (p, q), V = (B, -B) where (1 + eps_A)/(1 - eps_A) = (q/p)^2.
    """
    A, V, eps, B = row_of(case["A"]), row_of(case["V"]), Fraction(case["eps_A"]), Fraction(case["B"])
    if why := _beyond(A, eps) or ("B <= 1, or an entry of V above B" if B <= 1 or max(map(abs, V)) > B else ""):
        return outside(why)
    exact = dot(A, V) / total(A)
    # linear-fractional in each entry of A~ and so largest at a corner
    error = max(abs(dot(row, V) / total(row) - exact) for row in _corners(A, eps))

    def slack() -> arb:
        return formulas.bound(ball(eps), ball(B)) - ball(error)

    side = sign(slack)
    bound = float(formulas.bound(ball(eps), ball(B)).mid())
    worst = formulas.attained and V == [B, -B] and (1 + eps) * A[0] ** 2 == (1 - eps) * A[1] ** 2
    return found(side == 0 if worst else side >= 0, f"largest error {error} = {float(error):.9g}, bound {bound:.9g}")


def _beyond(A: list[Fraction], eps: Fraction) -> str:
    """Why a row and its relative error are outside, or nothing."""
    if not A or min(A) <= 0 or not 0 < eps < Fraction(1, 10):
        return "an entry of A is not positive, or eps_A is not in (0, 0.1)"
    return f"too large to check here: more than {LONGEST_ROW} entries" if len(A) > LONGEST_ROW else ""


def _corners(A: list[Fraction], eps: Fraction) -> list[list[Fraction]]:
    """All A~ with entries A (1 +- eps)."""
    return [[x * (1 + s * eps) for x, s in zip(A, signs, strict=True)] for signs in product((1, -1), repeat=len(A))]


def _texts(numbers: list[Fraction]) -> list[str]:
    return [str(x) for x in numbers]


def positive_rows() -> Iterator[Case]:
    """Rows of 1 to 5 positive entries."""
    rng = np.random.default_rng(35)
    for n in (1, 2, 3, 5):
        for eps in ("1/20", "1/1000"):
            yield {"A": [str(x) for x in rng.integers(1, 20, n).tolist()], "eps_A": eps}


def normalised_and_not() -> Iterator[Case]:
    """A = (1) with D = 1/10, 1 and 10; then n = 2 to 4 with D = A 1, and D~ = A~ 1 or within eps_D of D."""
    e = Fraction(1, 20)
    for D in (Fraction(1, 10), Fraction(1), Fraction(10)):
        for a in (1 + e, 1, 1 - e):
            for b in (1, 1 - e, 1 + e):
                yield _case([Fraction(1)], [Fraction(a)], D, D * b, [Fraction(2)], (e, e))
    yield _case([Fraction(1)], [1 - e], (1 - e) / (1 + e), None, [Fraction(2)], (e, e))
    ones, last = [Fraction(1), Fraction(1)], [Fraction(2), Fraction(-2)]
    yield _case(ones, [1 + e, 1 - e], Fraction(2), Fraction(2), last, (e, Fraction(1, 1000)))
    extreme, eps = _extreme(10, 11)
    yield _case(extreme, [extreme[0] * (1 + eps), extreme[1] * (1 - eps)], None, None, last, (eps, Fraction(1, 200)))
    rng = np.random.default_rng(36)
    for n in (2, 3, 4):
        for _ in range(30):
            A = [Fraction(int(x)) for x in rng.integers(1, 20, n)]
            A2 = [x * (1 + Fraction(int(s), 20)) for x, s in zip(A, rng.integers(-1, 2, n), strict=True)]
            V = [Fraction(int(x), 2) for x in rng.integers(-3, 4, n)]
            yield _case(A, A2, None, None, V, (e, e), B=Fraction(3, 2))
            yield _case(A, A2, None, total(A) * (1 + Fraction(int(rng.integers(-1, 2)), 20)), V, (e, e), B=Fraction(3, 2))


def worst_normalisers() -> Iterator[Case]:
    """n = 1 with A~ = 1 + eps_A and D~ = 1 - eps_D, the extreme case; then all of `normalised_and_not`."""
    for x, y in ((20, 20), (50, 20), (20, 50), (1000, 11), (11, 1000)):
        eps_A, eps_D = Fraction(1, x), Fraction(1, y)
        yield _case([Fraction(1)], [1 + eps_A], None, 1 - eps_D, [Fraction(2)], (eps_A, eps_D))
    yield from normalised_and_not()


def extreme_rows() -> Iterator[Case]:
    """A = (p, p + 1), V = (B, -B), (1 + eps)/(1 - eps) = ((p + 1)/p)^2: the worst case; and random rows."""
    for p in (10, 20, 50):
        A, eps = _extreme(p, p + 1)
        for B in ("2", "3/2"):
            yield {"A": _texts(A), "V": [B, f"-{B}"], "B": B, "eps_A": str(eps)}
    rng = np.random.default_rng(10)
    for n in (1, 2, 3, 4, 6):
        for eps_text in ("1/11", "1/50"):
            A = [Fraction(int(x)) for x in rng.integers(1, 20, n)]
            V = [Fraction(int(x), 2) for x in rng.integers(-4, 5, n)]
            yield {"A": _texts(A), "V": _texts(V), "B": "2", "eps_A": eps_text}


def _extreme(p: int, q: int) -> tuple[list[Fraction], Fraction]:
    """The row (p, q) and the eps that turns the ratio of its entries to its inverse."""
    return [Fraction(p), Fraction(q)], Fraction(q * q - p * p, q * q + p * p)


def _case(
    A: list[Fraction],
    A2: list[Fraction],
    D: Fraction | None,
    D2: Fraction | None,
    V: list[Fraction],
    eps: tuple[Fraction, Fraction],
    B: Fraction = Fraction(2),
) -> Case:
    """D and D~ are the row sums where they are not given."""
    D = total(A) if D is None else D
    D2 = total(A2) if D2 is None else D2
    numbers = {"D": D, "D~": D2, "B": B, "eps_A": eps[0], "eps_D": eps[1]}
    return {"A": _texts(A), "A~": _texts(A2), "V": _texts(V), **{name: str(x) for name, x in numbers.items()}}


CLAIMS = stated(
    __file__,
    Checked("Lemma-3.5", bounds_row_sum, positive_rows, printed=same),
    Checked("E9-normalisers", bounds_error, normalised_and_not, printed=ANY_D, mended=BOTH_NORMALISERS, recorded=Verdict.FAILS),
    Checked("E9-any-second", attains_error, worst_normalisers, printed=ANY_D2),
    Checked("E10-constant", bounds_constant, extreme_rows, printed=TWICE, mended=TIGHT),
)
