"""Whole chains: the 504 formulas through every path to attention, with every algorithm, to a decision and back."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from attention import Algorithm, Auto, Backward, Boolean, Certified, Layers, Logspace, Softmax, Tensor
from instances.anyof import AnyOf
from instances.cnf import CNF
from instances.faults import BadInput, Declined
from instances.network import TransformerTask
from instances.task import AttentionTask
from instances.threshold import ThresholdTask
from instances.vectors import GapHamming, OrthogonalVectors
from reductions.chain import BrokenHop, Chain, Trace
from reductions.edges.cnf_3ov import Cnf3ov
from reductions.edges.cnf_hamming import CnfHamming
from reductions.edges.cnf_ov import CnfOv
from reductions.edges.cnf_sparse import CnfSparse
from reductions.edges.hamming_attention import HammingAttention
from reductions.edges.ov_hamming import OvHamming
from reductions.graph import graph
from reductions.ours import REDUCTIONS
from solvers import Decision, ExhaustiveHamming, ExhaustiveOrthogonal, Threshold, Through, Verdict, own
from solvers.bands import Sides
from solvers.laws import agrees_with_exhaustion
from solvers.ours import SOLVERS
from solvers.solver import Solver
from tests.support.paths import OTHER_MECHANISMS, PATHS, SEEING, TO_GRADIENTS, TO_TENSORS, UNCOUNTED
from tests.support.sampling import some, strides
from tests.support.tiny import N, odd_variants, representatives, satisfiable
from tests.support.toys import CnfCases

SIGNED = ("hamming-attention", *SEEING)
"""Edges with V of both signs."""

TO_HAMMING = ["cnf-hamming", "cnf-ov,ov-gap", "cnf-ov,ov-hamming", "cnf-ov,ov-far,far-hamming"]

SPLITS = [(), (1,), (2,), (3,), (1, 2), (1, 3), (2, 3), (1, 2, 3)]


def algorithms_for(chain: Chain) -> list[Algorithm]:
    """Every exact algorithm that supports the chain's last problem: logarithms need V >= 0, other mechanisms an algorithm that
    computes them.
    """
    last = chain.steps[-1].key
    if last in OTHER_MECHANISMS:
        return [Logspace(), Certified(logarithmic=True)]
    if last == "hamming-rotary":  # V of both signs, and Q and K are not coded
        return [Softmax(), Softmax("float32"), Auto(), Certified()]
    if last == "product-softmax":  # V <= 0, and weights too far apart for bit counts
        return [Softmax(), Softmax("float32"), Certified()]
    exact: tuple[Algorithm, ...] = (
        Softmax(),
        Softmax("float32"),
        Boolean(),
        Auto(),
        Logspace(),
        Certified(),
        Certified(logarithmic=True),
    )
    if has_gap(chain) and last == "balanced-attention":  # thresholds below the smallest numbers of float32
        exact = tuple(algorithm for algorithm in exact if algorithm.key != "softmax32")
    if last in UNCOUNTED:
        exact = tuple(algorithm for algorithm in exact if algorithm.key != "boolean")
    return [algorithm for algorithm in exact if last not in SIGNED or not algorithm.logarithmic]


def has_gap(chain: Chain) -> bool:
    return any(step.key == "ov-gap" for step in chain.steps)


@pytest.fixture(autouse=True)
def told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What another algorithm of ours tells of the sides of a task is asked once for all solvers of that task."""
    asked, kept = own._told_by, dict[Any, tuple[Sides | None, list[int]]]()

    def told(reference: Algorithm, task: ThresholdTask, places: list[int]) -> tuple[Sides | None, list[int]]:
        what = reference.key, task, tuple(places)
        found, looked_at = kept[what] if what in kept else kept.setdefault(what, asked(reference, task, places))
        return None if found is None else found.copy(), looked_at

    monkeypatch.setattr(own, "_told_by", told)


def most(chain: Chain, stride: int) -> int:
    """At least every sixth of the formulas where each has many messages, every twelfth where the last edge has had them all
    already, or half as many as others have.
    """
    return max(2 * stride, 12) if by_a_longer_way(chain) else max(stride, 6) if has_gap(chain) else stride


def by_a_longer_way(chain: Chain) -> bool:
    return chain.steps[-1].key in ("hamming-sink", *SEEING) and len(chain.steps) > 2


