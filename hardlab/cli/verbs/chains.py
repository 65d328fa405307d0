"""`hardlab chains`: every path between two problems, with its price."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hardlab.cli.console import emit_json, quiet_stdout
from hardlab.cli.options import PROBLEMS_TEXT, Clauses, Json, K, Lenient, Memory, PlugInPath, Quiet, Ratio, Vars, With
from hardlab.cli.progress import progress
from instances.faults import BadInput
from instances.memory import bytes_of

if TYPE_CHECKING:
    from hardlab.cli.instance import FamilyChoice
    from instances.problem import Problem, Size
    from instances.storage import Named
    from reductions.chain import Chain
    from reductions.reduction import AnyReduction

FAMILY = "random-ksat"


def chains(
    source: Annotated[str, typer.Argument(help=f"Where the paths start: {PROBLEMS_TEXT}; or one of one's own.")],
    target: Annotated[str, typer.Argument(help=f"Where they end: {PROBLEMS_TEXT}; or one's own.")],
    file: Annotated[str | None, typer.Argument(help="An instance of SOURCE to price, or -.", show_default=False)] = None,
    vars: Vars = None,
    ratio: Ratio = None,
    clauses: Clauses = None,
    k: K = None,
    seeds: Annotated[int, typer.Option(help="Random k-SAT formulas to average over; 0 for the bounds alone.")] = 5,
    seed: Annotated[int, typer.Option(help="Seed of the first of them; the next have the next seeds.")] = 0,
    chain: Annotated[list[str] | None, typer.Option(help="Price this chain instead of all paths; may be repeated.")] = None,
    with_: With = None,
    path: PlugInPath = None,
    lenient: Lenient = False,
    memory: Memory = "1G",
    json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Price every path from SOURCE to TARGET: sizes, gap, entries, margin, bytes and pairs at every hop.

    Example: hardlab chains cnf attention --vars 20 --ratio 4.26 --k 3
    """
    from hardlab.cli.instance import FamilyChoice
    from hardlab.names.installed import reductions
    from hardlab.names.problems import known_among, problem_named
    from hardlab.names.text import chains_text
    from instances.families import make
    from reductions.pricing import priced

    with quiet_stdout():
        budget = bytes_of(memory)
        edges = reductions(with_ or (), path)
        ends = [end for edge in edges for end in (edge.source, edge.target)]
        start, end = problem_named(source, path, ends), problem_named(target, path, ends)
        found = [_given(names, start, end, path) for names in chain] if chain else _paths(start, end, edges)
        choice = FamilyChoice(FAMILY, vars, clauses, ratio, k)
        of: Size | None = None
        problems: list[Problem] | Iterator[Problem] = []
        if file is not None:
            problem = _instance(file, choice, start, budget, lenient, known_among([start]))
            of, problems = problem.size, [problem]
        elif choice != FamilyChoice(FAMILY):
            of = _size(choice, start, seeds)
            formulas = (make(FAMILY, n=of["n"], m=of["m"], k=of["k"], seed=seed + i) for i in range(seeds))
            problems = progress(formulas, seeds, "formulas")
        record: dict[str, Any] = {
            "source": start.called, "target": end.called, "size": None if of is None else dict(of),
            "seeds": [] if file is not None or of is None else [seed + i for i in range(seeds)],
            "paths": priced(found, of, problems, budget),
        }  # fmt: skip
    if json:
        emit_json(record)
    else:
        typer.echo("\n".join(path["chain"] for path in record["paths"]) if quiet else chains_text(record))
    return 0


def _paths(start: type[Problem], end: type[Problem], edges: Sequence[type[AnyReduction]]) -> list[Chain]:
    from reductions.graph import paths

    found = [path for path in paths(start, end, edges) if path.steps]
    if not found:
        raise BadInput(f"no chain leads from {start.called} to {end.called}: hardlab graph shows the edges")
    return found


def _given(names: str, start: type[Problem], end: type[Problem], path: Path | None) -> Chain:
    from hardlab.names.chains import chain as chain_named

    found = chain_named(names, start, path)
    if not found.steps or found.steps[0].source is not start or found.target(start) is not end:
        raise BadInput(f"chain {names!r} does not lead from {start.called} to {end.called}")
    return found


def _instance(file: str, choice: FamilyChoice, start: type[Problem], memory: int, lenient: bool, named: Named) -> Problem:
    from hardlab.cli.instance import FamilyChoice
    from instances.storage import load

    if choice != FamilyChoice(FAMILY):
        raise BadInput("--vars, --ratio, --clauses and --k go without a FILE")
    problem = load(file, memory=memory, lenient=lenient, named=named)
    if type(problem) is not start:
        raise BadInput(f"{file} holds an instance of {type(problem).called}, the paths start at {start.called}")
    return problem


def _size(choice: FamilyChoice, start: type[Problem], seeds: int) -> Size:
    """The size of the formulas that the options name; the first of them is made, so that wrong numbers show."""
    from instances.cnf import CNF
    from instances.families import make

    if start is not CNF:
        raise BadInput(f"--vars gives random formulas, the paths start at {start.called}: give a FILE")
    if seeds < 0:
        raise BadInput(f"--seeds {seeds}: it must be at least 0")
    parameters = choice.parameters()
    for name, option in (("n", "--vars"), ("m", "--ratio or --clauses")):
        if name not in parameters:
            raise BadInput(f"random formulas need {option}: give --vars and --ratio (or --clauses)")
    make(FAMILY, **parameters)
    return {name: int(parameters[name]) for name in ("n", "m", "k")}
