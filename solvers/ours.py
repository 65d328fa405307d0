"""The solvers that come with the lab and need no attention algorithm."""

from typing import Any

from solvers.exhaustion import Exhaustion
from solvers.hamming import ExhaustiveHamming, HammingBalls
from solvers.orthogonal import ExhaustiveOrthogonal, ExhaustiveTriples
from solvers.sat import Sat
from solvers.solver import Solver

SOLVERS: tuple[Solver[Any], ...] = (
    Sat(),
    ExhaustiveOrthogonal(),
    ExhaustiveTriples(),
    ExhaustiveHamming(),
    HammingBalls(),
    Exhaustion(),
)
"""The solvers that need no attention algorithm."""
