"""Keles et al., Theorem 6 (sliding windows), what it decides in each error model, and K6, the exponent.

The paper's statements are taken from our notes of it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from itertools import product
from math import isqrt

import numpy as np
from flint import arb

from hardlab.claims.claim import Case, Finding, Verdict, found, outside
from hardlab.claims.keles.cases import ADDITIVE, RELATIVE, as_words, beyond, fraction
from hardlab.claims.keles.gadget import ln, number
from hardlab.claims.keles.window import PRINTED, SLOWER, Layout, few, outside_windows, seen
from hardlab.claims.stating import Checked, stated
from instances.exact import sign


@dataclass(frozen=True)
class Windowed:
    """Theorem 6: the layout, C from (w, mu), and the threshold from (w, t, mu, C)."""

    layout: Layout
    constant: Callable[[int, arb], arb]
    threshold: Callable[[int, int, arb, arb], arb]


def window_decides(relative: bool) -> Callable[[Windowed, Case], Finding]:
    """Some row of windowed attention exceeds the threshold iff TVPP is YES, under the worst error."""

    def check(formulas: Windowed, case: Case) -> Finding:
        if why := outside_windows(case) or beyond(case, "relative" if relative else "additive"):
            return outside(why)
        n, w, t = (case[letter] for letter in ("n", "w", "t"))
        A, B = ([int(v, 2) for v in case[side]] for side in "AB")
        if len(A) ** 2 != n * w:
            return outside("k is not sqrt(nw)")
        truth = any((a & b).bit_count() >= t for a, b in product(A, B))
        push = -1 if truth else 1

        def over(products: tuple[int, ...]) -> arb:
            mu = number(case["mu"])
            C = formulas.constant(w, mu)
            exact = sum(((C * p).exp() for p in products), arb(0))
            value = exact * (1 + push * mu) if relative else exact + push * mu
            return value - formulas.threshold(w, t, mu, C)

        rows = {tuple(sorted((A[a] & B[b]).bit_count() for b in keys)) for a, keys in seen(formulas.layout, n, w)}
        above = [row for row in sorted(rows) if sign(partial(over, row)) > 0]
        detail = f"the instance is {'YES' if truth else 'NO'}; "
        return found(
            bool(above) == truth, detail + (f"a row with the products {above[0]} is above" if above else "no row is above")
        )

    return check


def needs_as_much_as_tvpp(exponent: Callable[[Fraction, Fraction], Fraction], case: Case) -> Finding:
    """For w = n^omega, k^2 = nw = n^(1+omega): every time n^exponent, eps > 0, is (k^2)^(1-delta) for a delta > 0, so that
    TVPP excludes it; and as eps goes to 0 the times come as near to k^2 as one likes."""
    omega, eps = fraction(case["omega"]), fraction(case["eps"])
    if not (0 <= omega <= 1 and 0 < eps < 1):
        return outside("w is not between 1 and n, or eps not between 0 and 1")
    time, later = exponent(omega, eps), exponent(omega, eps / 1000)
    square = 1 + omega
    if later <= square - eps:
        return found(False, f"time n^{later} at {eps / 1000}, not near k^2 = n^{square}")
    return found(time < square, f"time n^{time} against k^2 = n^{square}")


def windows(errors: tuple[str, ...]) -> Callable[[], Iterator[Case]]:
    """One pair of product 1 in d = 1, every place; all products t-1; one product 8 and the rest 0; random vectors."""

    def cases() -> Iterator[Case]:
        for n, w in ((2, 2), (3, 3), (8, 2), (4, 4), (5, 5)):
            k = isqrt(n * w)
            for i, j in product(range(k), repeat=2):
                A, B = (["1" if m == one else "0" for m in range(k)] for one in (i, j))
                yield {"n": n, "w": w, "A": A, "B": B, "t": 1, "mu": errors[(i + j) % len(errors)]}
        for n, w in ((2, 2), (3, 3), (6, 6), (16, 4), (10, 10)):
            k = isqrt(n * w)
            for mu in errors:
                yield {"n": n, "w": w, "A": ["1" * 7 + "0"] * k, "B": ["1" * 7 + "0"] * k, "t": 8, "mu": mu}
                yield {"n": n, "w": w, "A": ["1" * 8] * k, "B": ["1" * 8] + ["0" * 8] * (k - 1), "t": 8, "mu": mu}
        rng = np.random.default_rng(6)
        for n, w in ((8, 2), (6, 6), (9, 4), (16, 4), (25, 16), (32, 18)):
            k = isqrt(n * w)
            for _ in range(3):
                d = int(rng.integers(3, 13))
                A, B = (rng.random((2, k, d)) < 0.4).astype(int)
                best = int((A @ B.T).max())
                for t in (best, best + 1):
                    if 1 <= t <= d:
                        yield {"n": n, "w": w, "A": as_words(A), "B": as_words(B), "t": t, "mu": errors[t % len(errors)]}

    return cases


RELATIVE_6 = Windowed(
    SLOWER, lambda w, mu: 2 * ln((1 + mu) / (1 - mu) * w), lambda w, t, mu, C: (1 + mu) * w * (C * (t - 1)).exp()
)
ADDITIVE_6 = Windowed(SLOWER, lambda w, mu: 2 * ln(w + 2 * mu), lambda w, t, mu, C: w * (C * (t - 1)).exp() + mu)
FEW_6 = Windowed(
    SLOWER,
    lambda w, mu: ln((1 + mu) / (1 - mu) * few(w)) * (1 + arb(2) ** -20),
    lambda w, t, mu, C: (1 + mu) * few(w) * (C * (t - 1)).exp(),
)


def theorem_6(id: str, formulas: Windowed, relative: bool, errors: tuple[str, ...]) -> Checked[Windowed]:
    """The constants of one part of the theorem, on the printed layout and on one that brings every a_i to every b_j."""
    printed = replace(formulas, layout=PRINTED)
    return Checked(id, window_decides(relative), windows(errors), printed=printed, mended=formulas, recorded=Verdict.FAILS)


CLAIMS = stated(
    __file__,
    theorem_6("Theorem-6", RELATIVE_6, True, RELATIVE),
    theorem_6("Theorem-6-additive", ADDITIVE_6, False, ADDITIVE),
    Checked("Theorem-6-few-keys", window_decides(True), windows(RELATIVE), printed=FEW_6),
    Checked(
        "K6-exponent",
        needs_as_much_as_tvpp,
        lambda: ({"omega": str(Fraction(a, 4)), "eps": eps} for a in range(5) for eps in ("1/4", "1/2", "3/4", "1/1000")),
        printed=lambda omega, eps: 1 + omega * (1 - eps),
        mended=lambda omega, eps: (1 + omega) * (1 - eps),
        recorded=Verdict.FAILS,
    ),
)
