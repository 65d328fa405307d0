"""The gap of pair gadgets on the edges of a graph (4/m for every m).

A case has m items and the edges of a multigraph on them. A pair gadget is at distance 1, or 3 where an item of it is violated;
its strings are written down here once more.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, product

import numpy as np

from hardlab.claims.claim import Case, Finding, Verdict, found, outside
from hardlab.claims.stating import Checked, stated

LEFT = {"00": "00001", "01": "00100", "10": "00010", "11": "10000"}
RIGHT = {"00": "00000", "01": "00011", "10": "00101", "11": "01001"}


@dataclass(frozen=True)
class Graph:
    """t of the number of edges, and t2 - t of the degrees of the items."""

    t: Callable[[int], int]
    gap: Callable[[Sequence[int]], int]


def separated(formulas: Graph, case: Case) -> Finding:
    """Of all pairs of vectors, those without an item that is 1 in both are at distance t, and the nearest other at t + gap; on
    a regular graph that is eps = 4/m.
    """
    m, edges = case["m"], [tuple(edge) for edge in case["edges"]]
    if not 2 <= m <= 7 or len(edges) > 30 or any(len({*e}) != 2 or not 0 <= min(e) <= max(e) < m for e in edges):
        return outside("no graph of 2 to 7 items, or too large to check here")
    degrees = [sum(item in edge for edge in edges) for item in range(m)]
    if not min(degrees):
        return outside("an item has no gadget")
    vectors = ["".join(bits) for bits in product("01", repeat=m)]
    left, right = (
        np.array([[int(bit) for i, j in edges for bit in table[v[i] + v[j]]] for v in vectors], dtype=np.int16)
        for table in (LEFT, RIGHT)
    )
    distances = left @ (1 - right).T + (1 - left) @ right.T
    items = np.array([[int(bit) for bit in v] for v in vectors], dtype=np.int16)
    meet = items @ items.T > 0
    t, gap = formulas.t(len(edges)), formulas.gap(degrees)
    accepted, rejected = set(distances[~meet].tolist()), int(distances[meet].min())
    regular = len(set(degrees)) > 1 or Fraction(gap, t) == Fraction(4, m)
    detail = f"accepted at {sorted(accepted)}, rejected from {rejected} on; t = {t}, t2 = {t + gap}"
    return found(accepted == {t} and rejected == t + gap and regular, detail)


def graphs() -> Iterator[Case]:
    """Circles of 2 to 7 items, complete graphs, a triangle with doubled pairs, a path and a star."""
    for m in range(2, 8):
        yield {"m": m, "edges": [[i, (i + 1) % m] for i in range(m)]}
    for m in range(3, 7):
        yield {"m": m, "edges": [list(pair) for pair in combinations(range(m), 2)]}
    triangle = [[0, 1], [1, 2], [2, 0]]
    yield {"m": 5, "edges": [*triangle, [3, 4], [3, 4]]}
    yield {"m": 7, "edges": [*triangle, [3, 4], [3, 4], [5, 6], [5, 6]]}
    yield {"m": 5, "edges": [[i, i + 1] for i in range(4)]}
    yield {"m": 4, "edges": [[0, 1], [0, 2], [0, 3]]}


@dataclass(frozen=True)
class Table:
    """d, t and t2 of pairs with a single one and of the circle, of an odd m; between which parts of the first the beta of the
    second is, of m.
    """

    pairs: Callable[[int], tuple[int, int, int]]
    circle: Callable[[int], tuple[int, int, int]]
    least: Fraction
    most: Callable[[int], Fraction]


def what_it_buys(formulas: Table, case: Case) -> Finding:
    """eps is 4/(m + 1) and 4/m, by the distances of all pairs of vectors where m <= 5, and beta stays within its bounds."""
    m = case["m"]
    if m % 2 == 0 or not 3 <= m <= 10**4:
        return outside("m is not odd, or not from 3 to 10^4")
    betas = []
    for of, eps, edges in (
        (formulas.pairs(m), Fraction(4, m + 1), [[i, i + 1] for i in range(0, m - 1, 2)]),
        (formulas.circle(m), Fraction(4, m), [[i, (i + 1) % m] for i in range(m)]),
    ):
        d, t, t2 = of
        if Fraction(t2 - t, t) != eps:
            return found(False, f"t = {t} and t2 = {t2} give eps = {Fraction(t2 - t, t)}, not {eps}")
        if m <= 5 and of != _measured(m, edges):
            return found(False, f"d, t, t2 = {of}, by the strings {_measured(m, edges)}")
        p = -(-(d - t - t2) // 2) + 1  # the pads of T5, one more than half of what they balance
        betas.append(Fraction(d + p, 2 * (t2 - t)))
    ratio = betas[1] / betas[0]
    holds = formulas.least <= ratio <= formulas.most(m)
    return found(
        holds, f"beta/ln(m R) = {float(betas[0]):.5g} and {float(betas[1]):.5g}, the second {float(ratio):.4f} of the first"
    )


SINGLE = ({"0": "010", "1": "100"}, {"0": "110", "1": "011"})


def _measured(m: int, edges: Sequence[Sequence[int]]) -> tuple[int, int, int]:
    """d, the one distance of orthogonal vectors and the least of the others; items in no edge have a single gadget."""
    alone = [item for item in range(m) if not any(item in edge for edge in edges)]

    def string(v: str, side: int) -> str:
        pairs = "".join((LEFT, RIGHT)[side][v[i] + v[j]] for i, j in edges)
        return pairs + "".join(SINGLE[side][v[item]] for item in alone)

    vectors = ["".join(bits) for bits in product("01", repeat=m)]
    seen: dict[bool, set[int]] = {True: set(), False: set()}
    for a, b in product(vectors, repeat=2):
        meet = any(x == y == "1" for x, y in zip(a, b, strict=True))
        seen[meet].add(sum(x != y for x, y in zip(string(a, 0), string(b, 1), strict=True)))
    (t,) = seen[False]
    return len(string(vectors[0], 0)), t, min(seen[True])


def odd_counts() -> Iterator[Case]:
    yield from ({"m": m} for m in (3, 5, 7, 9, 11, 13, 21, 51, 101, 1001))


def _pairs(m: int) -> tuple[int, int, int]:
    return 5 * (m // 2) + 3, (m + 1) // 2, (m + 1) // 2 + 2


def _circle(m: int) -> tuple[int, int, int]:
    return 5 * m, m, m + 4


CLAIMS = stated(
    __file__,
    Checked(
        "J-circle",
        separated,
        graphs,
        printed=Graph(lambda edges: edges, lambda degrees: 2 * max(degrees)),
        mended=Graph(lambda edges: edges, lambda degrees: 2 * min(degrees)),
        recorded=Verdict.FAILS,
    ),
    Checked(
        "J-table",
        what_it_buys,
        odd_counts,
        printed=Table(_pairs, _circle, Fraction(0), lambda m: Fraction(m, m + 1)),
        mended=Table(_pairs, _circle, Fraction(93, 100), lambda m: Fraction(1)),
        recorded=Verdict.FAILS,
    ),
)
