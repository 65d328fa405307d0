"""`hardlab attend`: attention of Q, K, V in .npy files, of more rows than memory holds."""

from __future__ import annotations

import resource
import sys
from os import cpu_count
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from hardlab.cli.checked import promisable
from hardlab.cli.console import FAULT, OK, emit_json, quiet_stdout
from hardlab.cli.options import Json, Memory, PlugInPath, Precision, Quiet, Trust, engine_from
from hardlab.cli.progress import watched
from hardlab.work.engine import BACKENDS
from instances.faults import BadInput, at_least
from instances.memory import bytes_of, bytes_text

if TYPE_CHECKING:
    from attention.algorithm import Algorithm
    from attention.attend_files import AttendedFiles

Matrix = Annotated[str, typer.Argument(help="An .npy file of float64 or float32, rows and columns.", show_default=False)]


def attend(
    Q: Matrix,
    K: Matrix,
    V: Matrix,
    output: Annotated[str, typer.Option("-o", "--output", help="The .npy file to write, of float64.")],
    scale: Annotated[str | None, typer.Option(help="Of the exponents: such as 0.5 or 1/8; if not given, 1/sqrt(d).")] = None,
    error: Annotated[float, typer.Option(help="Additive error that must be promised.")] = 1e-6,
    algorithm: Annotated[
        str,
        typer.Option(
            help="polynomial or softmax; or, in memory, split, low-rank, boxes, auto, module:object or FILE.py:object."
        ),
    ] = "polynomial",
    causal: Annotated[
        str | None, typer.Option(help="top-left or bottom-right: keys up to this diagonal; polynomial, softmax or auto.")
    ] = None,
    window: Annotated[
        str | None, typer.Option(help="W, or LEFT:RIGHT (either may be empty): keys so far from the diagonal; as --causal.")
    ] = None,
    blind: Annotated[float | None, typer.Option(help="What rows get that see no key, such as 0 or nan; refused.")] = None,
    logsumexp: Annotated[
        str | None, typer.Option(help="Write ln sum exp(scale q.k) of each row into this .npy file too, with a promise.")
    ] = None,
    trust: Trust = None,
    precision: Precision = "float64",
    path: PlugInPath = None,
    memory: Memory = "1G",
    backend: Annotated[str, typer.Option(help=f"Where blocks run: {', '.join(BACKENDS)}.")] = "one",
    workers: Annotated[int, typer.Option(help="Blocks at a time; 0 for one a core.")] = 0,
    measure: Annotated[int, typer.Option(help="Rows measured against extended precision.")] = 16,
    explain: Annotated[bool, typer.Option("--explain", help="Say what auto looked at, and why it took what it took.")] = False,
    json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Attention of files, block by block: every entry within a promised error, whatever fits in memory.

    Example: hardlab attend Q.npy K.npy V.npy -o T.npy --scale 1/8 --error 1e-6
    """
    from attention.attend_files import attend_files
    from hardlab.names.installed import is_ours

    promisable(error)
    at_least("--measure", measure, 0)
    engine = engine_from(backend, workers)
    at_once = 1 if backend == "one" else workers or cpu_count() or 1
    start = perf_counter()
    with quiet_stdout(), watched("blocks"):
        budget = bytes_of(memory)
        by = _algorithm(algorithm, trust, precision, path, budget)
        found = attend_files(
            Q, K, V, output, scale=_scale(scale), error=error, algorithm=by, memory=budget, mapper=engine,
            workers=at_once, measure=measure, causal=cast(Any, causal), window=_window(window), blind=blind,
            logsumexp=logsumexp,
        )  # fmt: skip
    record = _record(found, error, output, backend, perf_counter() - start)
    record |= {"causal": causal, "window": window}
    record |= {"logsumexp": logsumexp, "logsumexp_promise": found.logsumexp_promise}
    record["source"] = "user" if trust is not None else "proved" if isinstance(by, str) or is_ours(by) else "plug-in"
    if json:
        emit_json(record)
    else:
        typer.echo(output if quiet else _text(record))
        if explain and not quiet:
            typer.echo(_explained(record))
    return OK if found.kept else FAULT


def _algorithm(name: str, trust: float | None, precision: str, path: Path | None, memory: int) -> str | Algorithm:
    """The name of one of ours, or somebody else's algorithm. Errors: `BadInput`, also for --trust in what is proved."""
    from attention import Trusted
    from hardlab.names.deciders import algorithm_named, our_algorithm

    if our_algorithm(name) is not None:
        if trust is not None:
            raise BadInput(f"--trust is about an algorithm that promises nothing, {name} proves its error: leave it out")
        return name
    found = algorithm_named(name, path, precision, memory)
    return found if trust is None else Trusted(found, trust)


def _window(text: str | None) -> Any:
    """A number, or two. Errors: `BadInput`."""
    if text is None:
        return None
    try:
        sides = tuple(int(side) if side else None for side in text.split(":"))
    except ValueError:
        raise BadInput(f"--window {text!r}: write W or LEFT:RIGHT, whole numbers, such as 128, 127:0 or 127:") from None
    return sides[0] if len(sides) == 1 else sides


def _scale(text: str | None) -> float | None:
    """A number or a fraction. Errors: `BadInput`."""
    from fractions import Fraction

    if text is None:
        return None
    try:
        return float(Fraction(text))
    except (ValueError, ZeroDivisionError, OverflowError):
        raise BadInput(f"--scale {text!r}: write a finite number or a fraction, such as 0.125 or 1/8") from None


def _record(found: AttendedFiles, error: float, output: str, backend: str, seconds: float) -> dict[str, Any]:
    from hardlab.work.environment import versions

    inputs, seen = found.inputs, found.measured
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "output": output, "algorithm": found.algorithm, "n": inputs.n, "m": inputs.m, "d": inputs.d, "v": inputs.v,
        "scale": inputs.scale, "error": error, "promise": found.promise, "degree": found.degree, "rank": found.rank,
        "certificate": found.certificate, "plan": found.plan, "considered": [each._asdict() for each in found.considered],
        "measured": None if seen is None else {"rows": len(seen.rows), "error": seen.error, "reference_bound": seen.bound},
        "kept": found.kept, "block": inputs.block, "key_blocks": inputs.key_blocks[0], "backend": backend,
        "workers": inputs.workers, "seconds": seconds, "peak_bytes": peak * (1 if sys.platform == "darwin" else 1024),
        "versions": versions(),
    }  # fmt: skip


