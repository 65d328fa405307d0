"""Sliding windows: a layout in which every window sees the same dummies, and every pair of the lists is seen (Theorem B).

Positions x with x mod W < M are dummies, and W' = W - M; the others carry data, numbered alpha in their order.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from hardlab.claims.claim import Case, Finding, Verdict, found, outside
from hardlab.claims.stating import Checked, stated


@dataclass(frozen=True)
class Layout:
    """The rows of the lists of length `padded(k, W')` that a data position asks and shows, of alpha, that length and W'; how
    many data positions ask, of k and W'; the least alpha, of W'; positions at most, of k, W and W'.
    """

    padded: Callable[[int, int], int]
    asks: Callable[[int, int, int], int]
    shows: Callable[[int, int], int]
    asking: Callable[[int, int], int]
    first: Callable[[int], int]
    positions: Callable[[int, int, int], int]
    two_sided: bool = False


def covers(formulas: Layout, case: Case) -> Finding:
    """Every window of a query has M dummies and W - M data keys; the windows see every pair, and exactly once where W' divides
    k; there are at most as many positions as said, and N W <= 16 k^2 where W' <= k and M = 1.
    """
    k, W, M = case["k"], case["W"], case["M"]
    wide = W - M
    if not 1 <= M < W <= 40 or not 1 <= k <= 64 or (formulas.two_sided and W % 2 == 0):
        return outside("no such window, or too large to check here")
    items, first = formulas.padded(k, wide), formulas.first(wide)
    last = formulas.asking(k, wide) - 1
    data: list[tuple[int, int]] = []  # (position, alpha)
    x, alpha = 0, first
    while alpha <= last + (2 * wide if formulas.two_sided else 0):
        if x % W >= M:
            data.append((x, alpha))
            alpha += 1
        x += 1
    if not data:
        return found(False, "no position has data")
    N = data[-1][0] + 1
    place = dict(data)
    seen: dict[tuple[int, int], int] = {}
    for at, alpha in data:
        if 0 <= alpha <= last:
            window = range(at - W // 2, at + W // 2 + 1) if formulas.two_sided else range(at - W + 1, at + 1)
            dummies = sum(0 <= y < N and y % W < M for y in window)
            keys = [place[y] for y in window if y in place]
            if (dummies, len(keys)) != (M, wide):
                return found(False, f"the window at {at} has {dummies} dummies and {len(keys)} data keys, not {M} and {wide}")
            i = min(formulas.asks(alpha, items, wide), k - 1)
            for key in keys:
                j = min(formulas.shows(key, items), k - 1)
                seen[i, j] = seen.get((i, j), 0) + 1
    missed = k * k - len(seen)
    if missed:
        return found(False, f"{missed} of {k * k} pairs are seen by no window")
    if items == k and k % wide == 0 and max(seen.values()) > 1:
        return found(False, "a pair is seen twice though W' divides k")
    most = formulas.positions(k, W, wide)
    if most < N or (not formulas.two_sided and M == 1 and wide <= k and 16 * k * k < N * W):
        return found(False, f"N = {N} positions, said to be at most {most}; N W = {N * W}, 16 k^2 = {16 * k * k}")
    return found(True, f"all {k * k} pairs in N = {N} positions, N W = {N * W}")


def sizes() -> Iterator[Case]:
    """W' that divides k and W' that does not, from the smallest windows on."""
    for M in (1, 2, 3):
        for W in (2, 3, 4, 5, 7, 9, 12, 17):
            for k in (1, 2, 3, 5, 6, 8, 16, 21, 40):
                if M < W:
                    yield {"k": k, "W": W, "M": M}


def odd_sizes() -> Iterator[Case]:
    yield from (case for case in sizes() if case["W"] % 2)


def _turned(alpha: int, items: int, wide: int) -> int:
    return (alpha + wide * (alpha // items)) % items


CAUSAL = Layout(
    padded=lambda k, wide: k,
    asks=_turned,
    shows=lambda alpha, items: alpha % items,
    asking=lambda k, wide: k * -(-k // wide),
    first=lambda wide: 1 - wide,
    positions=lambda k, W, wide: -(-(k * -(-k // wide) + wide - 1) // wide) * W,
)

TWO_SIDED = Layout(
    padded=lambda k, wide: wide * -(-k // wide),
    asks=_turned,
    shows=lambda alpha, items: alpha % items,
    asking=lambda k, wide: wide * (-(-k // wide)) ** 2,
    first=lambda wide: -2 * wide,
    positions=lambda k, W, wide: ((-(-k // wide)) ** 2 + 4) * W,
    two_sided=True,
)

UNPADDED = replace(TWO_SIDED, padded=lambda k, wide: k, asking=lambda k, wide: k * -(-k // wide))

CLAIMS = stated(
    __file__,
    Checked("B-causal", covers, sizes, printed=CAUSAL),
    Checked("B-two-sided", covers, odd_sizes, printed=UNPADDED, mended=TWO_SIDED, recorded=Verdict.FAILS),
)
