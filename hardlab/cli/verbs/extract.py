"""`hardlab extract`: a verdict, and its witness, from outputs of a reduced task that were computed elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hardlab.cli.console import quiet_stdout
from hardlab.cli.options import CHAIN_HELP, Json, Lenient, Measure, Memory, Page, Quiet
from instances.faults import BadInput
from instances.memory import bytes_of

if TYPE_CHECKING:
    from instances.coded import Floats
    from instances.problem import Problem
    from instances.threshold import ThresholdTask
    from reductions.chain import Chain


def extract(
    task: Annotated[
        str, typer.Argument(help="The task, as hardlab reduce writes it: .safetensors or .npz.", show_default=False)
    ],
    answer: Annotated[
        str,
        typer.Argument(help="Its (n, v) outputs: .npy, or .npz or .safetensors with T or out.", show_default=False),
    ],
    source: Annotated[
        str | None, typer.Option(help="The instance that was reduced; a YES is carried back to it.", show_default=False)
    ] = None,
    chain: Annotated[str | None, typer.Option(help=CHAIN_HELP, show_default="the one that the task's file names")] = None,
    error: Annotated[
        float | None,
        typer.Option(help="Vouch that no output is off by more; without it there is no NO.", show_default=False),
    ] = None,
    logarithms: Annotated[bool, typer.Option("--logarithms", help="The outputs are natural logarithms.")] = False,
    lenient: Lenient = False,
    memory: Memory = "1G",
    oracle: Annotated[bool, typer.Option(help="Compare a formula with CaDiCaL.")] = True,
    measure: Measure = 16,
    page: Page = None,
    json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Decide a task of attention by outputs that were computed elsewhere, by the rule of hardlab decide.

    YES is YES whoever computed: its row is evaluated exactly, and with --source its witness is checked at every hop. NO rests
    on --error.

    Example: hardlab extract task.safetensors T.npy --source formula.cnf
    """
    from hardlab.cli.verbs.run import check_page, show_run, write_page
    from hardlab.names.problems import kinds_meant
    from hardlab.runs.returned import Returned
    from hardlab.runs.running import run
    from instances.storage import load
    from instances.threshold import ThresholdTask
    from reductions.chain import Chain

    check_page(page, task, answer)
    if chain is not None and source is None:
        raise BadInput("--chain says how --source was reduced: give both, or neither")
    with quiet_stdout():
        budget = bytes_of(memory)
        if task == "-":
            raise BadInput("TASK is read twice: give a file, not standard input")
        posed = load(task, memory=budget)
        if not isinstance(posed, ThresholdTask):
            raise BadInput(f"{task} holds an instance of {type(posed).__name__}: give a task of attention or of its gradients")
        returned = Returned(answer, posed.inputs, _outputs(answer, budget), logarithms)
        problem: Problem = posed
        steps = Chain(())
        if source is not None:
            problem = load(source, memory=budget, lenient=lenient, named=kinds_meant(chain))
            steps = _steps(task, posed, source, problem, chain, budget)
        result = run(
            problem, steps, returned, oracle=oracle, measure=measure, memory=budget, trust=error,
            picture=json or page is not None,
        )  # fmt: skip
    write_page(result, page)
    show_run(result, json, quiet)
    return result.exit_code


def _outputs(answer: str, most: int) -> Floats:
    """The tensor T or out of a file, or its only one. Errors: `BadInput`."""
    from hardlab.kernels.tensors import tensors_of

    found = tensors_of(Path(answer), most)
    name = next((name for name in ("T", "out") if name in found), next(iter(found), ""))
    if name not in found or (name not in ("T", "out") and len(found) > 1):
        raise BadInput(f"{answer} has the tensors {', '.join(found) or '(none)'}: give the outputs as T or out, or alone")
    numbers = found[name].numbers
    if numbers is None:
        raise BadInput(f"{answer}: {name} is {found[name].dtype} of shape {found[name].shape}, expected real numbers")
    return numbers


def _steps(task: str, posed: ThresholdTask, source: str, problem: Problem, chain: str | None, memory: int) -> Chain:
    """The chain by which the source was reduced to this very task. Errors: `BadInput`."""
    from hardlab.names.chains import chain_from
    from instances.storage import notes_of

    spelled = notes_of(task).get("chain") if chain is None else chain
    if spelled is None:
        raise BadInput(f"{task} does not say by which chain it was made: give --chain")
    steps = chain_from(spelled, type(problem), code=chain is not None)
    made = steps.trace(problem, memory)[-1].problem
    if made.identity != posed.identity:
        where = f"by {spelled or 'no reduction'} {source} becomes {type(made).called} {made.identity[:12]}"
        raise BadInput(f"{where}, and {task} holds {type(posed).called} {posed.identity[:12]}: give the source of this task")
    return steps
