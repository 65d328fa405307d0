"""`hardlab check`: conformance of an attention kernel."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Sequence
from json import dumps
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated

import typer

from hardlab.cli.console import FAULT, OK, Interrupted, emit_json, quiet_stdout
from hardlab.cli.options import Json, Markdown, PlugInPath, Quiet, Report
from hardlab.cli.outputs import folder, outputs
from hardlab.cli.progress import progress
from hardlab.work.limits import TIMEOUT
from instances.faults import BadInput, Declined, one_line
from instances.files import atomic_write
from instances.memory import bytes_of

if TYPE_CHECKING:
    from hardlab.conformance.record import CheckRecord
    from hardlab.kernels.kernel import Kernel

_OUTPUTS = ("--only", "--report", "--markdown", "--counterexamples")


def check(
    context: typer.Context,
    target: Annotated[
        str | None,
        typer.Argument(
            help="An algorithm, module:object, FILE.py:object, or a command with {input} {output}.", show_default=False
        ),
    ] = None,
    scale: Annotated[str, typer.Option(help="How the kernel has its scale: argument, 1/d, 1/sqrt(d), 1.")] = "argument",
    layout: Annotated[str, typer.Option(help="nd for (n, d) arrays, bhnd for (1, 1, n, d).")] = "nd",
    dtype: Annotated[str, typer.Option(help="The precision: float64, float32, float16, bfloat16.")] = "float64",
    seed: Annotated[int | None, typer.Option(help="Set this seed before each call.")] = None,
    timeout: Annotated[float, typer.Option(help="Seconds a call.")] = TIMEOUT,
    memory: Annotated[str, typer.Option(help="Address space of the kernel's process beside what loading took.")] = "4G",
    sizes: Annotated[str, typer.Option(help="The n of the ladder of decisions.")] = "16,64,256,1024,4096",
    only: Annotated[str | None, typer.Option(help="Run only the checks of this name or pattern.")] = None,
    expect: Annotated[str | None, typer.Option(help="A TOML file of expected failures with their reasons.")] = None,
    path: PlugInPath = None,
    report: Report = None,
    markdown: Markdown = None,
    counterexamples: Annotated[str | None, typer.Option(help="Write a file for each wrong decision into this folder.")] = None,
    all_: Annotated[bool, typer.Option("--all", help="Check our algorithms and the peers that are installed.")] = False,
    json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Check an attention kernel on inputs from reductions: what accuracy it delivers, and where it starts to be wrong.

    Exit code 0 if it is conformant or declined honestly. Ctrl-C ends the check; what was reached is shown and written.

    Example: hardlab check mymodule:attention --dtype float32 --scale '1/sqrt(d)'
    """
    from hardlab.cli.verbs.report import write_pages
    from hardlab.conformance.checking import names_of_checks
    from hardlab.conformance.everything import everything
    from hardlab.conformance.expected import expected_failures
    from hardlab.conformance.report.terminal import text_of_checks
    from hardlab.kernels.kernel import Conventions
    from hardlab.kernels.targets import kernel_named

    if (target is None) is not all_:
        raise BadInput("give a TARGET, or --all for our algorithms and the peers that are installed")
    conventions = Conventions(scale, layout, dtype, seed)  # type: ignore[arg-type]
    if all_ and (conventions != Conventions() or path is not None):
        raise BadInput(
            "--all calls each kernel by its own conventions: leave out --scale, --layout, --dtype, --seed and --path"
        )
    wanted = _sizes(sizes)
    expected = [] if expect is None else expected_failures(expect, names_of_checks(wanted))
    outputs(report=report, markdown=markdown, inputs=[expect, None if target is None else target.rpartition(":")[0], target])
    if counterexamples is not None:
        folder(counterexamples, ["counterexample.json"])
    records: list[CheckRecord] = []
    with quiet_stdout():
        for name, how in everything() if all_ else [(str(target), conventions)]:
            kernel = kernel_named(name, how, timeout, bytes_of(memory), None if path is None else Path(path))
            command = shlex.join(["hardlab", "check", name, "--dtype", how.dtype]) if all_ else _command(context.obj)
            records.append(_record(kernel, wanted, only, expected, command, one_of_many=all_))
            if records[-1]["part"] == "interrupted":
                break
    if counterexamples is not None:
        for record in records:
            _write_counterexamples(counterexamples, record, named=all_)
    write_pages(records, report, markdown)
    if json:
        emit_json({"kernels": records} if all_ else records[0])
    else:
        typer.echo(text_of_checks(records, all_, quiet))
    if records[-1]["part"] == "interrupted":
        raise Interrupted("interrupted; this is what was reached")
    return OK if all(record["verdict"] in ("conformant", "declined") for record in records) else FAULT


