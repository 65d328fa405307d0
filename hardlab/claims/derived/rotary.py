"""Rotary positions (Theorem I): scores are kept by rows that are turned back, and planes that point to positions.

R_x turns plane l of a row by x base^(-2l/d), its coordinates 2l and 2l + 1.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from flint import arb

from hardlab.claims.claim import Case, Finding, Verdict, found, outside
from hardlab.claims.derived.attending import nothing
from hardlab.claims.numbers import shown
from hardlab.claims.stating import Checked, stated
from instances.exact import sign

LARGEST = 10**6
"""The largest position and base of a case."""


def angle(position: int, plane: int, d: int, base: int) -> arb:
    return position * (-(arb(base).log()) * 2 * plane / d).exp()


def turned(row: Sequence[arb | int], position: int, base: int, back: bool) -> list[arb]:
    """R_x row, or its inverse."""
    found: list[arb] = []
    for plane in range(len(row) // 2):
        a, b = row[2 * plane], row[2 * plane + 1]
        by = angle(position, plane, len(row), base)
        cos, sin = by.cos(), -by.sin() if back else by.sin()
        found += [a * cos - b * sin, a * sin + b * cos]
    return found


@dataclass(frozen=True)
class Turned:
    """By what the largest entry may grow; whether q is turned back, and k is."""

    grows: Callable[[], arb]
    query: bool
    key: bool


def kept_scores(formulas: Turned, case: Case) -> Finding:
    """With q = R_i^-1 q*, k = R_j^-1 k* the score <R_i q, R_j k> is <q*, k*>, and entries grow by no more than said."""
    q, k, i, j, base = case["q"], case["k"], case["i"], case["j"], case["base"]
    if len(q) != len(k) or not q or len(q) % 2:
        raise ValueError("q and k must have one length, even and at least 2")
    if len(q) > 64 or not all(0 <= x <= LARGEST for x in (i, j)) or not 2 <= base <= LARGEST or max(map(abs, [*q, *k])) > 1000:
        return outside("too large to check here")

    def rows() -> tuple[list[arb], list[arb]]:
        given_q = turned(q, i, base, True) if formulas.query else [arb(x) for x in q]
        given_k = turned(k, j, base, True) if formulas.key else [arb(x) for x in k]
        return given_q, given_k

    def off() -> arb:
        stored = zip(turned(rows()[0], i, base, False), turned(rows()[1], j, base, False), strict=True)
        return sum((a * b for a, b in stored), arb(0)) - arb(sum(a * b for a, b in zip(q, k, strict=True)))

    def room(of: int, c: int) -> arb:
        return formulas.grows() * arb(max(map(abs, (q, k)[of]))) - abs(rows()[of][c])

    if not nothing(off):
        return found(False, f"the score is off by {shown(off())}")
    for of, row in enumerate((q, k)):
        most = max(map(abs, row))
        for c in range(len(row)):
            if sign(partial(room, of, c)) < 0:
                return found(False, f"an entry {shown(rows()[of][c])} of a row of entries up to {most}")
    return found(True, "the score is kept")


@dataclass(frozen=True)
class Pointer:
    """The planes, of d, that point, against as many times the slowest one."""

    planes: Callable[[int], int]


def pointing(formulas: Pointer, case: Case) -> Finding:
    """g(s) >= 2/5 for every s from `first` to `last`: g(s) = sum over the planes of 1 - cos(s theta_l), less so many times that
    of the slowest.
    """
    d, base, first, last = case["d"], case["base"], case["first"], case["last"]
    if d % 2 or not 4 <= d <= 256 or not 2 <= base <= LARGEST or not 1 <= first <= last <= first + 500 or last > LARGEST:
        return outside("no shifts, or too many to check here")
    planes = formulas.planes(d)
    thetas = [*(angle(1, plane, d, base) for plane in range(planes)), angle(1, d // 2 - 1, d, base)]
    for s in range(first, last + 1):
        *fast, slow = (1 - (s * theta).cos() for theta in thetas)
        g = sum(fast, arb(0)) - planes * slow
        if not g >= arb(2) / 5:
            return found(False, f"g({s}) = {shown(g)}")
    return found(True, f"{last - first + 1} shifts")


def scores() -> Iterator[Case]:
    """A row of ones at 45 degrees, then random rows of -1, 0, 1 at random positions."""
    yield {"q": [1, 1], "k": [1, 1], "i": 785398, "j": 0, "base": 10000}
    rng = np.random.default_rng(78)
    for k in range(30):
        d = 2 * int(rng.integers(1, 5))
        q, key = ([int(x) for x in rng.integers(-1, 2, d)] for _ in range(2))
        i, j = (int(x) for x in rng.integers(0, (10, 1000)[k % 2], 2))
        yield {"q": q, "k": key, "i": i, "j": j, "base": (10000, 500000)[k % 3 == 0]}


def shifts() -> Iterator[Case]:
    """All from 1 to 5798, 5572 and some to 133605, for the usual d and bases."""
    for d, base, last in ((64, 10000, 5798), (128, 10000, 5572)):
        yield from ({"d": d, "base": base, "first": s, "last": min(s + 499, last)} for s in range(1, last + 1, 500))
    for first in (1, 5001, 50001, 100001, 133406):
        yield {"d": 128, "base": 500000, "first": first, "last": first + 199}


CLAIMS = stated(
    __file__,
    Checked(
        "I-rotary",
        kept_scores,
        scores,
        printed=Turned(lambda: arb(1), query=True, key=True),
        mended=Turned(lambda: arb(2).sqrt(), query=True, key=True),
        recorded=Verdict.FAILS,
    ),
    Checked("I-planes", pointing, shifts, printed=Pointer(lambda d: 1), mended=Pointer(lambda d: 8), recorded=Verdict.FAILS),
)
