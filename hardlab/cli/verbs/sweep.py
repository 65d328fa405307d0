"""`hardlab sweep`: the jobs of a TOML file, run within limits and kept, so that nothing is run twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from hardlab.cli.console import FAULT, OK, Interrupted, Told, emit_json, quiet_stdout
from hardlab.cli.options import Json, PlugInPath, Quiet, engine_from
from hardlab.cli.progress import bar
from hardlab.pages.text import counted
from hardlab.work.engine import BACKENDS, Engine
from instances.faults import BadInput, Declined

if TYPE_CHECKING:
    from hardlab.sweep.grid import Grid
    from hardlab.sweep.kernel_grid import KernelGrid
    from hardlab.sweep.record import AnyJob
    from hardlab.sweep.store import Store

MOST_JOBS = 200_000


def sweep(
    file: Annotated[str, typer.Argument(help="Grids of jobs in TOML, or - for stdin.", show_default=False)],
    output: Annotated[str, typer.Option("-o", "--output", help="The database of jobs and records.", show_default=False)],
    backend: Annotated[str, typer.Option(help=f"Where jobs run: {', '.join(BACKENDS)}.")] = "processes",
    workers: Annotated[int, typer.Option(help="Jobs at a time; 0 is one a core. A cluster takes what it has.")] = 0,
    retry_failed: Annotated[bool, typer.Option("--retry-failed", help="Run again what failed, by a limit or a fault.")] = False,
    most: Annotated[int, typer.Option(help="Jobs that a file may have.")] = MOST_JOBS,
    path: PlugInPath = None,
    json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Run every job of the grids in FILE that OUTPUT has no record of, each in a process with limits.

    Example: hardlab sweep grid.toml -o run.db; hardlab report run.db -o run.html
    """
    from hardlab.sweep.grid import grids
    from hardlab.sweep.store import Store
    from hardlab.sweep.sweeping import missing, summary

    if output == "-":
        raise BadInput("-o -: a sweep is kept in a file, name one such as run.db")
    engine = engine_from(backend, workers)
    with quiet_stdout():
        jobs = _jobs(grids(file, path), file, most)
        with Store(output, Told()) as store:
            left = missing(jobs, store, retry_failed)
            if not quiet:
                typer.echo(f"{len(jobs):,} jobs, {len(left):,} of them to run, kept in {output}", err=True)
            _run(left, store, engine, path, f"{len(jobs):,}")
            said = summary(jobs, store.records())
    said |= {"ran": len(left), "output": output}
    if json:
        emit_json(said)
    else:
        typer.echo(_text(said, quiet))
    return FAULT if said["disagree"] or said["fault"] or said["none_done"] else OK


def _jobs(found: list[Grid | KernelGrid], file: str, most: int) -> list[AnyJob]:
    """The jobs of the grids, each once. Errors: `Declined` for more than `most`, before any of them is made."""
    from hardlab.sweep.record import key_of

    count = sum(grid.count for grid in found)
    if count > most:
        raise Declined(f"{file} has {count:,} jobs, more than {most:,}: shorten an axis, or allow it with --most {count}")
    return list({key_of(job): job for grid in found for job in grid.jobs()}.values())


def _run(left: list[AnyJob], store: Store, engine: Engine, path: Any, total: str) -> None:
    """Errors: `Interrupted`, with the way to go on; those of `hardlab.sweep.sweeping.sweep`."""
    from hardlab.sweep.record import JobRecord
    from hardlab.sweep.sweeping import sweep as run_jobs

    done, told = 0, store.tell
    try:
        with bar("jobs") as update:

            def waits(text: str, waited: float) -> None:
                told(text, waited)
                update(done, len(left), f"locked by another program, waiting for {waited:.0f} s" if waited else "")

            store.tell = waits

            def heard(record: JobRecord) -> None:
                nonlocal done
                done += 1
                update(done, len(left))

            run_jobs(left, store, engine, path, heard)
    except KeyboardInterrupt:
        over = f"interrupted after {done:,} of {len(left):,} jobs (of {total} in all)"
        raise Interrupted(f"{over}, which {store.path} keeps: run the same command again to go on") from None


def _text(said: dict[str, Any], quiet: bool) -> str:
    counts = ", ".join(f"{count:,} {status}" for status, count in said["status"].items()) or "no records"
    lines = [f"{counted(said['jobs'], 'job')}: {counts}"]
    if quiet:
        return lines[0]
    if said["verdict"]:
        lines.append("verdicts: " + ", ".join(f"{count:,} {verdict}" for verdict, count in said["verdict"].items()))
    if said["own"]:
        words = {"wrong": "WRONG"}
        own = ", ".join(f"{count:,} {words.get(name, name)}" for name, count in said["own"].items())
        lines.append(f"by their answers alone the algorithms' verdicts are: {own}")
    for name, what in (
        ("disagree", "DISAGREE with the oracle"),
        ("fault", "are faults: a plug-in failed, or a promise is broken"),
    ):
        if said[name]:
            lines.append(f"{len(said[name]):,} {what}; the first: {said[name][0]}")
    if said["none_done"]:
        lines.append(f"NO JOB could be done; the first: {said['none_done']}")
    if any(said["status"].get(status) for status in ("crashed", "timeout", "memory")):
        lines.append("what failed by a limit is run again by --retry-failed")
    return "\n".join([*lines, f"more: hardlab report {said['output']}"])
