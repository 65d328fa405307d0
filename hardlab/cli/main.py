"""The command `hardlab`: names become objects here and in `hardlab.cli.verbs`, and nowhere below."""

import contextlib
import os
import sys
from typing import Annotated

import typer

from hardlab.cli.console import guarded
from hardlab.cli.verbs.attend import attend
from hardlab.cli.verbs.chains import chains
from hardlab.cli.verbs.check import check
from hardlab.cli.verbs.decide import decide
from hardlab.cli.verbs.export import export
from hardlab.cli.verbs.reduce import reduce
from hardlab.cli.verbs.replay import replay
from hardlab.cli.verbs.report import report
from hardlab.cli.verbs.run import run
from hardlab.cli.verbs.show import graph, list_
from hardlab.cli.verbs.study import study
from hardlab.cli.verbs.sweep import sweep
from hardlab.cli.verbs.verify import verify
from hardlab.work.environment import versions

app = typer.Typer(add_completion=False, rich_markup_mode=None)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit with its code. Verbs find its words in their context's `obj`."""
    words = sys.argv[1:] if arguments is None else arguments
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:  # closed by whoever called
            setattr(sys, name, open(os.devnull, mode))  # noqa: SIM115
    code = guarded(lambda: app(words or ["--help"], prog_name="hardlab", standalone_mode=False, obj=words), "--json" in words)
    if arguments is None:  # what a plug-in's threads and exit handlers still print is no answer
        with contextlib.suppress(OSError):
            sys.stdout.flush()
            os.dup2(2, 1)
    sys.exit(code)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(versions()["hardness-lab"])
        raise typer.Exit


@app.callback()
def hardlab(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")] = False,
) -> None:
    """Execute fine-grained reductions from k-SAT to attention, and check them end to end."""


app.command()(run)
app.command()(decide)
app.command()(reduce)
app.command()(chains)
app.command()(attend)
app.command()(check)
app.command()(sweep)
app.command()(export)
app.command()(report)
app.command()(verify)
app.command()(replay)
app.command("list")(list_)
app.command()(graph)
app.add_typer(study, name="study")
