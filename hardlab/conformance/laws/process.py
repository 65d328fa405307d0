"""A trial in a process of its own: however it ends, what was found stays, and what was being done is known."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hardlab.conformance.laws.found import Fault, Tally
from hardlab.work.child import Child, Gone
from hardlab.work.limits import LOADING, check_limits
from instances import codec
from instances.faults import BadInput, one_line

STEP = 0.5
"""Seconds between two answers of the process."""

HASHES = 1
"""The seed of hashes of the process that builds some instances again; that of the first is random."""

GRACE = 5.0
"""Seconds beyond the limit of a step in which it should have ended itself."""


@dataclass
class Tried:
    """What is known of a trial: what it was about, what was looked at, what failed, and what was found `beyond` what is listed
    and drawn; `part` says if it was interrupted.
    """

    target: str
    about: dict[str, Any] = field(default_factory=dict)
    tally: Tally = field(default_factory=Tally)
    faults: list[Fault] = field(default_factory=list)
    beyond: list[Fault] = field(default_factory=list)
    part: str | None = None


def tried(
    target: str,
    seconds: float,
    seed: int,
    timeout: float,
    memory: int,
    path: Path | None = None,
    update: Callable[[float, str], None] = lambda spent, now: None,
) -> Tried:
    """The trial of a reduction or a solver. `update` is called with the part of the time that is over and what is being done.

    Errors: `BadInput` where nothing of that name can be put on trial, and for limits that are none.
    """
    check_limits(timeout, memory)
    found = Tried(target)
    with TemporaryDirectory(prefix="hardlab-", ignore_cleanup_errors=True) as folder:
        notes = Path(folder) / "now"
        child = Child("hardlab.conformance.laws.worker", target)
        try:
            answer = _loaded(child, target, path, notes, seconds=seconds, seed=seed, timeout=timeout, memory=memory)
            found.about = {name: value for name, value in answer.items() if name != "ready"}
            while not answer.get("done"):
                answer = child.ask({"go": STEP}, _longest(seconds, timeout), memory)
                found.tally = Tally(**answer["tally"])
                found.faults, found.beyond = ([Fault(**fault) for fault in answer[name]] for name in ("faults", "beyond"))
                update(min(1.0, float(answer["spent"])), f"{found.tally.instances:,} instances")
            if answer["sample"]:
                limits = {"seconds": seconds, "seed": seed, "timeout": timeout, "memory": memory}
                found.faults += _elsewhere(target, path, notes, answer["sample"], found, limits)
        except Gone as gone:
            if not found.about:
                raise BadInput(f"{target} cannot be loaded: {gone.failure.reason}") from None
            found.faults.append(_ended(gone, _now(notes), found.tally.instances))
        except KeyboardInterrupt:
            found.part = "interrupted"
        finally:
            child.end()
    return found


def repeated(record: Mapping[str, Any], timeout: float, memory: int, path: Path | None = None) -> tuple[bool, str]:
    """Whether a counterexample holds now, and what is said of it. Its reduction or solver runs, in a process of its own.

    Errors: `BadInput`.
    """
    target = str(record.get("of"))
    with TemporaryDirectory(prefix="hardlab-", ignore_cleanup_errors=True) as folder:
        child = Child("hardlab.conformance.laws.worker", target)
        try:
            _loaded(child, target, path, Path(folder) / "now", seconds=10.0, seed=0, timeout=timeout, memory=memory)
            request = {name: record.get(name) for name in ("law", "fault", "problem", "source")}
            answer = child.ask(request, _longest(10.0, 5 * timeout), memory)
        except Gone as gone:
            return record.get("fault") in ("crashed", "timed out"), gone.failure.reason
        finally:
            child.end()
    if "bad" in answer:
        raise BadInput(str(answer["bad"]))
    return bool(answer.get("confirmed")), one_line(answer.get("said"))


def _loaded(child: Child, target: str, path: Path | None, notes: Path, **limits: Any) -> dict[str, Any]:
    """What the process answers when it has loaded the target. Errors: `BadInput`, `Gone`."""
    request = {
        "target": target,
        "path": None if path is None else str(path),
        "notes": str(notes),
        "pythonpath": os.environ.get("PYTHONPATH"),
        **limits,
    }
    answer = child.ask(request, LOADING, limits["memory"])
    if "bad" in answer:
        raise BadInput(str(answer["bad"]))
    return answer


def _longest(seconds: float, timeout: float) -> float:
    """Seconds for an answer: a failure is also made smaller before it comes."""
    return STEP + max(timeout, 2.0, seconds / 6) + timeout + GRACE


def _now(notes: Path) -> str:
    try:
        return one_line(notes.read_bytes().decode(errors="replace").strip("\0 "))
    except OSError:
        return ""


def _elsewhere(
    target: str, path: Path | None, notes: Path, sample: list[Any], found: Tried, limits: dict[str, Any]
) -> list[Fault]:
    """What another process, in which sets and hashes have another order, builds in another way. Errors: `Gone`."""
    child = Child("hardlab.conformance.laws.worker", target, {"PYTHONHASHSEED": str(HASHES)})
    try:
        _loaded(child, target, path, notes, **limits)
        form = child.ask({"again": sample}, _longest(limits["seconds"], limits["timeout"]), limits["memory"]).get("other")
    finally:
        child.end()
    if form is None:
        return []
    said = "another process builds another target of it"
    written, problem = codec.text_of(form), str(found.about.get("source", ""))
    return [Fault("pure", "not deterministic", said, problem, form, written, found=said, instances=found.tally.instances)]


def _ended(gone: Gone, now: str, instances: int) -> Fault:
    """The end of the process as a failure of what it was doing."""
    late = gone.failure.kind == "timeout"
    words = f"{gone.failure.reason}, {'in' if late else 'during'} {now}" if now else gone.failure.reason
    how = "timed out" if late else "crashed"
    return Fault("process", how, words, "", None, now, found=gone.failure.reason, instances=instances)
