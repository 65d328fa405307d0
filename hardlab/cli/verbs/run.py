"""`hardlab run`: a formula through a chain to a decision."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Annotated

import typer

from hardlab.cli.console import emit_json, quiet_stdout
from hardlab.cli.options import (
    AlgorithmName,
    Backend,
    ChainNames,
    Clauses,
    Explain,
    Family,
    FormulaFile,
    Json,
    K,
    Lenient,
    Measure,
    Memory,
    Others,
    Page,
    PlugInPath,
    Precision,
    Quiet,
    Ratio,
    Seed,
    SolverName,
    Trust,
    Unique,
    Vars,
    Workers,
    engine_from,
)
from hardlab.cli.outputs import outputs
from hardlab.cli.progress import watched
from instances.faults import BadInput
from instances.files import atomic_write
from instances.memory import bytes_of

if TYPE_CHECKING:
    from hardlab.runs.running import Run


def run(
    context: typer.Context,
    file: FormulaFile = None,
    family: Family = None,
    vars: Vars = None,
    ratio: Ratio = None,
    clauses: Clauses = None,
    k: K = None,
    seed: Seed = None,
    unique: Unique = False,
    set_: Others = None,
    chain: ChainNames = None,
    algorithm: AlgorithmName = None,
    solver: SolverName = None,
    trust: Trust = None,
    precision: Precision = "float64",
    path: PlugInPath = None,
    lenient: Lenient = False,
    memory: Memory = "1G",
    oracle: Annotated[bool, typer.Option(help="Compare with CaDiCaL.")] = True,
    measure: Measure = 16,
    backend: Backend = "one",
    workers: Workers = 0,
    sat_codes: Annotated[bool, typer.Option("--sat-codes", help="Exit 10, 20 or 0, and print s and v lines.")] = False,
    explain: Explain = False,
    page: Page = None,
    json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Decide a formula through a chain of reductions by an attention algorithm, and carry the answer back.

    Examples: hardlab run --family random-ksat --vars 20 --ratio 4.26 --k 3 --seed 1

    hardlab run FILE --chain cnf-cubes[fix=6],cnf-hamming,hamming-attention --backend processes
    """
    from hardlab.cli.instance import FamilyChoice, instance
    from hardlab.names.deciders import chain_and_decider
    from hardlab.runs.running import run as run_instance
    from instances.cnf import CNF

    check_page(page, file, algorithm, solver)
    with quiet_stdout(), watched("attention"):
        budget, engine = bytes_of(memory), engine_from(backend, workers)
        choice = FamilyChoice(family, vars, clauses, ratio, k, seed, unique, set_ or [])
        formula = instance(file, choice, budget, lenient)
        if not isinstance(formula, CNF):
            raise BadInput(f"run decides formulas, this is {type(formula).__name__}: use hardlab decide")
        steps, who = chain_and_decider(chain, CNF, algorithm, solver, precision, path, budget)
        result = run_instance(
            formula, steps, who, oracle=oracle, measure=measure, memory=budget, trust=trust, engine=engine,
            picture=json or page is not None,
        )  # fmt: skip
    result.record["seed"] = choice.seed_used
    write_page(result, page)
    if sat_codes and not json:
        _show_sat(result)
    else:
        show_run(result, json, quiet, typed(context) if explain else None)
    return _sat_code(result) if sat_codes else result.exit_code


def typed(context: typer.Context) -> str:
    """The command as it was typed, without --explain, and without an algorithm and a page."""
    words, kept = iter(context.obj), ["hardlab"]
    for word in words:
        if word in ("--algorithm", "--page"):
            next(words, None)
        elif word != "--explain" and not word.startswith(("--algorithm=", "--page=")):
            kept.append(word)
    return shlex.join(kept)


def check_page(page: str | None, file: str | None, *plug_ins: str | None) -> None:
    """Errors: `BadInput` where the page cannot be written to where it is asked for, or would replace a FILE.py[:object]."""
    if page == "-":
        raise BadInput("--page -: standard output is for the answer, name a file")
    files = [part for word in plug_ins if word for part in (word, word.rpartition(":")[0])]
    outputs(page=page, inputs=[file, *files])


def write_page(result: Run, file: str | None) -> None:
    """The page of the run, where it is asked for. Errors: `BadInput`."""
    from hardlab.pages.json import plain
    from hardlab.runs.page.page import page_of_run

    if file is not None:
        with atomic_write(file) as stream:
            stream.write(page_of_run(plain(result.record)).encode())


def show_run(result: Run, json: bool, quiet: bool, explain: str | None = None) -> None:
    """The run as JSON, as its verdict alone, or as text; with the command that made it, explained too."""
    from hardlab.runs.text import run_text

    if json:
        emit_json(result.record)
    else:
        word = result.record["verdict"] + (" if a claim holds" if result.record["claimed"] else "")
        typer.echo(word if quiet else run_text(result.record))
        if explain is not None and not quiet:
            from hardlab.runs.explained import explained

            typer.echo("\n" + explained(result.record, explain))


def _show_sat(result: Run) -> None:
    """The answer as SAT competitions print it."""
    typer.echo({10: "s SATISFIABLE", 20: "s UNSATISFIABLE", 0: "s UNKNOWN"}[_sat_code(result)])
    if result.record["model"] is not None:
        typer.echo("v " + " ".join(map(str, [*result.record["model"], 0])))


def _sat_code(result: Run) -> int:
    """10, 20, or 0 where nothing is known, the oracle disagrees, or NO rests on a claim that the oracle does not confirm."""
    if result.exit_code or (result.record["claimed"] and not result.record["agrees"]):
        return 0
    return {"yes": 10, "no": 20, "unknown": 0}[result.record["verdict"]]