def check(chain: Chain, solvers: Sequence[Solver[Any]], formulas: Iterable[CNF]) -> int:
    """Every verdict of every solver is the truth, every YES brings a model; the number of formulas, each reduced once, as is
    each member of a disjunction.
    """
    count = 0
    for formula in formulas:
        trace = chain.trace(formula)
        if isinstance(last := trace[-1].problem, AnyOf) and len(solvers) > 1:
            trace = Trace((*trace[:-1], replace(trace[-1], problem=replace(last, member=cache(last.member)))))
        expected = Verdict.YES if satisfiable(formula) else Verdict.NO
        for solver in solvers:
            decision = Through(chain, solver).conclude(trace)
            assert decision.verdict is expected, (formula, solver, decision)
            assert decision.witness is None or formula.accepts(decision.witness)
        count += 1
    return count


def test_the_paths_are_all_there() -> None:
    direct = ["attention", "gaussian", "kde", "sink", *(key.partition("-")[2] for key in SEEING)]
    last = [*(f"hamming-{to}" for to in direct), "hamming-balanced,balanced-attention"]
    expected = {f"{way},{edge}" for way in TO_HAMMING for edge in last}
    expected |= {f"cnf-ov,ov-product,product-{to}" for to in ("exp", "softmax", "window")} | {"cnf-ov,ov-attention"}
    assert {chain.keys for chain in PATHS} == expected
    assert len(PATHS) == len(expected)
    assert [len(chain.steps) for chain in PATHS] == sorted(len(chain.steps) for chain in PATHS)
    on_the_way = {step.key for chain in [*PATHS, *TO_GRADIENTS, *TO_TENSORS] for step in chain.steps}
    assert on_the_way == {reduction.key for reduction in REDUCTIONS if reduction.source is not reduction.target}
    loops = {reduction.key for reduction in REDUCTIONS} - on_the_way
    assert loops == {"cnf-sparse", "cnf-cubes", "ov-tiles", "hamming-tiles"}  # which are used by naming them


@pytest.mark.slow
@strides(18)
@pytest.mark.parametrize("chain", PATHS, ids=lambda chain: chain.keys)
def test_all_representatives(chain: Chain, stride: int) -> None:
    stride = most(chain, stride)
    family = some(representatives(), stride, 0 if stride == most(chain, 1) else PATHS.index(chain))
    solvers = [Threshold(algorithm) for algorithm in algorithms_for(chain)]
    assert check(chain, solvers, family) == 504 // stride


@pytest.mark.slow
@strides(12)
@pytest.mark.parametrize("chain", TO_GRADIENTS, ids=lambda chain: chain.keys)
def test_representatives_through_gradients(chain: Chain, stride: int) -> None:
    stride = stride if len(chain.steps) == 2 else max(24, stride)
    family = some(representatives(), stride, TO_GRADIENTS.index(chain))
    solvers = [Threshold(algorithm) for algorithm in (Backward(), Certified())]
    assert check(chain, solvers, family) == 504 // stride


@pytest.mark.slow
@strides(6)
@pytest.mark.parametrize("chain", TO_TENSORS, ids=lambda chain: chain.keys)
def test_representatives_through_tensors(chain: Chain, stride: int) -> None:
    networks = chain.steps[-1].target is TransformerTask
    solvers = [Threshold(algorithm) for algorithm in (Layers() if networks else Tensor(), Certified())]
    assert check(chain, solvers, some(representatives(), stride)) == 504 // stride


@pytest.mark.slow
@strides(15)
@pytest.mark.parametrize("chain", PATHS, ids=lambda chain: chain.keys)
def test_odd_formulas(chain: Chain, stride: int) -> None:
    logarithms = chain.steps[-1].key in ("balanced-attention", *OTHER_MECHANISMS)
    algorithm = Logspace() if logarithms else Softmax("float32" if chain.steps[-1].key != "product-softmax" else "float64")
    odd = [variant for formula in representatives() for variant in odd_variants(formula)]
    direct = chain.keys in ("cnf-hamming,hamming-attention", "cnf-ov,ov-attention")  # the rest sees the same vectors
    chosen = some(odd, stride if direct else 5 * stride)  # odd strides, so that all four variants are among them
    family = [*chosen, CNF(0, ()), CNF(0, ((),)), CNF(5, ())]
    assert check(chain, [Threshold(algorithm)], family) == len(chosen) + 3
    assert len(chosen) == {1: 2016, 5: 404, 15: 135, 75: 27}[stride if direct else 5 * stride]


