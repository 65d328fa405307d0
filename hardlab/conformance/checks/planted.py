"""Checks (3), continued: one key of each row has the mass, so that a key, a block or a row left out or misplaced shows.

Keys are random +-g, row i's query is one of them: it scores B^2 and the others about B^2/sqrt(d). V differs at every key.
Expected is the definition in float64, whose own bound is added to that of the dtype.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from hardlab.conformance.arithmetic import bound, reference
from hardlab.conformance.comparing import allowance, drawn, matching, measured, signs
from hardlab.conformance.result import Result
from hardlab.kernels.kernel import Kernel

D = 64

B = 4.5

TAILS = (257, 513, 1000)
"""Sizes that no power of two divides beyond 8: the last block is not full."""


def last_block(kernel: Kernel) -> Iterator[Result]:
    """The mass on the last key, and on the last of the full blocks, where m is no multiple of a block."""
    for m in TAILS:
        yield _planted(kernel, f"last_block/m={m}", m, [m - 1, m - m % 64 - 1, m - 1])


def every_key(kernel: Kernel) -> Iterator[Result]:
    """The mass on each of the keys in turn."""
    for m in (48, 300):
        yield _planted(kernel, f"every_key/m={m}", m, drawn(kernel, m).permutation(m).tolist())


def every_row(kernel: Kernel) -> Iterator[Result]:
    """All rows, where n is no multiple of a block or one less than one, each with its own key."""
    for n in (2, 319, *TAILS):
        yield _planted(kernel, f"every_row/n={n}", 97, [(31 * i + n) % 97 for i in range(n)])


def _planted(kernel: Kernel, name: str, m: int, positions: Sequence[int]) -> Result:
    random = drawn(kernel, m, len(positions))
    keys = signs(random, m, D)
    V = np.column_stack([random.permutation(m) / m + 0.5, signs(random, m, 1)[:, 0] * (1 + np.arange(m) / m)])
    inputs = matching(kernel, keys, positions, V, B)
    allowed = allowance(kernel, inputs) + bound(inputs, "float64")
    expected = reference(inputs, "float64")
    return measured(kernel, name, inputs, expected, allowed, "wrong", lambda row: f" (its mass is on key {positions[row]})")
