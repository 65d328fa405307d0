"""`hardlab decide`: any stored instance to a decision, and the search for a nearest pair."""

from __future__ import annotations

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
    InstanceFile,
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
from hardlab.cli.progress import watched
from hardlab.work.engine import Engine
from instances.faults import BadInput
from instances.memory import bytes_of

if TYPE_CHECKING:
    from hardlab.cli.instance import FamilyChoice
    from hardlab.cli.question import Question
    from hardlab.runs.searching import Search
    from instances.problem import Problem
    from instances.storage import Named


def decide(
    context: typer.Context,
    file: InstanceFile = None,
    family: Family = None,
    vars: Vars = None,
    ratio: Ratio = None,
    clauses: Clauses = None,
    k: K = None,
    seed: Seed = None,
    unique: Unique = False,
    set_: Others = None,
    kind: Annotated[
        str | None,
        typer.Option(help="What is asked of A and B: ov, hamming, balanced, far or product; or a problem of one's own."),
    ] = None,
    t: Annotated[int | None, typer.Option("--t", help="Distance of a YES row, for such a file.")] = None,
    t2: Annotated[int | None, typer.Option("--t2", help="Smallest distance that a NO row may have.")] = None,
    eps: Annotated[float | None, typer.Option(help="Instead of --t2: t2 = ceil((1 + eps) t); with --nearest its eps.")] = None,
    nearest: Annotated[bool, typer.Option("--nearest", help="Find a pair of rows with H < (1 + eps) min H.")] = False,
    chain: ChainNames = None,
    algorithm: AlgorithmName = None,
    solver: SolverName = None,
    trust: Trust = None,
    precision: Precision = "float64",
    path: PlugInPath = None,
    lenient: Lenient = False,
    memory: Memory = "1G",
    oracle: Annotated[bool, typer.Option(help="Compare formulas with CaDiCaL, --nearest with every pair.")] = True,
    measure: Measure = 16,
    backend: Backend = "one",
    workers: Workers = 0,
    explain: Explain = False,
    page: Page = None,
    json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Decide a stored instance: a formula, vectors (your own 0/1 lists too), an attention task, one of your own problem; or
    find a nearest pair.

    Examples: hardlab decide vectors.npz --t 10 --eps 0.5

    hardlab decide vectors.npz --nearest --eps 0.5

    hardlab decide graph.json --kind cover.py:VertexCover

    hardlab decide vectors.npz --kind ov --chain ov-tiles[rows=8192,columns=8192],ov-attention --backend threads
    """
    from attention import Trusted
    from hardlab.cli.instance import FamilyChoice, instance
    from hardlab.cli.question import Question, as_pairs, pairs
    from hardlab.cli.verbs.run import check_page, show_run, typed, write_page
    from hardlab.names.chains import chain_from
    from hardlab.names.deciders import algorithm_named, chain_and_decider
    from hardlab.names.problems import kinds_meant
    from hardlab.runs.running import run
    from hardlab.runs.searching import search
    from instances.vectors import GapHamming

    check_page(page, file, algorithm, solver)
    with quiet_stdout(), watched("attention"):
        budget, engine = bytes_of(memory), engine_from(backend, workers)
        choice = FamilyChoice(family, vars, clauses, ratio, k, seed, unique, set_ or [])
        if nearest:
            if solver is not None or kind is not None or t is not None or t2 is not None:
                raise BadInput("--nearest takes --eps and an --algorithm, not --solver, --kind, --t or --t2")
            if page is not None:
                raise BadInput("--page shows a decision, --nearest makes several: leave one of them out")
            if engine != Engine():
                raise BadInput("--nearest searches in this process: leave out --backend and --workers")
            if eps is None:
                raise BadInput("--nearest needs --eps E: the pair has H < (1 + E) min H")
            lists = as_pairs(instance(file, choice, budget)) if file is None or choice.given else pairs(file, budget)
            steps = chain_from("auto" if chain is None else chain, GapHamming)
            who = algorithm_named(algorithm or "softmax", path, precision, budget)
            found = search(lists, steps, who if trust is None else Trusted(who, trust), eps, budget, oracle)
        else:
            named = kinds_meant(chain, solver, path)
            problem = _problem(file, choice, Question(kind, t, t2, eps, path), budget, lenient, named)
            steps, by = chain_and_decider(chain, type(problem), algorithm, solver, precision, path, budget)
            result = run(
                problem, steps, by, oracle=oracle, measure=measure, memory=budget, trust=trust, engine=engine,
                picture=json or page is not None,
            )  # fmt: skip
    if nearest:
        found.record["seed"] = choice.seed_used
        _show_search(found, json, quiet)
        return found.exit_code
    result.record["seed"] = choice.seed_used
    write_page(result, page)
    show_run(result, json, quiet, typed(context) if explain else None)
    return result.exit_code


def _problem(file: str | None, choice: FamilyChoice, question: Question, memory: int, lenient: bool, named: Named) -> Problem:
    from hardlab.cli.instance import instance
    from hardlab.cli.question import asked

    if not question.given:
        return instance(file, choice, memory, lenient, named)
    if file is None or choice.given:
        raise BadInput("--kind, --t, --t2 and --eps complete a FILE with A and B (--eps also goes with --nearest)")
    return asked(file, question, memory, named)


def _show_search(found: Search, json: bool, quiet: bool) -> None:
    from hardlab.runs.text import search_text

    if json:
        emit_json(found.record)
    elif quiet:
        pair = found.record["pair"]
        condition = " if a claim holds" if found.record.get("claimed") else ""
        typer.echo("unknown" if pair is None else f"{pair[0]} {pair[1]} {found.record['distance']}" + condition)
    else:
        typer.echo(search_text(found.record))
