"""Random attention of a size and a bound on the entries, and how long an algorithm takes on it."""

from collections.abc import Sequence
from math import log, sqrt
from statistics import median
from time import perf_counter

import numpy as np

from attention import Algorithm
from attention.algorithm import answers
from instances.coded import Floats
from instances.exact import MAX_KEPT
from instances.problem import BadInput, within
from instances.task import Attention

SMALLEST, LARGEST = 1e-30, 1e30
"""Between these errors, bounds on entries and the like must be."""


def octaves_of(text: str) -> range:
    """The k of n = 2^k that `first:last` spells, both included, 1 <= first <= last <= 40. Errors: `BadInput`."""
    try:
        first, last = (int(part) for part in text.split(":"))
    except ValueError:
        raise BadInput(f"--octaves {text!r}: write first:last, such as 10:15 for n = 2^10 to 2^15") from None
    if not 1 <= first <= last <= 40:
        raise BadInput(f"--octaves {text}: n = 2^first to 2^last needs 1 <= first <= last <= 40")
    return range(first, last + 1)


def factors_of(text: str) -> list[float]:
    """The positive numbers of a comma list, in rising order. Errors: `BadInput`, also where one stands twice."""
    try:
        found = sorted(float(part) for part in text.split(","))
    except ValueError:
        raise BadInput(f"--factors {text!r}: write numbers joined by commas, such as 0.2,0.5,1") from None
    for factor in found:
        positive("--factors", factor)
    if len(set(found)) < len(found):
        raise BadInput(f"--factors {text}: a number stands twice")
    return found


def positive(option: str, value: float) -> None:
    """Errors: `BadInput` unless the value is positive, and such that its square and its products stay in float64."""
    if not SMALLEST <= value <= LARGEST:
        raise BadInput(f"{option} {value:g}: it must be a positive number, from {SMALLEST:g} to {LARGEST:g}")


def promisable(error: float) -> None:
    """Errors: `BadInput` for an error that is not positive, or that no algorithm in float64 could promise."""
    positive("--error", error)
    if error < 2**-53:
        raise BadInput(f"--error {error:g}: it is below 2^-53, the rounding of float64, and no algorithm could promise it")


def at_least(option: str, value: int, least: int) -> None:
    """Errors: `BadInput` where the value is less."""
    if value < least:
        raise BadInput(f"{option} {value}: it must be at least {least}")


def root(n: int) -> float:
    """sqrt(ln n): entries of this order are where fast attention stops, as n grows."""
    return sqrt(log(n))


def fits(n: int, d: int, memory: int) -> None:
    """Inputs, output and working copies, and the balls of K for certified rows. Errors: `Declined` above `memory` bytes."""
    within(8 * 10 * n * d + 48 * min(n * d, MAX_KEPT), memory, "random attention", {"n": n, "d": d})


def uniform(n: int, d: int, B: float, entropy: Sequence[int], positive_values: bool = False) -> Attention:
    """Q, K (n, d) uniform in [-B, B] and V (n, d) in [-1, 1] or [0, 1], scale 1/d: exponents are at most B^2."""
    generator = np.random.default_rng(np.random.SeedSequence(list(entropy)))
    Q, K = (generator.uniform(-B, B, (n, d)) for _ in range(2))
    V = generator.uniform(0.0 if positive_values else -1.0, 1.0, (n, d))
    return Attention(Q, K, V, 1 / d, copy=False)


def timed(algorithm: Algorithm, inputs: Attention, repeats: int) -> tuple[float, Floats]:
    """Median wall seconds of `repeats` runs after one that also compiles, and the (n, v) output of that first run.

    Every run gets inputs of its own, so that plans kept from the run before are made again. Errors: `Declined`, `PlugInFault`.
    """
    output = answers(algorithm, inputs)
    seconds = []
    for _ in range(repeats):
        again = Attention(inputs.Q, inputs.K, inputs.V, inputs.scale, copy=False)
        start = perf_counter()
        answers(algorithm, again)
        seconds.append(perf_counter() - start)
    return median(seconds), output
