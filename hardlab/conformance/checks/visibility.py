"""What rows see: every row asked on both sides of its border, every key asked about, short sequences and long ones.

The planted calls of module `planting`, with sizes that no power of two divides and some that are one more or less than one.
"""

from collections.abc import Iterator
from dataclasses import replace

from hardlab.conformance.case import Case
from hardlab.conformance.drawing import Draw, shapes
from hardlab.conformance.planting import BORDERS, MODES, RANDOM, STEEP, Shape
from hardlab.kernels.kernel import Offer

LONG = 4096


def keys(draw: Draw, offer: Offer) -> Iterator[Case]:
    """Every key, without a mask; and values of other widths than those of queries and keys."""
    for i, shape in enumerate(shapes(draw, [(5, 5), (40, 100), (130, 61), (257, 257)], 3)):
        yield Case(f"keys/{shape}", shape, "spread", draw.seed(i))
    for v in (24, 112) if "width" in offer.features else ():
        shape = replace(draw.fit(Shape(2, 2, 1, 30, 34, 64)), v=v)
        yield Case(f"keys/{shape},d=64,v={v}", shape, "spread", draw.seed(v))


def entries(draw: Draw, offer: Offer) -> Iterator[Case]:
    """Entries of other sizes and kinds: Gaussian ones of mild and steep scores, coded ones with Q large and K small."""
    for i, shape in enumerate(shapes(draw, [(24, 24), (9, 40)], 1)):
        for spread in (0.25, 1.0, 4.0):
            yield Case(f"entries/gaussian {spread:g}/{shape}", shape, "gaussian", draw.seed(i), size=spread)
        for size in (2.0**-6, 2.0**6):
            yield Case(f"entries/Q times {size:g}/{shape}", shape, "spread", draw.seed(i), size=size)
        yield Case(f"entries/negative/{shape}", shape, "negative", draw.seed(i))
    n, m = (int(length) for length in draw.random.integers(256, 700, size=2))
    wide = draw.fit(Shape(1, 2, 1, n, m, 64, 64))
    for mode in RANDOM:
        yield Case(f"entries/{mode}/{wide}", wide, mode, draw.seed(5))


def visibility(draw: Draw, offer: Offer) -> Iterator[Case]:
    """Causal masks, as many queries as keys."""
    sizes = [(7, 7), (16, 16), (33, 33), (64, 64), (131, 131), (260, 260)]
    for i, shape in enumerate(shapes(draw, sizes, 4, square=True)):
        for mode in MODES:
            yield Case(f"visibility/causal/{shape}/{mode}", shape, mode, draw.seed(i), causal=offer.corner)
    for shape in shapes(draw, [(30, 30)], 1, square=True):
        name = f"visibility/causal/scores of 50,000/{shape}"
        yield Case(name, shape, "outside", draw.seed(9), causal=offer.corner, steep=STEEP)


def alignment(draw: Draw, offer: Offer) -> Iterator[Case]:
    """The corner of the diagonal, where there are more keys than queries and where there are fewer."""
    for i, shape in enumerate(shapes(draw, [(5, 9), (40, 67), (70, 130), (41, 30), (9, 7)], 3)):
        for corner in offer.corners:
            for mode in MODES:
                yield Case(f"alignment/{corner}/{shape}/{mode}", shape, mode, draw.seed(i), causal=corner)


def decoding(draw: Draw, offer: Offer) -> Iterator[Case]:
    """One query against a cache of keys, and a few."""
    for i, shape in enumerate(shapes(draw, [(1, 33), (1, 300), (3, 130)], 3)):
        yield Case(f"decoding/{shape}", shape, "spread", draw.seed(i))
        for corner in offer.corners:
            for mode in BORDERS:
                yield Case(f"decoding/{corner}/{shape}/{mode}", shape, mode, draw.seed(i, 1), causal=corner)


def windows(draw: Draw, offer: Offer) -> Iterator[Case]:
    """Windows to both sides and to one, alone and behind a causal diagonal; and narrower than a tile, and wider."""
    random = draw.random
    for i, shape in enumerate(shapes(draw, [(13, 13), (70, 70), (150, 150)], 3, square=True)):
        w = int(random.integers(1, max(2, shape.n // 3)))
        other = int(random.integers(0, max(1, shape.n // 3)))
        for window in dict.fromkeys(((w, w), (w, other), (other, w), (w, 0), (0, w), (w, None), (None, w))):
            for mode in MODES if window == (w, other) else BORDERS:
                name = f"windows/left={window[0]},right={window[1]}/{shape}/{mode}"
                yield Case(name, shape, mode, draw.seed(i), window=window)
        for mode in BORDERS:
            yield Case(f"windows/causal,left={w}/{shape}/{mode}", shape, mode, draw.seed(i, 1), offer.corner, (w, None))
    for i, shape in enumerate(shapes(draw, [(40, 61), (50, 37)], 1)):
        for corner in offer.corners:
            for mode in BORDERS:
                yield Case(f"windows/{corner},left=5/{shape}/{mode}", shape, mode, draw.seed(i, 2), corner, (5, None))
        for mode in BORDERS:
            name = f"windows/left=6,right=3/{shape}/{mode}"
            yield Case(name, shape, mode, draw.seed(i, 3), window=(6, 3), corner=offer.corner)


def long(draw: Draw, offer: Offer) -> Iterator[Case]:
    """Long sequences: every row, every key, every pair of tiles of 64; and rows that see all keys nearly alike."""
    n = LONG // (4 if draw.quick else 1) - int(draw.random.integers(0, 60))
    shape = draw.fit(Shape(1, 2, 1, n, n, 128, 128))
    yield Case(f"long/{shape}", shape, "spread", draw.seed())
    for mode in BORDERS if draw.quick else MODES:
        yield Case(f"long/causal/{shape}/{mode}", shape, mode, draw.seed(), causal=offer.corner)
    w = int(draw.random.integers(2, n // 2))
    for mode in () if draw.quick else BORDERS:
        yield Case(f"long/left={w}/{shape}/{mode}", shape, mode, draw.seed(1), offer.corner, (w, None))
    flat = replace(shape, n=8)
    yield Case(f"long/flat/{flat}", flat, "gaussian", draw.seed(3), size=2.0**-4)
    for width in (8, 1) if not draw.quick else ():
        few = replace(shape, n=width)
        yield Case(f"long/{few}", few, "spread", draw.seed(2))


def late(draw: Draw, offer: Offer) -> Iterator[Case]:
    """A middling length in each of several heads and batch members, for faults that begin late in one of them."""
    n = int(draw.random.integers(710, 790) if draw.quick else draw.random.integers(1030, 1090))
    shape = draw.fit(Shape(2, 2, 1, n, n, 64, 64) if draw.quick else Shape(2, 4, 2, n, n, 64, 64))
    yield Case(f"late/{shape}", shape, "spread", draw.seed())
    for mode in MODES:
        yield Case(f"late/causal/{shape}/{mode}", shape, mode, draw.seed(), causal=offer.corner)
