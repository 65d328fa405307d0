"""How the benchmarks measure: interleaved repeats, a pause before each, medians; and memory, from /proc."""

import sys
import time
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from statistics import median
from typing import Any

PAUSE = 0.1
"""Seconds for the idle threads of the one to fall asleep before the other is timed."""


def library(module: str, package: str) -> Any:
    """The library that is compared with. Ends the script, as one that has nothing to do, where it is not installed."""
    try:
        return import_module(module)
    except ImportError:
        print(f"{module} is not installed: run  pip install {package}  to compare with it")
        sys.exit(0)


def medians(
    contestants: Sequence[Callable[[], Any]], repeats: int, pause: float = PAUSE, clock: Callable[[], float] = time.perf_counter
) -> list[float]:
    """The median seconds of each contestant over interleaved repeats, after one run of each that is not timed."""
    for contestant in contestants:
        contestant()
    times = [[seconds(contestant, pause, clock) for contestant in contestants] for _ in range(repeats)]
    return [median(column) for column in zip(*times, strict=True)]


def seconds(work: Callable[[], Any], pause: float = PAUSE, clock: Callable[[], float] = time.perf_counter) -> float:
    time.sleep(pause)
    start = clock()
    work()
    return clock() - start


def kibibytes(what: str) -> int:
    """VmRSS, what this process holds now, or VmHWM, the most that it has held."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(what))
