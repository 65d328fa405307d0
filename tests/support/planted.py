"""Small calls of every kind, and one head of a call as the rest of the library is asked for it."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np

from attention.options import NONE, Options
from hardlab.conformance.arithmetic import representable
from hardlab.conformance.planting import Shape
from hardlab.kernels.call import Call
from hardlab.kernels.kernel import Dtype
from instances.bits import Bools

SIZES = ((1, 1), (1, 4), (4, 1), (3, 5), (5, 3), (4, 4))
"""(n, m)."""

WINDOWS = (None, (0, 0), (2, 1), (None, 1), (1, None), (9, 9))


def drawn(shape: Shape, options: Options = NONE, seed: int = 0, dtype: Dtype = "float64", gradients: bool = False) -> Call:
    """Gaussian operands of that shape, whose numbers the dtype holds."""
    random = np.random.default_rng(seed)
    b, H, G, n, m, d, v = (getattr(shape, name) for name in ("b", "H", "G", "n", "m", "d", "v"))
    sizes = ((b, H, n, d), (b, G, m, d), (b, G, m, v), (b, H, n, v))
    Q, K, V, dO = (representable(random.standard_normal(size), dtype) for size in sizes)
    return Call(Q, K, V, d**-0.5, options, dO if gradients else None)


def options_of(n: int, m: int, b: int, H: int, random: np.random.Generator) -> Iterator[Options]:
    """Every conjunction: both corners and none, windows, padding, masks, packed sequences of which some are empty."""
    packed = (np.array([0, n // 2, n // 2, n]), np.array([0, m // 3, m // 2, m]))
    for causal, window, keep, mask, cumulative in product(
        (None, "top-left", "bottom-right"), WINDOWS, (False, True), (False, True), (None, packed)
    ):
        sides = (window[0], None) if causal and window else window
        if sides == (None, None):
            continue
        yield Options(
            causal,
            sides,
            keep=random.random((b, m)) < 0.7 if keep else None,
            mask=random.random((b, H, n, m)) < 0.7 if mask else None,
            cu_seqlens=cumulative,
        )


def seen_by_instances(call: Call, batch: int, head: int) -> Bools:
    """(n, m), by `instances.visibility`."""
    seen = call.inputs(batch, head).seen
    n, m = call.sizes[3], call.sizes[4]
    hidden = None if seen is None else seen.hidden(slice(0, n), slice(0, m))
    return np.ones((n, m), dtype=np.bool_) if hidden is None else ~hidden


def features() -> Iterator[tuple[str, Options]]:
    """One of each feature for b = 2, H = 4, n = 5, m = 7, and all at once."""
    random = np.random.default_rng(5)
    n, m = 5, 7
    keep = random.random((2, m)) < 0.6
    keep[:, 2] = True
    given: dict[str, Any] = {
        "causal": "top-left",
        "window": (2, 1),
        "keep": keep,
        "mask": random.random((2, 4, n, m)) < 0.6,
        "bias": random.normal(size=(2, 1, n, m)),
        "alibi": np.array([0.5, 0.25, 0.125, 1.0]),
        "cu_seqlens": (np.array([0, 2, n]), np.array([0, 3, m])),
    }
    yield "all keys", NONE
    for name, value in given.items():
        yield name, Options(**{name: value})
    yield "bottom-right", Options("bottom-right")
    yield "bias of pairs", Options(bias=random.normal(size=(n, m)))
    yield "all at once", replace(Options(**given), causal="bottom-right", window=(3, None))
