"""Two other constructions for the rows of Lemma 4.7 of Alman and Song, with smaller entries (derived here).

A case holds the distances of a YES row and of a NO row, d, t and eps; vectors need not have the weight d/2. h is a distance,
so <2a - 1, 2b - 1> = d - 2h. The worst rows are those of `lemma_4_7_sharp`.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import sqrt
from typing import Any

import numpy as np
from flint import arb

from hardlab.claims.alman_song.lemma_4_7.construction import letters
from hardlab.claims.alman_song.lemma_4_7.sharp import Rule, separates, worst_pairs
from hardlab.claims.claim import Case, Finding, found, outside
from hardlab.claims.numbers import ball, shown
from hardlab.claims.stating import Checked, stated
from instances.exact import sign


def signs(distances: Sequence[int], d: int, beta: arb) -> arb:
    """u for Q = sqrt(beta) (2a - 1), the keys sqrt(beta) (2b - 1) of value 1 and one key 0 of value 0, over d."""
    data = sum(((beta * (d - 2 * h) / d).exp() for h in distances), arb(0))
    return data / (data + 1)


def separates_signs(formulas: Rule, case: Case) -> Finding:
    """As `separates`, for vectors of any weight and no error."""
    return outside("mu is not 0") if Fraction(str(case["mu"])) else separates(formulas, case, even=False)


@dataclass(frozen=True)
class Matched:
    """beta from n, d + p, t, t' and R; the x of eta = x / (2p) from n, d, t, t', M and R; Gamma / B from R.

    Rows of Q are B (2a - 1, 1_p), data keys B (2b - 1, -eta 1_p) of value B, M dummy keys B (0_d, eta 1_p) of value -B.
    """

    beta: Callable[[int, int, int, int, arb], arb]
    bracket: Callable[[int, int, int, int, int, arb], arb]
    gamma: Callable[[arb], arb]


def matched(formulas: Matched, case: Case) -> Finding:
    """u >= Gamma for the YES row, u <= -Gamma for the NO row, entries at most B; equality where all NO keys are at t'."""
    yes, no, far, R = case["yes"], case["no"], case["far"], Fraction(str(case["R"]))
    n, d, t, _ = letters({**case, "n": len(yes), "eps": 1})
    if len(no) != n or not t < far <= min(no) or not 0 <= min(yes) <= t or max(yes + no) > d or R <= 1:
        return outside("the promise is broken, or these are no distances, or R <= 1")
    if n > 256 or d > 10**4 or not Fraction(10001, 10000) <= R <= 10**6:
        return outside("too large to check here")
    M = max(1, round(sqrt(n)))
    p = int(float(abs(formulas.bracket(n, d, t, far, M, ball(R))).upper())) // 2 + 1  # so that |eta| <= 1

    def output(distances: Sequence[int]) -> arb:
        """u / B from the definition of attention in dimension d + p."""
        beta, eta = formulas.beta(n, d + p, t, far, ball(R)), formulas.bracket(n, d, t, far, M, ball(R)) / (2 * p)
        data = sum(((beta * (d - 2 * h - eta * p) / (d + p)).exp() for h in distances), arb(0))
        dummies = M * (beta * eta * p / (d + p)).exp()
        return (data - dummies) / (data + dummies)

    detail = f"u/B = {shown(output(yes))} and {shown(output(no))}, Gamma/B = {shown(formulas.gamma(ball(R)))}"
    above = sign(lambda: output(yes) - formulas.gamma(ball(R)))
    below = sign(lambda: output(no) + formulas.gamma(ball(R)))
    exact = (yes != [t] or above == 0) and (set(no) != {far} or below == 0)
    return found(above >= 0 >= below and exact, detail)


def row_pairs() -> Iterator[Case]:
    """The worst rows first, then random pairs of rows."""
    yield from worst_pairs((20, 1, "1"), (45, 3, "1/3"), (64, 4, "1/2"))
    rng = np.random.default_rng(44)
    for _ in range(40):
        case = _random(rng)
        yield {name: case[name] for name in ("yes", "no", "d", "t")} | {
            "eps": str(Fraction(case["far"], case["t"]) - 1),
            "mu": "0",
        }


def gaps() -> Iterator[Case]:
    """n = 1 in d <= 4, worst rows for n = 2 and 9 in d <= 7, random rows; a few R."""
    for n, dimensions in ((1, (2, 3, 4)), (2, (3, 5)), (9, (7,))):
        for d in dimensions:
            for t in range(1, d):
                for far in range(t + 1, d + 1):
                    for R in ("2", "16"):
                        yield {"yes": [t] + [d] * (n - 1), "no": [far] * n, "d": d, "t": t, "far": far, "R": R}
    rng = np.random.default_rng(45)
    for R in ("1001/1000", "3/2", "16", "1000000"):
        for _ in range(15):
            yield {**_random(rng), "R": R}


def _random(rng: np.random.Generator) -> dict[str, Any]:
    """Rows that keep the promise."""
    n, d = int(rng.integers(2, 9)), int(rng.integers(3, 25))
    t = int(rng.integers(1, d))
    far = int(rng.integers(t + 1, d + 1))
    yes = [int(rng.integers(0, t + 1)), *(int(h) for h in rng.integers(0, d + 1, n - 1))]
    return {"yes": yes, "no": [int(h) for h in rng.integers(far, d + 1, n)], "d": d, "t": t, "far": far}


CLAIMS = stated(
    __file__,
    Checked(
        "T4-signs",
        separates_signs,
        row_pairs,
        printed=Rule(lambda n, d, t, eps, rho: arb(d) / (2 * t * eps) * arb(n).log(), Fraction(99, 100), 2, signs),
    ),
    Checked(
        "T5-matched",
        matched,
        gaps,
        printed=Matched(
            beta=lambda n, dt, t, far, R: dt * (n * R).log() / (2 * (far - t)),
            bracket=lambda n, d, t, far, M, R: d - t - far + (arb(n).log() - 2 * arb(M).log()) * (far - t) / (n * R).log(),
            gamma=lambda R: (R.sqrt() - 1) / (R.sqrt() + 1),
        ),
    ),
)
