"""What checks draw: seeds of their own, shapes that fit what is offered, sizes about those that are asked."""

import hashlib
from typing import Any

import numpy as np
import pytest

from hardlab.conformance.drawing import HEADS, WIDTHS, Draw, new_seed, shapes
from hardlab.conformance.planting import Shape
from hardlab.kernels.call import FEATURES
from hardlab.kernels.kernel import Offer

ALL = Offer(tuple(FEATURES))


def test_seeds_are_of_the_run_and_the_check() -> None:
    name = int.from_bytes(hashlib.sha256(b"keys").digest()[:8], "little")
    draw = Draw(7, "keys", ALL)
    assert draw.seed() == (7, name)
    assert draw.seed(3, 4) == (7, name, 3, 4)
    first, again = draw.random, draw.random
    assert first.integers(2**60) == again.integers(2**60) == np.random.default_rng((7, name, 2**32)).integers(2**60)
    assert Draw(8, "keys", ALL).random.integers(2**60) != Draw(7, "keys", ALL).random.integers(2**60)
    assert Draw(7, "late", ALL).seed() != draw.seed()
    seeds = {new_seed() for _ in range(50)}
    assert len(seeds) == 50
    assert 2**60 < max(seeds) < 2**64


WHOLE = Shape(3, 6, 2, 10, 14, 64, 32)


@pytest.mark.parametrize(
    ("left_out", "shape"),
    [
        ("", WHOLE),
        ("batch", Shape(1, 6, 2, 10, 14, 64, 32)),
        ("heads", Shape(3, 1, 1, 10, 14, 64, 32)),
        ("gqa", Shape(3, 6, 6, 10, 14, 64, 32)),
        ("cross", Shape(3, 6, 2, 10, 10, 64, 32)),
        ("width", Shape(3, 6, 2, 10, 14, 64, 64)),
    ],
)
def test_shapes_are_made_to_fit(left_out: str, shape: Shape) -> None:
    offer = Offer(tuple(name for name in FEATURES if name != left_out))
    assert Draw(1, "x", offer).fit(WHOLE) == shape
    assert Draw(1, "x", Offer()).fit(WHOLE) == Shape(1, 1, 1, 10, 10, 64, 64)
    assert Draw(1, "x", Offer(("gqa",))).fit(WHOLE).G == 1


SIZES = [(5, 5), (40, 100), (130, 61), (257, 257), (8, 9), (9, 8), (1, 300)]


def test_sizes_are_about_those_that_are_asked() -> None:
    """Within an eighth; equal where they are, and on the same side of each other."""
    seen: dict[int, set[int]] = {}
    kinds: set[Any] = set()
    for seed in range(300):
        found = list(shapes(Draw(seed, "x", ALL), SIZES))
        assert len(found) == len(SIZES)
        for i, (shape, (n, m)) in enumerate(zip(found, SIZES, strict=True)):
            assert abs(shape.n - n) <= n // 8
            assert abs(shape.m - m) <= max(m // 8, n // 8 + 1)
            assert (shape.n < shape.m, shape.n == shape.m) == (n < m, n == m)
            assert shape.d == shape.v
            assert shape.d in WIDTHS
            assert (shape.b, shape.H, shape.G) in HEADS
            kinds.add((shape.b, shape.H, shape.G, shape.d))
            seen.setdefault(i, set()).add(shape.n)
        assert len({(shape.b, shape.H, shape.G) for shape in found[:5]}) == 5
        assert [shape.d for shape in found[:6]] != [64] * 6
        assert sorted(shape.d for shape in found[:6]) == sorted(WIDTHS)
    assert seen[0] == {5}
    assert seen[1] == set(range(35, 46))
    assert (min(seen[3]), max(seen[3])) == (257 - 32, 257 + 32)
    assert seen[4] == {7, 8, 9}
    assert len(kinds) > 20


def test_square_ones() -> None:
    for seed in range(20):
        assert all(shape.n == shape.m for shape in shapes(Draw(seed, "x", ALL), SIZES, square=True))


def test_a_quick_draw_has_some_of_them_in_order() -> None:
    """The same shapes as elsewhere need not come, but so many, of different sizes, and each of them sometimes."""
    chosen = set()
    for seed in range(100):
        found = list(shapes(Draw(seed, "x", ALL, quick=True), [(10, 10), (100, 100), (1000, 1000), (10_000, 10_000)], 2))
        scales = [round(np.log10(shape.n)) for shape in found]
        assert len(scales) == 2
        assert scales == sorted(set(scales))
        chosen.update(scales)
    assert chosen == {1, 2, 3, 4}
    assert len(list(shapes(Draw(1, "x", ALL, quick=True), SIZES))) == 1
    assert len(list(shapes(Draw(1, "x", ALL, quick=True), SIZES, 99))) == len(SIZES)
