"""The faults that are known by name: their sentences, the numbers that a kernel with them would give, and how they are named.

Pieces of evidence of small calls with every feature, right in the first rows and wrong in the others.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import get_args

import numpy as np
import pytest

from hardlab.conformance.case import Case
from hardlab.conformance.checking import READINGS
from hardlab.conformance.diagnosis import diagnosis
from hardlab.conformance.drawing import Draw
from hardlab.conformance.evidence import Evidence, evidence, useful
from hardlab.conformance.faults import faults
from hardlab.conformance.result import Result
from hardlab.kernels.call import FEATURES, Storage
from hardlab.kernels.kernel import Answer, Conventions, Offer
from tests.support.kept import Keeper, digits, places

OFFER = Offer(tuple(FEATURES), stores=get_args(Storage), scale="argument")
CONVENTIONS = Conventions(dtype="float32")
SMALL = 2**12
OF_CALLS = [name for name in READINGS if name != "own"]
NAMED = {"heads": 1, "visibility": 2, "windows": 3, "alibi": 3, "gradients": 24}
"""Every so manieth fault of them is named."""


def small(name: str) -> list[Case]:
    """Some small calls of a check, those with other features."""
    found: dict[tuple[object, ...], Case] = {}
    for case in READINGS[name](Draw(1, name, OFFER, True), OFFER):
        s = case.shape
        if s.b * s.H * s.n * s.m <= SMALL:
            found.setdefault((*case.needs, case.mode), case)
    return list(found.values())[:4]


def pieces(case: Case) -> Iterator[Evidence]:
    """The evidence of an answer that is right in the first two thirds of the rows, and 7 in the others."""
    planted = case.planted(CONVENTIONS)
    reading = planted.reading
    right = reading.output()
    gradients = tuple(reading.gradients()) if case.gradients else None
    with np.errstate(all="ignore"):
        wrong = [np.where(np.arange(X.shape[2])[:, None] < 2 * X.shape[2] // 3, X, 7.0) for X in (right, *(gradients or ()))]
        answer = Answer(wrong[0], "float32", 0.0, tuple(wrong[1:]) if gradients else None)  # type: ignore[arg-type]
        yield from evidence(case, planted, answer, "float32")


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] * (name == "gradients")) for name in READINGS if name != "own"]
)
def test_what_faults_give(name: str, kept: Keeper) -> None:
    lines = []
    for case in small(name):
        for piece in pieces(case):
            allowed = digits(piece.allowed[:, :, :, 0], 4) if piece.part == "output" else ""
            lines.append(f"{case.name} {piece.part} {piece.wrong.sum()} {piece.near} {useful(piece)} {allowed}")
            if piece.wrong.any():
                lines.append(f"{piece.place} {piece.said}")
                with np.errstate(all="ignore"):
                    lines += [f"{fault.sentence} {places(fault.numbers()[..., :2], 4)}" for fault in faults(piece)]
    kept("\n".join(lines))


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.parametrize("name", NAMED)
def test_what_faults_are_called(name: str, kept: Keeper) -> None:
    """What a kernel with a fault gives is put down to that fault, or to one that gives the same."""
    lines = []
    for case in small(name)[:2]:
        for piece in pieces(case):
            for fault in [*faults(replace(piece, wrong=np.ones_like(piece.wrong)))][:: NAMED[name]]:
                with np.errstate(all="ignore"):
                    numbers = fault.numbers()
                    given = np.where(np.isnan(numbers), piece.expected, numbers)
                    wrong = ~(np.abs(given - piece.expected) <= np.minimum(piece.allowed, 1e-3)) & np.isfinite(piece.expected)
                if wrong.any():
                    one = replace(piece, given=given, wrong=wrong)
                    named = diagnosis([Result(f"{name}/x", "wrong", "", evidence=(one,))], "float32")
                    lines.append(f"{fault.sentence}: {named}")
    kept("\n".join(lines))
