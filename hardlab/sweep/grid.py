"""Grids of jobs from a TOML file: every word of it is checked before anything runs, and no grid is enumerated to count it.

A file is one or more tables [[grid]]. A key with a list is an axis, any other is fixed; the jobs of a grid are the product of
its axes. `family` names a family of instances, whose parameters are keys of their own (vars, clauses and seeds stand for
n, m and seed; seeds = 10 is 0..9; ratio is m/n; k is 3 unless given). What is done with the instance: chain, algorithm or
solver, timeout in seconds, memory, measure, oracle. Where `target` names kernels, the jobs are checks (`kernel_grid`).
"""

import inspect
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from math import isfinite, prod
from pathlib import Path
from typing import Any, get_type_hints

from hardlab.names.deciders import ASKING, chain_and_decider, decider_word
from hardlab.sweep.kernel_grid import KernelGrid, content, grid_of_kernels
from hardlab.sweep.record import SAME, Job
from hardlab.sweep.settings import axis, is_whole, memory, seconds, truth
from instances.families import FAMILIES, Family, family_named, typed
from instances.faults import BadInput, unknown
from instances.files import AnyPath, contents, shown
from instances.memory import MEMORY_BUDGET
from instances.problem import Problem
from solvers.serving import SERVING

LARGEST_FILE = 2**24
"""Bytes of a TOML file at most."""

DEFAULTS: Mapping[str, Any] = {
    "chain": None, "algorithm": None, "solver": None, "timeout": 60, "memory": "1G", "measure": 16, "oracle": True,
}  # fmt: skip


@dataclass(frozen=True)
class Grid:
    """The product of `parameters` (of the family) and `settings` (of the job), each a name with its values."""

    family: str
    parameters: Mapping[str, Sequence[Any]]
    settings: Mapping[str, Sequence[Any]]

    @property
    def count(self) -> int:
        """Its jobs, those that are the same counted again."""
        return prod(len(values) for values in (*self.parameters.values(), *self.settings.values()))

    def jobs(self) -> Iterator[Job]:
        """One after the other."""
        family = family_named(self.family)
        contents_of = {who: content(*who) for who in product(self.settings["algorithm"], self.settings["solver"])}
        for values in product(*self.parameters.values()):
            parameters = family.arguments(dict(zip(self.parameters, values, strict=True)))
            for chosen in product(*self.settings.values()):
                of = dict(zip(self.settings, chosen, strict=True))
                digest = contents_of[of["algorithm"], of["solver"]]
                job: Job = {
                    "family": self.family,
                    "parameters": parameters,
                    "chain": of["chain"],
                    "algorithm": of["algorithm"],
                    "solver": of["solver"],
                    "timeout": of["timeout"],
                    "memory": of["memory"],
                    "measure": of["measure"],
                    "oracle": of["oracle"],
                }
                yield job if digest is None else {**job, "content": digest}


def grids(path: AnyPath, plug_ins: Path | None) -> list[Grid | KernelGrid]:
    """The grids of a file. Errors: `BadInput`, with the grid that is wrong, what is, and what to write."""
    name = shown(path)
    content = contents(path, LARGEST_FILE, "give a TOML file of grids")
    try:
        given = tomllib.loads(content.decode())
    except UnicodeDecodeError:
        raise BadInput(f"{name} is not UTF-8 text: give a TOML file of grids") from None
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        raise BadInput(f"{name} is not TOML ({error}): correct it there") from None
    for key in given:
        if key != "grid":
            raise BadInput(f"{name}: {key!r} stands outside of a grid: begin each grid with a line [[grid]]")
    tables = given.get("grid")
    if not isinstance(tables, list) or not tables or not all(isinstance(table, dict) for table in tables):
        raise BadInput(f"{name} has no grid: begin each grid with a line [[grid]]")
    found: list[Grid | KernelGrid] = []
    for i, table in enumerate(tables, 1):
        try:
            found.append(grid_of_kernels(table) if "target" in table else _grid(table, plug_ins))
        except BadInput as error:
            raise BadInput(f"{name}, grid {i}: {error}") from None
    return found


