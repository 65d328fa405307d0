"""Gradients of attention that decide (Theorem E): one entry a row of dV and of dK, at a key of each query's own.

Letters as in module `attending`. A private key has the code word of its query, words of +-1 at distance Delta, of case `Delta`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from math import ceil, log2

from flint import arb

from hardlab.claims.claim import Case, Finding, Verdict, found, outside
from hardlab.claims.derived.attending import Instance, Vector, all_seen, drawn, least_p, signs, slopes, weights
from hardlab.claims.numbers import ball, shown
from hardlab.claims.stating import Checked, stated
from instances.exact import sign


@dataclass(frozen=True)
class Private:
    """Bounds on the entries of YES rows (at most) and of NO rows (at least), of r and the leak; the leak, of n, m R, the
    distance of the code and t2 - t. With `ballast` the entries are those of dK, else of dV.
    """

    yes: Callable[[arb, arb], arb]
    no: Callable[[arb, arb], arb]
    leak: Callable[[int, arb, int, int], arb]
    ballast: bool


def by_private_keys(formulas: Private, case: Case) -> Finding:
    """The entry at the private key of each query is within its bound."""
    of, distance = Instance.of(case), case["Delta"]
    n, m = len(of.A), len(of.B)
    if why := of.why_no_promise:
        return outside(why)
    if not 1 <= distance <= 8:
        return outside("no code of this distance, or too large to check here")
    words = _code(n, distance)
    code = len(words[0])

    def entries() -> list[arb]:
        p_eta = of.pads(m, 2 if formulas.ballast else 1, code)
        p = max(least_p(p_eta), least_p(p_eta + code))
        queries: list[Vector] = [[*signs(a), *[1] * p, *word] for a, word in zip(of.A, words, strict=True)]
        keys: list[Vector] = [[*signs(b), *[-p_eta / p] * p, *[0] * code] for b in of.B]
        keys += [[*[0] * of.d, *[p_eta / p] * p, *word] for word in words]
        keys += [[*[0] * of.d, *[(p_eta + code) / p] * p, *[0] * code]] if formulas.ballast else []
        P = weights(queries, keys, of.lam(m), all_seen(queries, keys))
        f = [*[0] * m, *[1] * n, *([-1] if formulas.ballast else [])]
        of_pairs = slopes(P, f) if formulas.ballast else P
        return [sum((row[m + i] for row in of_pairs), arb(0)) for i in range(n)]

    def past(i: int, yes: bool) -> arb:
        leak = formulas.leak(n, m * ball(of.R), distance, of.t2 - of.t)
        return formulas.yes(of.r, leak) - entries()[i] if yes else entries()[i] - formulas.no(of.r, leak)

    for i, distances in enumerate(of.distances):
        yes = min(distances) <= of.t
        if sign(partial(past, i, yes)) < 0:
            return found(
                False, f"row {i} is {'YES' if yes else 'NO'}: {shown(entries()[i])}, beyond the bound by {shown(past(i, yes))}"
            )
    return found(True, f"{n} entries within their bounds")


def _code(n: int, distance: int) -> list[list[int]]:
    """Words of +-1 that differ in `distance` places at least: the bits of the number, each so many times."""
    bits = max(1, ceil(log2(n)))
    return [[2 * (i >> bit & 1) - 1 for bit in range(bits) for _ in range(distance)] for i in range(n)]


def codes() -> Iterator[Case]:
    """NO rows of all keys at t2 and YES rows of one at t, for few and many queries; then random ones."""
    for R in ("4", "16", "100"):
        for n in (1, 2, 5):
            for distance in (1, 2, 4):
                A = ["00000" if i % 2 else "11100" for i in range(n)]
                yield {"A": A, "B": ["11100", "11100"], "t": 0, "t2": 3, "R": R, "Delta": distance}
                yield {"A": ["11000"] * n, "B": ["00000"], "t": 1, "t2": 2, "R": R, "Delta": distance}
    yield from drawn(74, 30, lambda k: {"R": ("4", "16")[k % 2], "Delta": 1 + k % 4})


def _leak(n: int, mR: arb, distance: int, width: int) -> arb:
    return (n - 1) * (-(mR.log()) * distance / width).exp()


OF_V = Private(lambda r, leak: 1 / (r + 1) + leak, lambda r, leak: 1 / (1 + 1 / r + leak), _leak, ballast=False)
OF_K = Private(lambda r, leak: (1 / (r + 1) + leak) / 2, lambda r, leak: (1 - leak) * r / (r + 1) / 2, _leak, ballast=True)

CLAIMS = stated(
    __file__,
    Checked(
        "V1-private",
        by_private_keys,
        codes,
        printed=Private(OF_V.yes, OF_V.no, lambda n, mR, distance, width: arb(0), ballast=False),
        mended=OF_V,
        recorded=Verdict.FAILS,
    ),
    Checked("K1-ballast", by_private_keys, codes, printed=OF_K),
)
