"""How small beta may be and how large the error in the construction of Alman and Song, Lemma 4.7 (derived here).

A case holds the distances of a YES row and of a NO row, d, t, eps and a relative error mu. The worst rows are a YES row with
one key at distance t and the others at d, and a NO row with all keys at (1 + eps) t, where d >= 10 (1 + eps) t: there the
constants are checked to be the least ones that suffice.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from operator import index

import numpy as np
from flint import arb

from hardlab.claims.alman_song.lemma_4_7.construction import letters
from hardlab.claims.claim import Case, Finding, found, outside
from hardlab.claims.numbers import ball, shown
from hardlab.claims.stating import Checked, stated
from instances.exact import sign


def padded(distances: Sequence[int], d: int, beta: arb) -> arb:
    """u of a row of Lemma 4.7 from its distances: weights e^((beta/4)(1 - h/d)), as many padding keys of weight e^(beta/2)."""
    data = sum(((beta / 4 * (1 - arb(h) / d)).exp() for h in distances), arb(0))
    return data / (data + len(distances) * (beta / 2).exp())


@dataclass(frozen=True)
class Rule:
    """beta(n, d, t, eps, rho) is enough if exceeded; on the worst rows, for n >= least, `short` times it is not.

    `output` is the construction's: u of a row from its distances, d and beta.
    """

    beta: Callable[[int, int, int, arb, arb], arb]
    short: Fraction
    least: int
    output: Callable[[Sequence[int], int, arb], arb]


def separates(formulas: Rule, case: Case, even: bool = True) -> Finding:
    """(1 - mu) u > (1 + mu) u' for a YES row u and a NO row u', given by their distances, if beta is 0.1% above the rule."""
    if why := beyond(case, even):
        return outside(why)
    yes, no, mu = case["yes"], case["no"], Fraction(str(case["mu"]))
    n, d, t, eps = letters({**case, "n": len(yes)})

    def gap(times: Fraction) -> arb:
        beta = ball(times) * formulas.beta(n, d, t, ball(eps), ball((1 + mu) / (1 - mu)))
        return ball(1 - mu) * formulas.output(yes, d, beta) - ball(1 + mu) * formulas.output(no, d, beta)

    if sign(lambda: gap(Fraction(1001, 1000))) <= 0:
        return found(False, f"0.1% above the rule: (1 - mu) u - (1 + mu) u' = {shown(gap(Fraction(1001, 1000)))}")
    tight = n >= formulas.least and worst(case)
    if tight and sign(lambda: gap(formulas.short)) > 0:
        return found(False, f"at {formulas.short} of the rule the rows are still apart, so the rule is not the least one")
    return found(True, "apart above the rule" + (", not apart a little below" if tight else ""))


def separates_exactly(formulas: Rule, case: Case) -> Finding:
    """The same without an error."""
    return outside("mu is not 0") if Fraction(str(case["mu"])) else separates(formulas, case)


@dataclass(frozen=True)
class Tolerance:
    """beta(n, d, t, eps) and the additive error (n, d, t, eps) that it tolerates."""

    beta: Callable[[int, int, int, arb], arb]
    error: Callable[[int, int, int, arb], arb]


def tolerates(formulas: Tolerance, case: Case) -> Finding:
    """u - u' >= 2 error at beta; on the worst rows <= 2.02 error, and no more at 0.99 beta and at 1.01 beta."""
    if why := beyond(case):
        return outside(why)
    yes, no = case["yes"], case["no"]
    n, d, t, eps = letters({**case, "n": len(yes)})

    def excess(times: Fraction, errors: Fraction) -> arb:
        """(u - u') / error - errors, at `times` beta."""
        beta = ball(times) * formulas.beta(n, d, t, ball(eps))
        return (padded(yes, d, beta) - padded(no, d, beta)) / formulas.error(n, d, t, ball(eps)) - ball(errors)

    one, two = Fraction(1), Fraction(2)
    detail = f"(u - u') / error = {shown(excess(one, Fraction(0)))}"
    if sign(lambda: excess(one, two)) < 0:
        return found(False, detail)
    if worst(case) and sign(lambda: excess(one, two * Fraction(101, 100))) > 0:
        return found(False, f"{detail}: a larger error is tolerated")
    if worst(case) and any(_better(excess, Fraction(percent, 100)) for percent in (99, 101)):
        return found(False, f"{detail}; with 1% more or less beta the rows are further apart")
    return found(True, detail)


def _better(excess: Callable[[Fraction, Fraction], arb], times: Fraction) -> bool:
    return sign(lambda: excess(times, Fraction(0)) - excess(Fraction(1), Fraction(0))) > 0


