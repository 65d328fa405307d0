"""`hardlab export`: the records of a sweep as JSON lines or CSV."""

from typing import Annotated

import typer

from hardlab.cli.console import OK, Told
from hardlab.cli.options import Quiet
from hardlab.cli.outputs import outputs
from instances.faults import BadInput
from instances.files import atomic_write


def export(
    database: Annotated[str, typer.Argument(help="The database of hardlab sweep.", show_default=False)],
    output: Annotated[str, typer.Option("-o", "--output", help=".jsonl or .csv, or - for JSON lines on stdout.")] = "-",
    csv: Annotated[bool, typer.Option("--csv", help="CSV whatever the name says, on stdout too.")] = False,
    quiet: Quiet = False,
) -> int:
    """Write the records of a sweep, which may still be running.

    Example: hardlab export run.db -o run.csv
    """
    from hardlab.sweep.exporting import csv_lines, json_lines
    from hardlab.sweep.store import opened

    suffix = output.rpartition(".")[2].lower()
    if output != "-" and not csv and suffix not in ("jsonl", "csv"):
        raise BadInput(f"{output}: records are written as .jsonl or .csv, name a file that ends so, or - for stdout")
    outputs(output=output, inputs=[database])
    count, table = 0, csv or suffix == "csv"
    with opened(database, Told()) as (_, records), atomic_write(output) as stream:
        for line in csv_lines(records) if table else json_lines(records):
            stream.write(line.encode())
            count += 1
    if output != "-" and not quiet:
        typer.echo(f"{count - table:,} records in {output}")
    return OK