@pytest.mark.parametrize("chain", PATHS, ids=lambda chain: chain.keys)
@pytest.mark.slow
def test_every_path_from_sparsified_formulas(chain: Chain) -> None:
    """Two disjunctions on the way where the chain has ov-gap; thresholds so low that most formulas branch."""
    algorithm = Logspace() if chain.steps[-1].key in ("balanced-attention", *OTHER_MECHANISMS) else Softmax()
    sparse = CnfSparse(thresholds=(2,))
    family = representatives()[:: 36 if by_a_longer_way(chain) else 18]
    assert sum(sparse.apply(formula).count > 1 for formula in family) >= len(family) // 3
    assert check(Chain((sparse, *chain.steps)), [Threshold(algorithm)], family) == (14 if by_a_longer_way(chain) else 28)


@pytest.mark.slow
@strides(18)
@pytest.mark.parametrize("left", SPLITS)
@pytest.mark.parametrize(
    "tail", [chain for chain in PATHS if chain.steps[0].key == "cnf-hamming"], ids=lambda chain: chain.keys
)
def test_every_split(left: tuple[int, ...], tail: Chain, stride: int) -> None:
    assert set(left) <= set(range(1, N + 1))
    stride = stride if tail.steps[-1].key not in SEEING else max(12, 2 * stride)
    chain = Chain((CnfHamming(split=left), *tail.steps[1:]))
    algorithm = Logspace() if tail.steps[-1].key in ("balanced-attention", *OTHER_MECHANISMS) else Softmax()
    assert check(chain, [Threshold(algorithm)], some(representatives(), stride, SPLITS.index(left))) == 504 // stride


@pytest.mark.slow
@strides(6)
@pytest.mark.parametrize("keys", ["exhaustive-ov", "exhaustive-hamming", "hamming-balls"])
def test_chains_that_end_before_attention(keys: str, stride: int) -> None:
    solver: Solver[Any] = next(solver for solver in SOLVERS if solver.key == keys)
    chains = {"exhaustive-ov": [Chain((CnfOv(),))]}.get(keys, [Chain((CnfHamming(),)), Chain((CnfOv(), OvHamming("single")))])
    for chain in chains:
        assert check(chain, [solver], some(representatives(), stride)) == 504 // stride


def test_the_graph_refuses_a_repeated_key() -> None:
    assert graph().number_of_edges() == len(REDUCTIONS)
    with pytest.raises(BadInput, match="two reductions have the key cnf-ov, CnfOv and CnfOv"):
        graph((*REDUCTIONS, CnfOv))


# ------------------------------------------------------------------------------------------------- the witness' way


class Liar:
    """A solver that says NO, or YES with a witness of its own."""

    key = "liar"
    problems = (GapHamming, OrthogonalVectors)

    def __init__(self, witness: tuple[int, ...] | None) -> None:
        self.witness = witness

    def solve(self, problem: Any) -> Decision:
        if self.witness is None:
            return Decision(Verdict.NO, "I say so")
        return Decision(Verdict.YES, "I say so", self.witness)


def test_a_lying_yes_is_a_fault_at_its_own_stage() -> None:
    never = CNF(2, ((1,), (-1, 2), (-2,)))
    for witness in ((0, 0), (5, 5), (0,), ()):
        decision = Through(Chain((CnfOv(),)), Liar(witness)).solve(never)
        assert decision.verdict is Verdict.UNKNOWN
        assert decision.fault
        assert "is no witness of OrthogonalVectors" in decision.reason


