"""Operands that are not packed in memory: transposed views, strides, offsets, padding, reversed rows, broadcasts."""

from collections.abc import Iterator
from dataclasses import replace
from typing import get_args

from hardlab.conformance.case import Case
from hardlab.conformance.drawing import Draw
from hardlab.conformance.planting import Shape
from hardlab.kernels.call import PACKED, Storage
from hardlab.kernels.kernel import Offer
from hardlab.kernels.storing import ALIKE

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
            if not _is_one(word, name, shape, gradients):
                continue
            stored: list[Storage] = ["packed"] * 4
            stored[place] = word
            kind = "gradients/layouts" if gradients else "layouts"
            number += 1
            yield Case(f"{kind}/{name} {word}", shape, "spread", draw.seed(number), gradients=gradients, stored=tuple(stored))
    square = replace(shape, G=shape.H, m=shape.n)
    for word in (word for word in words if word not in ALIKE):
        for name, count in (("Q alone", 1), ("all", 4)):
            number += 1
            laid: tuple[Storage, ...] = (*[word] * count, *PACKED[count:])
            said = f"{'gradients/layouts' if gradients else 'layouts'}/{name} {word}, as many keys"
            yield Case(said, square, "spread", draw.seed(number), gradients=gradients, stored=laid)


def _is_one(word: Storage, name: str, shape: Shape, gradients: bool) -> bool:
    """Whether it is a way of its own: operands that repeat a part are asked for where they have several; one number is dO's."""
    if word not in ALIKE:
        return True
    if word == "one":
        return name == "dO"
    if gradients and name != "dO":
        return False
    return shape.b > 1 if word == "broadcast" else shape.H > 1 and name != "Q"
