"""Solvers: of the problems themselves, of attention tasks by an algorithm, and through chains of reductions."""

from typing import Any

from solvers.hamming import ExhaustiveHamming, HammingBalls
from solvers.nearest import NearestByAttention
from solvers.orthogonal import ExhaustiveOrthogonal
from solvers.sat import Sat
from solvers.solver import Decision, Solver, Verdict
from solvers.threshold import Threshold
from solvers.through import Through

SOLVERS: tuple[Solver[Any], ...] = (Sat(), ExhaustiveOrthogonal(), ExhaustiveHamming(), HammingBalls())
"""The solvers that need no attention algorithm."""

__all__ = [
    "SOLVERS",
    "Decision",
    "ExhaustiveHamming",
    "ExhaustiveOrthogonal",
    "HammingBalls",
    "NearestByAttention",
    "Sat",
    "Solver",
    "Threshold",
    "Through",
    "Verdict",
]
