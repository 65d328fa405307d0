"""What the claims about Keles et al. are checked on, and the one guard of their hypotheses.

The paper's statements are those that our notes of it have: its text was not at hand, and every source says so.
A and B are lists of 0/1 strings, t is the threshold, mu the error, `scale` a number that a statement leaves free.
A case gives an instance (A, B), or a size (n, d, t) whose worst instances the check makes itself: all pairs just on the NO
side; one pair just on the YES side and the rest as far as possible.
"""

import re
from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import combinations_with_replacement
from typing import Any

import numpy as np

from hardlab.claims.claim import Case

Pair = tuple[dict[str, list[str]], dict[str, list[str]]]
Worst = Callable[[int, int, int], Pair]
Cases = Callable[[], Iterator[dict[str, Any]]]

EXACT = ("",)
RELATIVE = ("0", "1/2", "9/10")
ADDITIVE = ("0", "1/2", "3", "100")

MOST_VECTORS = 128
MOST_BITS = 48
"""Of an instance that is checked: with more bits the outputs of softmax differ by less than the balls resolve."""


def whole(case: Case, key: str) -> int:
    """A whole number of a case."""
    if type(value := case[key]) is not int:
        raise TypeError(f"{key} is not a whole number")
    return value


def fraction(text: str) -> Fraction:
    """A number of a case, such as "1/2" or "0.9"."""
    if not re.fullmatch(r"-?[0-9]{1,40}([./][0-9]{1,40})?", text):
        raise ValueError(f"{text[:80]!r} is not a fraction of at most 40 digits")
    return Fraction(text)


def uneven(case: Case) -> str:
    """Why the sides of a case are not lists of equally many vectors of one length; "" where they are."""
    A, B = case["A"], case["B"]
    if not {*"".join([*A, *B])} <= {"0", "1"}:
        raise ValueError("a vector is not a string of 0 and 1")
    if not A or len(A) != len(B) or len({*map(len, [*A, *B])}) != 1:
        return "not equally many vectors of one length on both sides"
    return oversized(len(A), len(A[0]))


def oversized(n: int, d: int) -> str:
    """Why a size is not checked; "" where it is."""
    if min(n, d) < 1:
        return "no vectors or no coordinates"
    return "too large to check here" if n > MOST_VECTORS or d > MOST_BITS else ""


def beyond(case: Case, kind: str) -> str:
    """Why a case is outside the hypotheses of a theorem on attention with that kind of error; "" where it is inside.

    At least two vectors a side (the constants are logarithms of n), 1 <= t <= d, and an error mu that is admissible: 0 for
    exact outputs, less than 1 for relative errors, never negative. Where a number is prescribed it is positive.
    """
    if why := oversized(whole(case, "n"), whole(case, "d")) if sized(case) else uneven(case):
        return why
    n, d = (case["n"], case["d"]) if sized(case) else (len(case["A"]), len(case["A"][0]))
    mu = fraction(case.get("mu", "0"))
    if n < 2:
        return "fewer than two vectors a side"
    if not 1 <= whole(case, "t") <= d:
        return "t is not between 1 and d"
    if kind == "exact" and mu:
        return "outputs are exact, but mu is not 0"
    if mu < 0 or (kind.endswith("relative") and mu >= 1):
        return "the error mu is negative" if mu < 0 else "a relative error of 1 or more"
    return "" if fraction(case.get("scale", "1")) > 0 else "the scale is not positive"


def sized(case: Case) -> bool:
    """Whether a case gives a size and not an instance."""
    return "A" not in case


def worst_product(n: int, d: int, t: int) -> Pair:
    """All products t-1, and one product t with the rest 0."""
    no, yes = _ones(t - 1, d), _ones(t, d)
    return {"A": [no] * n, "B": [no] * n}, {"A": [yes] * n, "B": [yes] + [_ones(0, d)] * (n - 1)}


