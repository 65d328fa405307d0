"""`hardlab study`: where fast attention stops being fast, how times grow with n, what larger formulas would take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hardlab.cli.checked import octaves_of, positive, positive_numbers, promisable
from hardlab.cli.console import emit_json, quiet_stdout
from hardlab.cli.options import Figure, Json, Memory, PlugInPath, Quiet, RandomSeed, RecordsFile, Repeats, StoredRecords
from hardlab.cli.outputs import checked_figure, checked_records, kept, stored
from hardlab.cli.verbs.plan import plan
from hardlab.cli.verbs.regimes import regimes
from hardlab.pages.text import power_of_two
from instances.faults import at_least
from instances.memory import bytes_of

if TYPE_CHECKING:
    from hardlab.study import exponent as growth
    from hardlab.study import transition as times

study = typer.Typer(
    add_completion=False,
    help="Experiments: where fast attention stops being fast, and how times grow with n.\n\n"
    "Example: hardlab study frontier --m 8",
    rich_markup_mode=None,
)

FACTORS = "0.1,0.2,0.3,0.4,0.45,0.5,0.55,0.6,0.65,0.7,0.8,0.9,1.0,1.3,1.6"

D = Annotated[int, typer.Option("--d", help="Columns of Q, K and V.")]
Error = Annotated[float, typer.Option(help="Additive error that polynomials must promise.")]


@study.command()
def transition(
    octaves: Annotated[str, typer.Option(help="n = 2^first to 2^last, as first:last.")] = "10:15",
    d: D = 8,
    error: Error = 1e-4,
    factors: Annotated[str, typer.Option(help="Entries are in [-B, B], B = factor sqrt(ln n): the factors.")] = FACTORS,
    repeats: Repeats = 3,
    rows: Annotated[int, typer.Option(help="Rows on which the error is measured against certified values.")] = 4,
    limit: Annotated[float, typer.Option(help="Seconds; what is predicted to take longer is not run.")] = 20.0,
    seed: RandomSeed = 0,
    memory: Memory = "1G",
    output: RecordsFile = None,
    figure: Figure = None,
    from_: StoredRecords = None,
    json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Measure up to which entries polynomial attention is faster than softmax, as n grows, and draw it.

    Example: hardlab study transition --octaves 10:13 -o times.jsonl --figure times.svg
    """
    from hardlab.study import transition as times
    from hardlab.study.crossover import cells, crossovers, summary
    from hardlab.study.transition_figure import draw

    checked_records(output, json)
    checked_figure(figure)
    found = stored(from_, output, times.Record)
    if found is None:
        for option, value, least in (("--d", d, 1), ("--repeats", repeats, 1), ("--rows", rows, 0), ("--seed", seed, 0)):
            at_least(option, value, least)
        promisable(error)
        positive("--limit", limit)
        settings = times.Settings(
            octaves_of(octaves),
            tuple(positive_numbers("--factors", factors, "0.2,0.5,1")),
            d,
            error,
            repeats,
            rows,
            seed,
            limit,
        )
        found = kept(times.measured(settings, bytes_of(memory)), settings.count, output)
    said = summary(found)
    if figure is not None:
        draw(found, figure)
    if json:
        crossed = [{**asdict(c), "of_root": c.of_root} for c in crossovers(cells(found))]
        records = [asdict(record) for record in found]
        emit_json({"records": records, "crossovers": crossed, "summary": said, "output": output, "figure": figure})
    else:
        typer.echo(said if quiet else f"{_table(found)}\n\n{said}", err=output == "-")
    return 0


