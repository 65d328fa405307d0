"""dQ, dK and dV against their definition, where each row has two near keys that share its weight.

All that the forward checks ask is asked here once more: a backward pass may forget a mask that the forward pass heeds. dO has a
value of its own in every entry, V is nowhere balanced (so that a delta that is dropped shows), and dK and dV are sums over the
heads of a group.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from hardlab.conformance.case import Case
from hardlab.conformance.drawing import Draw, shapes
from hardlab.conformance.planting import MODES, Shape
from hardlab.kernels.kernel import Offer


def gradients(draw: Draw, offer: Offer) -> Iterator[Case]:
    """Short sequences, with everything that is offered."""
    kinds: list[tuple[str, dict[str, Any], bool]] = [
        ("full", {}, False),
        ("causal", {"causal": offer.corner}, True),
        *((f"alignment {corner}", {"causal": corner}, False) for corner in offer.corners),
        ("window", {"window": (6, 3), "corner": offer.corner}, False),
        ("causal window", {"causal": offer.corner, "window": (7, None)}, True),
        ("lengths", {"keep": "lengths"}, False),
        ("keep", {"keep": "some"}, False),
        ("mask", {"mask": "heads"}, False),
        ("bias", {"bias": "members"}, False),
        ("alibi", {"causal": offer.corner, "alibi": True}, False),
        ("packed", {"packed": 3}, True),
        ("packed causal", {"packed": 3, "causal": offer.corner}, True),
    ]
    for number, (kind, words, square) in enumerate(kinds):
        for i, shape in enumerate(shapes(draw, [(21, 30), (70, 90)], 1, square)):
            single = replace(shape, b=1) if words.get("packed") else shape
            for mode in MODES[2:] if kind in ("full", "bias") else MODES:
                name = f"gradients/{kind}/{single}/{mode}"
                yield Case(name, single, mode, draw.seed(number, i), gradients=True, **words)


def long_gradients(draw: Draw, offer: Offer) -> Iterator[Case]:
    """Sequences in which faults begin late."""
    n = int(draw.random.integers(520, 600 if draw.quick else 1100))
    shape = draw.fit(Shape(1, 2, 1, n, n, 64, 64))
    for kind, causal in (("full", None), ("causal", offer.corner)):
        for mode in MODES[2:] if causal is None else MODES[1:]:
            name = f"gradients/long {kind}/{shape}/{mode}"
            yield Case(name, shape, mode, draw.seed(), causal, gradients=True)
