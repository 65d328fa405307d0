"""Problems to save."""

import math
from pathlib import Path
from typing import Any

import numpy as np

from instances.bits import BitMatrix
from instances.cnf import CNF
from instances.coded import Coded
from instances.families import random_hamming, random_ksat, random_ov
from instances.problem import Problem
from instances.task import Attention, AttentionTask
from instances.vectors import BalancedHamming
from reductions.edges.ov_far import OvFar
from reductions.edges.ov_product import OvProduct


def coded_task() -> AttentionTask:
    """A task from coded blocks, as the reductions emit them."""
    bits = random_ov(6, 5, 70, seed=3)
    zero, one = np.full(70, -1 / 3), np.linspace(0.1, 0.7, 70)
    extra = Coded(BitMatrix.zeros(2, 70), one, zero)
    inputs = Attention((Coded(bits.A, zero, one),), (Coded(bits.B, one, zero), extra), np.eye(7)[:, :2], 1 / 70)
    return AttentionTask(inputs, -0.1, math.nextafter(0.3, 1), 4)


def balanced() -> BalancedHamming:
    return BalancedHamming(BitMatrix.of(["0101", "0011"]), BitMatrix.of(["1010", "0110", "1100"]), 0, 2)


def samples() -> dict[str, Problem]:
    return {
        "f.cnf": random_ksat(6, 20, 3, seed=1),
        "f.cnf.gz": CNF(9, ((), (1, -1), (2, 2))),
        "ov.npz": random_ov(5, 3, 65, seed=1),
        "gap.npz": random_hamming(5, 3, 64, seed=1),
        "balanced.npz": balanced(),
        "far.npz": OvFar().apply(random_ov(5, 3, 65, seed=1)),
        "product.npz": OvProduct().apply(random_ov(5, 3, 65, seed=1)),
        "task.safetensors": coded_task(),
        "task.npz": coded_task(),
    }


def arrays_of(path: Path) -> dict[str, Any]:
    with np.load(path, allow_pickle=False) as data:
        return dict(data)


# files of one's own

ROWS = np.array([[0, 1, 1], [1, 0, 0]])
