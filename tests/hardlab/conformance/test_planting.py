"""Which keys rows of planted calls are asked about."""

from typing import Any, get_args

import numpy as np
import pytest

from attention.options import Options
from hardlab.conformance import planting
from hardlab.conformance.planting import TILE, Mode, Shape, planted, unplanned
from hardlab.kernels import storing
from hardlab.kernels.call import Storage
from hardlab.kernels.kernel import Dtype
from tests.support.kept import Keeper, digits
from tests.support.planted import features


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


@pytest.mark.parametrize("mode", get_args(Mode))
def test_what_is_planted_is_what_it_was(mode: Mode, kept: Keeper, monkeypatch: pytest.MonkeyPatch) -> None:
    """With each feature, of each type, at other scales, sizes and slopes, for gradients, and lying in other ways."""
    monkeypatch.setattr(planting, "TILE", 3)
    shape, lines = Shape(2, 4, 2, 5, 7, 6, 3), [str(Shape(1, 1, 1, 4, 4)), str(Shape(2, 3, 3, 4, 5)), str(Shape(1, 4, 2))]
    given: list[dict[str, Any]] = [{"options": options} for _, options in features()]
    given += [{"scale": scale} for scale in (0.3, -2.0)]
    given += [{"size": 4.0}, {"steep": 0.5}, {"gradients": True}, {"gradients": True, "steep": 2.0, "scale": -0.1}]
    given += [{"stored": ("packed", word, word, "packed")} for word in ("broadcast", "shared")]
    given += [
        {"stored": ("broadcast", "packed", "one", "one"), "gradients": True},
        {"stored": ("one", "packed", "shared", "packed")},
    ]
    for number, more in enumerate(given):
        dtype: Dtype = ("float64", "float32", "float16", "bfloat16")[number % 4]
        made = planted(shape, mode, np.random.default_rng(number), dtype, **more)
        call = made.call
        lines += [digits(X) for X in (call.Q, call.K, call.V, call.scale, *([] if call.dO is None else [call.dO]))]
        lines += [digits(made.asked), digits(made.stay), digits(made.reading.rows(1, 2, np.arange(5)))]
    made = unplanned(call)
    lines.append(f"{made.asked.any()} {made.stay.any()} {made.call is call}")
    kept("\n".join(lines))


def test_rows_are_planted_in_parts_of_any_size(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing is drawn twice for a part: the keys of spread rows."""
    shape = Shape(1, 2, 1, 20, 20, 8, 8)
    whole = planted(shape, "spread", np.random.default_rng(0), "float32").asked
    monkeypatch.setattr(planting, "_step", lambda m: 7)
    assert (planted(shape, "spread", np.random.default_rng(0), "float32").asked == whole).all()
    monkeypatch.undo()
    assert [planting._step(m) for m in (1, 2**21, 2**22, 2**23)] == [2**22, 2, 1, 1]
