"""The options that several verbs share, and the engine that two of them name."""

from pathlib import Path
from typing import Annotated

import typer

from hardlab.work.engine import Engine
from instances.faults import BadInput

FormulaFile = Annotated[str | None, typer.Argument(help="A DIMACS file (.gz too), or - for stdin.", show_default=False)]
InstanceFile = Annotated[str | None, typer.Argument(help="DIMACS, .npz or .safetensors, or - for stdin.", show_default=False)]
Family = Annotated[str | None, typer.Option(help="A family of instances instead of a file; see hardlab list families.")]
Vars = Annotated[int | None, typer.Option(help="Variables.")]
Ratio = Annotated[float | None, typer.Option(help="Clauses for each variable.")]
Clauses = Annotated[int | None, typer.Option(help="Clauses, instead of --ratio.")]
K = Annotated[int | None, typer.Option("--k", help="Literals in a clause, 3 unless given.")]
Seed = Annotated[int | None, typer.Option(help="Seed of the family.")]
RandomSeed = Annotated[int, typer.Option(help="Seed of the random instances.")]
Repeats = Annotated[int, typer.Option(help="Runs whose median is taken, after one to warm up.")]
Figure = Annotated[str | None, typer.Option(help="Draw the records into this file, .svg or .png.")]
StoredRecords = Annotated[str | None, typer.Option("--from", help="Take these stored records and compute nothing.")]
RecordsFile = Annotated[str | None, typer.Option("-o", "--output", help="Write the records here as JSON lines, - for stdout.")]
Unique = Annotated[bool, typer.Option("--unique", help="At most one model.")]
Others = Annotated[list[str] | None, typer.Option("--set", help="A family's further parameter, name=value.")]

AlgorithmName = Annotated[
    str | None,
    typer.Option(
        help="Attention algorithm: a name of hardlab list (parameters in brackets), module:object or FILE.py:object.",
        show_default="softmax, or what the task needs",
    ),
]
SolverName = Annotated[
    str | None,
    typer.Option(help="Solver of the problem that the chain ends in: a name of hardlab list, module:object or FILE.py:object."),
]
Trust = Annotated[float | None, typer.Option(help="Vouch that the algorithm's error is at most this; the answer rests on it.")]
Precision = Annotated[str, typer.Option("--dtype", help="Type that a plain function gets: float64 or float32.")]
PlugInPath = Annotated[Path | None, typer.Option("--path", help="Directory in which to look for module:object.")]
Memory = Annotated[str, typer.Option(help="Memory budget of an instance, such as 512M or 2G.")]
Measure = Annotated[int, typer.Option(help="Rows on which the error is measured against certified values.")]
Backend = Annotated[
    str,
    typer.Option(help="Where members of a disjunction, or parts of a task, run: one, threads, processes or dask=ADDRESS."),
]
Workers = Annotated[int, typer.Option(help="Members or parts at a time, in threads or processes.", show_default="one a core")]
Lenient = Annotated[bool, typer.Option("--lenient", help="Take a formula whose header announces another number of clauses.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object on stdout, nothing else there.")]
Explain = Annotated[bool, typer.Option("--explain", help="Say in words what the lines are, the way back, and why.")]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="Only the answer.")]

PROBLEMS_TEXT = "cnf, ov, 3ov, hamming, balanced, far, product, attention, gradient, tensor, transformer"
"""The names of our problems, which loading them would take long to tell."""

Page = Annotated[str | None, typer.Option(help="Write a page here on which one sees the run: one self-contained HTML file.")]
Report = Annotated[str | None, typer.Option(help="Write a page for people here, one self-contained HTML file.")]
Markdown = Annotated[str | None, typer.Option(help="Write it as Markdown here.")]


With = Annotated[
    list[str] | None,
    typer.Option("--with", help="A reduction beside those installed, module:object or FILE.py:object; may be repeated."),
]
CHAIN_HELP = "Edge keys joined by commas, parameters in brackets; auto, or auto last."
ChainNames = Annotated[
    str | None, typer.Option(help=CHAIN_HELP, show_default="auto; none where the solver takes the instance itself")
]


def engine_from(backend: str, workers: int) -> Engine:
    """Where to run. Errors: `BadInput`, also for workers that a backend does not have."""
    if workers and backend not in ("threads", "processes"):
        raise BadInput(f"--workers {workers} goes with --backend threads or processes, not {backend}")
    return Engine(backend, workers)
