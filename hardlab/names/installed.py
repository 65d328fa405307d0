"""Everything installed, by name: ours from the tuple literals, others' from entry points; the only place that joins them.

Entry-point groups: `hardlab.attention` (an `Algorithm`, its class, or a plain function f(Q, K, V, scale)),
`hardlab.solvers` (a `Solver` or its class), `hardlab.reductions` (a `Reduction` class) and `hardlab.problems` (a `Problem`
class, by what it is called). What else a name may be, module `loading` says. A plug-in is imported only when it is asked for by
name; reductions and problems also to draw the graph.
"""

import inspect
from collections.abc import Sequence
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any, Literal

from attention import Algorithm
from attention.ours import KNOWN
from hardlab.names.loading import guarded, loaded
from instances.faults import BadInput
from instances.ours import PROBLEMS
from instances.problem import Problem
from reductions.chain import Chain
from reductions.ours import REDUCTIONS, foreign, named_apart
from reductions.reduction import AnyReduction, Reduction
from solvers import Solver
from solvers.ours import SOLVERS

Group = Literal["hardlab.attention", "hardlab.solvers", "hardlab.reductions", "hardlab.problems"]

OURS: dict[Group, list[str]] = {
    "hardlab.attention": [algorithm.key for algorithm in KNOWN],
    "hardlab.solvers": [solver.key for solver in SOLVERS],
    "hardlab.reductions": [reduction.key for reduction in REDUCTIONS],
    "hardlab.problems": [problem.called for problem in PROBLEMS],
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
    return type(solver) in {type(known) for known in (*KNOWN, *SOLVERS)}


def claimants(decider: Algorithm | Solver[Any], chain: Chain) -> list[str]:
    """The names of all that is not ours in a decision, its reductions included: a NO rests on their claims."""
    return [*foreign(chain.steps), *([] if is_ours(decider) else [decider.key])]


def reductions(words: Sequence[str] = (), path: Path | None = None) -> Sequence[type[AnyReduction]]:
    """Our reductions, the installed ones, and those that `words` name, as module:object or FILE.py:object.

    Errors: `BadInput` for an entry point or a word that is not a `Reduction` class, and for names that are not apart.
    """
    others = [reduction_of(point) for point in installed("hardlab.reductions").values()]
    return named_apart([*REDUCTIONS, *others, *(reduction_named(word, path) for word in words)])


def reduction_named(word: str, path: Path | None = None) -> type[AnyReduction]:
    """The class of reductions that stands in a module or a file. Errors: `BadInput`."""
    return reduction_class(loaded(word, "reduction", {}, OURS["hardlab.reductions"], path, called=False), word)


def reduction_of(point: EntryPoint) -> type[AnyReduction]:
    """The class of an entry point. Errors: `BadInput` where it is no `Reduction`."""
    said = f"the entry point {point.name} ({point.value})"
    return reduction_class(guarded(point.load, f"the reduction {point.name}"), said)


def reduction_class(found: Any, said: str) -> type[AnyReduction]:
    """It as a class of reductions. Errors: `BadInput` for what is none, or lacks what one has."""
    if not (inspect.isclass(found) and issubclass(found, Reduction)):
        raise BadInput(f"{said} is not a Reduction class")
    if missing := sorted(getattr(found, "__abstractmethods__", ())):
        raise BadInput(f"{said} lacks {' and '.join(missing)}, which every reduction has")
    for end in ("source", "target"):
        kind = getattr(found, end, None)
        if not (inspect.isclass(kind) and issubclass(kind, Problem)):
            raise BadInput(f"{said} has no {end}: write Reduction[Source, Target], both of them problems")
    if not isinstance(found.key, str):
        raise BadInput(f"{said} has the key {found.key!r:.80}: give it a name in text")
    return found
