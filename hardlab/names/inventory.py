"""What is installed, ours and others', as records; a plug-in that is broken or repeats a name is reported, not raised.

Attention and solver plug-ins are not imported; reductions are, since only the class says what it reduces.
"""

import importlib.util
import inspect
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, Field, fields, is_dataclass
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any, TypedDict, get_type_hints

from attention.ours import KNOWN
from hardlab import claims as statements
from hardlab.names.installed import OURS, Group, reduction_named, reduction_of
from hardlab.names.loading import guarded
from hardlab.names.problems import problem_of
from hardlab.pages.glossary import explained
from hardlab.pages.graph import spaced
from instances.families import FAMILIES
from instances.faults import BadInput, one_line
from instances.ours import PROBLEMS
from reductions.ours import REDUCTIONS, named_apart
from reductions.reduction import AnyReduction
from solvers.ours import SOLVERS

US = "hardness-lab"

NamedRecord = TypedDict("NamedRecord", {"name": str, "from": str, "about": str, "problem": str | None})
"""Anything by its name: `from` is the distribution that it comes with (of a claim, where it is printed), `about` the first
sentence of it (of a plug-in, where it is; of a claim, the statement as printed), `problem` what is wrong with a plug-in,
or None.
"""


class SolverRecord(NamedRecord):
    """`decides` are the names of problems, None for plug-ins."""

    decides: list[str] | None


class ParameterRecord(TypedDict):
    """`default` is None where one must be given."""

    name: str
    type: str
    required: bool
    default: object


class FamilyRecord(TypedDict):
    """`makes` is the problem of its instances."""

    name: str
    makes: str
    about: str
    parameters: list[ParameterRecord]


class EdgeRecord(TypedDict):
    """What a class of reductions says of itself."""

    source: str
    target: str
    claim: str
    theorem: str
    parameters: list[ParameterRecord]
    bound: bool
    disjunction: bool


def algorithms() -> list[NamedRecord]:
    """Those that come with the lab, and the installed ones."""
    ours: list[NamedRecord] = [{"name": found.key, "from": US, "about": about(found), "problem": None} for found in KNOWN]
    return ours + _plugged("hardlab.attention")


def solvers() -> list[SolverRecord]:
    """The same."""
    ours: list[SolverRecord] = [
        {"name": found.key, "from": US, "about": about(found), "decides": [p.called for p in found.problems],
         "problem": None} for found in SOLVERS
    ]  # fmt: skip
    plugged: list[SolverRecord] = [{**record, "decides": None} for record in _plugged("hardlab.solvers")]
    return ours + plugged


def families() -> list[FamilyRecord]:
    """All of them."""
    return [
        {
            "name": family.name,
            "makes": get_type_hints(family.build)["return"].called,
            "about": _first_sentence(family.build),
            "parameters": [
                _parameter(p.name, p.annotation, p.default is p.empty, p.default) for p in family.parameters.values()
            ],
        }
        for family in FAMILIES
    ]


class ProblemRecord(NamedRecord):
    """`title` is the name of its class in words."""

    title: str


def problems() -> list[ProblemRecord]:
    """Those that come with the lab, and the installed ones, which are imported; of one that cannot be, what is wrong."""
    found: list[ProblemRecord] = [
        {"name": p.called, "from": US, "about": explained(p.called).says, "problem": None, "title": spaced(p.__name__)}
        for p in PROBLEMS
    ]
    for record, point in zip(_plugged("hardlab.problems"), entry_points(group="hardlab.problems"), strict=True):
        try:
            kind = problem_of(guarded(point.load, f"the problem {point.name}"), point.name)
            found.append({**record, "about": _first_sentence(kind) or record["about"], "title": spaced(kind.__name__)})
        except BadInput as error:
            found.append({**record, "problem": record["problem"] or str(error), "title": ""})
    return found


