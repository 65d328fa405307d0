"""Vectors, and what ov-gap makes of them."""

from dataclasses import dataclass, field
from functools import cache
from itertools import product
from typing import Any

from instances.anyof import AnyOf
from instances.bits import BitMatrix
from instances.families import planted_ov, random_ov
from instances.vectors import OrthogonalVectors
from reductions.edges.ov_gap import OvGap


@dataclass(frozen=True)
class Remembering:
    """A reduction that builds each instance and each member once: laws ask for them again and again."""

    reduction: OvGap
    built: dict[int, tuple[OrthogonalVectors, AnyOf]] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.reduction, name)

    def apply(self, problem: OrthogonalVectors) -> AnyOf:
        if id(problem) not in self.built:
            lazily = self.reduction.apply(problem)
            self.built[id(problem)] = problem, AnyOf(lazily.of, lazily.count, cache(lazily.member))
        return self.built[id(problem)][1]


def lists(d: int, n: int) -> list[BitMatrix]:
    """Every list of 1 to n rows."""
    rows = list(product((0, 1), repeat=d))
    return [BitMatrix.of(chosen) for count in range(1, n + 1) for chosen in product(rows, repeat=count)]


@cache
def families(d: int, n: int = 2) -> list[OrthogonalVectors]:
    """Every instance in dimension d with at most n rows on each side."""
    return [OrthogonalVectors(A, B) for A, B in product(lists(d, n), repeat=2)]


def drawn(d: int, count: int, n: int = 3) -> list[OrthogonalVectors]:
    """Seeded instances, every other one with a planted orthogonal pair, from sparse to full."""
    found = []
    for seed in range(count):
        density = (0.9, 0.5, 0.7)[seed % 3]
        make = planted_ov if seed % 2 else random_ov
        found.append(make(n, n - seed % 2, d, density, seed=seed))
    return found
