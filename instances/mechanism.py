"""Which weights attention uses: the kernel, whether a row is normalised, and which keys it sees.

| name | w_ij | Att_i |
|---|---|---|
| `softmax` | exp(scale <q_i, k_j>) | sum_j w_ij V_j / sum_j w_ij |
| `exp` | exp(scale <q_i, k_j>) | sum_j w_ij V_j |
| `gaussian` | exp(-scale ||q_i - k_j||^2) | sum_j w_ij V_j (kernel density estimation) |
| `gaussian-mean` | exp(-scale ||q_i - k_j||^2) | sum_j w_ij V_j / sum_j w_ij |

With a window, `softmax[window=8]`, row i sees the keys j with |i - j| <= window and no other.
"""

import re
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray

from instances.brackets import fields_of, one, spelled
from instances.faults import BadInput

_NAMES = {
    ("dot", True): "softmax",
    ("dot", False): "exp",
    ("gaussian", False): "gaussian",
    ("gaussian", True): "gaussian-mean",
}
NAMES = tuple(_NAMES.values())

_PLAIN = re.compile(r"[a-z0-9=,\[\]-]+")
"""What mechanisms are spelled with."""

_OF_THE_NAME = ("kernel", "normalised")
"""The fields that the name stands for."""

WIDEST = 10**18


@dataclass(frozen=True)
class Mechanism:
    """One of the four kinds of weights, seen through a window or not. Errors: `BadInput` for other values."""

    kernel: Literal["dot", "gaussian"] = "dot"
    normalised: bool = True
    window: int | None = None

    def __post_init__(self) -> None:
        if (self.kernel, self.normalised) not in _NAMES:
            raise BadInput(f"kernel = {self.kernel!r}, normalised = {self.normalised!r}: the kernels are dot and gaussian")
        if self.window is not None and not (type(self.window) is int and 0 <= self.window <= WIDEST):
            raise BadInput(f"window = {self.window!r}: it is the largest |i - j|, a whole number from 0 to 10^18")

    @classmethod
    def of(cls, text: str) -> Self:
        """The mechanism that `str` spells so. Errors: `BadInput`."""
        with suppress(BadInput):
            name, given = one(text if _PLAIN.fullmatch(text) else "", "mechanism")
            for (kernel, normalised), known in _NAMES.items():
                if name == known:
                    return cls(kernel, normalised, **fields_of(cls, name, given, _OF_THE_NAME))  # type: ignore[arg-type]
        raise BadInput(f"mechanism = {text!r:.80}: it is one of {', '.join(NAMES)}, with a window as in softmax[window=8]")

    @property
    def name(self) -> str:
        """Its name without the window."""
        return _NAMES[self.kernel, self.normalised]

    def __str__(self) -> str:
        return spelled(self.name, self, _OF_THE_NAME)

    def seen(self, i: int, m: int) -> range:
        """The keys, of m, that row i sees."""
        return range(m) if self.window is None else range(min(m, max(0, i - self.window)), min(m, i + self.window + 1))

    def hidden(self, rows: slice, keys: slice) -> NDArray[np.bool_] | None:
        """Which of these keys each of these rows does not see; None where all are seen."""
        if self.window is None:
            return None
        apart = np.arange(rows.start, rows.stop)[:, None] - np.arange(keys.start, keys.stop)
        found: NDArray[np.bool_] = np.abs(apart) > self.window
        return found


SOFTMAX = Mechanism()
