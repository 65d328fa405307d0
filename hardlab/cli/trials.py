"""Reductions and solvers on trial at the command line."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from threading import Event
from time import perf_counter
from typing import TYPE_CHECKING

from hardlab.cli.progress import bar
from hardlab.work.limits import check_time

if TYPE_CHECKING:
    from hardlab.conformance.record import CheckRecord

SECONDS, QUICK, OF_MANY = 60.0, 10.0, 7.0
"""For a trial, for a quick one, and for each of many."""

STEP = 5.0
"""Seconds for a step of foreign code."""

AT_ONCE = 2


def time_of(given: float | None, quick: bool, many: bool = False) -> float:
    """The seconds of a trial. Errors: `BadInput`."""
    seconds = given if given is not None else OF_MANY if many else QUICK if quick else SECONDS
    check_time(f"--time {seconds:g}", seconds)
    return seconds


def trials(
    targets: Sequence[str], seconds: float, seed: int, timeout: float, memory: int, path: Path | None, commands: Sequence[str]
) -> list[CheckRecord]:
    """A record of each, two at a time; where that is interrupted, of each that was begun, with what was reached."""
    from hardlab.conformance.laws.process import Tried, tried
    from hardlab.conformance.laws.results import record_of_trial
    from hardlab.work.environment import versions

    many, done, stop = len(targets) > 1, [0.0] * len(targets), Event()
    with bar(f"{len(targets)} reductions" if many else targets[0]) as update:

        def one(place: int) -> tuple[Tried, float, str] | None:
            def told(spent: float, now: str) -> None:
                if stop.is_set():
                    raise KeyboardInterrupt
                done[place] = spent
                update(sum(done), len(targets), "" if many else now)

            if stop.is_set():
                return None
            start = perf_counter()
            found = tried(targets[place], seconds, seed, timeout, memory, path, told)
            done[place] = 1.0
            return found, perf_counter() - start, commands[place]

        if many:
            with ThreadPoolExecutor(AT_ONCE) as pool:
                begun = [pool.submit(one, place) for place in range(len(targets))]
                try:
                    wait(begun)
                except KeyboardInterrupt:
                    stop.set()
                found = [each.result() for each in begun]
        else:
            found = [one(0)]
    of = [
        record_of_trial(each, seconds=took, versions=versions(), command=command, seed=seed)
        for each, took, command in filter(None, found)
    ]
    if stop.is_set() and of:
        of[-1]["part"] = "interrupted"
    return of
