"""All checks of what computes kernel sums, cheapest first."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

from hardlab.conformance.checks.sums import (
    OF_HAMMING,
    bandwidths,
    decision_of_sums,
    determinism_of_sums,
    extremes_of_sums,
    rungs_of_sums,
    shapes_of_sums,
    timing,
    tolerances,
)
from hardlab.conformance.ladder import Rung
from hardlab.conformance.result import Result
from hardlab.kernels.kernel import Kernel

Run = Callable[[Kernel], Iterator[Result]]

FIRST: Mapping[str, Callable[..., Iterator[Result]]] = {
    "shapes": shapes_of_sums,
    "determinism": determinism_of_sums,
    "bandwidths": bandwidths,
    "tolerances": tolerances,
    "extremes": extremes_of_sums,
}
"""Those before the tasks that are decided and how time grows."""

QUICK_SIZES = (16, 64)

LEFT_OUT_OF_SUMS = "decisions above n = 64, the larger sizes of `timing`, and half of all else"
"""What a quick check leaves out."""


def checks_of_sums(sizes: Sequence[int], seed_of_check: int, quick: bool) -> Iterator[tuple[str, Run]]:
    """Their names, and what each is of a kernel; the tasks are of the `sizes` up to OF_HAMMING."""
    for name, check in FIRST.items():
        yield name, partial(check, quick=quick)
    asked = [n for n in sizes if n <= OF_HAMMING and (not quick or n in QUICK_SIZES)]
    for rung in rungs_of_sums(seed_of_check % 2**31, asked):
        yield f"decisions/hamming-kde/{rung.family}/n={rung.n}/R0={rung.R0:g}", partial(_of_task, rung=rung)
    yield "timing", partial(timing, quick=quick)


def _of_task(kernel: Kernel, rung: Rung) -> Iterator[Result]:
    return iter((decision_of_sums(kernel, rung),))
