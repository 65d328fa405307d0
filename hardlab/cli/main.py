"""The command `hardlab`: its verbs by name, each imported when it is called, so that --help and completion load nothing else.

Names become objects in `hardlab.cli.verbs` and nowhere below.
"""

import contextlib
import os
import sys
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from hardlab.cli.console import guarded

VERBS = {
    "run": ("run:run", "Decide a formula through reductions and an attention algorithm."),
    "decide": ("decide:decide", "Decide a stored instance, or find the nearest pair of vectors."),
    "reduce": ("reduce:reduce", "Write the instance that a chain of reductions makes."),
    "extract": ("extract:extract", "Decide a reduced task by outputs that were computed elsewhere."),
    "chains": ("chains:chains", "Price every path between two problems, hop by hop."),
    "attend": ("attend:attend", "Attention of files, every entry within a promised error."),
    "kde": ("kde:kde", "Sums of gaussian kernels of files, every one within a promised error."),
    "check": ("check:check", "Check an attention kernel on inputs from reductions."),
    "sweep": ("sweep:sweep", "Run a grid of jobs within limits, and keep what comes of each."),
    "export": ("export:export", "Write the records of a sweep as JSON lines or CSV."),
    "report": ("report:report", "Make pages from stored records of checks, runs and sweeps."),
    "verify": ("verify:verify", "Run the papers' statements, as printed and as corrected."),
    "replay": ("replay:replay", "Check a stored counterexample again, from scratch."),
    "list": ("show:list_", "List what is installed, and whose it is."),
    "graph": ("show:graph", "Show the reductions as a graph."),
    "study": ("study:study", "Measure where fast attention ends, and plan larger runs."),
}
"""For each verb its function, as module:name in `hardlab.cli.verbs`, and a line of help."""


class Verbs(TyperGroup):
    """A group that knows of each command its name and its line of help, until it is called."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Where a verb comes first there is no option of our own, to find out which typer would load pydantic."""
        if args and args[0] in VERBS and hasattr(ctx, "_protected_args"):
            ctx._protected_args, ctx.args = args[:1], args[1:]
            return list(ctx.args)
        return list(super().parse_args(ctx, args))

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        name, _, rest = super().resolve_command(ctx, args)
        return name, None if name is None else verb(name), rest


def verb(name: str) -> Any:
    """The command of that verb."""
    module, _, function = VERBS[name][0].partition(":")
    found = getattr(import_module(f"hardlab.cli.verbs.{module}"), function)
    if not isinstance(found, typer.Typer):
        alone = typer.Typer(add_completion=False, rich_markup_mode=None)
        alone.command(name)(found)
        found = alone
    return typer.main.get_command(found)


app = typer.Typer(cls=Verbs, rich_markup_mode=None)


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
        from hardlab.work.environment import versions

        typer.echo(versions()["hardness-lab"])
        raise typer.Exit


@app.callback()
def hardlab(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")] = False,
) -> None:
    """Execute fine-grained reductions from k-SAT to attention, and check them end to end."""


for _name, (_, _help) in VERBS.items():
    app.command(_name, help=_help)(lambda: None)
