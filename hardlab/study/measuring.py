"""Random attention of a size and a bound on the entries, and how long an algorithm takes on it."""

from collections.abc import Sequence
from dataclasses import replace
from math import log, sqrt
from statistics import median
from time import perf_counter

import numpy as np

from attention import Algorithm
from attention.algorithm import answers
from instances.coded import Floats
from instances.exact import MAX_KEPT
from instances.memory import within
from instances.task import Attention


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
        again = replace(inputs, copy=False)
        start = perf_counter()
        answers(algorithm, again)
        seconds.append(perf_counter() - start)
    return median(seconds), output
