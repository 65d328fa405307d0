"""The search for the variables that go left, with as few items as it finds; letters and charges are those of `cnf_split`."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import combinations
from math import comb
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from instances.bits import Bools
from instances.cnf import Clause

Cover = Literal["demanded", "left"]
"""Which variable a crossing 2-clause is charged to: one already demanded if there is one, else (or always) its L variable."""

RESTARTS = 16

BATCH = 128
"""Splits that are scored at once."""

EXHAUSTIVE = 1000
"""Splits that are all tried instead of searched among."""


Rank = Callable[[tuple[int, float]], tuple[float, float]]
"""What is minimised, of (G, predicted log2 of the pairs); rounded, so that ties go to the smallest index on every machine."""

Grouped = tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]


@dataclass(frozen=True)
class _Arrays:
    """The clauses as arrays for scoring many splits at once: (m, k) positions of variables, signs and presence.

    `literals` has for each slot the clauses with a negative and those with a positive literal there, by variable: their
    numbers, where the next variable starts, and the variables. Sums over them take no BLAS, whose threads cost more than these.
    """

    variables: NDArray[np.intp]
    positive: Bools
    present: Bools
    width: NDArray[np.intp]
    cover: Cover
    literals: list[tuple[Grouped, Grouped]]


def fewest_items(value: tuple[int, float]) -> tuple[float, float]:
    return value[0], round(value[1], 9)


def fewest_pairs(value: tuple[int, float]) -> tuple[float, float]:
    return round(value[1], 9), value[0]


def best_split(clauses: list[Clause], used: list[int], seed: int, cover: Cover) -> list[int]:
    """floor(N/2) of the used variables for which G is small, and among equal G the predicted number of pairs of rows.

    Up to 1,000 splits all are tried. Otherwise local search: from a random split take the best swap of one variable of
    L with one of R while it improves (ties by smallest index), 16 restarts. OV coordinates count before they are merged.
    """
    return local_optima(clauses, used, seed, cover, fewest_items)[0]


def local_optima(clauses: list[Clause], used: list[int], seed: int, cover: Cover, rank: Rank) -> list[list[int]]:
    """What the search of `best_split` ends in by that rank, the best first; the one best where all are tried."""
    if not used:
        return [[]]
    arrays = _arrays(clauses, used, cover)
    if comb(len(used), len(used) // 2) <= EXHAUSTIVE:
        lefts = combinations(range(len(used)), len(used) // 2)
        sides = np.array([[v in left for v in range(len(used))] for left in lefts])
        found = [_best_of(sides, arrays, rank)]
    else:
        rng = np.random.default_rng(np.random.SeedSequence(seed))
        found = []
        for _ in range(RESTARTS):
            side = np.zeros(len(used), dtype=np.bool_)
            side[rng.permutation(len(used))[: len(used) // 2]] = True
            found.append(_descend(side, arrays, rank))
    ordered = sorted(found, key=lambda split: rank(split[1]))
    return [[v for v, left in zip(used, side, strict=True) if left] for side, _ in ordered]


def _descend(side: Bools, arrays: _Arrays, rank: Rank) -> tuple[Bools, tuple[int, float]]:
    value = _values(side[None], arrays)[0]
    while True:
        moves = [_best_of(swaps, arrays, rank) for swaps in _swaps(side)]
        candidate, new = min(moves, key=lambda move: rank(move[1]))
        if rank(new) >= rank(value):
            return side, value
        side, value = candidate, new


def _swaps(side: Bools) -> Iterable[Bools]:
    """All splits one swap away, by the variable of L and then by that of R, about BATCH at a time."""
    lefts, rights = np.flatnonzero(side), np.flatnonzero(~side)
    step = max(1, BATCH // max(1, len(rights)))
    for first in range(0, len(lefts), step):
        out, in_ = (places.ravel() for places in np.meshgrid(lefts[first : first + step], rights, indexing="ij"))
        swaps, rows = np.repeat(side[None], len(out), axis=0), np.arange(len(out))
        swaps[rows, out], swaps[rows, in_] = False, True
        yield swaps


def _best_of(sides: Bools, arrays: _Arrays, rank: Rank) -> tuple[Bools, tuple[int, float]]:
    values = _values(sides, arrays)
    index = min(range(len(values)), key=lambda i: rank(values[i]))
    return sides[index], values[index]


def _values(sides: Bools, arrays: _Arrays) -> list[tuple[int, float]]:
    """(G, predicted log2 of the number of pairs of rows) of each split.

    Prediction: an inner clause of width w keeps 1 - 2^-w of its side, and the demands for v = 1 and for v = 0, each
    made with probability 2^-(w-1), collide as independent Poisson events would.
    """
    N = sides.shape[1]
    left = sides[:, arrays.variables] & arrays.present
    count = left.sum(axis=2)
    inner = (count == 0) | (count == arrays.width)
    wide = (np.minimum(count, arrays.width - count) >= 2).sum(axis=1)
    demanded = np.zeros((2, len(sides), N))
    probability = 2.0 ** (1 - arrays.width)
    for slot in range(arrays.variables.shape[1]):
        single = ((count == 1) & left[:, :, slot]) | ((count == arrays.width - 1) & ~left[:, :, slot])
        single &= arrays.present[:, slot] & (arrays.width > 2)
        charges = single * probability
        for sign in (0, 1):
            clauses, starts, variables = arrays.literals[slot][sign]
            if len(clauses):
                demanded[sign][:, variables] += np.add.reduceat(charges[:, clauses], starts, axis=1)
    for c in np.flatnonzero(arrays.width == 2):
        _charge(sides, demanded, arrays, int(c))
    items = ((demanded[0] + demanded[1]) > 0).sum(axis=1) + wide
    kept = np.log2(np.maximum(1 - 2.0**-arrays.width, 1e-9))
    collide = (1 - np.exp(-demanded[0])) * (1 - np.exp(-demanded[1]))
    pairs = N + np.einsum("sc,c->s", inner, kept) + np.log2(1 - collide).sum(axis=1)
    return [(int(g), float(p)) for g, p in zip(items, pairs, strict=True)]


def _charge(sides: Bools, demanded: NDArray[np.float64], arrays: _Arrays, c: int) -> None:
    """Charge the 2-clause c, where it crosses, as `cnf_split.plan` does."""
    u, w = arrays.variables[c, :2]
    rows = np.arange(len(sides))
    on_left = np.where(sides[:, u], u, w)
    on_right = np.where(sides[:, u], w, u)
    known = demanded.sum(axis=0) > 0
    to_right = known[rows, on_right] & ~known[rows, on_left] & (arrays.cover == "demanded")
    charged = np.where(to_right, on_right, on_left)
    sign = np.where(charged == u, arrays.positive[c, 0], arrays.positive[c, 1]).astype(np.intp)
    demanded[sign, rows, charged] += 0.5 * (sides[:, u] != sides[:, w])


def _arrays(clauses: list[Clause], used: list[int], cover: Cover) -> _Arrays:
    place = {v: i for i, v in enumerate(used)}
    width = np.array([len(clause) for clause in clauses], dtype=np.intp)
    shape = (len(clauses), int(width.max(initial=1)))
    variables, positive, present = np.zeros(shape, np.intp), np.zeros(shape, np.bool_), np.zeros(shape, np.bool_)
    for c, clause in enumerate(clauses):
        for slot, literal in enumerate(clause):
            variables[c, slot], positive[c, slot], present[c, slot] = place[abs(literal)], literal > 0, True
    literals = [
        (_grouped(variables[:, slot], present[:, slot] & ~positive[:, slot]), _grouped(variables[:, slot], positive[:, slot]))
        for slot in range(shape[1])
    ]
    return _Arrays(variables, positive, present, width, cover, literals)


def _grouped(variables: NDArray[np.intp], chosen: Bools) -> Grouped:
    """The chosen clauses by their variables: their numbers, the places there where variables start, the variables."""
    clauses = np.flatnonzero(chosen)
    clauses = clauses[np.argsort(variables[clauses], kind="stable")]
    found, starts = np.unique(variables[clauses], return_index=True)
    return clauses, starts, found