def named_reductions(words: Sequence[str], path: Path | None = None) -> list[dict[str, Any]]:
    """The records of reductions that stand in modules or files. Errors: `BadInput`, also for names that others have."""
    found = [(word, reduction_named(word, path)) for word in words]
    named_apart([*REDUCTIONS, *(each for _, each in found)])
    return [{"name": each.key, "from": word, **of_reduction(each), "problem": None} for word, each in found]


def reductions() -> list[dict[str, Any]]:
    """name, from, problem and the keys of `EdgeRecord`; of a plug-in about too, and of one that cannot be loaded that alone."""
    found: list[dict[str, Any]] = [
        {"name": reduction.key, "from": US, **of_reduction(reduction), "problem": None} for reduction in REDUCTIONS
    ]
    for record, point in zip(_plugged("hardlab.reductions"), entry_points(group="hardlab.reductions"), strict=True):
        try:
            described: Mapping[str, Any] = of_reduction(reduction_of(point))
        except BadInput as error:
            described, record["problem"] = {}, str(error)
        except Exception as error:  # of a class that lacks what a reduction says of itself
            described, record["problem"] = {}, f"{type(error).__name__}: {one_line(error)}"
        found.append({**record, **described})
    return found


def claims() -> list[NamedRecord]:
    """None of them is run."""
    return [{"name": c.id, "from": c.source, "about": c.statement, "problem": None} for c in statements.CLAIMS]


PARTS: Mapping[str, Callable[[], Sequence[Mapping[str, Any]]]] = {
    "algorithms": algorithms,
    "solvers": solvers,
    "families": families,
    "problems": problems,
    "reductions": reductions,
    "claims": claims,
}


def _plugged(group: Group) -> list[NamedRecord]:
    """The entry points of a group, each with the distribution that it comes from and what can be seen wrong with it."""
    points = list(entry_points(group=group))
    names = Counter([*OURS[group], *(point.name for point in points)])
    return [
        {"name": point.name, "from": _distribution(point), "about": point.value, "problem": _wrong(point, names)}
        for point in points
    ]


def _distribution(point: EntryPoint) -> str:
    return f"{point.dist.name} {point.dist.version}" if point.dist is not None else "unknown"


def _wrong(point: EntryPoint, names: Counter[str]) -> str | None:
    if names[point.name] > 1:
        return "the name stands twice: uninstall one of the two"
    try:
        top = point.module.partition(".")[0]
        found = importlib.util.find_spec(top) is not None
    except (AttributeError, ImportError, ValueError):
        return f"{point.value!r} is not module:object"
    return None if found else f"there is no module {top}"


def of_reduction(reduction: type[AnyReduction]) -> EdgeRecord:
    """What the class says of itself."""
    hints = get_type_hints(reduction)
    parameters: tuple[Field[Any], ...] = fields(reduction) if is_dataclass(reduction) else ()
    return {
        "source": reduction.source.called,
        "target": reduction.target.called,
        "claim": reduction.theorem.claim,
        "theorem": reduction.theorem.source,
        "parameters": [_parameter(f.name, hints[f.name], f.default is MISSING, f.default) for f in parameters],
        "bound": reduction.bound,
        "disjunction": reduction.disjunction,
    }


def _parameter(name: str, hint: Any, required: bool, default: object) -> ParameterRecord:
    kind = hint.__name__ if isinstance(hint, type) else str(hint).replace("typing.", "")
    return {"name": name, "type": kind, "required": required, "default": None if required else default}


def about(found: object) -> str:
    """The first sentence of the class, and the parameters that make this one of it."""
    return _first_sentence(type(found)) + (f" [{found!r}]" if fields(found) else "")  # type: ignore[arg-type]


def _first_sentence(documented: Callable[..., Any]) -> str:
    paragraph = " ".join((inspect.getdoc(documented) or "").split("\n\n")[0].split())
    sentence, stop, _ = paragraph.partition(". ")
    return sentence.rstrip(".") + "." if stop or sentence else ""