def _text(record: dict[str, Any]) -> str:
    r, seen = record, record["measured"]
    how = f": {r['plan']}" if r["plan"] else ""
    by = {"proved": "", "plug-in": " by the plug-in", "user": " by you"}[r["source"]]
    lines = [
        f"{r['output']}: n = {r['n']:,}, m = {r['m']:,}, d = {r['d']}, v = {r['v']}, scale {r['scale']:g}",
        f"algorithm: {r['algorithm']}{how}; {r['key_blocks']} blocks of at most {r['block']:,} keys, {r['workers']} at a time",
        f"promised{by}: error at most {r['promise']:.3g} (asked for: {r['error']:.3g})",
    ]
    if r["logsumexp"] is not None:
        lines.append(f"{r['logsumexp']}: the logsumexp of each row, error at most {r['logsumexp_promise']:.3g}")
    if seen is not None:
        reference = f"against extended precision, itself off by at most {seen['reference_bound']:.2g}"
        lines.append(
            f"measured: {seen['error']:.3g} on {seen['rows']} rows, {reference}" + ("" if r["kept"] else ": PROMISE BROKEN")
        )
    lines.append(f"seconds: {r['seconds']:.2f}; peak memory of this process {bytes_text(r['peak_bytes'])}")
    return "\n".join(lines)


def _explained(record: dict[str, Any]) -> str:
    """What was looked at: of auto the seconds that each should take, as it foresees them, or why it is not taken."""
    if not record["considered"]:
        return f"considered: {record['algorithm']} alone, which was asked for"
    lines = []
    for place, each in enumerate(record["considered"]):
        how = each["why"] or f"{'should take longer,' if place else 'taken, should take'} {each['seconds']:.2g} s"
        lines.append(f"considered: {each['key']}: {how.removeprefix(each['key'] + ': ').removeprefix(each['key'] + ' ')}")
    return "\n".join(lines)
