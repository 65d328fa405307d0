"""Operands that are not packed in memory: transposed views, strides, offsets, padding, reversed rows, broadcasts."""

from collections.abc import Iterator
from dataclasses import replace
from typing import get_args

from hardlab.conformance.case import Case
from hardlab.conformance.drawing import Draw
from hardlab.conformance.planting import Shape
from hardlab.kernels.call import PACKED, Storage
from hardlab.kernels.kernel import Offer

NAMES = ("Q", "K", "V", "dO")


def layouts(draw: Draw, offer: Offer) -> Iterator[Case]:
    """Each of Q, K and V in each of the ways that the kernel's arrays have."""
    yield from _cases(draw, offer, gradients=False)


def layouts_of_gradients(draw: Draw, offer: Offer) -> Iterator[Case]:
    """Each of Q, K, V and dO, where gradients are asked for."""
    yield from _cases(draw, offer, gradients=True)


def _cases(draw: Draw, offer: Offer, gradients: bool) -> Iterator[Case]:
    shape = draw.fit(Shape(2, 4, 2, 19, 23 if "cross" in offer.features else 19, 64, 64))
    words: list[Storage] = [word for word in get_args(Storage) if word in offer.stores and word != "packed"]
    number = 0
    for place, name in enumerate(NAMES if gradients else NAMES[:3]):
        for word in words:
            if gradients and word in ("broadcast", "shared"):
                continue
            if (word == "broadcast" and shape.b == 1) or (word == "shared" and (shape.H == 1 or name == "Q")):
                continue
            stored: list[Storage] = ["packed"] * 4
            stored[place] = word
            kind = "gradients/layouts" if gradients else "layouts"
            number += 1
            yield Case(f"{kind}/{name} {word}", shape, "spread", draw.seed(number), gradients=gradients, stored=tuple(stored))
    square = replace(shape, G=shape.H, m=shape.n)
    for word in (word for word in words if word not in ("broadcast", "shared")):
        for name, count in (("Q alone", 1), ("all", 4)):
            number += 1
            laid: tuple[Storage, ...] = (*[word] * count, *PACKED[count:])
            said = f"{'gradients/layouts' if gradients else 'layouts'}/{name} {word}, as many keys"
            yield Case(said, square, "spread", draw.seed(number), gradients=gradients, stored=laid)