@study.command()
def exponent(
    algorithm: Annotated[str, typer.Argument(help="An algorithm of hardlab list, module:object or FILE.py:object.")],
    form: Annotated[
        str, typer.Option(help="attention, causal, window (of n^(3/4) keys), tensor, or a gradient: dQ, dK, dV, dX.")
    ] = "attention",
    octaves: Annotated[str, typer.Option(help="n = 2^first to 2^last, as first:last.")] = "11:15",
    d: D = 8,
    error: Error = 1e-4,
    bounded: Annotated[float, typer.Option(help="Entries are in [-B, B]: B of the bounded regime.")] = 0.3,
    critical: Annotated[float, typer.Option(help="B / sqrt(ln n) of the critical regime; of tensor, B / (ln n)^(1/3).")] = 1.0,
    repeats: Repeats = 5,
    seed: RandomSeed = 0,
    memory: Memory = "1G",
    path: PlugInPath = None,
    output: RecordsFile = None,
    json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Fit time ~ n^c to ALGORITHM, for bounded entries and for entries of order sqrt(log n), and say what that would imply.

    Example: hardlab study exponent polynomial --form causal --octaves 11:14 --critical 0.4
    """
    from hardlab.names.deciders import algorithm_named
    from hardlab.study import exponent as growth
    from hardlab.study.by_polynomials import in_form
    from hardlab.study.forms import form_named

    checked_records(output, json)
    for option, value, least in (("--d", d, 1), ("--repeats", repeats, 1), ("--seed", seed, 0)):
        at_least(option, value, least)
    for name, number in (("--bounded", bounded), ("--critical", critical)):
        positive(name, number)
    promisable(error)
    of = form_named(form)
    settings = growth.Settings(octaves_of(octaves), d, bounded, critical, repeats, seed, of)
    with quiet_stdout():
        found_algorithm = algorithm_named(algorithm, path, "float64", bytes_of(memory), of.asks)
        asked, wished = growth.with_error(in_form(found_algorithm, of), error)
    found = kept(growth.measured(asked, wished, settings, bytes_of(memory)), 2 * len(settings.octaves), output)
    regimes = {regime: growth.conclusion(found, regime) for regime in (growth.BOUNDED, growth.CRITICAL)}
    if json:
        emit_json(
            {"algorithm": asked.key, "form": form, **regimes, "records": [asdict(record) for record in found], "output": output}
        )
    else:
        typer.echo(_growth_text(regimes, settings, quiet), err=output == "-")
    return 0


@study.command()
def frontier(
    m: Annotated[int, typer.Option("--m", help="Coordinates of the vectors.")] = 8,
    N: Annotated[int, typer.Option("--n", help="Vectors in each list.")] = 1024,
    max_m: Annotated[int, typer.Option("--max-m", help="The figure shows m from 1 to this.")] = 64,
    figure: Annotated[str | None, typer.Option(help="Draw eps against m into this file, .svg or .png.")] = None,
    output: RecordsFile = None,
    json: Json = False,
    quiet: Quiet = False,
) -> int:
    """The gap of every reduction from orthogonal vectors to gap Hamming distance, at M coordinates; nothing is built.

    With --figure there are records (-o) for every m from 1 to --max-m. Example: hardlab study frontier --m 8
    """
    from hardlab.study import frontier as gaps
    from hardlab.study.asymptotic import constants, constants_text
    from hardlab.study.frontier_figure import draw_gaps

    checked_records(output, json)
    gaps.checked(m, N, max_m)
    checked_figure(figure)
    sizes = sorted({m, *range(1, max_m + 1)}) if figure is not None else [m]
    found = kept(gaps.records(sizes, N), len(sizes) * (len(gaps.KINDS) + 1), output)
    here = [record for record in found if record.m == m]
    said, overtaking = gaps.summary(here, m), constants()
    if figure is not None:
        draw_gaps([record for record in found if record.m <= max_m], figure)
    if json:
        shown = {"records": [asdict(record) for record in here], "constant": [of.record for of in overtaking]}
        emit_json({"m": m, "N": N, **shown, "summary": said, "output": output, "figure": figure})
    else:
        text = f"{gaps.table_text(here)}\n\n{said}\n\n{gaps.OVERTAKING}\n{constants_text(overtaking)}"
        typer.echo(said if quiet else text, err=output == "-")
    return 0


study.command()(regimes)
study.command()(plan)


def _table(records: Sequence[times.Record]) -> str:
    """A line for each n: the boundaries and the measured crossover."""
    from hardlab.study.crossover import cells, crossovers, rank_line, setting_of, time_line
    from hardlab.study.measuring import root

    d, error = setting_of(records)
    found = cells(records)
    crossed = {crossover.n: crossover for crossover in crossovers(found)}
    lines = [
        f"{'n':>6} {'sqrt(ln n)':>10} {'rank = n':>9} {'predicted':>9} {'measured':>9}  between (B; d = {d}, error {error:g})"
    ]
    for n in sorted({cell.n for cell in found}):
        at = crossed.get(n)
        measured = f"{at.B:9.3f}  {at.below:.3f}, {at.above:.3f}{' (declined)' if at.declined else ''}" if at else f"{'-':>9}"
        bounds = f"{rank_line(found, n, d, error):9.3f} {time_line(found, n, d, error):9.3f}"
        lines.append(f"{power_of_two(n):>6} {root(n):10.3f} {bounds} {measured}")
    return "\n".join(lines)


def _growth_text(regimes: dict[str, dict[str, Any]], settings: growth.Settings, quiet: bool) -> str:
    from hardlab.study import exponent as growth

    entries = {
        growth.BOUNDED: f"B = {settings.bounded:g}",
        growth.CRITICAL: f"B = {settings.critical:g} {settings.form.order.replace('log', 'ln')}",
    }
    lines = []
    for regime, found in regimes.items():
        lines.append(f"{regime} ({entries[regime]}): {found['text']}" + (f": {found['reason']}" if found["reason"] else ""))
        if found["implies"] and not quiet:
            lines.append(found["implies"])
    return "\n".join(lines)
