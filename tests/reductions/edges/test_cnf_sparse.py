"""Sparsification: the leaves have together the formula's solutions, are sparse, and are no more than is proved."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from itertools import combinations
from math import log2
from typing import Any

import numpy as np
import pytest

import reductions.edges.cnf_sparse
import reductions.parts.sparsify
from attention import Softmax
from instances.anyof import AnyOf
from instances.cnf import CNF
from instances.families import random_ksat
from instances.faults import BadInput, Declined
from instances.law import LawBroken
from reductions import laws
from reductions.chain import BrokenHop, Chain
from reductions.edges.cnf_hamming import CnfHamming
from reductions.edges.cnf_ov import CnfOv
from reductions.edges.cnf_sparse import CnfSparse
from reductions.edges.hamming_attention import HammingAttention
from reductions.parts.certificate import MAX_BITS, certificate, theorem_thresholds
from reductions.parts.sparsify import Sparsification, sparsify
from solvers import ExhaustiveHamming, Threshold, Through, Verdict
from tests.support.tiny import odd_variants, representatives, satisfiable
from tests.support.toys import CnfCases

SMALL = [(1,), (2,), (3,), (2, 3), (2, 3, 4), (3, 2, 1), ()]


def solutions(formula: CNF) -> np.ndarray:
    """The truth table: entry x is whether the assignment with these bits (variable 1 the lowest) satisfies the formula."""
    numbers = np.arange(2**formula.n)
    values = {v: (numbers >> (v - 1)) & 1 == 1 for v in range(1, formula.n + 1)}
    table = np.ones(2**formula.n, dtype=np.bool_)
    for clause in formula.clauses:
        true = np.zeros(2**formula.n, dtype=np.bool_)
        for literal in clause:
            true |= values[abs(literal)] == (literal > 0)
        table &= true
    return table


def random_formula(rng: np.random.Generator) -> CNF:
    """n <= 8, widths 1 to 4; one clause in ten may have repeated literals and be a tautology, some clauses are repeated."""
    n = int(rng.integers(2, 9))
    clauses = []
    for _ in range(int(rng.integers(0, 5 * n))):
        width = int(rng.choice([1, 2, 2, 3, 3, 3, 3, 3, 3, 3, 4, 4, 4, 4, 4, 4]))
        variables = rng.integers(1, n + 1, width) if rng.random() < 0.1 else rng.permutation(n)[:width] + 1
        clauses.append(tuple(int(x) for x in rng.choice([-1, 1], len(variables)) * variables))
    return CNF(n, tuple(clauses))


def flowered(rng: np.random.Generator) -> CNF:
    """Three hearts of one or two literals, each in up to nine 3- and 4-clauses with other literals, over 10 variables."""
    clauses = []
    for heart in ([1], [-2], [3, -4]):
        for _ in range(9):
            others = rng.choice(np.arange(5, 11), int(rng.integers(3, 5)) - len(heart), replace=False)
            clauses.append((*heart, *(int(x) for x in others * rng.choice([-1, 1], len(others)))))
    return CNF(10, tuple(clauses))


def check(formula: CNF, found: Sparsification, limits: tuple[int, ...] | None = None) -> None:
    """Everything that is promised of the leaves of one formula, from the definitions; `limits` are the thresholds."""
    limits = found.thresholds if limits is None else limits
    union = np.zeros(2**formula.n, dtype=np.bool_)
    leaves = [found.leaf(i) for i in range(found.count)]
    for leaf in leaves:
        assert leaf.n == formula.n
        assert leaf.size["k"] <= formula.size["k"]
        union |= solutions(leaf)
        counts = Counter((len(clause), literal) for clause in leaf.clauses for literal in clause)
        assert all(count <= 1 if size == 1 else count < limits[size - 2] for (size, _), count in counts.items())
        sets = [set(clause) for clause in leaf.clauses]
        assert not any(one <= other or other <= one for one, other in combinations(sets, 2))
    assert np.array_equal(union, solutions(formula)), formula
    assert all(most < limits[size - 2] for size, most in found.occurrences.items() if size >= 2)
    assert found.width == max(leaf.size["k"] for leaf in leaves)
    for what, (met, proved) in found.report.items():
        assert met <= proved, (what, met, proved, formula)
    for x in np.flatnonzero(union)[:20]:
        assignment = tuple(int(x) >> v & 1 for v in range(formula.n))
        assert found.leaf_of(assignment) == next(i for i, leaf in enumerate(leaves) if leaf.accepts(assignment))


@pytest.mark.slow
def test_the_leaves_have_the_solutions_of_random_formulas() -> None:
    rng = np.random.default_rng(8)
    branched = deep = 0
    for i in range(500):
        formula = random_formula(rng)
        reduction = CnfSparse(thresholds=SMALL[i % len(SMALL)])
        found = reduction.sparsification(formula)
        check(formula, found)
        branched += found.count > 1
        deep += max(steps for steps, _ in found.branches) >= 3
    assert branched > 250
    assert deep > 150


@pytest.mark.parametrize("thresholds", SMALL[1:6])
def test_formulas_with_flowers_branch(thresholds: tuple[int, ...]) -> None:
    rng = np.random.default_rng(11)
    for _ in range(20):
        formula = flowered(rng)
        found = CnfSparse(thresholds=thresholds).sparsification(formula)
        check(formula, found)
        assert found.count > 3, found.branches
        assert max(steps for steps, _ in found.branches) >= 3
        assert max(petals for _, petals in found.branches) >= 1


def test_one_flower() -> None:
    formula = CNF(6, ((1, 2, 3), (1, 4, 5), (1, -3, 6)))
    found = sparsify(formula, (9, 3))
    assert [found.leaf(i).clauses for i in range(found.count)] == [((1,),), ((-3, 6), (2, 3), (4, 5))]
    assert found.branches == ((1, 0), (1, 1))
    assert sparsify(formula, (9, 4)).count == 1
    larger = sparsify(CNF(6, ((1, 2, 3), (1, 2, 4), (1, 5, 6), (1, -2))), (2, 3))
    assert larger.hearts[:2] == ((1, 2), (1,))  # in 3-clauses the heart of two literals first, then the new 2-clauses


# ----------------------------------------------------------------------------------------------------- the reduction


@cache
def family() -> tuple[CNF, ...]:
    odd = [variant for formula in representatives()[::10] for variant in odd_variants(formula)]
    return (*representatives()[::2], *odd, CNF(0, ()), CNF(0, ((),)), CNF(2, ((1, -1),)))


@pytest.mark.slow
@pytest.mark.parametrize("reduction", [CnfSparse(), CnfSparse(alpha=2.5), *(CnfSparse(thresholds=t) for t in SMALL[:6])])
def test_every_law(reduction: CnfSparse) -> None:
    counts = laws.laws(reduction, family())
    assert counts["attained"] > 0
    assert min(counts["accepted"], counts["rejected"]) > 500


def test_members_are_pure_and_empty_clauses_are_kept() -> None:
    target = CnfSparse(thresholds=(2,)).apply(representatives()[-1])
    assert target.count > 1
    assert all(target.member(i) == target.member(i) for i in range(target.count))
    assert target.identity == CnfSparse(thresholds=(2,)).apply(CNF(3, representatives()[-1].clauses)).identity
    assert CnfSparse().apply(CNF(3, ((1, 2), (), (3,)))).member(0) == CNF(3, ((),))
    assert CnfSparse().apply(CNF(3, ((2, -2), (3, 3, 1), (1, 3)))).member(0) == CNF(3, ((1, 3),))


def test_wrong_parameters() -> None:
    for alpha in (0.5, float("nan"), float("inf"), 1e10):
        with pytest.raises(BadInput, match="alpha"):
            CnfSparse(alpha=alpha)
    with pytest.raises(BadInput, match="at least 1"):
        CnfSparse(thresholds=(3, 0))
    with pytest.raises(BadInput, match="leave one"):
        CnfSparse(2.0, (3,))
    assert CnfSparse(thresholds=(3, 8)).spelled == "cnf-sparse[thresholds=3:8]"


def test_the_tree_is_declined_with_the_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    formula = random_ksat(30, 120, 3, seed=2)
    monkeypatch.setattr(reductions.parts.sparsify, "MAX_LEAVES", 100)
    with pytest.raises(Declined, match="at least 101 sparse leaves, the limit is 100"):
        sparsify(formula, (4, 4))
    monkeypatch.setattr(reductions.parts.sparsify, "MAX_LEAVES", 2**20)
    monkeypatch.setattr(reductions.parts.sparsify, "MAX_WORK", 10**5)
    with pytest.raises(Declined, match="more than 100000 subsets"):
        sparsify(formula, (4, 4))
    monkeypatch.setattr(reductions.parts.sparsify, "MEMORY_BUDGET", 10**5)
    with pytest.raises(Declined, match="leaves take more than"):
        sparsify(formula, (4, 4))
    with pytest.raises(Declined, match="--memory"):
        CnfSparse(thresholds=(8,)).actual_size(formula, 1000)


@pytest.mark.slow
def test_a_long_branch_needs_no_recursion(monkeypatch: pytest.MonkeyPatch) -> None:
    """1,100 disjoint clauses, each a flower: the first branch is as long, the tree is declined."""
    monkeypatch.setattr(reductions.parts.sparsify, "MAX_LEAVES", 1150)
    with pytest.raises(Declined, match="at least 1151"):
        sparsify(CNF(2200, tuple((v, v + 1) for v in range(1, 2200, 2))), (1,))


# ------------------------------------------------------------------------------------------------------- the theorem


def test_the_theorems_thresholds() -> None:
    assert theorem_thresholds(1.0, 3) == (6, 216)
    assert theorem_thresholds(301.0, 3)[0] == 2 * 3 * 301**2 == 543606
    for k, half, tenth in ((3, 301, 1873), (4, 662, 4008), (5, 1178, 7022)):  # the least that do
        for alpha, eps in ((half, 0.5), (tenth, 0.1)):
            of = {"n": 40, "m": 2**40, "k": k}
            assert CnfSparse(alpha=alpha).constants(of)["eps"] <= eps < CnfSparse(alpha=alpha - 1).constants(of)["eps"]


@pytest.mark.parametrize("n", [10, 25, 40])
def test_the_theorems_thresholds_are_never_reached_by_small_formulas(n: int) -> None:
    reduction = CnfSparse(alpha=301)
    for m in (4 * n, 30 * n):
        formula = random_ksat(n, m, 3, seed=m)
        assert reduction.apply(formula).count == 1
    assert reduction.size({"n": n, "m": 2**60, "k": 3})["count"] == 1  # whatever the formula


def test_the_certified_count_is_within_the_theorems() -> None:
    for n in (10**4, 10**6, 10**8):
        for k, alpha in ((3, 301), (3, 50), (4, 669), (5, 1208)):
            found = CnfSparse(alpha=alpha).constants({"n": n, "m": n**k, "k": k})
            assert found["leaves_log2"] <= min(found["eps"] * n, MAX_BITS)


def test_the_bound_is_computed_at_any_size() -> None:
    assert CnfSparse().size({"n": 60, "m": 240, "k": 3})["count"] > 2**60
    for of in ({"n": 10**6, "m": 10**6, "k": 10**5}, {"n": 10**6, "m": 4 * 10**6, "k": 3}, {"n": 100, "m": 10**4, "k": 20}):
        for reduction in (CnfSparse(), CnfSparse(thresholds=(1,)), CnfSparse(thresholds=(3, 8))):
            size = reduction.size(of)
            assert size["m"] <= of["m"]
            assert log2(size["count"]) == pytest.approx(reduction.constants(of)["leaves_log2"])
    for n in range(3):
        assert CnfSparse(thresholds=(1,)).size({"n": n, "m": 0, "k": 0}) == {"n": n, "m": 0, "k": 0, "count": 1}


def test_the_sum_of_binomials() -> None:
    from math import comb

    from reductions.parts.certificate import _binomials

    for L in range(12):
        for p in range(L + 1):
            exact = sum(comb(L, j) for j in range(p + 1))
            assert exact <= _binomials(L, p) <= max(exact, 2**L if 2 * p >= L else exact)
    assert _binomials(20000, 5000) >= comb(20000, 5000)


# ------------------------------------------------------------------------------------------------------------ chains


def agree(chain: Chain, formulas: Any) -> Counter[Verdict]:
    solver = Threshold(Softmax()) if chain.keys.endswith("attention") else ExhaustiveHamming()
    seen: Counter[Verdict] = Counter()
    for formula in formulas:
        decision = Through(chain, solver).solve(formula)
        assert decision.verdict is (Verdict.YES if satisfiable(formula) else Verdict.NO), formula
        assert decision.witness is None or formula.accepts(decision.witness)
        seen[decision.verdict] += 1
    return seen


@pytest.mark.slow
@pytest.mark.parametrize("thresholds", [(2,), (3, 3), ()])
def test_through_a_chain(thresholds: tuple[int, ...]) -> None:
    chain = Chain((CnfSparse(thresholds=thresholds), CnfHamming(), HammingAttention()))
    rng = np.random.default_rng(3)
    formulas = [*representatives()[::4], *(random_formula(rng) for _ in range(25)), CNF(0, ()), CNF(0, ((),))]
    seen = agree(chain, formulas)
    assert min(seen[Verdict.YES], seen[Verdict.NO]) >= 10


@pytest.mark.slow
@pytest.mark.parametrize(
    "steps",
    [
        (CnfSparse(thresholds=(2,)), CnfCases(), CnfHamming()),
        (CnfCases(), CnfSparse(thresholds=(2,)), CnfHamming(), HammingAttention()),
        (CnfSparse(thresholds=(3,)), CnfSparse(thresholds=(2,)), CnfCases(), CnfHamming()),
    ],
)
def test_nested_disjunctions(steps: Any) -> None:
    chain = Chain(steps)
    seen = agree(chain, representatives()[::9])
    assert min(seen[Verdict.YES], seen[Verdict.NO]) >= 1
    nested = 0
    for formula in representatives()[::9]:
        trace = chain.trace(formula)
        last = trace[-1].problem
        assert isinstance(last, AnyOf)
        assert last.promised()
        nested += last.count > 1
        for witness in filter(formula.accepts, formula.witnesses()):
            there = chain.forth(trace, witness)
            assert last.reaches(there)
            back = chain.back(trace, there)
            assert not isinstance(back, BrokenHop)
            assert formula.accepts(back)
    assert nested > 0


def test_the_price_of_a_chain() -> None:
    chain = Chain((CnfSparse(thresholds=(3,)), CnfOv()))
    formula = random_ksat(10, 42, 3, seed=1)
    target = CnfSparse(thresholds=(3,)).apply(formula)
    assert target.count > 1
    size = chain.steps[0].actual_size(formula, 2**30)
    members = [CnfSparse(thresholds=(3,)).sparsification(formula).leaf(i) for i in range(target.count)]
    leaves = [member.size for member in members]
    assert size["count"] == target.count
    assert all(size[letter] == max(leaf[letter] for leaf in leaves) for letter in ("n", "m", "k"))
    assert CnfOv().size(size)["d"] == max(CnfOv().apply(member).A.d for member in members)
    bound = chain.sizes(formula.size)[1]
    assert all(size[letter] <= bound[letter] for letter in size)


# ---------------------------------------------------------------------------------------------------- planted faults


def rebuilt(change: Callable[[Sparsification], Sparsification]) -> Any:
    """The reduction with its tree changed."""

    class Wrong(CnfSparse):
        def sparsification(self, problem: CNF) -> Sparsification:
            return change(super().sparsification(problem))

    return Wrong(thresholds=(2,))


def without_petals(found: Sparsification) -> Sparsification:
    """Only the leaves without a petal step on the way; all others are the first of them."""
    kept = [i for i, (_, petals) in enumerate(found.branches) if not petals]
    return replace(found, leaves=tuple(found.leaves[i if i in kept else kept[0]] for i in range(found.count)))


def dropping_hearts(found: Sparsification) -> Sparsification:
    """The first leaf has lost its last clause, where a heart was branched on: hearts are the last to be numbered."""
    first = found.leaves[0][:-1] if found.count > 1 else found.leaves[0]
    return replace(found, leaves=(first, *found.leaves[1:]))


def shifted(found: Sparsification) -> Sparsification:
    """The tree's last node leads to the leaf before it."""
    links = found.links[:]
    if found.count > 1:
        links[-1] -= 1
    return replace(found, links=links)


