"""Cubes and tiles: one large instance as a disjunction of small ones; exhaustive on tiny ones, with planted faults."""

from collections.abc import Callable
from dataclasses import fields
from functools import cache
from itertools import combinations_with_replacement, product
from typing import Any

import numpy as np
import pytest

import reductions.edges.cnf_cubes
from attention import Boolean, Logspace, Softmax
from hardlab.names.chains import chain as chain_named
from instances.anyof import AnyOf
from instances.bits import BitMatrix
from instances.cnf import CNF
from instances.families import random_ksat
from instances.faults import BadInput, Declined
from instances.law import LawBroken
from instances.task import AttentionTask
from instances.vectors import GapHamming, OrthogonalVectors
from reductions import laws
from reductions.chain import BrokenHop, Chain
from reductions.edges.cnf_cubes import CnfCubes
from reductions.edges.cnf_hamming import CnfHamming
from reductions.edges.cnf_ov import CnfOv
from reductions.edges.cnf_sparse import CnfSparse
from reductions.edges.hamming_attention import HammingAttention
from reductions.edges.hamming_tiles import HammingTiles
from reductions.edges.ov_attention import OvAttention
from reductions.edges.ov_gap import OvGap
from reductions.edges.ov_hamming import OvHamming
from reductions.edges.ov_tiles import OvTiles
from reductions.parts.tiles import Tiles
from solvers import ExhaustiveHamming, ExhaustiveOrthogonal, Threshold, Through, Verdict
from tests.support.paths import OTHER_MECHANISMS, PATHS
from tests.support.tiny import odd_variants, representatives, satisfiable

BLOCKS = list(product((1, 2, 3, 9), repeat=2))
SHAPES = [(n, m, rows, columns) for n, m in product((1, 2, 3, 5), (1, 2, 4)) for rows, columns in BLOCKS]


def agree(chain: Chain, solver: Any, problems: Any, truth: Callable[[Any], bool]) -> tuple[int, int]:
    """The YES and the NO among the problems; every verdict is the truth, every witness is accepted."""
    seen = [0, 0]
    for problem in problems:
        decision = Through(chain, solver).solve(problem)
        assert decision.verdict is (Verdict.YES if truth(problem) else Verdict.NO), (problem, decision)
        assert decision.witness is None or problem.accepts(decision.witness)
        seen[decision.witness is None] += 1
    return seen[0], seen[1]


# ------------------------------------------------------------------------------------------------------- the plan


@pytest.mark.parametrize(("n", "m", "rows", "columns"), SHAPES)
def test_every_pair_lies_in_one_tile(n: int, m: int, rows: int, columns: int) -> None:
    plan = Tiles(n, m, rows, columns)
    there = {}
    for index in range(plan.count):
        down, right = plan.slices(index)
        for i, j in product(range(down.stop - down.start), range(right.stop - right.start)):
            there[index, i, j] = plan.outer(index, i, j)
            assert plan.inner(*there[index, i, j]) == (index, i, j)
    assert sorted(there.values()) == list(product(range(n), range(m)))


@pytest.mark.parametrize("edge", [OvTiles, HammingTiles])
def test_blocks_need_rows_and_columns(edge: Any) -> None:
    for wrong in ({"rows": 0}, {"columns": 0}, {"rows": -3}):
        with pytest.raises(BadInput, match="at least one row and one column"):
            edge(**wrong)


# ------------------------------------------------------------------------------------------------------- the tiles


@cache
def tables() -> tuple[OrthogonalVectors, ...]:
    """All pairs of sets of 1 to 3 vectors of dimension 2 (none is 0), and some longer ones of dimension 70 (two words)."""
    rows = list(product((0, 1), repeat=2))
    lists = [BitMatrix.of(chosen) for n in (1, 2, 3) for chosen in combinations_with_replacement(rows[1:], n)]
    rng = np.random.default_rng(5)
    wide = [OrthogonalVectors(*(BitMatrix.of(rng.random((n, 70)) < p) for n in (5, 4))) for p in (0.1, 0.12, 0.2, 0.3)]
    return (*(OrthogonalVectors(A, B) for A, B in product(lists, repeat=2)), *wide)


@cache
def gaps() -> tuple[GapHamming, ...]:
    return tuple(OvHamming("single").apply(problem) for problem in tables())


def orthogonal(problem: OrthogonalVectors) -> bool:
    return bool((problem.A.bools().astype(int) @ problem.B.bools().astype(int).T == 0).any())


def near(problem: GapHamming) -> bool:
    return bool(((problem.A.bools()[:, None] != problem.B.bools()[None]).sum(axis=2) <= problem.t).any())


