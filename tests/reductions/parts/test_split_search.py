"""What is predicted of a split, against the same sums clause by clause; and the search, against all splits."""

from collections import defaultdict
from itertools import combinations
from math import exp, log2

import numpy as np
import pytest

from instances.cnf import Clause
from instances.families import random_ksat
from reductions.parts import split_search
from reductions.parts.split_search import Cover, best_split, fewest_items, fewest_pairs, local_optima

COVERS: tuple[Cover, Cover] = ("demanded", "left")


def predicted(clauses: list[Clause], used: list[int], left: set[int], cover: Cover) -> tuple[int, float]:
    """As `_values` says it, one clause at a time: those of two literals last, in their order."""
    demanded: dict[tuple[int, bool], float] = defaultdict(float)
    wide, pairs = 0, float(len(used))
    for clause in sorted(clauses, key=lambda clause: len(clause) == 2):
        sides = [[x for x in clause if (abs(x) in left) == here] for here in (True, False)]
        short = min(sides, key=len)
        if not short:
            pairs += log2(1 - 2.0 ** -len(clause))
        elif len(clause) == 2:
            (one,), (other,) = sides
            known = [any(demanded[abs(x), sign] > 0 for sign in (False, True)) for x in (one, other)]
            x = other if cover == "demanded" and known == [False, True] else one
            demanded[abs(x), x > 0] += 0.5
        elif len(short) == 1:
            demanded[abs(short[0]), short[0] > 0] += 2.0 ** (1 - len(clause))
        else:
            wide += 1
    for v in used:
        pairs += log2(1 - (1 - exp(-demanded[v, False])) * (1 - exp(-demanded[v, True])))
    return len({v for (v, _), charge in demanded.items() if charge}) + wide, pairs


FORMULAS = [
    *[[*random_ksat(6, 12, k, seed=seed).clauses] for k in (2, 3, 4, 5) for seed in range(3)],
    [*random_ksat(6, 5, 2, seed=7).clauses, *random_ksat(6, 7, 3, seed=7).clauses, *random_ksat(6, 3, 4, seed=7).clauses],
    [(1, 2, 3), (-1, 4, 5), (1, 4, 6), (-1, 4, -6)],
]


@pytest.mark.parametrize("cover", COVERS)
@pytest.mark.parametrize("clauses", FORMULAS, ids=range(len(FORMULAS)))
def test_what_is_predicted_of_each_split(clauses: list[Clause], cover: Cover) -> None:
    used = sorted({abs(x) for clause in clauses for x in clause})
    splits = [set(chosen) for chosen in combinations(used, len(used) // 2)]
    sides = np.array([[v in split for v in used] for split in splits])
    found = split_search._values(sides, split_search._arrays(clauses, used, cover))
    expected = [predicted(clauses, used, split, cover) for split in splits]
    assert [items for items, _ in found] == [items for items, _ in expected]
    assert [pairs for _, pairs in found] == pytest.approx([pairs for _, pairs in expected], rel=1e-12)
    for rank in (fewest_items, fewest_pairs):
        least = min(expected, key=rank)
        [best] = local_optima(clauses, used, 0, cover, rank)
        assert rank(predicted(clauses, used, set(best), cover)) == rank(least)
    assert best_split(clauses, used, 0, cover) == local_optima(clauses, used, 0, cover, fewest_items)[0]
