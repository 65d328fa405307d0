"""Numbers of bytes as text and from text, at the limits of each unit, and when an instance is too large."""

from typing import Any

import pytest

from instances.anyof import AnyOf
from instances.bits import BLOCK
from instances.cnf import CNF
from instances.faults import BadInput, Declined
from instances.gradients import GradientTask
from instances.memory import MEMORY_BUDGET, bytes_of, bytes_text, within
from instances.network import TransformerTask
from instances.problem import Problem
from instances.task import AttentionTask
from instances.tensor import TensorTask
from instances.triples import ThreeOrthogonalVectors
from instances.vectors import FarHamming, GapHamming, OrthogonalVectors, ThresholdProduct


def test_the_budget_is_a_gibibyte() -> None:
    assert bytes_text(MEMORY_BUDGET) == "1 GiB"


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 bytes"), (1, "1 bytes"), (1023, "1,023 bytes"), (2**10, "1 KiB"), (1536, "1.5 KiB"), (2**20 - 1, "1,024 KiB"),
        (2**20, "1 MiB"), (2**29, "512 MiB"), (2**30 - 2**20, "1,023 MiB"), (2**30, "1 GiB"), (2**40 - 2**30, "1,023 GiB"),
        (2**40, "1 TiB"), (3 * 2**50, "3,072 TiB"), (2**90, "1.126e+15 TiB"), (123456789, "117.7 MiB"),
    ],
)  # fmt: skip
def test_bytes_for_people(count: int, text: str) -> None:
    assert bytes_text(count) == text


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("1", 1), ("17", 17), ("1.9", 1), ("1K", 2**10), ("512M", 2**29), ("2G", 2**31), ("1T", 2**40), ("0.5K", 512),
        (" 3 g ", 3 * 2**30), ("2gb", 2**31), ("7B", 7), ("1e3", 1000), ("0.001K", 1), ("8388607T", 2**63 - 2**40),
    ],
)  # fmt: skip
def test_bytes_that_are_asked_for(text: str, count: int) -> None:
    assert bytes_of(text) == count


@pytest.mark.parametrize(
    "text", ["", "B", "G", "0", "0.999", "0.0009K", "-1", "-1G", "8388608T", "nan", "inf", "1X", "1KK", "one", "1 2", "1e400"]
)
def test_what_is_no_number_of_bytes(text: str) -> None:
    with pytest.raises(BadInput, match="write a size such as 512M or 2G"):
        bytes_of(text)


def test_what_needs_more_than_there_is_is_declined() -> None:
    within(2**20, 2**20, "a thing", {"n": 3})
    within(0, 0, "a thing", {})
    said = r"^a thing \(n=3 d=4\) needs 1,024 KiB, the memory budget is 2 bytes; raise it with --memory"
    with pytest.raises(Declined, match=said):
        within(2**20 - 1, 2, "a thing", {"n": 3, "d": 4})
    with pytest.raises(Declined):
        within(3, 2, "a thing", {})


SIZE = {"n": 5000, "m": 70, "l": 3, "d": 130, "k": 5, "rows": 11, "layers": 2, "heads": 7, "count": 13}
"""130 columns are three words of 64 bits."""

PAIRS = 8 * 3 * (5000 + 70) + 130 * (min(5000, BLOCK) + 70)
"""Packed words of both sides, and an unpacked block of each."""


@pytest.mark.parametrize(
    ("kind", "needed"),
    [
        (Problem, 64 * sum(SIZE.values())), (CNF, 64 * 70 * 6),
        (AnyOf, 64), (OrthogonalVectors, PAIRS), (GapHamming, PAIRS), (FarHamming, PAIRS),
        (ThresholdProduct, PAIRS), (ThreeOrthogonalVectors, PAIRS + (8 * 3 + 130) * 3),
        (AttentionTask, 8 * 3 * 5070 + 8 * 70 + 32 * 130), (GradientTask, 8 * 4 * 5070 + 8 * 11 + 32 * 130),
        (TensorTask, 8 * 3 * 5073 + 8 * 73 + 64 * 130), (TransformerTask, 8 * 130 * (5000 + 4 * 2 * 7 * 130)),
    ],
    ids=lambda x: getattr(x, "__name__", None),
)  # fmt: skip
def test_what_an_instance_of_a_size_needs(kind: Any, needed: int) -> None:
    assert kind.memory(SIZE) == needed
