"""Alman and Song, Theorem 4.6: the constants of Lemma 4.7 and of its combination with Lemma 4.3.

Letters: q and C as in the theorem; C_gamma (Lemma 4.7) and c (its Case 1) bound the look-up, C_b and C_a are the constants of
B = C_b sqrt(log n) and eps_a = n^-C_a; `hard` is the q that Lemma 4.3 is used with. Squares of C_b are rational throughout.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import comb
from operator import index

from flint import arb

from hardlab.claims.alman_song.lemma_4_7.construction import letters
from hardlab.claims.alman_song.lemma_4_7.lookup import spread
from hardlab.claims.claim import Case, Finding, Verdict, found, outside
from hardlab.claims.numbers import ball
from hardlab.claims.stating import Checked, stated
from instances.exact import sign


@dataclass(frozen=True)
class Uniform:
    """C_b^2 from d, t, the least t of Case 2 and eps; C_a from C_b^2 and t/d (C_0/C = t/d, c/C = least/d)."""

    square: Callable[[int, int, int, Fraction], Fraction]
    accuracy: Callable[[Fraction, Fraction], Fraction]


def serves_every_t(formulas: Uniform, case: Case) -> Finding:
    """One C_b and one C_a serve every t of Case 2: exp(0.25 beta eps t/d) >= 6n and eps_a <= t~."""
    n, d, least, eps = letters({**case, "t": case["least"]})
    if len(case["t"]) < 2 or len(case["t"]) > 100:
        return outside("one C_b for every t says something of 2 to 100 t")
    chosen = []
    for t in case["t"]:
        if n < 2 or t < least or (1 + eps) * t > d:
            return outside("n = 1, or t is not in Case 2")
        square = formulas.square(d, t, least, eps)
        chosen.append((square, formulas.accuracy(square, Fraction(t, d))))
        if not _enough(n, *chosen[-1], square * eps * t / (4 * d), Fraction(t, d)):
            return found(False, f"t = {t}: C_b^2 = {square} and C_a = {chosen[-1][1]} are not enough")
    detail = "; ".join(f"t = {t}: C_b^2 = {b}, C_a = {a}" for t, (b, a) in zip(case["t"], chosen, strict=True))
    return found(len(set(chosen)) == 1, detail)


def _enough(n: int, square: Fraction, accuracy: Fraction, power: Fraction, part: Fraction) -> bool:
    """n^power >= 6n and n^-accuracy <= t~ = (1/6n) n^(-0.25 square (1 + part))."""
    return (
        sign(lambda: ball(power) * arb(n).log() - arb(6 * n).log()) >= 0
        and sign(lambda: ball(accuracy - square / 4 * (1 + part)) * arb(n).log() - arb(6 * n).log()) >= 0
    )


@dataclass(frozen=True)
class Chain:
    """The q' that Lemma 4.3 is used with and C_gamma, from q; c(C, C_gamma), C_b^2(C, c, eps), C_a(C_b^2), and attention's
    dimension over log(2n), from C."""

    hard: Callable[[Fraction], Fraction]
    gamma: Callable[[Fraction], Fraction]
    cut: Callable[[Fraction, Fraction], Fraction]
    square: Callable[[Fraction, Fraction, Fraction], Fraction]
    accuracy: Callable[[Fraction], Fraction]
    dimension: Callable[[Fraction], Fraction]


def decides_raw_vectors(formulas: Chain, case: Case) -> Finding:
    """An O(n^(2-q)) attention gives time log d (n^(2-q) + n^(2-C_gamma)), which is o(n^(2-q')).

    On raw vectors of dimension d = floor(C ln n): look-up for t < c ln n in time n^(2-C_gamma), attention above.

    Attention has size N = 2n, dimension C' ln N (zeros are added), entries up to C_b sqrt(ln N) and accuracy N^-C_a.
    """
    q, C, eps = (Fraction(str(case[letter])) for letter in ("q", "C", "eps"))
    n = index(case["n"])
    if n < 2 or not 0 < q < 2 or C <= 0 or not 0 < eps < 1 or _whole(C, n) < 1:
        return outside("n = 1, or d = 0, or a constant is not positive")
    if C > 64 or n > 10**9 or eps < Fraction(1, 10**4):  # C is more than 1/21, since d >= 1
        return outside("too large to check here")
    hard, gamma = formulas.hard(q), formulas.gamma(q)
    if not (0 < gamma < Fraction(1, 10) and 0 < hard < min(q, gamma)):
        reached = f"time n^{2 - min(q, gamma)} log d, and Lemma 4.3 excludes n^{2 - hard}"
        return found(False, f"q = {q}, C_gamma = {gamma}: {reached}")
    c, d = formulas.cut(C, gamma), _whole(C, n)
    square, wide = formulas.square(C, c, eps), formulas.dimension(C)
    if sign(lambda: ball(wide) * arb(2 * n).log() - 4 * d) < 0:
        return found(False, f"d = {d}: doubled and with the right half it is {4 * d}, more than {wide} ln(2n)")
    if square <= 1:
        return found(False, f"C_b^2 = {square} <= 1")
    # Entries up to C_b sqrt(ln N) over dimension C' ln N: beta / (4d) = C_b^2 / C', the same for every n.
    rate = square / wide
    for t in range(1, d + 1):
        if _before(t, c, n):
            if sign(_lookup_room(n, d, t, gamma)) < 0:
                return found(False, f"t = {t}, d = {d}: more than n^(1-C_gamma) candidates")
        elif (1 + eps) * t <= d and not _separated(n, t, d, rate, eps, formulas.accuracy(square)):
            return found(False, f"t = {t}, d = {d}: beta = {4 * d * rate} or C_a = {formulas.accuracy(square)} is not enough")
    return found(True, f"d = {d}, C_gamma = {gamma}, c = {c}, C_b^2 = {square}, C_a = {formulas.accuracy(square)}")


def _whole(C: Fraction, n: int) -> int:
    whole = (ball(C) * arb(n).log()).floor().unique_fmpz()
    if whole is None:
        raise ValueError(f"the floor of {C} ln {n} is not decided")
    return int(whole)


def _before(t: int, c: Fraction, n: int) -> bool:
    return sign(lambda: ball(c) * arb(n).log() - t) > 0


def _lookup_room(n: int, d: int, t: int, gamma: Fraction) -> Callable[[], arb]:
    count = sum(comb(d, r) for r in range(t + 1))
    return lambda: ball(1 - gamma) * arb(n).log() - arb(count).log()


def _separated(n: int, t: int, d: int, rate: Fraction, eps: Fraction, accuracy: Fraction) -> bool:
    """exp(beta eps t / (4d)) >= 6n and N^-C_a <= t~ = (1/6n) exp(-(beta/4)(1 + t/d)), where rate = beta / (4d)."""
    return (
        sign(lambda: ball(rate * eps * t) - arb(6 * n).log()) >= 0
        and sign(lambda: ball(accuracy) * arb(2 * n).log() - arb(6 * n).log() - ball(rate * (d + t))) >= 0
    )


def cut(C: Fraction, gamma: Fraction) -> Fraction:
    """The first of C/2, C/4, ... with f(C, c) < 1 - C_gamma."""
    c = C / 2
    while not spread(ball(C), ball(c)) < ball(1 - gamma):
        c /= 2
    return c


def thresholds() -> Iterator[Case]:
    """Pairs of thresholds in Case 2, small to large."""
    for n in (2, 3, 64):
        for d, least, eps in ((4, 1, "1/2"), (8, 2, "1/2"), (12, 1, "1"), (72, 8, "2/9")):
            most = int(d / (1 + Fraction(eps)))
            for t in range(least + 1, min(most, least + 4) + 1):
                yield {"n": n, "d": d, "least": least, "t": [least, t], "eps": eps}


def constants() -> Iterator[Case]:
    """q, C, eps and n, small to large."""
    for n in (2, 3, 10, 1000, 10**6):
        for C in ("1", "2", "8", "20"):
            for eps in ("1/10", "1/2", "9/10"):
                for q in ("1/100", "1/20", "9/100", "1/2", "1"):
                    yield {"q": q, "C": C, "eps": eps, "n": n}


def _gamma(q: Fraction) -> Fraction:
    return min(q, Fraction(9, 100))


CHAIN = Chain(
    hard=lambda q: _gamma(q) / 2,
    gamma=_gamma,
    cut=cut,
    square=lambda C, c, eps: 40 * C / (c * eps),
    accuracy=lambda square: 2 + 2 * square,
    dimension=lambda C: 4 * C,
)

CLAIMS = stated(
    __file__,
    Checked(
        "E16-uniform",
        serves_every_t,
        thresholds,
        printed=Uniform(lambda d, t, least, eps: 40 * d / (t * eps), lambda square, part: 2 + square * (1 + part)),
        mended=Uniform(lambda d, t, least, eps: 40 * d / (least * eps), lambda square, part: 2 + 2 * square),
        recorded=Verdict.FAILS,
    ),
    Checked("Theorem-4.6-constants", decides_raw_vectors, constants, printed=CHAIN),
)
