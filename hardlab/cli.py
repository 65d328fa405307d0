"""The command `hardlab`: names become objects here and in `hardlab.verbs`, and nowhere below."""

import sys

import typer

from hardlab.console import guarded
from hardlab.verbs.chains import chains
from hardlab.verbs.decide import decide
from hardlab.verbs.reduce import reduce
from hardlab.verbs.run import run
from hardlab.verbs.show import graph, list_

app = typer.Typer(add_completion=False, rich_markup_mode=None)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit with its code. Verbs find its words in their context's `obj`."""
    words = sys.argv[1:] if arguments is None else arguments
    sys.exit(
        guarded(lambda: app(words or ["--help"], prog_name="hardlab", standalone_mode=False, obj=words), "--json" in words)
    )


@app.callback()
def hardlab() -> None:
    """Execute fine-grained reductions from k-SAT to attention, and check them end to end."""


app.command()(run)
app.command()(decide)
app.command()(reduce)
app.command()(chains)
app.command("list")(list_)
app.command()(graph)
