"""`hardlab study plan`: what larger formulas would take."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from hardlab.cli.checked import positive
from hardlab.cli.console import emit_json, quiet_stdout
from hardlab.cli.options import AlgorithmName, Json, Lenient, Memory, PlugInPath, Quiet, Vars
from hardlab.cli.progress import progress
from instances.faults import BadInput, at_least
from instances.memory import bytes_of

if TYPE_CHECKING:
    from instances.cnf import CNF


def plan(
    vars: Vars = None,
    ratio: Annotated[float, typer.Option(help="Clauses for each variable.")] = 4.26,
    chain: Annotated[str, typer.Option(help="auto or cnf-ov,ov-attention.")] = "auto",
    algorithm: AlgorithmName = None,
    seeds: Annotated[int, typer.Option(help="Formulas of each size, since sizes after filters differ.")] = 1,
    seed: Annotated[int, typer.Option(help="Seed of the first formula.")] = 0,
    workers: Annotated[int, typer.Option(help="Machines such as this one.")] = 1,
    price: Annotated[float, typer.Option(help="Of an hour of a core, in any currency.")] = 0.05,
    validate: Annotated[bool, typer.Option("--validate", help="Run the sizes that do run, and compare.")] = False,
    measure_against: Annotated[str | None, typer.Option(help="Predict this DIMACS file, run it, and compare.")] = None,
    limit: Annotated[float, typer.Option(help="Seconds; what is predicted to take longer is not run.")] = 600.0,
    path: PlugInPath = None,
    lenient: Lenient = False,
    memory: Memory = "1G",
    json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Plan what no machine here can run: rows, pairs, bytes, seconds and cost, from rates that are measured now.

    Without --vars a table. Example: hardlab study plan --vars 64 --seeds 3 --workers 100
    """
    from hardlab.names.chains import chain_from
    from hardlab.names.deciders import algorithm_named
    from hardlab.study import plan as plans
    from hardlab.study.plan_text import checks_text, plans_text
    from instances.cnf import CNF

    for option, value, least in (("--seeds", seeds, 1), ("--seed", seed, 0), ("--workers", workers, 1)):
        at_least(option, value, least)
    if vars is not None:
        at_least("--vars", vars, 3)
    positive("--limit", limit)
    if not 0 <= price <= 1e9:
        raise BadInput(f"--price {price:g}: it must be a number from 0 to 1e9")
    if not 0 < ratio <= 100:
        raise BadInput(f"--ratio {ratio:g}: it must be positive and at most 100")
    if validate and measure_against is not None:
        raise BadInput("--validate and --measure-against: give one of the two")
    if vars is not None and (validate or measure_against is not None):
        raise BadInput("--vars goes without --validate and --measure-against, which have their own")
    budget = bytes_of(memory)
    with quiet_stdout():
        steps, chosen = chain_from(chain, CNF), algorithm_named(algorithm or "softmax", path, "float64", budget)
        if validate:
            checks = list(progress(plans.validated(steps, chosen, ratio, seed, limit, budget), 4, "formulas"))
        elif measure_against is not None:
            checks = [plans.checked(_formula(measure_against, budget, lenient), steps, chosen, limit, budget)]
        else:
            sizes = plans.TABLE if vars is None else [vars]
            wanted = (plans.formula_of(n, ratio, seed + i) for n in plans.within_reach(sizes, ratio) for i in range(seeds))
            made = (plans.planned(formula, steps, chosen, workers, price, budget) for formula in wanted)
            found = list(progress(made, len(sizes) * seeds, "plans"))
    if validate or measure_against is not None:
        records = [{**asdict(check), "ratio": check.ratio} for check in checks]
        emit_json({"checks": records}) if json else typer.echo(checks_text(checks, quiet))
    elif json:
        emit_json({"plans": [asdict(one) for one in found]})
    else:
        typer.echo(plans_text(found, quiet))
    return 0


def _formula(file: str, memory: int, lenient: bool) -> CNF:
    from instances.cnf import CNF
    from instances.storage import load

    problem = load(file, memory=memory, lenient=lenient)
    if not isinstance(problem, CNF):
        raise BadInput(f"{file} is no formula: give a DIMACS file")
    return problem
