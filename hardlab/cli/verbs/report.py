"""`hardlab report`: pages from stored records, of checked kernels and of sweeps.

What `hardlab check` shows of its records is made here too.
"""

import json as json_
import os
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from typing import Annotated, Any

import typer

from hardlab.cli.console import OK
from hardlab.cli.options import Quiet
from hardlab.conformance.report.markdown import VERDICTS, Record, endings, failed, heading, items, line, number, target
from hardlab.conformance.report.markdown import markdown as markdown_of
from hardlab.conformance.report.page import report_of
from hardlab.runs.text import table
from hardlab.study.records import LARGEST, writable
from hardlab.sweep.grouping import groups
from hardlab.sweep.grouping import heading as heading_of_sweep
from hardlab.sweep.grouping import text as text_of_sweep
from hardlab.sweep.reporting import report_of as page_of_sweep
from hardlab.sweep.store import is_database, opened
from instances.files import AnyPath, atomic_write, reading, shown
from instances.problem import BadInput, one_line

Report = Annotated[str | None, typer.Option(help="Write a page for people here, one self-contained HTML file.")]
Markdown = Annotated[str | None, typer.Option(help="Write it as Markdown here.")]

MOST = 12
"""Failed checks that are shown in full."""


def report(
    files: Annotated[
        list[str],
        typer.Argument(help="Records of hardlab check --json, or a sweep's database.", show_default=False),
    ],
    output: Annotated[str | None, typer.Option("-o", "--output", help="Write a page for people here, one HTML file.")] = None,
    markdown: Markdown = None,
    quiet: Quiet = False,
) -> int:
    """Show stored records of checked kernels or of a sweep, and write the page of them. Nothing is computed again.

    Example: hardlab check softmax --json > softmax.json; hardlab report softmax.json -o softmax.html
    """
    outputs(output=output, markdown=markdown, inputs=files)
    if any(map(_is_sweep, files)):
        return _of_sweep(files, output, markdown, quiet)
    records = [record for file in files for record in stored(file)]
    try:
        shown_text = text(records, len(records) > 1, quiet)
        write_pages(records, output, markdown)
    except BadInput:
        raise
    except (TypeError, ValueError, AttributeError, LookupError, ArithmeticError) as error:
        raise BadInput(f"{' '.join(files)}: not all is what records hold ({one_line(error)}): {_GIVE}") from None
    typer.echo(shown_text)
    return OK


_GIVE = "give files of hardlab check --json"


def outputs(*, inputs: Sequence[str | None] = (), **written: str | None) -> None:
    """Errors: `BadInput` where a file cannot be written, is to be written twice, or is an input."""
    beside = [f"{file}{suffix}" for file in inputs if file for suffix in ("", "-wal", "-shm", "-journal")]  # of a database
    taken = {_identity(file): "an input" for file in beside if os.path.isfile(file)}
    for option, file in written.items():
        if file is None or file == "-":
            continue
        if not file:
            raise BadInput(f"--{option} '' names no file")
        place = _identity(file)
        if place in taken:
            raise BadInput(f"--{option} {file} is {taken[place]}: name another file")
        taken[place] = "what another option writes"
        writable(file)


def _identity(file: str) -> object:
    """The same for all names of a file, links of both kinds among them."""
    with suppress(OSError):
        about = os.stat(file)
        return about.st_dev, about.st_ino
    return os.path.realpath(file)


def _is_sweep(file: str) -> bool:
    if file == "-" or not os.path.isfile(file):
        return False
    with reading(file) as stream:
        return is_database(stream.read(16))


def _of_sweep(files: list[str], output: str | None, markdown: str | None, quiet: bool) -> int:
    if len(files) > 1 or markdown is not None:
        raise BadInput(f"{', '.join(files)}: the database of a sweep is reported by itself, as text or with -o as HTML")
    with opened(files[0]) as (jobs, records):
        found = groups(jobs, records)
    if output is not None:
        with atomic_write(output) as stream:
            stream.write(page_of_sweep(found).encode())
    typer.echo(heading_of_sweep(found) if quiet else text_of_sweep(found), err=output == "-")
    return OK


def stored(file: AnyPath) -> list[Record]:
    """The records of a file that `hardlab check --json` has written. Errors: `BadInput`."""
    name = shown(file)
    with reading(file) as stream:
        content = stream.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise BadInput(f"{name} has more than {LARGEST:,} bytes: give a file of hardlab check --json")
    try:
        given = json_.loads(content)
    except (ValueError, RecursionError):
        raise BadInput(f"{name} is not JSON: give a file of hardlab check --json") from None
    records = given.get("kernels") if isinstance(given, dict) and "kernels" in given else [given]
    if not isinstance(records, list) or not records or not all(_is_record(record) for record in records):
        raise BadInput(f"{name} holds no record of a checked kernel: give a file of hardlab check --json")
    return records


def _is_record(given: Any) -> bool:
    """Whether it has the parts that pages are made of, each of its kind; what is in them may be missing."""
    parts = {"checks": list, "ends": list, "chains": list, "conventions": dict, "versions": dict}
    return (
        isinstance(given, dict)
        and isinstance(given.get("target"), str)
        and given.get("verdict") in VERDICTS
        and all(isinstance(given.get(name), kind) for name, kind in parts.items())
        and all(isinstance(row, dict) for name in ("checks", "ends", "chains") for row in given[name])
    )


def write_pages(records: Sequence[Record], report: str | None, markdown: str | None) -> None:
    """The HTML page and the Markdown, where they are asked for. Errors: `BadInput`."""
    pages = [(file, page(records)) for file, page in ((report, report_of), (markdown, markdown_of)) if file is not None]
    for file, content in pages:
        with atomic_write(file) as stream:
            stream.write(content.encode())


def text(records: Sequence[Record], many: bool, quiet: bool) -> str:
    """What the terminal shows of records: of many a table, or a line each."""
    if many:
        return "\n".join(f"{r['target']} {r['verdict']}" for r in records) if quiet else markdown_of(records)
    return str(records[0]["verdict"]) if quiet else _of_one(records[0])


def _of_one(record: Record) -> str:
    found: dict[str, Counter[str]] = {}
    for check in items(record, "checks"):
        found.setdefault(line(check.get("name")).partition("/")[0], Counter())[line(check.get("status"))] += 1
    rows = [(check, ", ".join(f"{count} {status}" for status, count in of.items())) for check, of in found.items()]
    lines = [f"{heading(record)}: {target(record)} in {line(record['conventions'].get('dtype'))}", ""]
    lines.append(table(("check", "results"), rows, left=("check", "results")))
    lost = failed(record)
    for check in lost[:MOST]:
        lines += ["", f"{line(check.get('name'))} is {line(check['status'])}: {line(check.get('reason'))}"]
        lines += [f"  again: {line(check.get('repeat'))}"]
    if len(lost) > MOST:
        lines += ["", f"and {len(lost) - MOST} more: --json, --report or --markdown has them all"]
    held = endings(record)
    if held:
        lines += ["", table(held[0], held[1:], left=held[0])]
    return "\n".join([*lines, "", f"seconds: {number(record.get('seconds'))}"])
