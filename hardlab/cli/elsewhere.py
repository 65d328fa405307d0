"""`hardlab check` of a kernel that runs elsewhere: the inputs written, and what came back in the place of a kernel."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from hardlab.cli.console import OK, emit_json
from instances.faults import BadInput
from instances.memory import bytes_text

if TYPE_CHECKING:
    from hardlab.kernels.manifest import Asked
    from hardlab.kernels.receiving import Received

_ALWAYS = ("only", "path", "json", "quiet")
TO_WRITE = ("write", "scale", "layout", "dtype", "seed", "convention", "features", "quick", "seed_of_check", "memory", "sizes")
OF_TRIALS = (
    "target", "all_reductions", "time", "timeout", "quick", "memory", "seed_of_check", "report", "markdown", "counterexamples",
)  # fmt: skip
OF_ANSWERS = ("answers", "convention", "expect", "report", "markdown", "counterexamples")


def only_options(context: typer.Context, allowed: tuple[str, ...]) -> None:
    """Errors: `BadInput` where another option was given than those that go with the first one, or a target."""
    always = _ALWAYS[1:] if allowed is OF_TRIALS else _ALWAYS
    for parameter in context.command.params:
        name = str(parameter.name)
        if name in (*allowed, *always) or not _given(context, name):
            continue
        said = parameter.opts[0] if parameter.opts[0].startswith("-") else f"the target {context.params[name]}"
        if allowed is OF_TRIALS:
            raise BadInput(f"{said} is about kernels: of a reduction or a solver all laws are tried, leave it out")
        why = "the kernel runs elsewhere" if allowed is TO_WRITE else "the folder says how it was asked"
        raise BadInput(f"{said} does not go with --{allowed[0]}: {why}, leave it out")


def _given(context: typer.Context, name: str) -> bool:
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


def write_inputs(folder: Path, asked: Asked, memory: int, path: Path | None, json: bool, quiet: bool) -> int:
    """Write the inputs of the check, and say what was written; how much it is, before that."""
    from hardlab.conformance.checking import LEFT_OUT
    from hardlab.conformance.elsewhere import ask_all
    from hardlab.kernels.sending import Sending, check_folder, room

    check_folder(folder)
    kernel = Sending(asked, memory, path)
    ask_all(kernel)
    size = f"{len(kernel.calls)} calls, {bytes_text(kernel.bytes)}"
    room(folder, kernel.bytes)
    if not quiet and not json:
        typer.echo(f"hardlab: {size} are written to {folder}", err=True)
    kernel.write(folder)
    record = {
        "folder": str(folder),
        "calls": len(kernel.calls),
        "bytes": kernel.bytes,
        "features": list(kernel.offer.features),
        "not_offered": dict(kernel.offer.missing or {}),
        "seed_of_check": asked.seed_of_check,
        "left_out": LEFT_OUT if asked.quick else "",
    }
    if json:
        emit_json(record)
    elif quiet:
        typer.echo(str(folder))
    else:
        typer.echo(f"Written to {folder}: {size}, of the seed {asked.seed_of_check}.")
        typer.echo(f"They ask for {', '.join(kernel.offer.features)}; --features says which of it your kernel has.")
        typer.echo(f"There: python {folder}/run_torch.py mykernel:attention (or run_numpy.py, run_jax.py)")
        typer.echo(f"Here, with what came back: hardlab check --answers {folder}")
    return OK


def received(context: typer.Context, folder: Path, path: Path | None) -> Received:
    """The kernel behind the answers. Errors: `BadInput`, also where it proves to be a causal one that was asked as another."""
    from hardlab.conformance.ladder import LARGEST_N
    from hardlab.conformance.suffered import Suffered
    from hardlab.kernels.receiving import Received

    kernel = Received(folder, path, context.params["convention"] if _given(context, "convention") else None)
    if not all(4 <= n <= LARGEST_N for n in kernel.asked.sizes):
        raise BadInput(
            f"{folder} was written with --sizes {kernel.asked.sizes}: whole numbers from 4 to {LARGEST_N}, write it again"
        )
    suffered = Suffered(kernel, kernel.seed_of_check)
    if suffered.offer.always is not None and suffered.meaning:
        said = suffered.meaning.partition(":")[0]
        word = suffered.meaning.rpartition("--features ")[2].rstrip(")")
        raise BadInput(f"{folder}: {said}, and was asked as one that sees all keys: write the inputs with --features {word}")
    return kernel
