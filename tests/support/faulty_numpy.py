"""Attention kernels on NumPy arrays, right and wrong: the tables. No other library is loaded."""

from tests.support.bed import (  # noqa: F401
    backward_numpy,
    biases_numpy,
    heads_numpy,
    hidden_backward_numpy,
    layout_numpy,
    lost_numpy,
    masks_numpy,
    precision_numpy,
    right_numpy,
    softmax_numpy,
    windows_numpy,
)
from tests.support.bed.entries import TABLE, Entry

RIGHT: tuple[Entry, ...] = tuple(entry for entry in TABLE if entry.arrays == "numpy" and entry.kind == "right")

WRONG: tuple[Entry, ...] = tuple(entry for entry in TABLE if entry.arrays == "numpy" and entry.kind != "right")