def worst_softmax(n: int, d: int, t: int) -> Pair:
    """The same with the products among the A rows as large as possible in the YES instance."""
    no, yes = worst_product(n, d, t)
    if t > 1:
        no = {"A": [_ones(t - 1, d)] + [_ones(0, d)] * (n - 1), "B": no["B"]}
    return no, {"A": [_ones(d, d)] * n, "B": yes["B"]}


def worst_distance(n: int, d: int, t: int) -> Pair:
    """All squared distances t, and one distance t-1 with the rest d."""
    zero = [_ones(0, d)] * n
    return {"A": zero, "B": [_ones(t, d)] * n}, {"A": zero, "B": [_ones(t - 1, d)] + [_ones(d, d)] * (n - 1)}


def instances(worst: Worst, errors: tuple[str, ...], distances: bool = False, **fixed: str) -> Cases:
    """Instances: tiny ones, worst ones up to n = 64, and random ones with a threshold between the answers."""

    def cases() -> Iterator[dict[str, Any]]:
        for instance, d in tiny():
            for t in range(1, d + 1):
                for mu in errors:
                    yield _with(mu, {**instance, "t": t, **fixed})
        for n in (2, 3, 8, 64):
            for t, d in ((1, 1), (1, 5), (2, 3), (5, 5), (8, 12)):
                for instance in worst(n, d, t):
                    for mu in errors:
                        yield _with(mu, {**instance, "t": t, **fixed})
        for instance, t in randoms(12, 64, distances):
            yield _with(errors[t % len(errors)], {**instance, "t": t, **fixed})

    return cases


def instances_and_sizes(
    errors: tuple[str, ...], sizes: tuple[tuple[int, int, int], ...], distances: bool = False, every: bool = True
) -> Cases:
    """Tiny and random instances (with every threshold, or only with t = d), and sizes (n, d, t) of worst instances."""

    def cases() -> Iterator[dict[str, Any]]:
        for instance, d in tiny():
            for t in range(1 if every else d, d + 1):
                for mu in errors:
                    yield _with(mu, {**instance, "t": t})
        for n, d, t in sizes:
            for mu in errors:
                yield _with(mu, {"n": n, "d": d, "t": t})
        for instance, t in randoms(10, 8, distances):
            yield _with(errors[t % len(errors)], {**instance, "t": t})

    return cases


def small_factor(case: Case) -> str:
    """An error O(.) is read with a small factor, to be fair."""
    return "" if fraction(case["scale"]) <= Fraction(1, 1000) else "the factor is more than 1/1000"


def tiny() -> Iterator[tuple[dict[str, Any], int]]:
    """All instances of two vectors a side in dimensions 1 and 2, with the dimension."""
    for d in (1, 2):
        words = [format(v, f"0{d}b") for v in range(2**d)]
        for A in combinations_with_replacement(words, 2):
            for B in combinations_with_replacement(words, 2):
                yield {"A": [*A], "B": [*B]}, d


def randoms(count: int, most: int, distances: bool) -> Iterator[tuple[dict[str, Any], int]]:
    """Random instances of at most `most` vectors in at most 12 dimensions, with thresholds on both sides of the answer."""
    rng = np.random.default_rng(2023)
    for _ in range(count):
        n, d = int(rng.integers(2, most + 1)), int(rng.integers(2, 13))
        A, B = (rng.random((2, n, d)) < rng.uniform(0.2, 0.6)).astype(int)
        products = A @ B.T
        far = A.sum(1)[:, None] + B.sum(1)[None, :] - 2 * products
        edge = int(far.min()) if distances else int(products.max())
        for t in (edge, edge + 1):
            if 1 <= t <= d:
                yield {"A": as_words(A), "B": as_words(B)}, t


def as_words(rows: Any) -> list[str]:
    """The rows of a 0/1 array as strings."""
    return ["".join(map(str, row)) for row in rows.tolist()]


def _with(mu: str, case: dict[str, Any]) -> dict[str, Any]:
    return {**case, "mu": mu} if mu else case


def _ones(count: int, d: int) -> str:
    return "1" * count + "0" * (d - count)
