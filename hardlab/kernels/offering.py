"""What a target is as an object, and what it offers by its signature and its convention."""

import inspect
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

from attention.function import check_signature
from hardlab.kernels.adapters.adapter import Adapter
from hardlab.kernels.adapters.of_numpy import NO_GRADIENTS
from hardlab.kernels.call import FEATURES, OF_SUMS
from hardlab.kernels.conventions import Convention
from hardlab.kernels.kernel import ALWAYS, Conventions, Offer, Scale
from hardlab.kernels.model import OF_INPUTS, of_class, of_file
from hardlab.names.loading import loaded
from instances.faults import BadInput
from instances.visibility import Corner
from reductions.reduction import Reduction
from solvers.solver import is_solver


class NoKernel(BadInput):
    """What is named is a reduction or a solver, and can be put on trial as such."""


OF_ALGORITHMS = ("batch", "heads", "gqa", "cross", "width", "scale")
OF_SIGHT = ("causal", "window", "lengths", "keep", "mask", "bias", "alibi", "packed")

CORNERS = tuple(ALWAYS.values())

KEPT = ("batch", "heads", "scale")
"""Features that are checked wherever they are offered."""

Sizes = tuple[int, int, int, int, int, int, int]


def offer_of_algorithm(target: str, algorithm: Any, conventions: Conventions) -> Offer:
    """What one of ours, or of their kind, takes. Errors: `BadInput`."""
    sight = OF_SIGHT if getattr(algorithm, "visibility", False) is True else ()
    missing = {name: "an Algorithm has no such thing" for name in FEATURES if name not in (*OF_ALGORITHMS, *sight)}
    features, always = _narrowed(target, conventions, (*OF_ALGORITHMS, *sight))
    return Offer(features, CORNERS, always, missing=missing)


def offer_of_function(
    target: str,
    parameters: Collection[str] | None,
    convention: Convention,
    conventions: Conventions,
    arrays: Adapter,
    sizes: Sizes | None,
) -> Offer:
    """What a function with these parameters takes, of whose name None are known. Errors: `BadInput`."""
    scale = built_in(parameters, convention, conventions)
    if convention.sums and scale != "argument":
        takes = ", ".join(sorted(parameters or ())) or "nothing by keyword"
        raise BadInput(
            f"{target} takes {takes}: a kernel sum is a function f(X, Y, bandwidth), and weights, rtol, atol if it has them"
        )
    has = [
        name
        for name, words in convention.parameters.items()
        if not words or parameters is None or (all if convention.sums else any)(word in parameters for word in words)
    ]
    has += ["scale"] if scale == "argument" and not convention.sums else []
    has = [name for name in has if name != "backward" or arrays.gradients or conventions.backward is not None]
    features, always = _narrowed(target, conventions, has)
    missing = {name: _why(name, convention) for name in convention.known if name not in has}
    offer = Offer(features, convention.corners, always, convention.apart, arrays.name, arrays.stores, scale, missing, sizes)
    return replace(offer, sums=convention.sums)


def built_in(parameters: Collection[str] | None, convention: Convention, conventions: Conventions) -> Scale:
    """The scale, as a word of the conventions."""
    if convention.name == "plain" or conventions.scale != "argument":
        return conventions.scale
    takes = convention.scale and (parameters is None or convention.scale in parameters)
    return "argument" if takes else "1/sqrt(d)"


def _narrowed(target: str, conventions: Conventions, has: Collection[str]) -> tuple[tuple[str, ...], Corner | None]:
    """Those of the features that are wanted, and the corner of a causal mask that is always there. Errors: `BadInput`."""
    features, always, foreign = conventions.chosen(has, KEPT)
    if foreign is not None:
        there = ", ".join(name for name in (*FEATURES, *OF_SUMS) if name in has)
        raise BadInput(f"{target} does not offer {foreign} in the convention {conventions.convention}: it offers {there}")
    return features, always


def object_of(target: str, path: Path | None, convention: Convention, how: Conventions) -> Any:
    """The object that a target names; classes are called without arguments. Errors: `BadInput`."""
    if target.endswith(".onnx"):
        return of_file(Path(target))
    if convention.name == "kernelbench":
        return of_class(target, path, how.dtype, how.device)
    by_name = ":" not in target.partition("[")[0] and not target.endswith(".py")
    ours = _ours(target) if by_name else None
    if ours is not None and convention.name != "plain":
        raise BadInput(f"{target} is an algorithm of the lab, checked as it is: leave out --convention {convention.name}")
    if ours is not None:
        return ours
    if convention.name == "onnx":
        raise BadInput(f"{target}: in the convention onnx a kernel is a model, FILE.onnx")
    made = loaded(target, "kernel", *(_installed() if by_name else ({}, ())), path, said=target, alone=True)
    if isinstance(made, Reduction) or is_solver(made):
        raise NoKernel(f"{target} is a {type(made).__name__}: hardlab check puts it on trial as such")
    if not callable(made):
        raise BadInput(
            f"{target} is a {type(made).__name__}: a kernel is a function f(Q, K, V, scale) or an "
            "Algorithm, a reduction inherits from Reduction, and a solver has problems and solve"
        )
    return made


# What follows loads all that the lab has, which a function in a file has no use for: its process starts twice as fast without.


def _ours(target: str) -> Any:
    from hardlab.names.deciders import our_algorithm

    return our_algorithm(target)


def _installed() -> tuple[Mapping[str, EntryPoint], Sequence[str]]:
    from hardlab.names.installed import OURS, installed

    return installed("hardlab.attention"), OURS["hardlab.attention"]


def backward_of(name: str | None, path: Path | None) -> Any:
    """The backward pass of that name. Errors: `BadInput` where it is nothing that can be called."""
    if name is None:
        return None
    if ":" not in name and not name.endswith(".py"):
        raise BadInput(f"--backward {name}: write module:function or FILE.py:function, a function (Q, K, V, dO, scale)")
    found = loaded(name, "backward pass", {}, (), path)
    if not callable(found):
        raise BadInput(f"--backward {name} is no function: one of (Q, K, V, dO, scale) is wanted")
    return found


def parameters_of(callee: Any) -> set[str] | None:
    """The names of the parameters that it takes by keyword; None where that is not known, or where it takes any."""
    try:
        found = inspect.signature(getattr(callee, "forward", callee) if hasattr(callee, "parameters") else callee).parameters
    except (TypeError, ValueError):
        return None
    if any(one.kind is one.VAR_KEYWORD for one in found.values()):
        return None
    return {name for name, one in found.items() if one.kind in (one.KEYWORD_ONLY, one.POSITIONAL_OR_KEYWORD)}


def _why(name: str, convention: Convention) -> str:
    """Why a feature is not offered."""
    words = convention.parameters.get(name)
    if convention.name == "kernelbench" and name in OF_INPUTS:
        return "get_inputs of its file needs no such thing"
    if name == "backward" and words is not None:
        return NO_GRADIENTS
    if words:
        return f"it has no parameter {' or '.join(words)}" if not convention.sums else f"it has no {' and '.join(words)}"
    return "the scale is built in" if name == "scale" else f"the convention {convention.name} has no such thing"


def checked_signature(callee: Any, target: str, conventions: Conventions) -> None:
    """Errors: `BadInput` for another signature than the conventions ask for."""
    argument = conventions.scale == "argument"
    try:
        check_signature(callee, target, scale=argument)
    except BadInput as error:
        raise BadInput(f"{error}; or --scale says which one is built in" if argument else f"{error}") from None
