"""Limits on the time and the memory of a process."""

from pathlib import Path

from instances.faults import BadInput

LOADING = 120.0
"""Seconds in which a process must be there, with what it runs."""

LEAST_LOADING = 30.0
"""The same where calls may take less than that: a library can be slow to import."""

LONGEST = 1e6
"""The largest timeout in seconds."""

TIMEOUT = 60.0
"""Seconds a call, unless the user says otherwise."""

MEMORY = 4 * 2**30
"""Bytes of address space: enough for five float64 matrices of 8192 x 8192, which plain kernels make at the largest sizes."""

ROOM = 256 * 2**20
"""Bytes of address space beside a limit, for the stacks and arenas of threads that libraries start at their first use."""


THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
"""The variables by which libraries are told how many threads they may take."""


def limit_memory(memory: int) -> None:
    """From here on the address space may grow by `memory` bytes, and no core file is written."""
    import resource  # not on every system

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    held = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    most = resource.getrlimit(resource.RLIMIT_AS)[1]
    wanted = held + memory + ROOM
    resource.setrlimit(resource.RLIMIT_AS, (wanted if most < 0 else min(wanted, most), most))


def lift_limit() -> None:
    """From here on the address space may grow as far as the system lets it."""
    import resource

    most = resource.getrlimit(resource.RLIMIT_AS)[1]
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


def check_time(said: str, seconds: float) -> None:
    """Errors: `BadInput` for a time that no trial has, called as it is `said`."""
    if not 1 <= seconds <= 86_400:
        raise BadInput(f"{said}: a trial takes from 1 to 86,400 seconds")


def check_limits(timeout: float, memory: int) -> None:
    """Errors: `BadInput` for limits that are none."""
    if not 0 < timeout <= LONGEST:
        raise BadInput(f"a timeout of {timeout:g} seconds: it must be positive and at most {LONGEST:g}")
    if memory < 1:
        raise BadInput(f"a memory limit of {memory} bytes: it must be at least 1")
