"""The instances that the claims about the theorems of Keles et al. are checked on: A and B as 0/1 strings, t and mu.

First all instances of two vectors a side in dimensions 1 and 2, then the worst instances (all pairs just on the NO side;
one pair just on the YES side and the rest as far as possible), then random ones with a threshold between the answers.
"""

from collections.abc import Callable, Iterator
from itertools import combinations_with_replacement
from typing import Any

import numpy as np

Pair = tuple[dict[str, list[str]], dict[str, list[str]]]
Cases = Callable[[], Iterator[dict[str, Any]]]

EXACT = ("0",)
RELATIVE = ("0", "1/2", "9/10")
ADDITIVE = ("0", "1/2", "3", "100")


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


def instances(
    worst: Callable[[int, int, int], Pair],
    errors: tuple[str, ...],
    ns: tuple[int, ...] = (2, 3, 8, 64),
    distances: bool = False,
) -> Cases:
    """Cases of one instance each."""

    def cases() -> Iterator[dict[str, Any]]:
        for instance, d in tiny():
            for t in range(1, d + 1):
                for mu in errors:
                    yield {**instance, "t": t, "mu": mu}
        for n in ns:
            for t, d in ((1, 1), (1, 5), (2, 3), (5, 5), (8, 12)):
                for instance in worst(n, d, t):
                    for mu in errors:
                        yield {**instance, "t": t, "mu": mu}
        for instance, t in randoms(12, max(ns), distances):
            yield {**instance, "t": t, "mu": errors[t % len(errors)]}

    return cases


def couples(
    worst: Callable[[int, int, int], Pair],
    errors: tuple[str, ...],
    tight: tuple[tuple[int, int, int], ...],
    distances: bool = False,
) -> Cases:
    """Cases of one or two instances: tiny and random ones, and the worst pairs of the sizes (n, d, t) in `tight`."""

    def cases() -> Iterator[dict[str, Any]]:
        for instance, d in tiny():
            for t in range(1, d + 1):
                for mu in errors:
                    yield {"instances": [instance], "t": t, "mu": mu}
        for n, d, t in tight:
            for mu in errors:
                yield {"instances": [*worst(n, d, t)], "t": t, "mu": mu, "worst": True}
        for instance, t in randoms(10, 8, distances):
            yield {"instances": [instance], "t": t, "mu": errors[t % len(errors)]}

    return cases


def yes_rows(worst: Callable[[int, int, int], Pair], errors: tuple[str, ...], distances: bool = False) -> Cases:
    """YES instances, the worst ones marked."""

    def cases() -> Iterator[dict[str, Any]]:
        for instance, d in tiny():
            for mu in errors:
                yield {**instance, "t": d, "mu": mu}
        for n in (2, 3, 8):
            for t in (1, 2, 5):
                for mu in errors:
                    yield {**worst(n, 40, t)[1], "t": t, "mu": mu, "worst": True}
        for instance, t in randoms(6, 16, distances):
            yield {**instance, "t": t, "mu": errors[t % len(errors)]}

    return cases


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
        instance = {"A": ["".join(map(str, a)) for a in A.tolist()], "B": ["".join(map(str, b)) for b in B.tolist()]}
        products = A @ B.T
        far = A.sum(1)[:, None] + B.sum(1)[None, :] - 2 * products
        edge = int(far.min()) if distances else int(products.max())
        for t in (edge, edge + 1):
            if 1 <= t <= d:
                yield instance, t


def _ones(count: int, d: int) -> str:
    return "1" * count + "0" * (d - count)
