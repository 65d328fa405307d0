"""Keles et al., Theorem 6 (sliding windows), the layout: K7, it misses half of the pairs.

TVPP on k = sqrt(nw) vectors a side is laid out in rows 1, 2, ...: row 2p is C b_(p mod k), row 2p-1 is an a, and row i
sees the rows j with |i-j| <= w/2. A period is 2k rows; from one to the next the a are shifted against the b. The layout is
taken from our notes of the paper.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from math import isqrt

from hardlab.claims.claim import Case, Finding, IllTyped, Verdict, found, outside
from hardlab.claims.keles.cases import whole
from hardlab.claims.stating import Checked, stated

MOST_ROWS = 1024
"""Rows: for more, counting the pairs takes too long."""


@dataclass(frozen=True)
class Layout:
    """The number of rows, how far a row sees, and the index of the a in row 2p-1, from (n, k, w), w and (p, k, w)."""

    rows: Callable[[int, int, int], int]
    reach: Callable[[int], Fraction]
    index: Callable[[int, int, int], int]


def seen(layout: Layout, n: int, w: int) -> list[tuple[int, list[int]]]:
    """For each a-row the index of its a, and those of the b that it sees (one for each key)."""
    k = isqrt(n * w)
    last, reach = layout.rows(n, k, w), layout.reach(w)
    found_rows = []
    for p in range(1, (last + 1) // 2 + 1):
        row = 2 * p - 1
        a = layout.index(p, k, w)
        if not 0 <= a < k:
            raise IllTyped(f"row {row} is a_{a} of {k} vectors a_0 .. a_{k - 1}")
        keys = [m % k for m in range(max(1, p - w - 1), p + w + 2) if 2 * m <= last and abs(2 * m - row) <= reach]
        found_rows.append((a, keys))
    return found_rows


def covered(layout: Layout, n: int, w: int) -> Fraction:
    """The share of the k^2 pairs (a_i, b_j) such that some row a_i sees b_j."""
    pairs = {(a, b) for a, keys in seen(layout, n, w) for b in keys}
    return Fraction(len(pairs), n * w)


def outside_windows(case: Case) -> str:
    """Why n and w are no size of Theorem 6, where nw is a square and 2 <= w <= n; "" where they are."""
    n, w = whole(case, "n"), whole(case, "w")
    if not 2 <= w <= n or isqrt(n * w) ** 2 != n * w:
        return "w is not between 2 and n, or nw is no square"
    return "too large to check here" if n > MOST_ROWS else ""


def window_covers(layout: Layout, case: Case) -> Finding:
    """All pairs are seen where w divides k, and in a window that is smaller by 2 not all."""
    n, w = case["n"], case["w"]
    if why := outside_windows(case) or ("w does not divide k" if isqrt(n * w) % w else ""):
        return outside(why)
    share = covered(layout, n, w)
    if share < 1:
        return found(False, f"{share} of the pairs are seen")
    less = covered(replace(layout, reach=lambda w: layout.reach(w) - 2), n, w)
    return found(less < 1, f"all pairs are seen, and {less} of them in a window smaller by 2")


def rows_cover(layout: Layout, case: Case) -> Finding:
    """All pairs are seen; where 4 <= w is even and divides 2k, with a period of 2k rows less not all."""
    n, w = case["n"], case["w"]
    if why := outside_windows(case):
        return outside(why)
    k, share = isqrt(n * w), covered(layout, n, w)
    if share < 1 or w < 4 or w % 2 or 2 * k % w:
        return found(share == 1, f"{share} of the pairs are seen")
    less = covered(replace(layout, rows=lambda n, k, w: layout.rows(n, k, w) - 2 * k), n, w)
    return found(less < 1, f"all pairs are seen, and {less} of them with a period less")


def share_is(share: Callable[[int], Fraction], case: Case) -> Finding:
    """The share of the pairs that the printed layout covers, for 4 | w and w | k."""
    n, w = case["n"], case["w"]
    if why := outside_windows(case) or (
        "" if w % 4 == 0 == isqrt(n * w) % w else "4 does not divide w, or w does not divide k"
    ):
        return outside(why)
    share_found = covered(PRINTED, n, w)
    return found(share_found == share(w), f"{share_found} of the pairs are seen, said are {share(w)}")


def permutes(layout: Layout, case: Case) -> Finding:
    """In every full period each of the k vectors a stands exactly once."""
    n, w = case["n"], case["w"]
    if why := outside_windows(case):
        return outside(why)
    k = isqrt(n * w)
    order = [a for a, _ in seen(layout, n, w)]
    for start in range(0, len(order) - k + 1, k):
        if sorted(order[start : start + k]) != [*range(k)]:
            return found(False, f"the period from row {2 * start + 1} has the vectors {order[start : start + k]}")
    return found(True, f"{len(order) // k} full periods")


def keys_are_seen(keys: Callable[[int], int], case: Case) -> Finding:
    """A row far from both ends sees keys(w) different b within w/2."""
    n, w = case["n"], case["w"]
    if why := outside_windows(case) or ("no row is far from both ends" if isqrt(n * w) <= w else ""):
        return outside(why)
    most = max(len(set(found_keys)) for _, found_keys in seen(PRINTED, n, w))
    return found(most == keys(w), f"{most} keys within w/2 = {Fraction(w, 2)}, said are {keys(w)}")


def squares() -> Iterator[Case]:
    """All n <= 40 and w <= n with nw a square, and four larger ones."""
    for n in range(1, 41):
        for w in range(1, n + 1):
            if isqrt(n * w) ** 2 == n * w:
                yield {"n": n, "w": w}
    for n, w in ((64, 16), (128, 32), (256, 16), (400, 16)):
        yield {"n": n, "w": w}


def few(w: int) -> int:
    """The number of odd numbers from -w/2 to w/2."""
    return 2 * ((w // 2 + 1) // 2)


PRINTED = Layout(
    rows=lambda n, k, w: 3 * n,
    reach=lambda w: Fraction(w, 2),
    index=lambda p, k, w: (p % k + w * ((2 * p - 1) // (2 * k))) % k,
)
UNREDUCED = replace(PRINTED, index=lambda p, k, w: p % k + w * ((2 * p - 1) // (2 * k)))
WIDER = replace(PRINTED, reach=Fraction)
SLOWER = replace(
    PRINTED,
    rows=lambda n, k, w: 2 * k * (-(-k // (w // 2)) + 1) if w > 1 else 0,
    index=lambda p, k, w: (p % k + (w // 2) * ((2 * p - 1) // (2 * k))) % k,
)
CLAIMS = stated(
    __file__,
    Checked("K7-index", permutes, squares, printed=UNREDUCED, mended=PRINTED, recorded=Verdict.ILL_TYPED),
    Checked("K7-window", window_covers, squares, printed=PRINTED, mended=WIDER, recorded=Verdict.FAILS),
    Checked("K7-shift", rows_cover, squares, printed=PRINTED, mended=SLOWER, recorded=Verdict.FAILS),
    Checked("K7-half", share_is, squares, printed=lambda w: Fraction(1, 2)),
    Checked("K7-keys", keys_are_seen, squares, printed=lambda w: w, mended=few, recorded=Verdict.FAILS),
)