def worst(case: Case) -> bool:
    """One key at distance t and the others at d; all at (1 + eps) t, of which d is at least ten times as much."""
    n, d, t, far = len(case["yes"]), case["d"], case["t"], (1 + Fraction(str(case["eps"]))) * case["t"]
    return sorted(case["yes"]) == [t] + [d] * (n - 1) and set(case["no"]) == {far} and d >= 10 * far


def beyond(case: Case, even: bool = True) -> str:
    """Why a case is outside: no even distances that keep the promise, no error, or n = 1."""
    yes, no = case["yes"], case["no"]
    n, d, t, eps = letters({**case, "n": len(yes)})
    if len(no) != n or not 0 <= min(yes) <= t or not (1 + eps) * t <= min(no) or max(yes + no) > d:
        return "the promise is broken, or these are no distances"
    if len(yes) > 256 or d > 10**4:
        return "too large to check here"
    if (even and any(index(h) % 2 for h in yes + no)) or not 0 <= Fraction(str(case["mu"])) < 1:
        return "vectors of weight d/2 have even distances, and mu is in [0, 1)"
    return "n = 1 gives beta = 0" if n < 2 else ""


def worst_pairs(*shapes: tuple[int, int, str]) -> Iterator[Case]:
    """For each d, t and eps a YES row with one key at distance t and the others at d against a NO row at (1 + eps) t."""
    for n in (2, 3, 8, 64):
        for d, t, eps in shapes:
            far = int((1 + Fraction(eps)) * t)
            yield {"yes": [t] + [d] * (n - 1), "no": [far] * n, "d": d, "t": t, "eps": eps, "mu": "0"}


def row_pairs() -> Iterator[Case]:
    """The worst rows first, then random pairs of rows."""
    yield from worst_pairs((48, 2, "1"), (64, 4, "1/2"), (96, 4, "1"))
    rng = np.random.default_rng(40)
    for _ in range(40):
        n, d = int(rng.integers(2, 9)), 2 * int(rng.integers(2, 13))
        t = int(rng.integers(1, d // 2 + 1))
        eps = str(rng.choice(["1/4", "1/2", "1"]))
        least = -(-(1 + Fraction(eps)) * t // 2) * 2
        yes = [2 * int(rng.integers(0, t // 2 + 1)), *(2 * int(h) for h in rng.integers(0, d // 2 + 1, n - 1))]
        no = [int(h) for h in 2 * rng.integers(least // 2, d // 2 + 1, n)] if least <= d else [d] * n
        yield {"yes": yes, "no": no, "d": d, "t": t, "eps": eps, "mu": "0"}


def additive_pairs() -> Iterator[Case]:
    """All even t and (1 + eps) t up to d <= 12 for n = 2 and 5, worst rows; then the pairs of rows of `row_pairs`."""
    for n in (2, 5):
        for d in range(4, 13, 2):
            for t in range(2, d, 2):
                for far in range(t + 2, d + 1, 2):
                    rows = {"yes": [t] + [d] * (n - 1), "no": [far] * n}
                    yield {**rows, "d": d, "t": t, "eps": str(Fraction(far - t, t)), "mu": "0"}
    yield from row_pairs()


def _grown(n: int, d: int, t: int, eps: arb) -> arb:
    return n * (1 + eps * t / (d + t))


def _largest(n: int, d: int, t: int, eps: arb) -> arb:
    """(1/2n) (1 - 1/r) (n r)^-p, p = (d + t) / (eps t), r = 1 + 1/p."""
    p, grown = (d + t) / (eps * t), _grown(n, d, t, eps)
    return (1 - n / grown) / (2 * n) * (-p * grown.log()).exp()


def relative_pairs() -> Iterator[Case]:
    """The same with a relative error mu of 1/10, 1/2 and 9/10."""
    for mu in ("1/10", "1/2", "9/10"):
        for case in row_pairs():
            yield {**case, "mu": mu}


CLAIMS = stated(
    __file__,
    Checked(
        "T1-exact-output",
        separates_exactly,
        row_pairs,
        printed=Rule(lambda n, d, t, eps, rho: 4 * arb(d) / (t * eps) * arb(n).log(), Fraction(99, 100), 2, padded),
    ),
    Checked(
        "T2-additive-error",
        tolerates,
        additive_pairs,
        printed=Tolerance(lambda n, d, t, eps: 4 * d / (t * eps) * _grown(n, d, t, eps).log(), _largest),
    ),
    Checked(
        "T3-relative-error",
        separates,
        relative_pairs,
        printed=Rule(lambda n, d, t, eps, rho: 4 * arb(d) / (t * eps) * (rho * (n + 1)).log(), Fraction(99, 100), 64, padded),
    ),
)
