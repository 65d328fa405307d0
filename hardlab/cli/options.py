"""The options that several verbs share, and the objects that their words name."""

from pathlib import Path
from typing import Annotated, Any

import typer

from attention import ALGORITHMS, Algorithm
from hardlab.names.chains import chain as chain_named
from hardlab.names.chains import problem_name
from hardlab.names.installed import algorithm_named, solver_named
from hardlab.work.engine import Engine
from instances.brackets import parameters_of
from instances.problem import BadInput, Problem
from instances.task import AttentionTask
from reductions.chain import Chain
from solvers import SOLVERS, Solver

FormulaFile = Annotated[str | None, typer.Argument(help="A DIMACS file (.gz too), or - for stdin.", show_default=False)]
InstanceFile = Annotated[str | None, typer.Argument(help="DIMACS, .npz or .safetensors, or - for stdin.", show_default=False)]
Family = Annotated[str | None, typer.Option(help="A family of instances instead of a file; see hardlab list families.")]
Vars = Annotated[int | None, typer.Option(help="Variables.")]
Ratio = Annotated[float | None, typer.Option(help="Clauses for each variable.")]
Clauses = Annotated[int | None, typer.Option(help="Clauses, instead of --ratio.")]
K = Annotated[int | None, typer.Option("--k", help="Literals in a clause, 3 unless given.")]
Seed = Annotated[int | None, typer.Option(help="Seed of the family.")]
Unique = Annotated[bool, typer.Option("--unique", help="At most one model.")]
Others = Annotated[list[str] | None, typer.Option("--set", help="A family's further parameter, name=value.")]

AlgorithmName = Annotated[
    str, typer.Option(help="Attention algorithm: a name of hardlab list (parameters in brackets), or module:object.")
]
SolverName = Annotated[str | None, typer.Option(help="Solver of the problem that the chain ends in.")]
Trust = Annotated[float | None, typer.Option(help="Vouch that the algorithm's error is at most this; NO then rests on it.")]
Precision = Annotated[str, typer.Option("--dtype", help="Type that a plain function gets: float64 or float32.")]
PlugInPath = Annotated[Path | None, typer.Option("--path", help="Directory in which to look for module:object.")]
Memory = Annotated[str, typer.Option(help="Memory budget of an instance, such as 512M or 2G.")]
Measure = Annotated[int, typer.Option(help="Rows on which the error is measured against certified values.")]
Backend = Annotated[
    str,
    typer.Option(help="Where members of a disjunction are decided: one, threads, processes or dask=ADDRESS (a scheduler)."),
]
Workers = Annotated[int, typer.Option(help="Members at a time, in threads or processes.", show_default="one a core")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object on stdout, nothing else there.")]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="Only the answer.")]

CHAIN_HELP = "Edge keys joined by commas, parameters in brackets; auto, or auto last."


def engine_from(backend: str, workers: int) -> Engine:
    """Where to run. Errors: `BadInput`, also for workers that a backend does not have."""
    if workers and backend not in ("threads", "processes"):
        raise BadInput(f"--workers {workers} goes with --backend threads or processes, not {backend}")
    return Engine(backend, workers)


def chain_from(names: str, source: type[Problem]) -> Chain:
    """The chain that `names` spells, if it starts from `source`. Errors: `BadInput`."""
    found = chain_named(names, source)
    if found.steps and found.steps[0].source is not source:
        first = found.steps[0]
        raise BadInput(
            f"chain {names!r}: {first.key} starts from {problem_name(first.source)}, the instance is {problem_name(source)}"
        )
    return found


def end_of(steps: Chain, source: type[Problem]) -> type[Problem]:
    """The problem in which a chain from `source` ends."""
    return steps.steps[-1].target if steps.steps else source


def decider(
    steps: Chain, source: type[Problem], algorithm: str, solver: str | None, precision: str, path: Path | None, memory: int
) -> Algorithm | Solver[Any]:
    """The attention algorithm, or the solver, that decides the last problem of a chain. Errors: `BadInput`."""
    last = end_of(steps, source)
    if solver is None and last is AttentionTask:
        return algorithm_from(algorithm, precision, path, memory)
    if solver is None:
        known = [candidate.key for candidate in SOLVERS if last in candidate.problems]
        raise BadInput(f"the chain ends in {problem_name(last)}, before attention: name a --solver ({', '.join(known)})")
    found = solver_named(solver, path)
    if last not in found.problems:
        takes = " and ".join(problem_name(problem) for problem in found.problems)
        raise BadInput(
            f"--solver {solver} decides {takes}, the chain ends in {problem_name(last)}: give a --chain that ends there"
        )
    return found


def algorithm_from(name: str, precision: str, path: Path | None, memory: int) -> Algorithm:
    """The attention algorithm of that name. Errors: `BadInput`, also for an unknown precision."""
    if precision not in ("float64", "float32"):
        raise BadInput(f"--dtype {precision!r}: a plain function gets float64 or float32")
    known = next((known for known in ALGORITHMS if name.startswith(f"{known.key}[") and name.endswith("]")), None)
    if known is not None:
        return type(known)(**parameters_of(type(known), known.key, name[len(known.key) + 1 : -1]))
    return algorithm_named(name, path, precision, memory)  # type: ignore[arg-type]


def bytes_of(text: str) -> int:
    """A number of bytes, such as 512M. Errors: `BadInput`."""
    units = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}
    number, unit = text.strip().upper().rstrip("B"), ""
    if number and number[-1] in units:
        number, unit = number[:-1], number[-1]
    try:
        count = float(number) * units[unit]
    except ValueError:
        count = 0.0
    if not 1 <= count < 2**63:
        raise BadInput(f"--memory {text!r}: write a size such as 512M or 2G")
    return int(count)
