"""Padding, packed sequences, explicit masks, biases and slopes: planted calls of each, alone and behind a causal diagonal."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from typing import Any

from hardlab.conformance.case import Axes, Case
from hardlab.conformance.drawing import Draw, shapes
from hardlab.conformance.planting import BORDERS, MODES, STEEP, TILE
from hardlab.kernels.kernel import Offer

AXES: tuple[Axes, ...] = ("pairs", "members", "heads")


def padding(draw: Draw, offer: Offer) -> Iterator[Case]:
    """Keys that are masked: the near key is one that is kept, or one that is not."""
    ways: dict[str, dict[str, Any]] = {"lengths": {"keep": "lengths"}, "some": {"keep": "some"}}
    yield from _hidden(draw, offer, "padding", [(9, 12), (40, 70), (100, 150)], ways, "lengths")


def packing(draw: Draw, offer: Offer) -> Iterator[Case]:
    """Sequences one after the other: near keys are the first and the last of one's own, and their neighbours."""
    for i, shape in enumerate(shapes(draw, [(23, 23), (90, 90), (60, 110)], 2)):
        alone = draw.fit(replace(shape, b=1))
        for count in (2, 5):
            for mode in MODES:
                yield Case(f"packing/{count}/{alone}/{mode}", alone, mode, draw.seed(i), packed=count)
            for corner in offer.corners if alone.n != alone.m else (offer.corner,):
                for mode in BORDERS:
                    name = f"packing/{'causal' if alone.n == alone.m else corner}/{count}/{alone}/{mode}"
                    yield Case(name, alone, mode, draw.seed(i, 1), corner, packed=count)


TOGETHER: Mapping[str, Mapping[str, Any]] = {
    "window": {"window": (9, 4)},
    "lengths": {"keep": "lengths"},
    "keep": {"keep": "some"},
    "mask": {"mask": "heads"},
    "bias": {"bias": "heads"},
    "alibi": {"alibi": True},
    "packed": {"packed": 3},
}


def together(draw: Draw, offer: Offer) -> Iterator[Case]:
    """What hides keys, and what is added to scores, two at a time: one may be forgotten where the other is there."""
    (shape,) = shapes(draw, [(34, 47)], 1)
    for one, other in combinations(TOGETHER, 2):
        words = {**TOGETHER[one], **TOGETHER[other]}
        if len(words) < 2:
            continue
        single = draw.fit(replace(shape, b=1)) if words.get("packed") else shape
        for mode in ("spread",) if draw.quick else ("outside", "spread"):
            name = f"together/{one} and {other}/{single}/{mode}"
            yield Case(name, single, mode, draw.seed(3), corner=offer.corner, **words)  # type: ignore[arg-type]


def masks(draw: Draw, offer: Offer) -> Iterator[Case]:
    """Boolean masks of pairs, one for all, for a batch member, for a head."""
    ways: dict[str, dict[str, Any]] = {axes: {"mask": axes} for axes in AXES}
    yield from _hidden(draw, offer, "masks", [(12, 17), (66, 66), (90, 130)], ways, "heads")


def _hidden(
    draw: Draw, offer: Offer, check: str, sizes: Sequence[tuple[int, int]], ways: Mapping[str, Mapping[str, Any]], one: str
) -> Iterator[Case]:
    """Keys hidden in each of the ways; in `one` of them with steep scores, and behind a causal diagonal."""
    for i, shape in enumerate(shapes(draw, sizes, 2)):
        for way, words in ways.items():
            for mode in MODES:
                yield Case(f"{check}/{way}/{shape}/{mode}", shape, mode, draw.seed(i), **words)
    for shape in shapes(draw, [(20, 30)], 1):
        yield Case(f"{check}/scores of 50,000/{shape}", shape, "outside", draw.seed(8), steep=STEEP, **ways[one])
    for shape in shapes(draw, [(50, 50)], 1, square=True):
        for mode in BORDERS:
            yield Case(f"{check}/causal/{shape}/{mode}", shape, mode, draw.seed(9), offer.corner, **ways[one])


def bias(draw: Draw, offer: Offer) -> Iterator[Case]:
    """What is added decides: without it, or with another multiple of it, another key has the mass."""
    for i, shape in enumerate(shapes(draw, [(12, 17), (66, 66), (90, TILE * 2 + 3)], 2)):
        for axes in AXES:
            yield Case(f"bias/{axes}/{shape}", shape, "spread", draw.seed(i), bias=axes)
    for shape in shapes(draw, [(50, 50)], 1, square=True):
        for mode in MODES:
            yield Case(f"bias/causal/{shape}/{mode}", shape, mode, draw.seed(9), offer.corner, bias="heads")


def alibi(draw: Draw, offer: Offer) -> Iterator[Case]:
    """Slopes, another for each head: of as many queries as keys, and along either diagonal where there are more or fewer."""
    for i, shape in enumerate(shapes(draw, [(20, 20), (90, 90), (140, 140)], 2, square=True)):
        yield Case(f"alibi/{shape}", shape, "spread", draw.seed(i), alibi=True)
        for mode in MODES:
            yield Case(f"alibi/causal/{shape}/{mode}", shape, mode, draw.seed(i, 1), offer.corner, alibi=True)
    for i, shape in enumerate(shapes(draw, [(40, 61), (50, 37)], 1)):
        for corner in offer.corners:
            for mode in BORDERS:
                yield Case(f"alibi/{corner}/{shape}/{mode}", shape, mode, draw.seed(i, 2), corner, alibi=True)
        yield Case(f"alibi/{shape}", shape, "spread", draw.seed(i, 3), corner=offer.corner, alibi=True)
