"""`hardlab reduce`: the target instance of a chain, as a file."""

from __future__ import annotations

import shlex
from time import perf_counter
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hardlab.cli.console import emit_json, quiet_stdout
from hardlab.cli.options import (
    CHAIN_HELP,
    Clauses,
    Family,
    InstanceFile,
    Json,
    K,
    Lenient,
    Memory,
    Others,
    PlugInPath,
    Quiet,
    Ratio,
    Seed,
    Unique,
    Vars,
)
from hardlab.cli.outputs import outputs
from instances.faults import BadInput
from instances.memory import bytes_of

if TYPE_CHECKING:
    from reductions.chain import Chain


def reduce(
    context: typer.Context,
    output: Annotated[
        str, typer.Option("-o", "--output", help="File to write (.cnf, .npz, .safetensors, .json), or - for stdout.")
    ],
    file: InstanceFile = None,
    family: Family = None,
    vars: Vars = None,
    ratio: Ratio = None,
    clauses: Clauses = None,
    k: K = None,
    seed: Seed = None,
    unique: Unique = False,
    set_: Others = None,
    chain: Annotated[str, typer.Option(help=CHAIN_HELP)] = "auto",
    path: PlugInPath = None,
    lenient: Lenient = False,
    memory: Memory = "1G",
    json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Write the instance that a chain of reductions makes.

    Example: hardlab reduce formula.cnf --chain cnf-hamming,hamming-attention -o task.safetensors
    """
    from hardlab.cli.instance import FamilyChoice, instance
    from hardlab.names.chains import chain_from
    from hardlab.names.problems import kinds_meant
    from hardlab.runs.running import blaming, stages_of
    from hardlab.runs.text import stages_text
    from hardlab.work.environment import versions
    from instances.storage import save
    from reductions.ours import foreign

    if json and output == "-":
        raise BadInput("--json and -o - both want stdout: give -o a file")
    outputs(output=output, inputs=[file])
    start = perf_counter()
    with quiet_stdout():
        budget = bytes_of(memory)
        choice = FamilyChoice(family, vars, clauses, ratio, k, seed, unique, set_ or [])
        source = instance(file, choice, budget, lenient, kinds_meant(chain, path=path))
        steps = chain_from(chain, type(source), path)
        _refuse_disjunctions(steps)
        others = foreign(steps.steps)
        trace = blaming(others, lambda: steps.trace(source, budget))
        stages = blaming(others, lambda: stages_of(trace))
        target = trace[-1].problem
        notes = {
            "chain": steps.spelled,
            "source": source.identity,
            "command": shlex.join(["hardlab", *context.obj]),
        }
    save(target, output, notes, memory=budget)
    record: dict[str, Any] = {
        **notes, "output": output, "problem": type(target).called, "instance": target.identity,
        "stages": stages, "seed": choice.seed_used, "seconds": perf_counter() - start, "versions": versions(),
    }  # fmt: skip
    if json:
        emit_json(record)
    else:
        said = f"{record['problem']} {record['instance'][:12]} written to {output}"
        typer.echo(said if quiet else f"{stages_text(record['stages'])}\n\n{said}", err=output == "-")
    return 0


def _refuse_disjunctions(steps: Chain) -> None:
    for step in steps.steps:
        if step.disjunction:
            raise BadInput(
                f"{step.key} makes a disjunction of many instances, which has no file format: hardlab run and decide take it"
            )