@pytest.mark.parametrize(
    ("change", "law", "said"),
    [
        (without_petals, laws.complete, "does not reach"),
        (dropping_hearts, laws.sound, "is no witness"),
        (shifted, laws.complete, "does not reach"),
    ],
)
def test_a_law_catches(change: Any, law: Any, said: str) -> None:
    with pytest.raises(LawBroken, match=said):
        law(rebuilt(change), family())


@pytest.mark.parametrize(("added", "law"), [("heart", laws.sound), ("petals", laws.complete)])
def test_a_law_catches_a_wrong_branch(added: str, law: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A heart branch that drops a clause; a petal branch that nothing satisfies."""
    right = reductions.parts.sparsify._with

    def wrong(clauses: Any, new: Any) -> Any:
        if len(new) > 1:
            return right(clauses, new) if added == "heart" else [*right(clauses, new), (1,), (-1,)]
        return right(clauses[1:], new) if added == "heart" else right(clauses, new)

    monkeypatch.setattr(reductions.parts.sparsify, "_with", wrong)
    monkeypatch.setattr(reductions.edges.cnf_sparse, "_sparsified", sparsify)
    with pytest.raises(LawBroken, match="is no witness" if added == "heart" else "does not reach"):
        law(CnfSparse(thresholds=(2,)), family())


@pytest.mark.parametrize("change", [without_petals, dropping_hearts])
def test_the_solutions_catch(change: Any) -> None:
    formula = CNF(6, ((1, 2, 3), (1, 4, 5), (1, -3, 6)))
    found = CnfSparse(thresholds=(2,)).sparsification(formula)
    check(formula, found)
    with pytest.raises(AssertionError):
        check(formula, change(found))


def test_the_checks_catch_dense_leaves_and_small_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    formula = CNF(6, ((1, 2, 3), (1, 4, 5), (1, -3, 6)))
    with pytest.raises(AssertionError):
        check(formula, sparsify(formula, (9, 4)), limits=(9, 3))
    monkeypatch.setattr(
        reductions.edges.cnf_sparse,
        "certificate",
        lambda n, m, k, t: replace(certificate(n, m, k, t), leaves=min(2, certificate(n, m, k, t).leaves)),
    )
    with pytest.raises(LawBroken, match="bounds the size"):
        laws.size_is_bounded(CnfSparse(thresholds=(2,)), family())
