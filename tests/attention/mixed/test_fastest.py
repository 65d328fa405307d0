"""Which algorithm few directions are left to: each is asked only where it may be the fastest, and the fastest is taken."""

from typing import Any

import numpy as np
import pytest

import attention.mixed.low_rank as module
from instances.faults import Declined
from instances.task import Attention

INF = float("inf")


def asked_of(name: str, seconds: float, asked: list[str]) -> type:
    """An algorithm that should take so many seconds, or declines."""

    class Asked:
        def __init__(self, error: float) -> None:
            assert error == 0.25
            self.name = name

        def plan(self, _: Any) -> float:
            asked.append(name)
            if seconds == INF:
                raise Declined(f"{name} declines")
            return seconds

    return Asked


@pytest.mark.parametrize(("polynomial", "split", "boxes", "long", "d", "asked", "fastest"), [
    (0.5, 0.2, 0.3, True, 3, "polynomial split boxes", "split"), (0.5, 0.4, 0.3, True, 3, "polynomial split boxes", "boxes"),
    (0.5, 0.6, 0.7, True, 3, "polynomial split boxes", "polynomial"), (0.5, 0.2, 0.1, True, 4, "polynomial split", "split"),
    (0.5, 0.2, 0.1, False, 3, "polynomial boxes", "boxes"), (0.09, 0.2, 0.01, False, 3, "polynomial", "polynomial"),
    (0.1, 0.2, 0.01, False, 3, "polynomial", "polynomial"), (0.5, 0.09, 0.01, True, 2, "polynomial split", "split"),
    (0.11, INF, 0.01, True, 1, "polynomial split boxes", "boxes"), (INF, 0.2, INF, True, 3, "polynomial split boxes", "split"),
    (INF, INF, 0.9, True, 3, "polynomial split boxes", "boxes"), (INF, INF, INF, True, 3, "polynomial split boxes", ""),
    (INF, 0.2, 0.1, False, 4, "polynomial", ""),
])  # fmt: skip
def test_which_are_asked(
    polynomial: float, split: float, boxes: float, long: bool, d: int, asked: str, fastest: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The definition takes a second."""
    found, offered = list[str](), list[float]()

    def may(inputs: Any, error: float, seconds: float) -> bool:
        offered.append(seconds)
        return long

    for name, seconds in (("Polynomial", polynomial), ("Split", split), ("Boxes", boxes)):
        monkeypatch.setattr(module, name, asked_of(name.lower(), seconds, found))
    monkeypatch.setattr(module, "long_rows_may_decide", may)
    monkeypatch.setattr(module, "softmax_seconds", lambda *_: 1.0)
    monkeypatch.setattr(module, "_seconds", lambda plan, _: plan)
    inputs = Attention(np.ones((3, d)), np.ones((4, d)), np.ones((4, 2)), 1.0)
    if fastest:
        chosen: Any = module._fastest(inputs, 0.25)
        assert chosen.name == fastest
    else:
        with pytest.raises(Declined, match="polynomial declines"):
            module._fastest(inputs, 0.25)
    assert found == asked.split()
    assert offered == [1.0 if polynomial == INF else polynomial]
