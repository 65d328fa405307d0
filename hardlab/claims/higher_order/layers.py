"""Three lists of 0/1 vectors decided by layers of attention heads, the third list on the heads.

A case holds lists A, B and C as strings of 0 and 1, and how many layers there are. Everything is computed from the definition,
all tokens attending to all, layer after layer.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np
from flint import arb

from hardlab.claims.claim import Case, Finding, found, outside
from hardlab.claims.numbers import shown
from hardlab.claims.stating import Checked, stated
from instances.exact import sign

LARGEST = 4000
"""Tokens squared times heads that are looked at."""

Token = list[arb]


@dataclass(frozen=True)
class Stack:
    """R from LH; C0 from n, m and R; low from LH and R, high from n, m and R; what a layer takes over of the accumulator before
    its heads add to it.

    A token has a (d), b (d), flag_b, flag_a and an accumulator. Head (l, h) has the scores -C0 (<a, b' o c> + flag_a flag_a')
    and the values flag_b', written into the accumulator.
    """

    ratio: Callable[[int], int]
    cost: Callable[[int, int, arb], arb]
    low: Callable[[int, arb], arb]
    high: Callable[[int, int, arb], arb]
    stream: Callable[[arb], arb]


def decides(formulas: Stack, case: Case) -> Finding:
    """After the last layer the accumulator of each a-token is >= high where it has an orthogonal pair, and <= low where not."""
    A, B, C, L = case["A"], case["B"], case["C"], int(case["layers"])
    n, m, d = len(A), len(B), len((*A, "")[0])
    if not (A and B and C and d) or any(len(row) != d or set(row) - set("01") for row in (*A, *B, *C)) or L < 1 or len(C) % L:
        return outside("these are no lists of rows of one width, the heads dealt out evenly to the layers")
    if (n + m + 1) ** 2 * len(C) > LARGEST or d > 40:
        return outside("too large to check here")
    yes = [any(_product(a, b, c) == 0 for b, c in product(B, C)) for a in A]
    R = arb(formulas.ratio(len(C)))

    def bound(i: int) -> arb:
        return formulas.high(n, m, R) if yes[i] else formulas.low(len(C), R)

    def side(i: int) -> int:
        return sign(lambda: accumulated(formulas, A, B, C, L)[i] - bound(i))

    holds = all(side(i) >= 0 if yes[i] else side(i) <= 0 for i in range(n))
    values = ", ".join(
        f"{shown(value)} ({'YES' if yes[i] else 'NO'})" for i, value in enumerate(accumulated(formulas, A, B, C, L))
    )
    return found(
        holds, f"accumulators {values}; YES >= {shown(formulas.high(n, m, R))}, NO <= {shown(formulas.low(len(C), R))}"
    )


def accumulated(formulas: Stack, A: list[str], B: list[str], C: list[str], L: int) -> list[arb]:
    """The accumulators of the a-tokens after L layers."""
    n, m, d = len(A), len(B), len(A[0])
    C0 = formulas.cost(n, m, arb(formulas.ratio(len(C))))
    a = [_bits(row) for row in A] + [[0] * d] * (m + 1)
    b = [[0] * d] * n + [_bits(row) for row in B] + [[0] * d]
    of_a, of_b = [1] * n + [0] * (m + 1), [0] * n + [1] * m + [0]
    total = [arb(0)] * (n + m + 1)
    for layer in range(L):
        after = [formulas.stream(value) for value in total]
        for c in C[layer * len(C) // L : (layer + 1) * len(C) // L]:
            of_c = _bits(c)
            for x in range(n + m + 1):
                query = [p * r for p, r in zip(a[x], of_c, strict=True)]
                common = [sum(p * q for p, q in zip(query, b[y], strict=True)) + of_a[x] * of_a[y] for y in range(n + m + 1)]
                weights = [(-C0 * p).exp() for p in common]
                after[x] += sum((w for w, shows in zip(weights, of_b, strict=True) if shows), arb(0)) / sum(weights, arb(0))
        total = after
    return total[:n]


def _product(a: str, b: str, c: str) -> int:
    return sum(x == y == z == "1" for x, y, z in zip(a, b, c, strict=True))


def _bits(row: str) -> list[int]:
    return [int(bit) for bit in row]


def instances() -> Iterator[Case]:
    """All of one column with two rows or heads; rows at the thresholds, one head alone with the triple; random ones."""
    for L, sizes in product((1, 2), ((1, 1, 2), (2, 1, 2), (1, 2, 2))):
        for bits in product("01", repeat=sum(sizes)):
            n, m, _ = sizes
            yield {"A": list(bits[:n]), "B": list(bits[n : n + m]), "C": list(bits[n + m :]), "layers": L}
    for L, n, m, heads in ((1, 1, 6, 1), (1, 6, 1, 1), (3, 2, 2, 6), (2, 1, 1, 8)):
        for at in range(heads):
            C = ["0" if k == at else "1" for k in range(heads)]
            yield {"A": ["1"] * n, "B": ["1"] * m, "C": C, "layers": L}
        yield {"A": ["1"] * n, "B": ["1"] * m, "C": ["1"] * heads, "layers": L}
    rng = np.random.default_rng(71)
    for _ in range(25):
        L, n, m, d = (int(x) for x in rng.integers(1, 4, 4))
        counts: tuple[int, ...] = (n, m, L * int(rng.integers(1, 3)))
        lists: list[Any] = [
            ["".join(map(str, row)) for row in (rng.random((rows, d + 2)) < 0.75).astype(int).tolist()] for rows in counts
        ]
        yield {"A": lists[0], "B": lists[1], "C": lists[2], "layers": L}


STREAM = Stack(
    ratio=lambda heads: 8 * heads,
    cost=lambda n, m, R: (max(n, m) * R).log(),
    low=lambda heads, R: heads / (R + 1),
    high=lambda n, m, R: 1 / (2 + arb(n) / (max(n, m) * R)),
    stream=lambda value: value,
)

CLAIMS = stated(
    __file__,
    Checked("H-layers", decides, instances, printed=STREAM),
    Checked("H-eighth", decides, instances, printed=replace(STREAM, low=lambda heads, R: arb(1) / 8)),
)
