"""`hardlab check`: conformance of an attention kernel."""

import os
import shlex
from collections.abc import Sequence
from json import dumps
from pathlib import Path
from time import perf_counter
from typing import Annotated, Any, get_args

import typer

from attention import ALGORITHMS
from hardlab.conformance.checking import FAILED, check_algorithm, checked, expected_failures, record_of
from hardlab.conformance.kernel import Conventions, Dtype, Scale
from hardlab.conformance.ladder import SIZES
from hardlab.conformance.markdown import markdown as markdown_text
from hardlab.conformance.peers import installed
from hardlab.conformance.report import report_of
from hardlab.conformance.result import Result
from hardlab.conformance.targets import kernel_named
from hardlab.console import emit_json, quiet_stdout
from hardlab.options import Json, Memory, PlugInPath, Quiet, bytes_of
from hardlab.progress import progress
from hardlab.running import versions
from hardlab.study.records import writable
from hardlab.text import table
from instances.files import atomic_write
from instances.problem import BadInput

MOST = 12
"""Failed checks that are shown in full."""

_OUTPUTS = ("--only", "--report", "--markdown", "--counterexamples")

SLOW = ("certified", "certified-log")
"""What the others are measured against, and takes hours on the ladder."""

VERDICTS = {
    "conformant": "CONFORMANT",
    "declined": "DECLINED (honestly)",
    "inaccurate": "INACCURATE",
    "wrong": "WRONG",
    "crashed": "CRASHED",
    "timeout": "TIMED OUT",
}


