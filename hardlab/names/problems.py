"""Problems by their names: ours, installed ones, and `module:object` or `FILE.py[:object]`."""

import inspect
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from hardlab.names.chains import chain as chain_named
from hardlab.names.chains import is_code
from hardlab.names.deciders import solver_named
from hardlab.names.installed import OURS, installed, reductions
from hardlab.names.loading import guarded, loaded
from instances.faults import BadInput, unknown
from instances.ours import PROBLEMS
from instances.problem import Problem
from instances.storage.plain import Named

Kind = type[Problem]


def problem_named(name: str, path: Path | None = None, beside: Iterable[Kind] = ()) -> Kind:
    """The problem of that name, one of those `beside` perhaps. Errors: `BadInput`, with the nearest name."""
    if ":" in name or name.endswith(".py"):
        return problem_of(loaded(name, "problem", {}, OURS["hardlab.problems"], path, called=False), name)
    found = known_among(beside)(name)
    if found is None:
        points = installed("hardlab.problems")
        raise unknown("problem", name, [*OURS["hardlab.problems"], *(kind.called for kind in beside), *points])
    return found


def problem_of(found: Any, name: str) -> Kind:
    """It as a problem. Errors: `BadInput` for what is none, for one that lacks something, and for a name of ours."""
    if not (inspect.isclass(found) and issubclass(found, Problem)):
        raise BadInput(f"{name} is {found!r:.80}: a problem is a class that inherits from Problem")
    if missing := sorted(getattr(found, "__abstractmethods__", ())):
        raise BadInput(f"{name} lacks {' and '.join(missing)}, which every problem has")
    if found not in PROBLEMS and found.called in OURS["hardlab.problems"]:
        raise BadInput(f"{name} is called {found.called}, as one of the lab's own problems is: give it another name (called)")
    return found


def known_among(kinds: Iterable[Kind]) -> Named:
    """What a name may mean: these, ours, installed problems, and the ends of installed reductions."""
    mine = {kind.called: kind for kind in (*PROBLEMS, *kinds)}

    def named(name: str) -> Kind | None:
        if name in mine:
            return mine[name]
        points = installed("hardlab.problems")
        if name in points:
            return problem_of(guarded(points[name].load, f"the problem {name}"), name)
        return {end.called: end for each in reductions() for end in (each.source, each.target)}.get(name)

    return named


def kinds_meant(chain: str | None, solver: str | None = None, path: Path | None = None) -> Named:
    """What a stored instance may be of: ours and installed problems, those of the chain and those of the solver, which a person
    named. Errors: `BadInput`.
    """
    kinds: list[Kind] = []
    if chain is not None and is_code(chain):
        kinds += chain_named(chain, path=path).problems
    if solver is not None and is_code(solver):
        kinds += solver_named(solver, path).problems
    return known_among(kinds)
