"""What the checks ask is what they asked: every case of a seed, the calls that are planted for it, what is found of them."""

from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import get_args

import numpy as np
import pytest

from hardlab.conformance.case import Case
from hardlab.conformance.checking import BASIC, LATE, READINGS
from hardlab.conformance.checks.honesty import burst, library, replays
from hardlab.conformance.checks.promises import promises
from hardlab.conformance.drawing import Draw
from hardlab.conformance.ladder import SHAPES, ladder, rounded
from hardlab.conformance.result import Result
from hardlab.kernels.call import FEATURES, Storage
from hardlab.kernels.kernel import Conventions, Dtype, Kernel, Offer, Outcome
from instances.coded import Floats
from instances.faults import Declined
from tests.support import kernels
from tests.support.kept import Keeper, digits
from tests.support.kernels import Function, Here, InProcess

ALL = Offer(tuple(FEATURES), stores=get_args(Storage), scale="argument")
DTYPES: tuple[Dtype, ...] = ("float64", "float16")
SMALL = 2**14
"""Pairs of a call that is planted here."""


@pytest.mark.parametrize("name", [*READINGS, *LATE])
def test_cases_and_what_is_planted(name: str, kept: Keeper) -> None:
    lines = []
    for quick in (True, False):
        for case in {**READINGS, **LATE}[name](Draw(1, name, ALL, quick), ALL):
            lines.append(f"{asdict(case)} {case.needs} {case.lacks(Offer(('batch', 'heads')))}")
            s = case.shape
            if s.b * s.H * s.n * s.m <= SMALL:
                lines += [
                    _planted(case, Conventions(dtype="float32")),
                    _planted(case, Conventions(dtype="bfloat16", scale="1/sqrt(d)")),
                ]
    kept("\n".join(lines))


def _planted(case: Case, conventions: Conventions) -> str:
    planted = case.planted(conventions)
    return f"{planted.call.identity} {planted.asked.ravel().tolist()} {planted.stay.ravel().tolist()}"


class Asked(InProcess):
    """A kernel of one head that remembers what it was asked."""

    def __call__(self, Q: Floats, K: Floats, V: Floats, scale: float) -> Outcome:
        _ASKED.append(
            " ".join(digits([len(X), np.abs(X).max(), np.median(X), *X[-1, :3]]) for X in (Q, K, V)) + f" {scale:.6g}"
        )
        return super().__call__(Q, K, V, scale)


_ASKED: list[str] = []
WRONG: tuple[Function, ...] = (kernels.masked_key, kernels.dropped_block, kernels.next_row, kernels.sixteen_columns)


def _said(check: Callable[[Kernel], Iterator[Result]], function: Function, conventions: Conventions) -> str:
    _ASKED.clear()
    found = [f"{one.name} {one.status}" for one in check(Asked(function, conventions))]
    return "\n".join([*_ASKED, *found])


@pytest.mark.parametrize(
    "check",
    [pytest.param(one, marks=[pytest.mark.slow] if one.__name__ in ("fallback", "definition") else []) for one in BASIC],
)
def test_checks_of_one_head(check: Callable[[Kernel], Iterator[Result]], kept: Keeper, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hardlab.conformance.checks.fallback.SIZES", (16, 64, 256, 1024))
    lines = [_said(check, kernels.right, Conventions(dtype=dtype)) for dtype in DTYPES]
    kept("\n".join([*lines, *(_said(check, wrong, Conventions(dtype="float32")) for wrong in WRONG)]))


def test_a_check_of_a_kernel_without_promises_asks_nothing(kept: Keeper) -> None:
    kept(_said(promises, kernels.right, Conventions(dtype="float32")))


@pytest.mark.slow
def test_the_ladder(kept: Keeper) -> None:
    lines = [rung.name for rung in ladder()]
    for rung in ladder((16,), seed=3):
        lines.append(f"{rung.name} {rung.vectors} {rung.relative_B():.6g} {rung.truth.tolist()}")
        for dtype in DTYPES:
            try:
                task = rounded(rung.task(dtype), Conventions(dtype=dtype, scale="1/d"))
            except Declined as declined:
                lines.append(str(declined))
                continue
            inputs = task.inputs
            Q, K = inputs.queries(slice(0, inputs.n)), inputs.keys(slice(0, inputs.m))
            lines.append(f"{digits(np.abs(Q).sum(axis=1))} {digits(np.abs(K).sum(axis=1))} {digits(inputs.V.sum(axis=0))}")
            lines.append(f"{task.low:.6g} {task.high:.6g} {inputs.scale:.6g} {task.rows}")
    assert len(SHAPES) == len({rung.shape for rung in ladder()} - {None})
    kept("\n".join(lines))


@pytest.mark.parametrize("check", [replays, burst, library])
def test_checks_of_many_calls(check: Callable[..., Iterator[Result]], kept: Keeper) -> None:
    """By the identity of every call that reaches the kernel."""
    lines = []
    for target, convention in (("everything", "heads"), ("everything", "plain")):
        kernel = Here(f"tests.support.bed.right_numpy:{target}", Conventions(convention=convention, dtype="float32"))
        for quick in (True, False):
            more = (True,) if check is library else ()
            found = [f"{one.name} {one.status}" for one in check(kernel, Draw(5, check.__name__, kernel.offer, quick), *more)]
            lines += [*kernel.asked, *found]
            kernel.asked.clear()
    kept("\n".join(lines))
