"""A job that checks one kernel: what `hardlab check` does with it, within the time of the job."""

import shlex
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path
from time import perf_counter

from hardlab.conformance.checking import LEFT_OUT, Check, checked, checks
from hardlab.conformance.drawing import new_seed
from hardlab.conformance.record import CheckRecord
from hardlab.conformance.recording import record_of
from hardlab.conformance.report.words import reason
from hardlab.conformance.result import FAILED, Result
from hardlab.conformance.suffered import Suffered
from hardlab.kernels.child import ChildKernel
from hardlab.kernels.kernel import Conventions
from hardlab.kernels.targets import kernel_named
from hardlab.pages.json import plain
from hardlab.sweep.kernel_grid import content, conventions
from hardlab.sweep.record import CheckedRecord, CheckJob, FailedRecord, failed, key_of
from hardlab.work.limits import MEMORY, TIMEOUT
from instances.faults import BadInput, Declined, one_line


def run_check(job: CheckJob, plug_ins: Path | None = None) -> CheckedRecord | FailedRecord:
    """The record of the check, with the seed that it drew; its status is timeout where that is the verdict.

    A kernel that cannot be loaded has crashed.

    Errors: `BadInput` where the kernel's file is not the one that the job is about.
    """
    start = perf_counter()
    if content(job["target"], job["backward"], job["convention"]) != job["content"]:
        raise BadInput(f"{job['target']} has changed since the sweep began, or is another file here: run the sweep again")
    try:
        kernel = kernel_named(
            job["target"], conventions(job), min(job["call_timeout"], job["timeout"]), job["memory"], plug_ins
        )
        with kernel if isinstance(kernel, ChildKernel) else nullcontext():
            seed = new_seed() if job["seed_of_check"] is None else job["seed_of_check"]
            record = _record(job, Suffered(kernel, seed), start)
    except (BadInput, Declined) as error:
        return failed(job, "crashed", one_line(error), perf_counter() - start)
    told: CheckedRecord = plain({name: value for name, value in record.items() if name not in ("versions", "machine")})
    late = told["verdict"] == "timeout"
    return {**told, "key": key_of(job), "job": job, "status": "timeout" if late else "done", "reason": reason(told)}


def _record(job: CheckJob, kernel: Suffered, start: float) -> CheckRecord:
    """Of what was reached; where nothing has failed when the time is over, that is what has."""
    only, command = job["only"], command_of(job, kernel.seed_of_check)
    chosen = list(checks(kernel, only=only, quick=job["quick"], forbid_library=job["forbid_library"]))
    in_time = _InTime(chosen, start + job["timeout"])
    results = list(checked(in_time, only=only, command=command))
    part = None if only is None else f"only {only!r}"
    if in_time.left:
        part = f"{len(chosen) - in_time.left} of {len(chosen)} checks, until {job['timeout']:g} seconds were over"
        if not any(result.status in FAILED for result in results):
            results.append(Result("time", "timeout", part))
    left_out = LEFT_OUT if job["quick"] else ""
    seconds = perf_counter() - start
    return record_of(kernel, results, seconds=seconds, versions={}, command=command, part=part, left_out=left_out)


class _InTime:
    """The checks that begin before it is `until`, on the clock of `perf_counter`; how many are `left` then."""

    def __init__(self, chosen: Sequence[Check], until: float) -> None:
        self._chosen, self._until, self.left = chosen, until, 0

    def __iter__(self) -> Iterator[Check]:
        for i, check in enumerate(self._chosen):
            if perf_counter() > self._until:
                self.left = len(self._chosen) - i
                return
            yield check


def command_of(job: CheckJob, seed: int) -> str:
    """The command that makes this check again."""
    how, usual = conventions(job), Conventions()
    words = ["hardlab", "check", job["target"]]
    for name in ("convention", "dtype", "scale", "layout", "device", "backward", "seed"):
        if getattr(how, name) != getattr(usual, name):
            words += [f"--{name}", str(getattr(how, name))]
    words += ["--features", job["features"]] if job["features"] is not None else []
    words += ["--timeout", f"{job['call_timeout']:g}"] if job["call_timeout"] != TIMEOUT else []
    words += ["--memory", str(job["memory"])] if job["memory"] != MEMORY else []
    words += [f"--{name.replace('_', '-')}" for name in ("quick", "forbid_library") if job[name]]
    return shlex.join([*words, "--seed-of-check", str(seed)])
