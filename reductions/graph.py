"""The reductions as a graph: problems are nodes, reductions are edges, a chain is a path."""

from collections.abc import Iterable, Sequence

import networkx as nx

from instances.problem import Problem
from reductions.chain import Chain
from reductions.ours import REDUCTIONS, named_apart
from reductions.reduction import AnyReduction


def graph(reductions: Sequence[type[AnyReduction]] = REDUCTIONS) -> nx.MultiDiGraph:
    """A node for each problem type, an edge (keyed by the reduction's key) for each reduction.

    An edge to a disjunction goes to the members' type and is marked `disjunction`. Errors: `BadInput` of `named_apart`.
    """
    drawn = nx.MultiDiGraph()
    for reduction in named_apart(reductions):
        drawn.add_edge(
            reduction.source, reduction.target, reduction.key, reduction=reduction, disjunction=reduction.disjunction
        )
    return drawn


def paths(source: type[Problem], target: type[Problem], reductions: Sequence[type[AnyReduction]] = REDUCTIONS) -> list[Chain]:
    """Every chain without repeated problems from `source` to `target`, with default parameters, shortest first.

    Edges from a problem to itself (`cnf-sparse`, `cnf-cubes`, the tiles) are on none of them: they are used by naming them.
    """
    drawn = graph(reductions)
    if source not in drawn or target not in drawn:
        return []
    found: Iterable[list[tuple[type[Problem], type[Problem], str]]] = nx.all_simple_edge_paths(drawn, source, target)
    chains = [Chain(tuple(drawn.edges[edge]["reduction"]() for edge in path)) for path in found]
    return sorted(chains, key=lambda chain: (len(chain.steps), chain.keys))
