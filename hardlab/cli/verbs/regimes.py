"""`hardlab study regimes`: which algorithm is the fastest where."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from hardlab.cli.checked import octaves_of, positive, positive_numbers, promisable, shares_of, widths_of
from hardlab.cli.console import emit_json
from hardlab.cli.options import Figure, Json, Memory, Quiet, RandomSeed, RecordsFile, Repeats, StoredRecords
from hardlab.cli.outputs import checked_figure, checked_records, kept, stored
from instances.faults import at_least
from instances.memory import bytes_of


def regimes(
    octaves: Annotated[str, typer.Option(help="n = 2^first to 2^last, as first:last.")] = "10:14",
    widths: Annotated[str, typer.Option(help="Columns of Q, K and V: the numbers.")] = "2,3,8,16",
    bounds: Annotated[str, typer.Option(help="Entries are in [-B, B]: the bounds B.")] = "0.25,0.5,1,2,4,8",
    shares: Annotated[str, typer.Option(help="Parts of the rows that are ten times as long.")] = "0,0.01",
    error: Annotated[float, typer.Option(help="Additive error that must be promised.")] = 1e-6,
    repeats: Repeats = 3,
    limit: Annotated[float, typer.Option(help="Seconds; what is predicted to take longer is not run.")] = 20.0,
    seed: RandomSeed = 0,
    memory: Memory = "1G",
    output: RecordsFile = None,
    figure: Figure = None,
    from_: StoredRecords = None,
    json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Measure which algorithm with a promised error is the fastest, over n, d, the bound on the entries and long rows.

    Example: hardlab study regimes --octaves 10:12 --widths 2,8 -o regimes.jsonl --figure regimes.svg
    """
    from hardlab.study import regimes as fastest
    from hardlab.study.regimes_figure import draw_regimes

    checked_records(output, json)
    checked_figure(figure)
    found = stored(from_, output, fastest.Record)
    if found is None:
        for option, value, least in (("--repeats", repeats, 1), ("--seed", seed, 0)):
            at_least(option, value, least)
        promisable(error)
        positive("--limit", limit)
        settings = fastest.Settings(
            tuple(octaves_of(octaves)), tuple(widths_of(widths)), tuple(positive_numbers("--bounds", bounds, "0.5,1,2")),
            tuple(shares_of(shares)), error, repeats, seed, limit,
        )  # fmt: skip
        found = kept(fastest.measured(settings, bytes_of(memory)), settings.count, output)
    known = fastest.cells(found)
    if figure is not None:
        draw_regimes(found, figure)
    if json:
        records = [asdict(record) for record in found]
        emit_json({"records": records, "summary": fastest.summary(known), "output": output, "figure": figure})
    else:
        typer.echo(fastest.summary(known) if quiet else fastest.table(known), err=output == "-")
    return 0
