"""Causal attention: what the keys of earlier queries cost (Theorem A1), and a token for key and query, in two heads (A2).

A case has vectors, t, t2, R and M dummies; they stand first. A position sees itself and those before it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
from flint import arb

from hardlab.claims.claim import Case, Finding, Verdict, found, outside
from hardlab.claims.derived.attending import Instance, Vector, least_p, nothing, outputs, signs, weights
from hardlab.claims.numbers import shown
from hardlab.claims.stating import Checked, stated
from instances.exact import sign


@dataclass(frozen=True)
class Dilution:
    """Bounds on u/B of r and e_i: YES rows are at least `yes`, NO rows at most -`no`; e_i from i, M, lam, p and p eta."""

    yes: Callable[[arb, arb], arb]
    no: Callable[[arb, arb], arb]
    own: Callable[[int, int, arb, int, arb], arb]


def data_first(formulas: Dilution, case: Case) -> Finding:
    """Both bounds in every row, the queries behind the data, each with a key (0, -1_p) of value 0 of its own; where all keys of
    a NO row are at t2 the bound is its output.
    """
    of, M, p = Instance.of(case), case["M"], case["p"]
    n, m = len(of.A), len(of.B)
    if why := of.why_no_promise or _wrong(M):
        return outside(why)
    if p < least_p(of.pads(m, M)) or p > 64:
        return outside("p is too small for |eta| < 1, or too large to check here")

    def answers() -> list[arb]:
        p_eta = of.pads(m, M)
        queries = [[*signs(a), *[1] * p] for a in of.A]
        keys: list[Vector] = [[*[0] * of.d, *[p_eta / p] * p] for _ in range(M)]
        keys += [[*signs(b), *[-p_eta / p] * p] for b in of.B]
        keys += [[*[0] * of.d, *[-1] * p] for _ in range(n)]
        sees = ["1" * (M + m + i + 1) + "0" * (n - i - 1) for i in range(n)]
        return outputs(weights(queries, keys, of.lam(m), sees), [*[-1] * M, *[1] * m, *[0] * n])

    def past(i: int, yes: bool) -> arb:
        e = formulas.own(i, M, of.lam(m), p, of.pads(m, M))
        return answers()[i] - formulas.yes(of.r, e) if yes else -answers()[i] - formulas.no(of.r, e)

    for i, distances in enumerate(of.distances):
        yes = min(distances) <= of.t
        attained = set(distances) == {of.t2}
        if not (nothing(partial(past, i, yes)) if attained else sign(partial(past, i, yes)) >= 0):
            return found(
                False,
                f"row {i} is {'YES' if yes else 'NO'}: u/B = {shown(answers()[i])}, off the bound by {shown(past(i, yes))}",
            )
    return found(True, f"{n} rows decided")


def _wrong(M: int) -> str:
    return "" if 1 <= M <= 12 else "there is no dummy, or too many to check here"


@dataclass(frozen=True)
class Heads:
    """The orders in which a head has the tokens, of their number; Gamma/B of r."""

    orders: Callable[[int], list[list[int]]]
    gamma: Callable[[arb], arb]


def triangular(formulas: Heads, case: Case) -> Finding:
    """Rows of all heads are beyond +-Gamma, and some row is YES in some head where any pair is near; nowhere else."""
    of, M = Instance.of(case), case["M"]
    n = len(of.A)
    if why := of.why_no_promise or _wrong(M):
        return outside(why)
    if len(of.B) != n:
        return outside("lists of different lengths")
    yes = False
    for order in formulas.orders(n):
        A, B = [of.A[i] for i in order], [of.B[i] for i in order]

        def answers(A: list[str] = A, B: list[str] = B) -> list[arb]:
            p_eta = of.pads(n, M)
            p = least_p(p_eta)
            queries = [[*signs(a), *[1] * p] for a in A]
            keys: list[Vector] = [[*[0] * of.d, *[p_eta / p] * p] for _ in range(M)]
            keys += [[*signs(b), *[-p_eta / p] * p] for b in B]
            sees = ["1" * (M + i + 1) + "0" * (n - i - 1) for i in range(n)]
            return outputs(weights(queries, keys, of.lam(n), sees), [*[-1] * M, *[1] * n])

        def past(i: int, side: int, answers: Callable[[], list[arb]] = answers) -> arb:
            return side * answers()[i] - formulas.gamma(of.r)

        for i in range(n):
            beyond = [sign(partial(past, i, side)) >= 0 for side in (1, -1)]
            if not any(beyond):
                return found(False, f"row {i}: u/B = {shown(answers()[i])} is between +-Gamma")
            yes |= beyond[0]
    near = any(h <= of.t for row in of.distances for h in row)
    return found(yes == near, f"{'a' if near else 'no'} pair is near, {'a' if yes else 'no'} row of a head says so")


def diluted() -> Iterator[Case]:
    """One key at t, all keys at t2, then random rows; p from the least on, where e is largest."""
    for R in ("1001/1000", "16", "10000"):
        for m, M in ((1, 1), (3, 1), (3, 2)):
            for B in (["0001"] + ["1111"] * (m - 1), ["0111"] * m):
                for more in (0, 4):
                    yield {"A": ["0000"] * 3, "B": B, "t": 1, "t2": 3, "R": R, "M": M, "p": 2 + more}
    rng = np.random.default_rng(71)
    for k in range(40):
        d = int(rng.integers(3, 8))
        t = int(rng.integers(0, d - 1))
        A, B = (["".join(map(str, rng.integers(0, 2, d))) for _ in range(rng.integers(1, 4))] for _ in range(2))
        R = ("3/2", "16")[k % 2]
        yield {"A": A, "B": B, "t": t, "t2": t + 1, "R": R, "M": 1 + k % 3, "p": int(rng.integers(1, 12))}


def planted_tokens() -> Iterator[Case]:
    """One near pair at every place of three tokens; no near pair; random vectors that keep the promise."""
    for at in [(i, j) for i in range(3) for j in range(3)]:
        A = ["0000000" if i == at[0] else "1111111" for i in range(3)]
        B = ["1000000" if j == at[1] else "1110000" for j in range(3)]
        yield {"A": A, "B": B, "t": 1, "t2": 3, "R": "16", "M": 1}
    yield {"A": ["1111111"] * 3, "B": ["1110000"] * 3, "t": 1, "t2": 3, "R": "16", "M": 2}
    rng = np.random.default_rng(72)
    for k in range(60):
        n, d = int(rng.integers(1, 5)), int(rng.integers(3, 9))
        t = int(rng.integers(0, d - 1))
        A, B = (["".join(map(str, rng.integers(0, 2, d))) for _ in range(n)] for _ in range(2))
        yield {"A": A, "B": B, "t": t, "t2": t + 1, "R": ("3/2", "16", "1000")[k % 3], "M": 1 + k % 2}


def _own(i: int, M: int, lam: arb, p: int, p_eta: arb) -> arb:
    return (-lam * (p + p_eta)).exp() * (i + 1) / M


def _gamma(r: arb) -> arb:
    return (r - 1) / (r + 1)


CLAIMS = stated(
    __file__,
    Checked(
        "A1-own-keys",
        data_first,
        diluted,
        printed=Dilution(lambda r, e: _gamma(r), lambda r, e: _gamma(r), _own),
        mended=Dilution(lambda r, e: (r - 1) / (r + 1 + e), lambda r, e: (r - 1) / (r * (1 + e) + 1), _own),
        recorded=Verdict.FAILS,
    ),
    Checked(
        "A2-two-heads",
        triangular,
        planted_tokens,
        printed=Heads(lambda n: [list(range(n))], _gamma),
        mended=Heads(lambda n: [list(range(n)), list(range(n))[::-1]], _gamma),
        recorded=Verdict.FAILS,
    ),
)
