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
from hardlab.cli.elsewhere import OF_ANSWERS, OF_TRIALS, TO_WRITE, only_options, received, write_inputs
from hardlab.cli.options import Json, Markdown, PlugInPath, Quiet, Report
from hardlab.cli.outputs import folder, outputs
from hardlab.cli.progress import progress
from hardlab.cli.repeating import command_given, command_of
from hardlab.work.limits import TIMEOUT
from instances.faults import BadInput, Declined, one_line
from instances.files import atomic_write
from instances.memory import bytes_of

if TYPE_CHECKING:
    from hardlab.conformance.record import CheckRecord
    from hardlab.kernels.kernel import Kernel


def check(
    context: typer.Context,
    target: Annotated[
        str | None,
        typer.Argument(
            help="A kernel, reduction or solver: its name, module:object, FILE.py:object, or a command with {input} {output}.",
            show_default=False,
        ),
    ] = None,
    scale: Annotated[str, typer.Option(help="How the kernel has its scale: argument, 1/d, 1/sqrt(d), 1.")] = "argument",
    layout: Annotated[str, typer.Option(help="nd for (n, d) arrays, bhnd for (1, 1, n, d).")] = "nd",
    dtype: Annotated[str, typer.Option(help="The precision: float64, float32, float16, bfloat16.")] = "float64",
    seed: Annotated[int | None, typer.Option(help="Set this seed before each call.")] = None,
    convention: Annotated[
        str,
        typer.Option(
            help="Called as plain, sdpa, flash-attn, flash-attn-varlen, jax, onnx, heads, kernelbench, kde, or module:object."
        ),
    ] = "plain",
    kde: Annotated[bool, typer.Option("--kde", help="Kernel sums, f(X, Y, bandwidth), and weights, rtol, atol.")] = False,
    features: Annotated[
        str | None, typer.Option(help="Check these of what it offers; causal: it always is, if it has no such parameter.")
    ] = None,
    device: Annotated[str | None, typer.Option(help="Where torch and JAX have their arrays, as in cuda.")] = None,
    backward: Annotated[
        str | None, typer.Option(help="Its gradients, module:function or FILE.py:function, where the library has none.")
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Seconds instead of a minute; what is left out is said.")] = False,
    forbid_library: Annotated[
        bool, typer.Option("--forbid-library", help="It is wrong to call the library's own attention.")
    ] = False,
    seed_of_check: Annotated[
        int | None, typer.Option(help="Ask what a check of this seed asked, bit for bit; else a new one is drawn.")
    ] = None,
    timeout: Annotated[float | None, typer.Option(help="Seconds a call: 60, of reductions and solvers 5.")] = None,
    time: Annotated[float | None, typer.Option(help="Seconds in all for a reduction or a solver: 60, with --quick 10.")] = None,
    memory: Annotated[str, typer.Option(help="Address space of the kernel's process beside what loading took.")] = "4G",
    sizes: Annotated[str, typer.Option(help="The n of the ladder of decisions.")] = "16,64,256,1024,4096",
    only: Annotated[str | None, typer.Option(help="Run only the checks of this name or pattern.")] = None,
    expect: Annotated[str | None, typer.Option(help="A TOML file of expected failures with their reasons.")] = None,
    path: PlugInPath = None,
    report: Report = None,
    markdown: Markdown = None,
    counterexamples: Annotated[str | None, typer.Option(help="Write a file for each wrong decision into this folder.")] = None,
    write: Annotated[
        str | None, typer.Option(help="Write the inputs into this new folder, for a kernel that runs elsewhere.")
    ] = None,
    answers: Annotated[str | None, typer.Option(help="Judge what came back in such a folder, as if it had run here.")] = None,
    all_: Annotated[bool, typer.Option("--all", help="Check our algorithms and the peers that are installed.")] = False,
    all_reductions: Annotated[
        bool, typer.Option("--all-reductions", help="Put our reductions on trial, 7 seconds each.")
    ] = False,
    json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Check an attention kernel on inputs from reductions: what accuracy it delivers, where it starts to be wrong; or kernel
    sums. Or a reduction or a solver: its laws on every tiny instance, then on drawn ones, with the smallest counterexample.

    Exit code 0 if it is conformant or declined honestly. Ctrl-C ends the check; what was reached is shown and written.

    Example: hardlab check mymodule:attention --dtype float32 --scale '1/sqrt(d)'
    """
    from hardlab.cli.trials import STEP, time_of, trials
    from hardlab.cli.verbs.report import write_pages
    from hardlab.conformance.checking import names_of_checks
    from hardlab.conformance.drawing import new_seed
    from hardlab.conformance.everything import everything
    from hardlab.conformance.expected import expected_failures
    from hardlab.conformance.report.terminal import text_of_checks
    from hardlab.kernels.kernel import Conventions, features_named
    from hardlab.kernels.manifest import Asked
    from hardlab.kernels.offering import NoKernel
    from hardlab.kernels.targets import kernel_named
    from hardlab.names.subjects import is_rule
    from reductions.ours import REDUCTIONS

    elsewhere = write is not None or answers is not None
    if elsewhere:
        only_options(context, OF_ANSWERS if write is None else TO_WRITE)
    elif (target is not None) + all_ + all_reductions != 1:
        raise BadInput("give a TARGET, --all for our algorithms and the peers that are installed, or --all-reductions")
    words = features_named(features)
    if kde and (convention, scale, layout, backward) != ("plain", "argument", "nd", None):
        raise BadInput("--kde says how a kernel sum is called: leave out --convention, --scale, --layout and --backward")
    convention = "kde" if kde else convention
    conventions = Conventions(scale, layout, dtype, seed, convention, words, device, backward)  # type: ignore[arg-type]
    drawn = new_seed() if seed_of_check is None else _seed(seed_of_check)
    if all_ and (conventions != Conventions() or path is not None):
        raise BadInput("--all calls each kernel by its own conventions: leave out the options that say how it is called")
    wanted = _sizes(sizes)
    if write is not None:
        return write_inputs(Path(write), Asked(conventions, drawn, quick, wanted, only), bytes_of(memory), path, json, quiet)
    there = None if answers is None else received(context, Path(answers), path)
    if there is not None:
        drawn, quick, wanted, only = there.asked.seed_of_check, there.asked.quick, there.asked.sizes, only or there.asked.only
    expected = [] if expect is None else expected_failures(expect, names_of_checks(wanted, convention == "kde"))
    outputs(report=report, markdown=markdown, inputs=[expect, None if target is None else target.rpartition(":")[0], target])
    if counterexamples is not None:
        folder(counterexamples, ["counterexample.json"])
    records: list[CheckRecord] = []
    many = all_ or all_reductions
    rules = [reduction.key for reduction in REDUCTIONS] if all_reductions else []
    if target is not None and (is_rule(target) or time is not None):
        rules = [target]
    with quiet_stdout():
        try:
            for name, how in everything() if all_ else [(str(target), conventions)] if not rules else []:
                kernel = there or kernel_named(name, how, TIMEOUT if timeout is None else timeout, bytes_of(memory), path)
                command = command_of(name, how) if all_ else command_given(context.obj)
                command += "" if there else f" --seed-of-check {drawn}"
                records.append(_record(kernel, wanted, only, expected, command, drawn, quick, forbid_library, one_of_many=all_))
                if records[-1]["part"] == "interrupted":
                    break
        except NoKernel:
            rules = [str(target)]
        if rules:
            only_options(context, OF_TRIALS)
            seconds = time_of(time, quick, all_reductions)
            command = f"{command_given(context.obj)} --seed-of-check {drawn}"
            again = ["--time", f"{seconds:g}", "--seed-of-check", str(drawn)]
            commands = [shlex.join(["hardlab", "check", rule, *again]) if all_reductions else command for rule in rules]
            step = STEP if timeout is None else timeout
            records = trials(rules, seconds, drawn, step, bytes_of(memory), path, commands)
    if there is not None:
        records[0]["machine"] = f"{there.machine}; judged on {records[0]['machine']}"
    if counterexamples is not None:
        for record in records:
            _write_counterexamples(counterexamples, record, named=many)
    write_pages(records, report, markdown)
    if json:
        emit_json({"kernels": records} if many else records[0])
    else:
        typer.echo(text_of_checks(records, many, quiet))
    if records[-1]["part"] == "interrupted":
        raise Interrupted("interrupted; this is what was reached")
    return OK if all(record["verdict"] in ("conformant", "declined") for record in records) else FAULT


def _record(
    kernel: Kernel,
    sizes: Sequence[int],
    only: str | None,
    expected: Sequence[tuple[str, str]],
    command: str,
    seed: int,
    quick: bool,
    forbid_library: bool,
    *,
    one_of_many: bool,
) -> CheckRecord:
    """The record of a kernel, of what was reached if Ctrl-C comes. One of many that cannot be loaded is a record too.

    Errors: `BadInput` where a single kernel cannot be loaded, or nothing has the name that is asked for.
    """
    from hardlab.conformance.checking import LEFT_OUT, checked, checks, names_of_checks
    from hardlab.conformance.checking_sums import LEFT_OUT_OF_SUMS
    from hardlab.conformance.recording import record_of
    from hardlab.conformance.result import Result
    from hardlab.conformance.suffered import Suffered
    from hardlab.kernels.kernel import Offer
    from hardlab.work.environment import versions

    start = perf_counter()
    found: list[Result] = []
    part = None if only is None else f"only {only!r}"
    suffered = Suffered(kernel, seed)
    chosen = list(checks(suffered, sizes, only, quick, forbid_library))
    try:
        results = checked(progress(chosen, len(chosen), kernel.name), only=only, expected=expected, command=command)
        for result in results:
            found.append(result)
    except KeyboardInterrupt:
        part = "interrupted"
    except (BadInput, Declined, OSError, MemoryError) as error:
        if not found and not one_of_many:
            raise
        if not found:
            suffered.offer = Offer()  # of what cannot be loaded nothing is known
        found.append(Result("checking" if found else "loading", "crashed", one_line(error)))
    if not found and part != "interrupted":
        names = ", ".join(dict.fromkeys(name.partition("/")[0] for name in names_of_checks(sizes, suffered.sums)))
        raise BadInput(f"--only {only!r} matches no check of {kernel.name}: the first part of a name is one of {names}")
    return record_of(
        suffered,
        found,
        seconds=perf_counter() - start,
        versions=versions(),
        command=command,
        part=part,
        left_out=(LEFT_OUT_OF_SUMS if suffered.sums else LEFT_OUT) if quick else "",
    )


def _write_counterexamples(directory: str, record: CheckRecord, named: bool) -> None:
    """A file for each wrong decision, named for its place on the ladder, and for the kernel too if there are several."""
    kernel = re.sub(r"[^\w.-]+", "_", f"{record['target']}_{record['conventions'].get('dtype', '')}_") if named else ""
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


def _seed(given: int) -> int:
    if not 0 <= given < 2**64:
        raise BadInput(f"--seed-of-check {given}: a seed is a whole number from 0 to 2^64 - 1, as a check prints it")
    return given