@pytest.mark.parametrize(("rows", "columns"), list(product((1, 2, 3), repeat=2)))
@pytest.mark.parametrize(
    ("tiles", "problems", "truth", "search", "gadget", "algorithm"),
    [
        (OvTiles, tables, orthogonal, ExhaustiveOrthogonal(), OvAttention(), Softmax()),
        (HammingTiles, gaps, near, ExhaustiveHamming(), HammingAttention(), Boolean()),
    ],
    ids=["vectors", "distances"],
)
def test_tiles(
    tiles: Any, problems: Any, truth: Any, search: Any, gadget: Any, algorithm: Any, rows: int, columns: int
) -> None:
    edge, given = tiles(rows, columns), problems()
    assert min(agree(Chain((edge,)), search, given, truth)) > 50
    assert min(agree(Chain((edge, gadget)), Threshold(algorithm), given[::20], truth)) > 3
    laws.laws(edge, given[::8])


def test_tiles_are_views() -> None:
    ov = CnfOv().apply(random_ksat(10, 100, 3, seed=0))
    tile = OvTiles(7, 9).apply(ov).member(5)
    assert isinstance(tile, OrthogonalVectors)
    assert np.shares_memory(tile.A.words, ov.A.words)
    assert np.shares_memory(tile.B.words, ov.B.words)
    assert not tile.A.words.flags.writeable
    assert OvTiles(7, 9).size(ov.size) == {"n": 7, "m": 9, "d": 100, "count": 20}
    mine = np.zeros((4, 1), dtype=np.uint64)
    view = mine[1:]
    view.setflags(write=False)
    kept = BitMatrix(view, 64)
    mine[:] = 1  # whoever may write to a view's base may not write to the matrix
    assert not kept.words.any()


def test_a_tile_that_breaks_the_promise_does_not_change_the_answer() -> None:
    """A row with one pair at t and one between t and t2: alone in its tile, the second is neither YES nor NO."""
    problem = GapHamming(BitMatrix.of(["00000000"]), BitMatrix.of(["00001111", "00000001", "11111111"]), 1, 6)
    assert problem.promised()
    chain = Chain((HammingTiles(1, 1), HammingAttention()))
    assert not HammingTiles(1, 1).apply(problem).member(0).promised()
    for algorithm in (Softmax(), Boolean()):
        decision = Through(chain, Threshold(algorithm)).solve(problem)
        assert decision.verdict is Verdict.YES
        assert decision.witness in ((0, 0), (0, 1))


# ------------------------------------------------------------------------------------------------------- the cubes


@cache
def family() -> tuple[CNF, ...]:
    odd = [variant for formula in representatives()[::7] for variant in odd_variants(formula)]
    return (*representatives()[::2], *odd, CNF(0, ()), CNF(0, ((),)), CNF(5, ()), CNF(2, ((1, -1), (1,), (-1,))))


@pytest.mark.parametrize("fix", range(6))
def test_cubes_obey_every_law(fix: int) -> None:
    counts = laws.laws(CnfCubes(fix), family())
    assert min(counts["accepted"], counts["rejected"]) > 1000


@pytest.mark.parametrize("fix", range(6))
def test_the_size_is_that_of_the_largest_member(fix: int) -> None:
    edge = CnfCubes(fix)
    for formula in family():
        target, size, bound = edge.apply(formula), edge.actual_size(formula, 2**30), edge.size(formula.size)
        members = [target.member(i).size for i in range(target.count)]
        assert size["count"] == bound["count"] == len(members) == 2 ** min(fix, formula.n)
        for letter in "nmk":
            assert size[letter] == max(member[letter] for member in members)
            assert size[letter] <= bound[letter]


def test_members_are_restrictions_of_the_most_frequent_variables() -> None:
    formula = CNF(4, ((2, 4), (-2, 3), (2, -4, 1), (-2, -4)))
    edge = CnfCubes(2)
    assert edge.fixed(formula) == (2, 4)
    assert [edge.apply(formula).member(i) for i in range(4)] == [
        CNF(0, ((),)),  # (2, 4) is false
        CNF(2, ((1,),)),
        CNF(2, ((2,),)),
        CNF(0, ((),)),  # (-2, -4) is false
    ]
    assert edge.forth(formula, (1, 1, 1, 0)) == (2, 1, 1)
    assert edge.back(formula, (2, 1, 1)) == (1, 1, 1, 0)


def test_too_many_cubes_are_refused() -> None:
    for fix in (-1, 21):
        with pytest.raises(BadInput, match="from 0 to 20"):
            CnfCubes(fix)


@pytest.mark.parametrize("tail", PATHS, ids=lambda chain: chain.keys)
@pytest.mark.slow
def test_every_path_from_cubes(tail: Chain) -> None:
    """Two disjunctions on the way where the chain has ov-gap."""
    solver = Threshold(Logspace() if tail.steps[-1].key in ("balanced-attention", *OTHER_MECHANISMS) else Softmax())
    formulas = [*representatives()[::36], CNF(0, ((),)), CNF(5, ())]
    assert min(agree(Chain((CnfCubes(2), *tail.steps)), solver, formulas, satisfiable)) > 2


