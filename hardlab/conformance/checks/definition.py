"""Checks (2): outputs of small cases against certified values, from mild scores to where the precision tells nothing.

A row's query is close to one key and half-way to a second, so that softmax is not flat; V has columns of mixed signs, large
and small. An output must be within the a-priori bound of its precision, or within twice the error of the definition in it,
or within what the kernel itself promises.
"""

from collections.abc import Iterator
from functools import partial
from math import sqrt

import numpy as np

from hardlab.conformance.comparing import demand, drawn, exact, held, measured, signs, worst
from hardlab.conformance.result import Result
from hardlab.kernels.kernel import Kernel
from instances.task import Attention

SIZES = ((5, 2, 3, 3), (7, 33, 16, 3), (4, 64, 64, 64), (13, 17, 1, 3), (3, 50, 9, 130))
"""(n, m, d, v)."""

LADDER = (0.1, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 16.0, 32.0, 64.0, 256.0, 1024.0)
"""B: a matching key scores B^2."""


def definition(kernel: Kernel) -> Iterator[Result]:
    """At each B the worst output of all sizes and scales; ends where the bound reaches the range of V at all of them."""
    for B in LADDER:
        name = f"definition/B={B:g}"
        results = [result for size in SIZES for result in _cases(kernel, name, *size, B)]
        if all(result.status == "skipped" for result in results):
            yield results[0]
            return
        yield worst(results)


def small_case(kernel: Kernel, n: int, m: int, d: int, B: float, scale: float, v: int = 3) -> Attention:
    """Q near keys of +-g, V (m, v)."""
    random = drawn(kernel, n, m, d, int(16 * B))
    g = B / sqrt(scale * d)
    K = g * (signs(random, m, d) + random.uniform(-0.25, 0.25, size=(m, d)))
    one, two = random.integers(0, m, size=(2, n))
    Q = 0.75 * K[one] + 0.25 * K[two] + g * random.uniform(-0.25, 0.25, size=(n, d))
    V = random.normal(size=(m, v)) * np.resize([1.0, 2.0**7, 2.0**-7], v)
    return held(Q, K, V, scale, kernel.conventions.dtype)


def _cases(kernel: Kernel, name: str, n: int, m: int, d: int, v: int, B: float) -> Iterator[Result]:
    built_in = kernel.conventions.built_in(d)
    for scale in [1 / d, 1.0] if built_in is None else [built_in]:
        inputs = small_case(kernel, n, m, d, B, scale, v)
        expected = exact(inputs, range(n))
        place = partial(_place, f" of n = {n}, m = {m}, d = {d}, scale = {scale:.3g}")
        yield measured(kernel, name, inputs, expected, demand(kernel, inputs, expected), place=place)


def _place(said: str, row: int) -> str:
    return said
