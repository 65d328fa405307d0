"""Solvers: of the problems themselves, of attention tasks by an algorithm, and through chains of reductions."""

from typing import TYPE_CHECKING

from instances.faces import face

if TYPE_CHECKING:
    from solvers.exhaustion import Exhaustion as Exhaustion
    from solvers.hamming import ExhaustiveHamming as ExhaustiveHamming
    from solvers.hamming import HammingBalls as HammingBalls
    from solvers.nearest import NearestByAttention as NearestByAttention
    from solvers.orthogonal import ExhaustiveOrthogonal as ExhaustiveOrthogonal
    from solvers.orthogonal import ExhaustiveTriples as ExhaustiveTriples
    from solvers.ours import SOLVERS as SOLVERS
    from solvers.sat import Sat as Sat
    from solvers.solver import Decision as Decision
    from solvers.solver import Solver as Solver
    from solvers.solver import Verdict as Verdict
    from solvers.threshold import Threshold as Threshold
    from solvers.through import Through as Through

face(__name__, {
    "solvers.exhaustion": ("Exhaustion",),
    "solvers.hamming": ("ExhaustiveHamming", "HammingBalls"),
    "solvers.nearest": ("NearestByAttention",),
    "solvers.orthogonal": ("ExhaustiveOrthogonal", "ExhaustiveTriples"),
    "solvers.ours": ("SOLVERS",),
    "solvers.sat": ("Sat",),
    "solvers.solver": ("Decision", "Solver", "Verdict"),
    "solvers.threshold": ("Threshold",),
    "solvers.through": ("Through",),
})  # fmt: skip
