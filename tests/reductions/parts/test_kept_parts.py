"""What reductions are made of is what it was: sparsifications and their certificates, splits, and the parameters of codes."""

from itertools import product
from typing import get_args

import pytest

from instances.cnf import CNF
from instances.families import planted_ksat, random_ksat
from instances.faults import BadInput, Declined
from reductions.codes.parameters import Code, chosen
from reductions.parts.certificate import certificate, theorem_thresholds
from reductions.parts.cnf_listing import sampled
from reductions.parts.cnf_split import plan
from reductions.parts.matched import address, matched
from reductions.parts.sparsify import sparsify
from tests.support.kept import Keeper, shown

FORMULAS: dict[str, CNF] = {
    "2": random_ksat(8, 14, 2, seed=1), "3": random_ksat(8, 24, 3, seed=2), "4": planted_ksat(7, 18, 4, seed=3),
    "mixed": CNF(6, ((1,), (-1, 2), (2, 3, 4), (-2, 3, 5, 6), (1, -4), (3, -6), (3, -5), (-3, 4, 5), (3, 4, -1))),
    "empty": CNF(3, ()), "false": CNF(2, ((), (1,))),
}  # fmt: skip

GIVEN = ((0, 0, 0, 0, 0), (2, 0, 0, 0, 0), (0, 3, 0, 0, 0), (0, 0, 9, 0, 0), (3, 5, 16, 0, 0), (0, 0, 16, 11, 4))
"""T, k, q, L, alpha."""


@pytest.mark.parametrize("kind", FORMULAS)
def test_sparsifications(kind: str, kept: Keeper) -> None:
    formula, lines = FORMULAS[kind], []
    width = max((len(clause) for clause in formula.clauses), default=0)
    for thresholds in [*product((1, 2, 3), repeat=max(width - 1, 0))][:: max(1, 3 * (width - 2))]:
        try:
            found = sparsify(formula, thresholds)
        except (BadInput, Declined) as refused:
            lines.append(str(refused))
            continue
        said = (dict(found.report), dict(found.occurrences), found.most_of, found.width, found.memory, found.most_clauses)
        lines += [shown(said), *(shown(found.leaf(i)) for i in range(found.count))]
        lines.append(shown([found.leaf_of(tuple(bool(x >> i & 1) for i in range(formula.n))) for x in range(2**formula.n)]))
    kept("\n".join(lines))


def test_certificates(kept: Keeper) -> None:
    lines = []
    for n, m, k in ((4, 9, 2), (20, 80, 3), (50, 210, 3), (30, 500, 5)):
        for least in (1, 2, 3, 9):
            lines.append(shown(certificate(n, m, k, range(least, least + k - 1))))
        lines += [shown(theorem_thresholds(alpha, k)) for alpha in (0.1, 1.0, 7.5, 100.0)]
    kept("\n".join(lines))


@pytest.mark.parametrize("kind", FORMULAS)
def test_splits(kind: str, kept: Keeper) -> None:
    lines = []
    for split in (None, (1,), (1, 2, 3)):
        for seed, cover in ((0, "demanded"), (3, "demanded"), (0, "left")):
            try:
                lines.append(shown(plan(FORMULAS[kind], split, seed, cover)))  # type: ignore[arg-type]
            except (BadInput, Declined) as refused:
                lines.append(str(refused))
    kept("\n".join(lines))


@pytest.mark.parametrize("code", get_args(Code))
def test_codes(code: Code, kept: Keeper) -> None:
    lines = []
    for d in (1, 2, 3, 5, 8, 13, 21, 40, 64, 100):
        for T, k, q, L, alpha in (
            (0, 0, 0, 0, 0),
            (2, 0, 0, 0, 0),
            (0, 3, 0, 0, 0),
            (0, 0, 9, 0, 0),
            (3, 5, 16, 0, 0),
            (0, 0, 16, 11, 4),
        ):
            try:
                lines.append(shown(chosen(d, code, T, k, q, L, alpha)))
            except (BadInput, Declined) as refused:
                lines.append(str(refused))
    kept("\n".join(lines))


def test_the_matched_normaliser(kept: Keeper) -> None:
    lines = []
    for m, R0, M, code, pads in ((1, 2.0, 1, 0, 0), (5, 1.05, 3, 0, 2), (9, 16.0, 4, 6, 1), (100, 4.0, 8, 3, 0)):
        lines.append(shown(matched({"n": 4, "m": m, "d": 9, "t": 2, "t2": 4}, m, R0, M, code, pads)))
    kept("\n".join([*lines, *(shown(address(n, D)) for n, D in ((1, 1), (5, 3), (8, 4)))]))


def test_sampled_listings(kept: Keeper) -> None:
    lines = []
    for formula in (random_ksat(20, 60, 3, seed=4), *FORMULAS.values()):
        split = plan(formula, None, 0, "demanded")
        for side in ("left", "right"):
            for most in (3, 20, 10**6):
                found = sampled(split, side, most, 7)
                lines.append(shown((found.rows, found.listing)))
    kept("\n".join(lines))