def _grid(table: Mapping[str, Any], plug_ins: Path | None) -> Grid:
    family = _family(table)
    own, settings = {}, dict(DEFAULTS)
    if "algorithm" in table and "solver" in table:
        raise BadInput("algorithm and solver: give one of the two")
    for key, value in table.items():
        if key in settings:
            settings[key] = value
        elif key != "family":
            parameter = SAME.get(key, key)
            known = [*family.parameters, *(["ratio"] if _has_ratio(family) else [])]
            if parameter not in known:
                raise unknown(f"key of a grid of {family.name}", key, [*known, *SAME, *DEFAULTS, "family"])
            if parameter in own:
                word = next(word for word, same in SAME.items() if same == parameter)
                raise BadInput(f"{parameter} is given twice: {word} is another word for it")
            own[parameter] = _seeds(value) if key == "seeds" else value
    grid = Grid(
        family.name,
        dict(_axes(family, own)),
        {name: [_setting(name, value) for value in axis(name, values)] for name, values in settings.items()},
    )
    if "ratio" in grid.parameters:
        ratios, sizes = grid.parameters["ratio"], grid.parameters["n"]
        for ratio, n in product((min(ratios), max(ratios)), (min(sizes), max(sizes))):
            family.arguments({"ratio": ratio, "n": n})
    source = get_type_hints(family.build)["return"]
    if not {"algorithm", "solver"} & table.keys():
        grid = replace(grid, settings={**grid.settings, "algorithm": [_serving(grid, source, plug_ins)]})
    return _resolved(grid, source, plug_ins)


def _family(table: Mapping[str, Any]) -> Family:
    if "family" not in table:
        names = ", ".join(family.name for family in FAMILIES)
        raise BadInput(f"it has no family: write family = one of {names}; or target = kernels to check")
    name = table["family"]
    if not isinstance(name, str):
        raise BadInput(f"family = {name!r}: give one name, and other families grids of their own")
    found = next((family for family in FAMILIES if family.name == name), None)
    if found is None:
        raise unknown("family", name, [family.name for family in FAMILIES])
    return found


def _has_ratio(family: Family) -> bool:
    return {"n", "m", "k"} <= set(family.parameters)


def _axes(family: Family, own: Mapping[str, Any]) -> Iterator[tuple[str, Sequence[Any]]]:
    """The values of all parameters, in the order of `Family.completed`. Errors: `BadInput` for missing ones."""
    whole = family.completed(own)
    for name in family.parameters:
        name = "ratio" if name == "m" and "ratio" in whole else name
        if name not in whole:
            word = next((word for word, same in SAME.items() if same == name and _has_ratio(family)), name)
            raise BadInput(f"{family.name} needs {word}: give {word} = a number or a list")
        yield name, _parameters(family, name, whole[name])


def _seeds(given: Any) -> Any:
    """0 up to a number of seeds, or the list that was given."""
    if isinstance(given, list):
        return given
    if isinstance(given, bool) or not isinstance(given, int) or not 0 < given < 2**62:
        raise BadInput(f"seeds = {given!r}: give how many (at least 1), or a list of seeds")
    return range(given)


def _parameters(family: Family, name: str, values: Any) -> Sequence[Any]:
    if isinstance(values, range):
        return values
    checked = family.parameters.get(name) or inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=float)
    found = [typed(family.name, checked, value) for value in axis(name, values)]
    for value in found:
        if not isfinite(value):
            raise BadInput(f"{family.name} has {name} = {value}: give a finite number")
    return found


def _setting(name: str, value: Any) -> Any:
    """The value as a job has it. Errors: `BadInput` for another type, and out of range."""
    if name == "timeout":
        return seconds(name, value)
    if name == "memory":
        return memory(value)
    if name == "oracle":
        return truth(name, value)
    if name == "measure":
        if not is_whole(value) or value < 0:
            raise BadInput(f"measure = {value!r}: give a number of rows, at least 0")
    elif not isinstance(value, str) and value is not None:
        raise BadInput(f"{name} = {value!r}: give a name of hardlab list, or a list of them")
    return value


def _serving(grid: Grid, source: type[Problem], plug_ins: Path | None) -> str:
    """The algorithm where none is named: the first of those that serve what the chains end in. Errors: `BadInput`."""
    keys = set()
    for names in grid.settings["chain"]:
        steps, _ = chain_and_decider(names, source, None, None, "float64", plug_ins, MEMORY_BUDGET)
        keys.add(SERVING[ASKING.get(steps.target(source), "")][0].key)
    if len(keys) > 1:
        others = ", ".join(sorted(keys))
        raise BadInput(f"these chains end in what different algorithms compute ({others}): give a grid for each")
    return keys.pop()


def _resolved(grid: Grid, source: type[Problem], plug_ins: Path | None) -> Grid:
    """With each chain, algorithm and solver spelled in one way.

    Errors: `BadInput` for a chain that does not fit, or what cannot decide its end.
    """
    words: list[str] = []
    deciders = list(product(grid.settings["algorithm"], grid.settings["solver"]))
    for names in grid.settings["chain"]:
        spelled = {
            chain_and_decider(names, source, algorithm or "", solver, "float64", plug_ins, MEMORY_BUDGET)[0].spelled
            for algorithm, solver in deciders
        }
        if len(spelled) > 1:
            raise BadInput(
                "some of these solvers take the instance itself and some the end of auto: give a chain, or two grids"
            )
        words += spelled
    who = {name: [of and decider_word(of) for of in grid.settings[name]] for name in ("algorithm", "solver")}
    return replace(grid, settings={**grid.settings, "chain": words, **who})
