"""`hardlab report`: pages from stored records, of checked kernels, runs and sweeps; `hardlab check` writes its own here too."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hardlab.cli.console import OK, Told
from hardlab.cli.options import Markdown, Quiet
from hardlab.cli.outputs import outputs
from instances.faults import BadInput, one_line
from instances.files import atomic_write, reading

if TYPE_CHECKING:
    from hardlab.conformance.record import Stored


def report(
    files: Annotated[
        list[str],
        typer.Argument(help="Records of hardlab check --json, one of run --json, or a sweep's database.", show_default=False),
    ],
    output: Annotated[str | None, typer.Option("-o", "--output", help="Write a page for people here, one HTML file.")] = None,
    markdown: Markdown = None,
    figure: Annotated[
        str | None, typer.Option("--figure", help="Draw into this SVG file: of a run its answers, of a sweep --y over --x.")
    ] = None,
    x: Annotated[
        str | None, typer.Option("--x", help="Of a sweep: the axis, a parameter of its jobs.", show_default="n")
    ] = None,
    y: Annotated[
        str | None,
        typer.Option("--y", help="Of a sweep: seconds, yes-share, own-verdicts, rows-right, error.", show_default="seconds"),
    ] = None,
    quiet: Quiet = False,
) -> int:
    """Show stored records of checked kernels, of a run or of a sweep, and write the page of them. Nothing is computed again.

    Examples: hardlab check softmax --json > softmax.json; hardlab report softmax.json -o softmax.html

    hardlab report run.db -o run.html --x ratio --y yes-share
    """
    from hardlab.conformance.report.stored import parsed, stored
    from hardlab.conformance.report.terminal import text_of_checks
    from hardlab.runs.page.stored import is_run

    outputs(output=output, markdown=markdown, figure=figure, inputs=files)
    if figure is not None and figure != "-" and not figure.lower().endswith(".svg"):
        raise BadInput(f"--figure {figure}: what is drawn is SVG, name a file that ends in .svg")
    named = (("output", output), ("markdown", markdown), ("figure", figure))
    wanted = [f"--{name} -" for name, file in named if file == "-"]
    if len(wanted) > 1:
        raise BadInput(f"{' and '.join(wanted)} both want stdout: name a file for one of them")
    if any(map(_is_sweep, files)):
        return _of_sweep(files, output, markdown, figure, quiet, x, y)
    if x is not None or y is not None:
        raise BadInput("--x and --y choose what is drawn of a sweep: give its database")
    given = [parsed(file) for file in files]
    if any(map(is_run, given)):
        return _of_run(files, given, output, markdown, figure, quiet)
    if figure is not None:
        raise BadInput("--figure is of a run or a sweep: -o and --markdown show checked kernels")
    records = [record for file, one in zip(files, given, strict=True) for record in stored(one, file)]
    with _what_records_hold(files):
        shown_text = text_of_checks(records, len(records) > 1, quiet)
        write_pages(records, output, markdown)
    typer.echo(shown_text)
    return OK


@contextmanager
def _what_records_hold(files: list[str]) -> Iterator[None]:
    """Errors: `BadInput` where the records that are shown in here are not such as ours."""
    try:
        yield
    except BadInput:
        raise
    except (TypeError, ValueError, AttributeError, LookupError, ArithmeticError) as error:
        raise BadInput(f"{' '.join(files)}: not all is what records hold ({one_line(error)}): {_GIVE}") from None


_GIVE = "give files of hardlab check --json, one of run --json or decide --json, or a sweep's database"


def _is_sweep(file: str) -> bool:
    from hardlab.sweep.store import is_database

    if file == "-" or not os.path.isfile(file):
        return False
    with reading(file) as stream:
        return is_database(stream.read(16))


def _of_sweep(
    files: list[str], output: str | None, markdown: str | None, figure: str | None, quiet: bool, x: str | None, y: str | None
) -> int:
    from hardlab.conformance.report.matrix import markdown as markdown_of_kernels
    from hardlab.sweep.axes import N, axis
    from hardlab.sweep.grouping import groups_and_kernels
    from hardlab.sweep.lines import lines
    from hardlab.sweep.measures import SECONDS, USUAL, measure
    from hardlab.sweep.record import is_check
    from hardlab.sweep.reporting import page_of_sweep
    from hardlab.sweep.store import opened
    from hardlab.sweep.sweep_figure import figure as figure_of_sweep
    from hardlab.sweep.terminal import line_of_sweep, text_of_sweep

    if len(files) > 1:
        raise BadInput(f"{', '.join(files)}: the database of a sweep is reported by itself")
    of = SECONDS if y is None else measure(y)
    with _what_records_hold(files), opened(files[0], Told()) as (jobs, records):
        decided = [job for job in jobs if not is_check(job)]
        if not decided and jobs and (x, y, figure) != (None, None, None):
            raise BadInput(f"{files[0]} has checks of kernels alone: --x, --y and --figure draw decisions")
        over = N if x is None else axis(x, decided, files[0])
        found, kernels = groups_and_kernels(jobs, records)
        if markdown is not None and not kernels:
            raise BadInput(f"{files[0]} has no checks of kernels: as Markdown there are these alone, -o writes a page of HTML")
        said = line_of_sweep(found, kernels) if quiet else text_of_sweep(found, over, of, kernels)
        page = page_of_sweep(found, over, USUAL if y is None else [of], kernels)
        drawn = lines(found, over, of)
        if figure is not None and not drawn:
            raise BadInput(f"{files[0]} has nothing to draw of {of.name}. {of.lacking}")
        svg = figure_of_sweep(drawn, over, of) if figure is not None else ""
    _write({output: page, figure: svg, markdown: markdown_of_kernels(kernels)})
    typer.echo(said, err="-" in (output, figure, markdown))
    return OK


def _of_run(
    files: list[str], given: list[Any], output: str | None, markdown: str | None, figure: str | None, quiet: bool
) -> int:
    from hardlab.pages.text import line
    from hardlab.runs.page.stored import figure_of_stored, page_of_stored

    if len(files) > 1 or markdown is not None:
        raise BadInput(f"{', '.join(files)}: the record of a run is reported by itself, as text or with -o as HTML")
    page = page_of_stored(given[0], files[0]) if output is not None or figure is None else ""
    drawn = figure_of_stored(given[0], files[0]) if figure is not None else ""
    said = line(given[0]["verdict"])
    _write({output: page, figure: drawn})
    typer.echo(said if quiet else f"{said.upper()}: {line(given[0]['reason'])}", err="-" in (output, figure))
    return OK


def write_pages(records: Sequence[Stored], report: str | None, markdown: str | None) -> None:
    """The HTML page and the Markdown, where they are asked for. Errors: `BadInput`."""
    from hardlab.conformance.report.markdown import markdown as markdown_of
    from hardlab.conformance.report.page import page_of_checks

    _write({file: page(records) for file, page in ((report, page_of_checks), (markdown, markdown_of)) if file is not None})


def _write(pages: Mapping[str | None, str]) -> None:
    """Each into its file, where one was named."""
    for file, content in pages.items():
        if file is not None:
            with atomic_write(file) as stream:
                stream.write(content.encode())
