"""Everything installed, by name: ours from the tuple literals, others' from entry points; the only place that joins them.

Entry-point groups: `hardlab.attention` (an `Algorithm`, its class, or a plain function f(Q, K, V, scale)),
`hardlab.solvers` (a `Solver` or its class) and `hardlab.reductions` (a `Reduction` class). What else a
name may be, module `loading` says. An attention or solver plug-in is imported only when it is asked for by name; reductions are
imported to draw the graph.
"""

import inspect
from collections.abc import Sequence
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Literal

from attention import Algorithm
from attention.ours import ALGORITHMS, GRADIENTS, KNOWN
from hardlab.names.loading import guarded
from instances.faults import BadInput
from reductions.chain import Chain
from reductions.ours import REDUCTIONS, foreign
from reductions.reduction import AnyReduction, Reduction
from solvers import Solver
from solvers.ours import SOLVERS

Group = Literal["hardlab.attention", "hardlab.solvers", "hardlab.reductions"]

OURS: dict[Group, list[str]] = {
    "hardlab.attention": [algorithm.key for algorithm in KNOWN],
    "hardlab.solvers": [solver.key for solver in SOLVERS],
    "hardlab.reductions": [reduction.key for reduction in REDUCTIONS],
}
"""The names that come with the lab."""


def installed(group: Group) -> dict[str, EntryPoint]:
    """The entry points of a group by name. Errors: `BadInput` for a name that stands twice or is one of ours."""
    found: dict[str, EntryPoint] = {}
    for point in entry_points(group=group):
        if point.name in found or point.name in OURS[group]:
            raise BadInput(f"the entry point {point.name} of {group} ({point.value}) repeats a name: uninstall one of the two")
        found[point.name] = point
    return found


def is_ours(solver: Algorithm | Solver[Any]) -> bool:
    """Whether this comes with the lab, so that its promises and its NO are proved and not claimed."""
    return type(solver) in {type(known) for known in (*ALGORITHMS, *GRADIENTS, *SOLVERS)}


def claimants(decider: Algorithm | Solver[Any], chain: Chain) -> list[str]:
    """The names of all that is not ours in a decision, its reductions included: a NO rests on their claims."""
    return [*foreign(chain.steps), *([] if is_ours(decider) else [decider.key])]


def reductions() -> Sequence[type[AnyReduction]]:
    """Our reductions and the installed ones. Errors: `BadInput` for an entry point that is not a `Reduction` class."""
    return [*REDUCTIONS, *map(reduction_of, installed("hardlab.reductions").values())]


def reduction_of(point: EntryPoint) -> type[AnyReduction]:
    """The class of an entry point. Errors: `BadInput` where it is no `Reduction`."""
    loaded = guarded(point.load, f"the reduction {point.name}")
    if not (inspect.isclass(loaded) and issubclass(loaded, Reduction)):
        raise BadInput(f"the entry point {point.name} ({point.value}) is not a Reduction class")
    return loaded