@pytest.mark.parametrize(
    ("steps", "solver"),
    [
        ((CnfCubes(1), CnfCubes(1), CnfOv()), ExhaustiveOrthogonal()),
        ((CnfCubes(2), CnfSparse(thresholds=(2,)), CnfHamming()), ExhaustiveHamming()),
        ((CnfSparse(thresholds=(2,)), CnfCubes(2), CnfOv()), ExhaustiveOrthogonal()),
        ((CnfCubes(1), CnfOv(), OvTiles(1, 2), OvHamming(), HammingTiles(1, 1)), ExhaustiveHamming()),
        ((CnfOv(), OvTiles(2, 3), OvGap(), HammingTiles(1, 2), HammingAttention()), Threshold(Softmax())),
        ((CnfCubes(2), CnfOv(), OvTiles(1, 1), OvAttention()), Threshold(Boolean())),
    ],
    ids=lambda value: ",".join(step.key for step in value) if isinstance(value, tuple) else "",
)
def test_nested_disjunctions(steps: Any, solver: Any) -> None:
    chain = Chain(steps)
    formulas = representatives()[::9]
    assert min(agree(chain, solver, formulas, satisfiable)) > 1
    for formula in filter(satisfiable, formulas[::6]):
        trace = chain.trace(formula)
        there = chain.forth(trace, next(filter(formula.accepts, formula.witnesses())))
        assert trace[-1].problem.reaches(there)
        back = chain.back(trace, there)
        assert not isinstance(back, BrokenHop)
        assert formula.accepts(back)


def test_forty_variables_fit_where_the_whole_does_not() -> None:
    """The members are priced and some are run; all of them would take the 2^40 pairs of the whole."""
    formula, memory = random_ksat(40, 170, 3, seed=1), 2**25
    with pytest.raises(Declined, match="OrthogonalVectors by cnf-ov"):
        Chain((CnfOv(), OvAttention())).trace(formula, memory)
    last = Chain((CnfCubes(12), CnfOv(), OvAttention())).trace(formula, memory)[-1].problem
    assert isinstance(last, AnyOf)
    assert last.count == 2**12
    for i in (0, 1234, 4095):
        member = last.member(i)
        assert isinstance(member, AttentionTask)
        assert AttentionTask.memory(member.size) <= memory
        assert member.rows in (1, 2**14)


def test_auto_goes_on_from_a_disjunction() -> None:
    assert chain_named("cnf-cubes[fix=2],auto").keys == "cnf-cubes,cnf-hamming,hamming-attention"
    assert chain_named("cnf-cubes,cnf-ov, auto").keys == "cnf-cubes,cnf-ov,ov-attention"
    assert chain_named("ov-tiles,auto", OrthogonalVectors).keys == "ov-tiles,ov-attention"
    assert chain_named("cnf-ov,ov-attention,auto").keys == "cnf-ov,ov-attention"
    with pytest.raises(BadInput, match="cannot be read"):
        chain_named(",auto")


# --------------------------------------------------------------------------------------------------- planted faults


def changed(edge: Any, **methods: Any) -> Any:
    return type("Wrong", (type(edge),), methods)(*(getattr(edge, field.name) for field in fields(edge)))


def without_the_last(edge: Any) -> Any:
    """The disjunction lacks its last member."""

    def apply(self: Any, problem: Any) -> AnyOf:
        right = edge.apply(problem)
        return AnyOf(right.of, max(1, right.count - 1), right.member)

    return changed(edge, apply=apply, size=lambda self, of: {**edge.size(of), "count": max(1, edge.size(of)["count"] - 1)})


def swapped(edge: Any) -> Any:
    """Rows and columns change places on the way back."""
    return changed(edge, back=lambda self, problem, witness: edge.back(problem, witness)[::-1])


def flipped(edge: CnfCubes) -> Any:
    """The lowest bit of the cube is flipped on the way back."""
    return changed(edge, back=lambda self, problem, witness: edge.back(problem, (witness[0] ^ 1, *witness[1:])))


@pytest.mark.parametrize(
    ("wrong", "problems", "law"),
    [
        (without_the_last(OvTiles(2, 2)), tables, laws.complete),
        (without_the_last(HammingTiles(1, 2)), gaps, laws.complete),
        (without_the_last(CnfCubes(2)), family, laws.complete),
        (swapped(OvTiles(2, 1)), tables, laws.sound),
        (swapped(HammingTiles(2, 1)), gaps, laws.sound),
        (flipped(CnfCubes(1)), representatives, laws.sound),
    ],
)
def test_a_law_catches(wrong: Any, problems: Any, law: Any) -> None:
    with pytest.raises(LawBroken, match=r"does not reach|is no witness"):
        law(wrong, problems())


def test_a_law_catches_lost_clauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """A member in which a clause is false is taken for one without clauses."""
    right = reductions.edges.cnf_cubes._restricted
    monkeypatch.setattr(
        reductions.edges.cnf_cubes,
        "_restricted",
        lambda *given: right(*given) if right(*given).n else CNF(len(given[2]), ()),
    )
    with pytest.raises(LawBroken, match="is no witness"):
        laws.sound(CnfCubes(2), representatives())
