"""Which keys rows of planted calls are asked about."""

import numpy as np
import pytest

from attention.options import Options
from hardlab.conformance.planting import TILE, Shape, planted
from hardlab.kernels import storing
from hardlab.kernels.call import Storage


@pytest.mark.parametrize(("H", "n"), [(1, 64), (2, 130), (2, 257), (1, 4 * TILE), (4, 620)])
def test_spread_rows_ask_every_key_and_every_pair_of_tiles(H: int, n: int) -> None:
    for seed in range(4):
        asked = planted(Shape(1, H, H, n, n, 32, 32), "spread", np.random.default_rng(seed), "float32").asked[0]
        assert len(np.unique(asked)) == n
        tiles = {(row // TILE, key // TILE) for head in asked for row, key in enumerate(head.tolist())}
        full, count = n // TILE, -(-n // TILE)
        assert {(row, key) for row in range(full) for key in range(count)} <= tiles


def test_what_repeats_a_part_holds_that_part_alone() -> None:
    stored: tuple[Storage, ...] = ("packed", "packed", "shared", "one")
    made = planted(Shape(2, 3, 3, 5, 7, 8, 8), "spread", np.random.default_rng(0), "float32", gradients=True, stored=stored)
    V, dO = made.call.V, made.call.dO
    assert dO is not None
    assert (V[:, :1] == V).all()
    assert len(np.unique(V)) > 1
    assert len(np.unique(dO)) == 1
    assert not any(storing.stored(dO, "one").strides)


def test_spread_rows_ask_keys_that_they_see() -> None:
    options = Options("top-left", (20, None))
    made = planted(Shape(1, 2, 1, 90, 90, 32, 32), "spread", np.random.default_rng(0), "float32", options)
    rows = np.arange(90)
    assert ((made.asked <= rows) & (made.asked >= rows - 20)).all()
