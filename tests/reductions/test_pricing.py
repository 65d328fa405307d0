"""What chains cost is what they cost: figures of all paths by the sizes and as they are, and what each conclusion rests on."""

from itertools import product
from typing import Any

import pytest

from hardlab.names.chains import chain
from instances.cnf import CNF
from instances.families import planted_ksat, random_ksat
from instances.faults import Declined
from instances.ours import PROBLEMS
from instances.problem import Problem
from instances.task import AttentionTask
from reductions.chain import Chain
from reductions.graph import graph, paths
from reductions.hypotheses import weakest
from reductions.pricing import LARGEST_PRICED, _figures, actual, bounds, priced
from tests.support.kept import Keeper, steady

FORMULAS = (random_ksat(7, 20, 3, seed=1), planted_ksat(7, 16, 3, seed=2), random_ksat(7, 12, 2, seed=3))
SPELLED = (
    "cnf-cubes[fix=2],auto", "cnf-cubes[fix=2],cnf-cubes[fix=1],cnf-ov", "cnf-sparse,cnf-ov", "cnf-3ov,3ov-tensor",
    "cnf-hamming,hamming-window[W=3]", "cnf-hamming,hamming-tiles[rows=2]", "cnf-hamming,hamming-causal",
    "cnf-hamming,hamming-heads", "cnf-ov,ov-gap", "cnf-hamming,hamming-balanced,balanced-attention",
    "cnf-cubes[fix=1],cnf-sparse",
)  # fmt: skip


@pytest.mark.parametrize("name", SPELLED)
def test_chains_are_priced_as_they_were(name: str, kept: Keeper) -> None:
    chains = [chain(name)]
    lines = [str(steady(priced(chains, FORMULAS[0].size, FORMULAS[:k], 2**30))) for k in (0, 1, 3)]
    lines.append(str(steady(priced(chains, None, FORMULAS, 2**8))))
    lines.append(str(steady(bounds(chains[0], {"n": 12, "m": 24, "k": 3}))))
    kept("\n".join(lines))


def test_paths_and_what_they_rest_on(kept: Keeper) -> None:
    """Of all pairs of problems, shortest first; beside others of the same target."""
    lines = []
    for source, target in product(PROBLEMS, repeat=2):
        if source is not target:
            found = paths(source, target)
            lines.append(f"{source.called} {target.called} {[one.spelled for one in found]}")
            lines += [f"{rests.name} {rests.text} {rests.implies}" for rests in map(weakest, found[:6])]
    lines += [f"{rests.name} {rests.text} {rests.implies}" for rests in map(weakest, PROBLEMS)]
    lines += [f"{a.called} {b.called} {key} {edge['disjunction']}" for a, b, key, edge in graph().edges(keys=True, data=True)]
    kept("\n".join(lines))


def test_a_problem_that_no_edge_touches_has_no_paths() -> None:
    class Alone(CNF):
        pass

    assert paths(Alone, PROBLEMS[-1]) == paths(CNF, Alone) == []


def test_sizes_beyond_floats_are_declined() -> None:
    for m, declined in (
        (LARGEST_PRICED, None), (LARGEST_PRICED + 1, "after cnf-ov the size is beyond 10^300: take a smaller instance"),
    ):  # fmt: skip
        [found] = priced([chain("cnf-ov")], {"n": 4, "m": m, "k": 3}, (), 2**30)
        assert found["declined"] == declined
        assert len(found["hops"]) == (0 if declined else 2)


def test_the_first_reason_is_told_and_nothing_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A chain that declines one formula has no figures as they are, and those by sizes alone."""
    asked: list[Problem] = []

    def declining(of: Chain, problem: Problem, memory: int) -> Any:
        asked.append(problem)
        if problem is FORMULAS[1]:
            raise Declined("not that one")
        return actual(of, problem, memory)

    monkeypatch.setattr("reductions.pricing.actual", declining)
    [found] = priced([chain("auto")], FORMULAS[0].size, FORMULAS, 2**30)
    assert asked == list(FORMULAS[:2])
    assert found["declined"] == "not that one"
    assert [hop["actual"] for hop in found["hops"]] == [None] * 3
    assert all(hop["bound"] for hop in found["hops"])


@pytest.mark.parametrize(("window", "m", "seen"), [(3, 100, 7), (3, 7, 7), (3, 6, 6), (0, 9, 1)])
def test_a_window_is_looked_at_on_both_sides(window: int, m: int, seen: int) -> None:
    size = {"n": 10, "m": m, "d": 4}
    found = _figures(AttentionTask, size, {"window": float(window)}, None, 3)
    assert (found["pairs"], found["work"]) == (3 * 10 * seen, 3 * 10 * seen * 4)
    assert _figures(AttentionTask, size, {}, None, 3)["pairs"] == 3 * 10 * m