def _record(
    kernel: Kernel,
    sizes: Sequence[int],
    only: str | None,
    expected: Sequence[tuple[str, str]],
    command: str,
    *,
    one_of_many: bool,
) -> CheckRecord:
    """The record of a kernel, of what was reached if Ctrl-C comes. One of many that cannot be loaded is a record too.

    Errors: `BadInput` where a single kernel cannot be loaded, or nothing has the name that is asked for.
    """
    from hardlab.conformance.checking import checked, checks, names_of_checks
    from hardlab.conformance.recording import record_of
    from hardlab.conformance.result import Result
    from hardlab.work.environment import versions

    start = perf_counter()
    found: list[Result] = []
    part = None if only is None else f"only {only!r}"
    chosen = list(checks(kernel, sizes, only))
    try:
        results = checked(progress(chosen, len(chosen), kernel.name), only=only, expected=expected, command=command)
        for result in results:
            found.append(result)
    except KeyboardInterrupt:
        part = "interrupted"
    except (BadInput, Declined, OSError, MemoryError) as error:
        if not found and not one_of_many:
            raise
        found.append(Result("loading" if not found else "checking", "crashed", one_line(error)))
    if not found and part != "interrupted":
        names = ", ".join(dict.fromkeys(name.partition("/")[0] for name in names_of_checks(sizes)))
        raise BadInput(f"--only {only!r} matches no check of {kernel.name}: the first part of a name is one of {names}")
    return record_of(kernel, found, seconds=perf_counter() - start, versions=versions(), command=command, part=part)


def _write_counterexamples(directory: str, record: CheckRecord, named: bool) -> None:
    """A file for each wrong decision, named for its place on the ladder, and for the kernel too if there are several."""
    kernel = re.sub(r"[^\w.-]+", "_", f"{record['target']}_{record['conventions']['dtype']}_") if named else ""
    for result in record["checks"]:
        if result["counterexample"] is not None:
            file = os.path.join(directory, f"{kernel}{result['name'].replace('/', '_')}.json")
            with atomic_write(file) as stream:
                stream.write(dumps(result["counterexample"], indent=2).encode())


def _sizes(text: str) -> tuple[int, ...]:
    from hardlab.conformance.ladder import LARGEST_N

    try:
        sizes = tuple(int(part) for part in text.split(","))
    except ValueError:
        sizes = ()
    if not sizes or not all(4 <= n <= LARGEST_N for n in sizes):
        raise BadInput(f"--sizes {text}: whole numbers from 4 to {LARGEST_N}, joined by commas")
    return tuple(sorted(set(sizes)))


def _command(words: list[str] | None) -> str:
    """The command as it was given, without the options of what to run and write, to which a repetition adds its own --only."""
    kept, left_out = [], False
    for word in words or []:
        if left_out:
            left_out = False
        elif word.split("=")[0] in _OUTPUTS:
            left_out = "=" not in word
        elif word not in ("--json", "-q", "--quiet"):
            kept.append(word)
    return shlex.join(["hardlab", *kept])