def check(
    context: typer.Context,
    target: Annotated[
        str | None,
        typer.Argument(
            help="An algorithm, module:object, FILE.py:object, or a command with {input} {output}.", show_default=False
        ),
    ] = None,
    scale: Annotated[str, typer.Option(help=f"How the kernel has its scale: {', '.join(get_args(Scale))}.")] = "argument",
    layout: Annotated[str, typer.Option(help="nd for (n, d) arrays, bhnd for (1, 1, n, d).")] = "nd",
    dtype: Annotated[str, typer.Option(help=f"The precision: {', '.join(get_args(Dtype))}.")] = "float64",
    seed: Annotated[int | None, typer.Option(help="Set this seed before each call.")] = None,
    timeout: Annotated[float, typer.Option(help="Seconds a call.")] = 60.0,
    memory: Memory = "1G",
    sizes: Annotated[str, typer.Option(help="The n of the ladder of decisions.")] = ",".join(map(str, SIZES)),
    only: Annotated[str | None, typer.Option(help="Run only the checks of this name or pattern.")] = None,
    expect: Annotated[str | None, typer.Option(help="A TOML file of expected failures with their reasons.")] = None,
    path: PlugInPath = None,
    report: Annotated[str | None, typer.Option(help="Write a page for people here, one self-contained HTML file.")] = None,
    markdown: Annotated[str | None, typer.Option(help="Write it as Markdown here.")] = None,
    counterexamples: Annotated[str | None, typer.Option(help="Write a file for each wrong decision into this folder.")] = None,
    all_: Annotated[bool, typer.Option("--all", help="Check our algorithms and the peers that are installed.")] = False,
    json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Check an attention kernel on inputs from reductions: what accuracy it delivers, and where it starts to be wrong.

    Example: hardlab check mymodule:attention --dtype float32 --scale '1/sqrt(d)'
    """
    if (target is None) is not all_:
        raise BadInput("give a TARGET, or --all for our algorithms and the peers that are installed")
    conventions = Conventions(scale, layout, dtype, seed)  # type: ignore[arg-type]
    if all_ and (conventions != Conventions() or path is not None):
        raise BadInput(
            "--all calls each kernel by its own conventions: leave out --scale, --layout, --dtype, --seed and --path"
        )
    wanted, expected = _sizes(sizes), [] if expect is None else expected_failures(expect)
    for written in filter(None, (report, markdown)):
        writable(written)
    records, wrong = [], []
    with quiet_stdout():
        for name, how in everything() if all_ else [(str(target), conventions)]:
            start = perf_counter()
            kernel = kernel_named(name, how, timeout, bytes_of(memory), None if path is None else Path(path))
            command = _command(context.obj) if not all_ else shlex.join(["hardlab", "check", name, "--dtype", how.dtype])
            count = sum(1 for _ in check_algorithm(wanted))
            results = checked(kernel, sizes=wanted, only=only, expected=expected, command=command)
            found = list(progress(results, count, name))
            if not found:
                raise BadInput(f"--only {only!r} matches no check: the groups are definition, invariance, decisions, ...")
            wrong += [result for result in found if result.counterexample is not None]
            records.append(record_of(kernel, found, seconds=perf_counter() - start, versions=versions(), command=command))
    if counterexamples is not None:
        _write_counterexamples(counterexamples, wrong)
    for file, text in ((report, report_of), (markdown, markdown_text)):
        if file is not None:
            _write(file, text(records))
    if json:
        emit_json({"kernels": records} if all_ else records[0])
    elif all_:
        typer.echo(markdown_text(records) if not quiet else "\n".join(f"{r['target']} {r['verdict']}" for r in records))
    else:
        typer.echo(records[0]["verdict"] if quiet else _text(records[0], found))
    return 0 if all(record["verdict"] in ("conformant", "declined") for record in records) else 1


def everything() -> list[tuple[str, Conventions]]:
    """Our algorithms in float64 (softmax32 in float32), and the installed peers in each of their types."""
    ours = [
        (a.key, Conventions(dtype="float32" if a.key == "softmax32" else "float64")) for a in ALGORITHMS if a.key not in SLOW
    ]
    return ours + [(peer.target, Conventions(**of)) for peer in installed() for of in peer.conventions]  # type: ignore[arg-type]


def _write(file: str, text: str) -> None:
    with atomic_write(file) as stream:
        stream.write(text.encode())


def _write_counterexamples(folder: str, found: Sequence[Result]) -> None:
    """A file for each wrong decision, named for its place on the ladder. Errors: `BadInput` where it cannot be written."""
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        raise BadInput(f"{folder} cannot be made ({error.strerror}): name a folder that you can write to") from None
    for result in found:
        _write(os.path.join(folder, f"{result.name.replace('/', '_')}.json"), dumps(result.counterexample, indent=2))


def _sizes(text: str) -> tuple[int, ...]:
    try:
        sizes = tuple(int(part) for part in text.split(","))
    except ValueError:
        sizes = ()
    if not sizes or not all(4 <= n <= 2**16 for n in sizes):
        raise BadInput(f"--sizes {text}: whole numbers from 4 to 65536, joined by commas")
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


def _text(record: dict[str, Any], found: list[Result]) -> str:
    counts: dict[str, dict[str, int]] = {}
    for result in found:
        counts.setdefault(result.group, {}).setdefault(result.status, 0)
        counts[result.group][result.status] += 1
    rows = [(group, ", ".join(f"{count} {status}" for status, count in of.items())) for group, of in counts.items()]
    lines = [f"{VERDICTS[record['verdict']]}: {record['target']} in {record['conventions']['dtype']}", ""]
    lines.append(table(("checks", "results"), rows, left=("checks", "results")))
    failed = [result for result in found if result.status in FAILED]
    for result in failed[:MOST]:
        lines += ["", f"{result.name} is {result.status}: {result.reason}", f"  again: {result.repeat}"]
    if len(failed) > MOST:
        lines += ["", f"and {len(failed) - MOST} more: --json, --report or --markdown has them all"]
    held = [(end["construction"], f"{end['R0']:g}", _shown(end["n"]), _shown(end["B"]), f"{end['passed']} of {end['rungs']}")
            for end in record["ends"]]  # fmt: skip
    if held:
        lines += ["", table(("construction", "R0", "decides to n", "to B / sqrt(ln n)", "rungs"), held, left=("construction",))]
    return "\n".join([*lines, "", f"seconds: {record['seconds']:.1f}"])


def _shown(value: float | None) -> str:
    return "-" if value is None else f"{value:g}"