class WrongWay(CnfHamming):
    """The way back complements every variable."""

    def back(self, problem: CNF, witness: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(1 - value for value in super().back(problem, witness))


def test_a_witness_lost_on_the_way_names_the_hop_and_both_instances() -> None:
    formula = CNF(2, ((1,), (2,)))
    decision = Through(Chain((WrongWay(), HammingAttention())), Threshold(Softmax())).solve(formula)
    assert (decision.verdict, decision.fault) == (Verdict.UNKNOWN, True)
    assert "lost on the way back through cnf-hamming: GapHamming" in decision.reason
    assert f"CNF {formula.identity[:12]}" in decision.reason
    chain = Chain((WrongWay(),))
    trace = chain.trace(formula)
    assert chain.back(trace, (0, 0)) == BrokenHop(0, "cnf-hamming", (0, 0))


@pytest.mark.slow
def test_forth_and_back_along_a_chain() -> None:
    for chain in PATHS:
        for formula in filter(satisfiable, representatives()[::20]):
            trace = chain.trace(formula)
            model = next(w for w in formula.witnesses() if formula.accepts(w))
            last = chain.forth(trace, model)
            assert trace[-1].problem.reaches(last)
            back = chain.back(trace, last)
            assert not isinstance(back, BrokenHop)
            assert formula.accepts(back)


# ------------------------------------------------------------------------------------------------------ disjunctions


@pytest.mark.slow
def test_a_disjunction_edge_is_lifted_through_the_chain() -> None:
    """A toy edge: CNF to the disjunction of its two cases x1 = 0 and x1 = 1, and from there to attention."""
    chain = Chain((CnfCases(), CnfHamming(), HammingAttention()))
    assert check(chain, [Threshold(Softmax())], representatives()) == 504
    formula = CNF(3, ((1,), (2, 3)))
    trace = chain.trace(formula)
    assert all(isinstance(stage.problem, AnyOf) for stage in trace[1:])
    last = trace[-1].problem
    assert isinstance(last, AnyOf)
    assert last.of is AttentionTask
    assert last.size == {"count": 2}
    decision = Through(chain, Threshold(Softmax())).solve(formula)
    assert decision.reason.startswith("member 1:")
    witness = chain.forth(trace, (1, 1, 0))
    assert witness[0] == 1
    assert last.reaches(witness)
    assert last.promised()
    assert not last.accepts((2, 0))
    assert not last.accepts(())


def test_a_disjunction_needs_every_no() -> None:
    class Unsure:
        key = "unsure"
        problems = (GapHamming,)

        def solve(self, problem: GapHamming) -> Decision:
            decision = ExhaustiveHamming().solve(problem)
            return decision if problem.A.n > 1 else Decision(Verdict.UNKNOWN, "too small for me")

    class Failing:
        key = "failing"
        problems = (GapHamming,)

        def solve(self, problem: GapHamming) -> Decision:
            return Decision(Verdict.NO, "perhaps", failure=2.0**-20)

    never = CNF(4, ((1,), (-1,), (2, 3), (3, 4)))
    chain = Chain((CnfCases(), CnfHamming()))
    assert Through(chain, ExhaustiveHamming()).solve(never).verdict is Verdict.NO
    unsure = Through(chain, Unsure()).solve(never)
    assert unsure.verdict is Verdict.UNKNOWN
    assert "too small" in unsure.reason
    failing = Through(chain, Failing()).solve(never)
    assert failing.verdict is Verdict.UNKNOWN
    assert "may fail" in failing.reason


def test_a_disjunction_marks_its_edge() -> None:
    drawn = graph((*REDUCTIONS, CnfCases))
    assert drawn.edges[CNF, CNF, "cnf-cases"]["disjunction"]


# -------------------------------------------------------------------------------------------------------- the solvers


@pytest.mark.slow
def test_every_solver_agrees_with_exhaustion() -> None:
    formulas = representatives()
    ov = [CnfOv().apply(formula) for formula in formulas]
    hamming = [CnfHamming().apply(formula) for formula in formulas]
    tasks = [HammingAttention().apply(problem) for problem in hamming]
    triples = [Cnf3ov().apply(formula) for formula in formulas]
    families: dict[str, Any] = {"cadical": formulas, "exhaustive-ov": ov, "exhaustive-3ov": triples}
    for solver in SOLVERS:
        agrees_with_exhaustion(solver, families.get(solver.key, hamming))
    for algorithm in (Softmax(), Softmax("float32"), Certified()):
        agrees_with_exhaustion(Threshold(algorithm), tasks)


@pytest.mark.slow
def test_sizes_are_priced_before_anything_is_built() -> None:
    formula = CNF(60, tuple((i, i + 1) for i in range(1, 60)))
    for chain, what in ((Chain((CnfOv(),)), "OrthogonalVectors by cnf-ov"), (Chain((CnfHamming(),)), "assignments")):
        with pytest.raises(Declined, match=what):
            chain.trace(formula, memory=2**20)
    with pytest.raises(Declined, match="AttentionTask by hamming-attention"):
        Chain((HammingAttention(),)).trace(CnfHamming().apply(CNF(3, ((1, 2), (2, 3)))), memory=100)


def test_exhaustive_orthogonal_is_the_threshold_of_the_truth() -> None:
    chain = Chain((CnfOv(),))
    assert Through(chain, ExhaustiveOrthogonal()).solve(CNF(1, ((1,),))).witness == (1,)
