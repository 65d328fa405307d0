"""Operands are asked in each way of lying in memory that is one of their own."""

from typing import get_args

from hardlab.conformance.checks.layouts import layouts, layouts_of_gradients
from hardlab.conformance.drawing import Draw
from hardlab.kernels.call import FEATURES, Storage
from hardlab.kernels.kernel import Offer


def names(offer: Offer, gradients: bool) -> list[str]:
    draw = Draw(1, "x", offer)
    found = list((layouts_of_gradients if gradients else layouts)(draw, offer))
    assert len({case.seed for case in found}) == len(found)
    assert all(case.gradients == gradients for case in found)
    assert all(case.stored != ("packed",) * 4 for case in found)
    return [case.name.rpartition("layouts/")[2] for case in found]


WORDS: tuple[Storage, ...] = get_args(Storage)
PLAIN = [word for word in WORDS if word not in ("packed", "broadcast", "shared", "one")]


def test_ways_of_lying_in_memory() -> None:
    every = Offer(tuple(FEATURES), stores=WORDS)
    square = [f"{name} {word}, as many keys" for word in PLAIN for name in ("Q alone", "all")]
    assert names(every, False) == [
        *(f"Q {word}" for word in [*PLAIN, "broadcast"]), *(f"K {word}" for word in [*PLAIN, "broadcast", "shared"]),
        *(f"V {word}" for word in [*PLAIN, "broadcast", "shared"]), *square,
    ]  # fmt: skip
    assert names(every, True) == [
        *(f"{name} {word}" for name in "QKV" for word in PLAIN),
        *(f"dO {word}" for word in [*PLAIN, "broadcast", "shared", "one"]), *square,
    ]  # fmt: skip
    alone = Offer(("cross",), stores=("packed", "broadcast", "shared", "one", "padded"))
    assert names(alone, False) == [
        "Q padded",
        "K padded",
        "V padded",
        "Q alone padded, as many keys",
        "all padded, as many keys",
    ]
    assert [name for name in names(alone, True) if name.startswith("dO")] == ["dO padded", "dO one"]
    assert names(Offer(tuple(FEATURES), stores=("packed",)), False) == []
