"""Three lists of 0/1 vectors decided by tensor attention, and by which power of log n its entries are bounded.

A case holds a query a, lists B and C of rows as strings of 0 and 1, the ratio R, and the least product g that a row without an
orthogonal pair may have. Everything is computed from the definition: all pairs of keys, dummies among them.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
from flint import arb

from hardlab.claims.claim import Case, Finding, Verdict, found, outside
from hardlab.claims.numbers import ball, shown
from hardlab.claims.stating import Checked, stated
from instances.exact import sign

LARGEST = 25_600
"""Pairs of keys times columns that are looked at."""


@dataclass(frozen=True)
class Construction:
    """C from m, l and R; B^3 from C, d and g; the scale from the width d + 2g; minus the exponent of the dummy pair, high and
    low from m, l and R.

    Rows of Q are -B (a, 1_g, 1_g), K1 has B (b, 1_g, 0_g) and the dummy B (0_d, 0_g, 1_g), K2 has B (c, 0_g, 1_g) and the dummy
    B (0_d, 1_g, 0_g); V1 and V2 are 1 on the data, 0 on the dummies. The dummy pair is moved by one more column.
    """

    C: Callable[[int, int, arb], arb]
    cube: Callable[[arb, int, int], arb]
    scale: Callable[[int], arb]
    dummy: Callable[[arb], arb]
    high: Callable[[int, int, arb], arb]
    low: Callable[[int, int, arb], arb]


def decides(formulas: Construction, case: Case) -> Finding:
    """The output of the row is >= high where some product is 0, and <= low where all are >= g."""
    a, B, C, R, g = case["a"], case["B"], case["C"], Fraction(str(case["R"])), int(case["gap"])
    d, m, count = len(a), len(B), len(C)
    if not d or not B or not C or any(len(row) != d for row in (*B, *C)) or set("".join((a, *B, *C))) - set("01"):
        return outside("these are no lists of rows of one width")
    if R < 3 or g < 1 or R > 10**9 or g > 64 or (m + 1) * (count + 1) * (d + 2 * g) > LARGEST:
        return outside("R < 3, or too large to check here")
    products = [sum(x == y == z == "1" for x, y, z in zip(a, b, c, strict=True)) for b, c in product(B, C)]
    if any(0 < p < g for p in products):
        return outside("a product lies between 0 and the gap")

    def output() -> arb:
        cost, width = formulas.C(m, count, ball(R)), d + 2 * g
        unit = formulas.cube(cost, d, g) * formulas.scale(width)
        moved = formulas.dummy(ball(R))
        one, none = [1] * g, [0] * g
        keys = [[*_bits(row), *one, *none] for row in B] + [[*[0] * d, *none, *one]]
        others = [[*_bits(row), *none, *one] for row in C] + [[*[0] * d, *one, *none]]
        query = [*_bits(a), *one, *one]
        total = data = arb(0)
        for j, k in product(range(m + 1), range(count + 1)):
            exponent = -unit * sum(x * y * z for x, y, z in zip(query, keys[j], others[k], strict=True))
            weight = (exponent - moved if (j, k) == (m, count) else exponent).exp()
            total += weight
            data += weight if j < m and k < count else 0
        return data / total

    yes = 0 in products
    bound = formulas.high if yes else formulas.low
    side = sign(lambda: output() - bound(m, count, ball(R)))
    detail = f"{'YES' if yes else 'NO'}: output {shown(output())}, the threshold is {shown(bound(m, count, ball(R)))}"
    return found(side >= 0 if yes else side <= 0, detail)


def _bits(row: str) -> list[int]:
    return [int(bit) for bit in row]


def _lists(rows: int, d: int) -> Iterator[Sequence[str]]:
    yield from product(["".join(bits) for bits in product("01", repeat=d)], repeat=rows)


def instances() -> Iterator[Case]:
    """All of one column, and all of two with one row each; rows at the thresholds; random ones."""
    for R in ("3", "16"):
        for m, count in ((1, 1), (2, 1), (1, 2), (2, 2)):
            for a, B, C in product("01", _lists(m, 1), _lists(count, 1)):
                yield {"a": a, "B": list(B), "C": list(C), "R": R, "gap": 1}
        for a, B, C in product(("01", "10", "11"), _lists(1, 2), _lists(1, 2)):
            yield {"a": a, "B": list(B), "C": list(C), "R": R, "gap": 1}
    for R, (m, count) in product(("3", "7/2", "16", "1000000"), ((1, 1), (1, 9), (9, 1), (5, 7))):
        yield {"a": "1", "B": ["1"] * m, "C": ["1"] * count, "R": R, "gap": 1}
        heavy, half = "1" * 24, "1" * 12
        B, C = [half + "0" * 12, *[heavy] * (m - 1)], ["0" * 12 + half, *[heavy] * (count - 1)]
        yield {"a": heavy, "B": B, "C": C, "R": R, "gap": 1}
    rng = np.random.default_rng(61)
    for _ in range(60):
        d, m, count = (int(x) for x in rng.integers(1, 7, 3))
        rows = ["".join(map(str, row)) for row in (rng.random((1 + m + count, d)) < 0.6).astype(int).tolist()]
        yield {"a": rows[0], "B": rows[1 : 1 + m], "C": rows[1 + m :], "R": str(rng.choice(["3", "16", "999"])), "gap": 1}


def with_gaps() -> Iterator[Case]:
    """The same rows with every column as often as the gap says, up to all columns being one."""
    for case in instances():
        for g in (1, 2, 5):
            wide: dict[str, Any] = {"a": "".join(x * g for x in case["a"])}
            wide |= {name: ["".join(x * g for x in row) for row in case[name]] for name in ("B", "C")}
            if len(wide["a"]) <= 12:
                yield {**case, **wide, "gap": g}


PLAIN = Construction(
    C=lambda m, k, R: (m * k * R).log(),
    cube=lambda C, d, g: C / g,
    scale=lambda width: arb(1),
    dummy=lambda R: arb(0),
    high=lambda m, k, R: 1 / (2 + arb(m + k) / (m * k * R)),
    low=lambda m, k, R: 1 / (R + 1),
)

CLAIMS = stated(
    __file__,
    Checked("G-tensor", decides, with_gaps, printed=PLAIN),
    Checked(
        "G-matched",
        decides,
        with_gaps,
        printed=replace(
            PLAIN,
            dummy=lambda R: R.log() / 2,
            high=lambda m, k, R: 1 / (1 + 1 / R.sqrt() + arb(m + k) / (m * k * R)),
            low=lambda m, k, R: 1 / (1 + R.sqrt()),
        ),
    ),
    Checked(
        "G-exponent",
        decides,
        with_gaps,
        printed=replace(PLAIN, scale=lambda width: 1 / arb(width), cube=lambda C, d, g: 3 * C),
        mended=replace(PLAIN, scale=lambda width: 1 / arb(width), cube=lambda C, d, g: (d + 2 * g) * C / g),
        recorded=Verdict.FAILS,
    ),
)
