"""The question asked of attention: each condition of its guards alone, and at its limit."""

from hashlib import sha256
from math import inf, tanh
from typing import Any

import numpy as np
import pytest

from instances.coded import matrix_digest
from instances.faults import BadInput
from instances.task import Attention, AttentionTask


def asked(n: int = 5, V: float | tuple[float, float] = 1.0, **given: Any) -> AttentionTask:
    """A question about n equal rows whose answers are V, or the mean of both."""
    low, high = given.pop("low", 0.25), given.pop("high", 0.5)
    inputs = Attention(np.ones((n, 1)), np.ones((2, 1)), np.broadcast_to(V, 2)[:, None], 1.0)
    return AttentionTask(inputs, low, high, **{"rows": 1, **given})


@pytest.mark.parametrize("rows", [0, -1, 6])
def test_each_condition_of_the_rows(rows: int) -> None:
    with pytest.raises(BadInput, match="1 <= rows <= n"):
        asked(rows=rows)


@pytest.mark.parametrize(("rows", "step"), [(2, 0), (2, -1), (2, True), (2, 1.0), (2, 5), (3, 3), (5, 2)])
def test_each_condition_of_the_step(rows: int, step: Any) -> None:
    with pytest.raises(BadInput, match="must be one of the 5 rows"):
        asked(rows=rows, step=step)


@pytest.mark.parametrize(("rows", "step", "counted"), [(1, 9, [0]), (2, 4, [0, 4]), (3, 2, [0, 2, 4]), (5, 1, [0, 1, 2, 3, 4])])
def test_the_largest_steps(rows: int, step: int, counted: list[int]) -> None:
    assert list(asked(rows=rows, step=step).counted) == counted


@pytest.mark.parametrize(
    ("low", "high"), [(0.5, 0.5), (0.5, 0.25), (-inf, 0.5), (0.5, inf), (inf, inf), (np.nan, 0.5), (0, np.nan)]
)
def test_each_condition_of_the_thresholds(low: float, high: float) -> None:
    with pytest.raises(BadInput, match="finite with low < high"):
        asked(low=low, high=high)


@pytest.mark.parametrize("read", [[], [0, 1, 2], [[0, 1]], [0.0, 1.0], [1, 1], [1, 0], [-1, 0], [0, 5]])
def test_each_condition_of_a_list_of_rows(read: list[Any]) -> None:
    with pytest.raises(BadInput, match=r"^read "):
        asked(rows=2, read=np.array(read))


def test_a_list_of_rows() -> None:
    task = asked(rows=2, read=np.array([0, 4]))
    assert list(task.counted) == [0, 4]
    assert [task.accepts(witness) for witness in ((0,), (4,), (1,), (), (0, 0))] == [True, True, False, False, False]
    with pytest.raises(BadInput, match="leave the step out"):
        asked(rows=2, read=np.array([0, 4]), step=2)


def test_a_logarithmic_question_needs_values_that_have_logarithms() -> None:
    assert asked(V=-1.0).inputs.V[0, 0] == -1
    assert asked(V=0.0, logarithmic=True).logarithmic
    for V in (-1.0, (-1.0, 1.0)):
        with pytest.raises(BadInput, match="needs V >= 0"):
            asked(V=V, logarithmic=True)


@pytest.mark.parametrize(
    ("V", "low", "high", "relative"),
    [
        (1.0, 0.25, 0.75, 0.5), (0.0, 0.0, 0.5, 1.0), (1.0, -0.25, 0.75, inf), (-1.0, 0.25, 0.75, inf),
        (-1.0, -0.75, -0.25, 0.5), (0.0, -0.5, 0.0, 1.0), (-1.0, -0.75, 0.25, inf), (1.0, -0.75, -0.25, inf),
        ((-1.0, 1.0), 0.25, 0.75, inf), ((-1.0, 1.0), -0.75, -0.25, inf),
    ],
)  # fmt: skip
def test_the_relative_error_of_one_sign(V: float | tuple[float, float], low: float, high: float, relative: float) -> None:
    """(high - low)/|high + low| where V, low and high have one sign, each of which is asked for."""
    assert asked(V=V, low=low, high=high).relative == relative


def test_the_relative_error_of_logarithms() -> None:
    assert asked(low=-3.0, high=-2.0, logarithmic=True).relative == pytest.approx(tanh(0.5), rel=1e-15)


def test_what_tells_questions_apart() -> None:
    """Every figure, and the rows that count; a step where one row counts as well."""
    others = [
        asked(), asked(rows=2), asked(rows=2, step=2), asked(rows=2, step=3), asked(rows=2, read=np.array([0, 2])),
        asked(low=0.2), asked(high=0.6),
        asked(logarithmic=True), asked(V=2.0), asked(n=6),
    ]  # fmt: skip
    assert len({task.identity for task in others}) == len(others)
    with_step = b"attention softmax 0x1.0000000000000p+0 0x1.0000000000000p-2 0x1.0000000000000p-1 2 False step 2"
    for task, text in ((asked(rows=2, step=2), with_step), (asked(rows=2), with_step.removesuffix(b" step 2"))):
        arrays = matrix_digest(task.inputs.Q) + matrix_digest(task.inputs.K) + matrix_digest(task.inputs.V)
        assert task.identity == sha256(text + arrays).hexdigest()  # records that are kept have them
    assert asked(rows=3).size == {"n": 5, "m": 2, "d": 1, "rows": 3}


def test_the_memory_of_a_coded_task() -> None:
    """Words of 64 bits for each row of Q and K, a float for each value, four for each column."""
    for n, m, d in ((3, 5, 1), (3, 5, 64), (3, 5, 65), (7, 2, 130)):
        assert AttentionTask.memory({"n": n, "m": m, "d": d}) == (n + m) * ((d + 63) // 64) * 8 + m * 8 + d * 4 * 8
