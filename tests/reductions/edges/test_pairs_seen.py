"""Where a reduction says how many pairs its rows see, that is how many its task has."""

from typing import Any

import numpy as np
import pytest

from instances.bits import BitMatrix
from instances.vectors import GapHamming
from reductions.edges.hamming_causal import HammingCausal
from reductions.edges.hamming_dk import HammingDk
from reductions.edges.hamming_dq import HammingDq
from reductions.edges.hamming_dv import HammingDv
from reductions.edges.hamming_dv_one import HammingDvOne
from reductions.edges.hamming_dx_one import HammingDxOne
from reductions.edges.hamming_window import HammingWindow

EDGES = [
    HammingCausal(), HammingDk(causal=True), HammingDv(causal=True), HammingDq(causal=True), HammingWindow(),
    HammingDvOne(causal=True), HammingDxOne(causal=True),
]  # fmt: skip


@pytest.mark.parametrize("sizes", [(1, 1), (3, 2), (2, 5), (6, 6)])
@pytest.mark.parametrize("edge", EDGES, ids=lambda edge: edge.spelled)
def test_pairs_are_counted(edge: Any, sizes: tuple[int, int]) -> None:
    rng = np.random.default_rng(sum(sizes))
    A, B = (BitMatrix.of(rng.integers(0, 2, (rows, 8))) for rows in sizes)
    problem = GapHamming(A, B, 1, 4)
    said = edge.constants(problem.size)["pairs"]
    seen = edge.apply(problem).inputs.seen
    assert seen is not None
    counted = int((seen.stop - seen.start).sum())
    assert said == counted


@pytest.mark.parametrize("edge", [HammingDk(), HammingDv(), HammingDq()], ids=lambda edge: edge.spelled)
def test_where_all_is_seen_none_are_counted(edge: Any) -> None:
    assert "pairs" not in edge.constants({"n": 3, "m": 2, "d": 8, "t": 1, "t2": 4})
