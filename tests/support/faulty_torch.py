"""Attention kernels on torch tensors, right and wrong: the tables."""

from tests.support.bed import (  # noqa: F401
    backward_torch,
    flash_torch,
    hidden_backward_torch,
    memory_torch,
    right_backward_torch,
    right_torch,
    sdpa_torch,
    varlen_torch,
)
from tests.support.bed.entries import TABLE, Entry

RIGHT: tuple[Entry, ...] = tuple(entry for entry in TABLE if entry.arrays == "torch" and entry.kind == "right")

WRONG: tuple[Entry, ...] = tuple(entry for entry in TABLE if entry.arrays == "torch" and entry.kind != "right")
