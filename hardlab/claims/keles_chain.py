"""Keles et al.: the chain OV to BHCP, whose gap is 2, what it saves in Theorem 7, and Lemma F on parallel instances."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import Any

from hardlab.claims.claim import Case, Claim, Finding, IllTyped, found
from hardlab.claims.keles_formulas import EXP, ROW_7_RELATIVE, ln
from hardlab.claims.keles_gadget import Size, separates
from hardlab.claims.keles_problems import Map, derived, dot, flip, hamming


@dataclass(frozen=True)
class Chain:
    """OV to BHCP: both maps, the distance from (d, a.b), and the squared thresholds that decide, low < t2 <= high."""

    left: Map
    right: Map
    distance: Callable[[int, int], int]
    low: Callable[[int], int]
    high: Callable[[int], int]


def chain_gap(chain: Chain, case: Case) -> Finding:
    """All distances are as said; on a pair of the case's vectors each t2 decides OV iff it is in (low, high]."""
    d = int(case["d"])
    distances: dict[bool, set[int]] = {True: set(), False: set()}
    for a, b in product(product((0, 1), repeat=d), repeat=2):
        h = hamming(chain.left(a), chain.right(b))
        if h != chain.distance(d, dot(a, b)):
            return found(False, f"a = {a}, b = {b}: the distance is {h}, not {chain.distance(d, dot(a, b))}")
        distances[dot(a, b) == 0].add(h)
    halves = [Fraction(x, 2) for x in range(2 * (4 * d + 4))]
    decide = [t for t in halves if all(h < t for h in distances[True]) and not any(h < t for h in distances[False])]
    said = [t for t in halves if chain.low(d) < t <= chain.high(d)]
    ends = f"from {decide[0]} to {decide[-1]}" if decide else "none"
    return found(decide == said, f"thresholds that decide: {ends}; said ({chain.low(d)}, {chain.high(d)}]")


@dataclass(frozen=True)
class Shifts:
    """Lemma F: the number of rounds for k blocks, and the block of B that block i of A meets in a round."""

    rounds: Callable[[int], int]
    partner: Callable[[int, int, int], int]


def covers(shifts: Shifts, case: Case) -> Finding:
    """k parallel instances in each round decide OV on k blocks a side, each pair of blocks once."""
    k = int(case["k"])
    met = [(i, shifts.partner(i, r, k)) for r in range(shifts.rounds(k)) for i in range(k)]
    if any(not 0 <= j < k for _, j in met):
        raise IllTyped(f"there is no block {max(j for _, j in met)}")
    wanted = sorted(product(range(k), repeat=2))
    return found(sorted(met) == wanted, f"{len(set(met))} of {k * k} pairs of blocks in {len(met)} instances")


def time_of_shifts(exponent: Callable[[Fraction, Fraction], Fraction], case: Case) -> Finding:
    """k^2 n^(2-eps) <= (kn)^e for the exponent e, k = n^kappa <= n, with equality at k = n, and e < 2."""
    kappa, eps = Fraction(case["kappa"]), Fraction(case["eps"])
    spent, allowed = 2 * kappa + 2 - eps, (1 + kappa) * exponent(kappa, eps)
    if exponent(kappa, eps) >= 2:
        return found(False, f"(kn)^{exponent(kappa, eps)} is no contradiction")
    return found(spent == allowed if kappa == 1 else spent <= allowed, f"n^{spent} spent, n^{allowed} allowed")


def chained() -> Iterator[Case]:
    """Chain instances from OV: all products 1 and d, and one product 0 with the rest d; every row of A is 1_d."""
    for n in (2, 3, 8, 64):
        for d in (1, 12):
            a, one, zero = "1" * d, "1" + "0" * (d - 1), "0" * d
            for mu in ("0", "1/2", "9/10"):
                no, yes = [one] * n, [zero] + [a] * (n - 1)
                yield {
                    "instances": [{"A": [_chain(a, True)] * n, "B": [_chain(b, False) for b in B]} for B in (no, yes)],
                    "t": d + 1,
                    "mu": mu,
                    "worst": d > 1,
                }


def _chain(vector: str, left: bool) -> str:
    bits = tuple(map(int, vector))
    return "".join(map(str, CHAIN.left(bits) if left else CHAIN.right(bits)))


CHAIN = Chain(
    left=lambda a: a + flip(a) + (0,) * len(a),
    right=lambda b: flip(b) + (1,) * len(b) + b,
    distance=lambda d, p: d + 2 * p,
    low=lambda d: d,
    high=lambda d: d + 2,
)
SHIFTS = Shifts(rounds=lambda k: k, partner=lambda i, r, k: (i + r) % k)


def half_constant(s: Size) -> Any:
    return ln(s.rho * s.n) / 2


CLAIMS: tuple[Claim[Any], ...] = (
    derived(
        "Chain-gap",
        "derived here, from Lemmas 2 and 3",
        "OVP becomes BHCP by a' = (a, 1-a, 0), b' = (1-b, 1, b), with the squared distance d + 2 a.b: the gap is 2,"
        " and exactly the squared thresholds in (d, d+2] decide.",
        "A coordinate has the distance 3 where both bits are 1, else 1.",
        CHAIN,
        chain_gap,
        lambda: ({"d": d} for d in range(1, 7)),
    ),
    derived(
        "Theorem-7-after-OV",
        "derived here, for Theorem 7",
        "On the instances of Chain-gap half the constant is enough: C > ln(rho n) / 2; for d = 12 at 0.99 of it the"
        " worst rows meet.",
        "(1-mu) e^(-Cd) > (1+mu) n e^(-C(d+2)).",
        half_constant,
        separates(EXP, ROW_7_RELATIVE),
        chained,
    ),
    derived(
        "Lemma-F-shifts",
        "Keles et al., Lemma F (k parallel instances)",
        "k rounds of k parallel instances (A_i, B_(i+r mod k)) meet every pair of the k^2 blocks exactly once.",
        "j = i + r mod k has one solution r for each i and j.",
        SHIFTS,
        covers,
        lambda: ({"k": k} for k in range(1, 17)),
    ),
    derived(
        "Lemma-F-time",
        "Keles et al., Lemma F (k parallel instances)",
        "k rounds in time k n^(2-eps) each solve OVP on kn vectors in time (kn)^(2-eps/2), for k <= n.",
        "k^2 n^(2-eps) = (kn)^2 n^(-eps), and n >= (kn)^(1/2).",
        lambda kappa, eps: 2 - eps / 2,
        time_of_shifts,
        lambda: ({"kappa": f"{a}/8", "eps": f"{b}/4"} for a in range(9) for b in range(1, 5)),
    ),
)
