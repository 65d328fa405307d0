"""Textbook problems, and rules between them: right ones, and ones with a slip each, for tests of what puts rules on trial.

All are written from their definitions and known slips, and know nothing of what tries them.
"""

from typing import NamedTuple

from instances.cnf import CNF
from instances.problem import Problem
from reductions.reduction import AnyReduction
from tests.support.rules import capacities, colours, covers, graphs, intervals, matrices, paths, shops, sums, tardiness, thirds

PROBLEMS: tuple[type[Problem], ...] = (
    CNF,
    capacities.CapacityAssignment,
    colours.Colouring,
    covers.ExactCover,
    graphs.HamiltonianCircuit,
    graphs.HamiltonianPath,
    graphs.IndependentSet,
    intervals.WithinIntervals,
    matrices.ConsecutiveOnesSubmatrix,
    matrices.FewNonzeros,
    paths.ShortLightPath,
    shops.FlowShop,
    shops.JobShop,
    sums.Partition,
    sums.SubsetSum,
    tardiness.WeightedTardiness,
    thirds.ThreePartition,
)


class Wrong(NamedTuple):
    """A rule with a fault, and the limit of its source's `instances` among which its smallest counterexample is."""

    rule: AnyReduction
    fault: str
    limit: int


WRONG: tuple[Wrong, ...] = (
    Wrong(capacities.SubsetLooseCapacity(), "unsound", 2),
    Wrong(colours.LastUncoloured(), "unsound", 4),
    Wrong(covers.CoverBinary(), "unsound", 6),
    Wrong(covers.CoverLooseEquations(), "unsound", 7),
    Wrong(covers.CoverShortSize(), "wrong size", 5),
    Wrong(graphs.CircuitFromItsFirst(), "wrong way back", 2),
    Wrong(graphs.IndependentFewEdges(), "wrong size", 3),
    Wrong(graphs.IndependentOfTheUsed(), "crashed", 2),
    Wrong(graphs.PathConsecutive(), "unsound", 4),
    Wrong(intervals.PartitionEarlyIntervals(), "unsound", 3),
    Wrong(intervals.PartitionRoundedIntervals(), "unsound", 2),
    Wrong(paths.PartitionLoosePath(), "unsound", 2),
    Wrong(shops.ThirdsLooseFlow(), "unsound", 7),
    Wrong(shops.ThirdsLooseJob(), "unsound", 7),
    Wrong(sums.SubsetFromHalfZero(), "wrong way back", 2),
    Wrong(tardiness.ThirdsTardiness(), "unsound", 7),
)

RIGHT: tuple[AnyReduction, ...] = (
    capacities.SubsetCapacity(),
    colours.ColouringCnf(),
    covers.CoverEquations(),
    covers.CoverSubset(),
    graphs.CnfIndependent(),
    graphs.PathCircuit(),
    intervals.PartitionIntervals(),
    paths.PartitionPath(),
    shops.ThirdsFlow(),
    shops.ThirdsJob(),
    sums.PartitionSubset(),
    sums.SubsetPartition(),
)

FIRST_ALONE: tuple[AnyReduction, ...] = (graphs.CircuitFromItsFirst(), sums.SubsetFromHalfZero())
"""Rules whose way back is right for the first witness of the target, and wrong for others."""
