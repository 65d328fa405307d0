"""Tasks with two thresholds: what a witness reaches, at the thresholds themselves; tolerances; lists of rows and limits."""

from math import e, exp, inf, log
from typing import Any

import numpy as np
import pytest
from flint import arb, ctx

from instances.exact import precision
from instances.faults import BadInput
from instances.task import Attention, AttentionTask
from instances.threshold import additive_tolerance, listed


def task(answers: Any, low: float, high: float, logarithmic: bool = False, read: Any = None) -> AttentionTask:
    """Each row has a key of its own, which alone has some weight, and its answer is that key's value, exactly or nearly."""
    V = np.array(answers, dtype=float)
    inputs = Attention(np.eye(len(V)), np.eye(len(V)), V[:, None], 800.0)
    rows = len(V) if read is None else len(read)
    return AttentionTask(inputs, low, high, rows, logarithmic, read=None if read is None else np.array(read))


def alone(answer: float, low: float, high: float, logarithmic: bool = False) -> AttentionTask:
    """A row that sees a single key: its answer is exact."""
    one = np.ones((1, 1))
    return AttentionTask(Attention(one, one, np.array([[answer]]), 0.0), low, high, 1, logarithmic)


@pytest.mark.parametrize(
    ("answer", "accepted", "reached", "promised"),
    [(0.5, False, False, True), (1.0, False, False, True), (1 + 2.0**-52, True, False, False), (1.5, True, False, False),
     (2 - 2.0**-52, True, False, False), (2.0, True, True, True), (3.0, True, True, True)],
)  # fmt: skip
def test_thresholds_themselves(answer: float, accepted: bool, reached: bool, promised: bool) -> None:
    of = alone(answer, 1.0, 2.0)
    assert (of.accepts((0,)), of.reaches((0,)), of.promised()) == (accepted, reached, promised)
    if accepted:
        assert of.says((0,)).endswith(">= high = 2" if reached else "> low = 1")


def test_thresholds_of_logarithms() -> None:
    """ln 1 = 0 is the low one exactly, and ln 0 is below all."""
    for answer, accepted, reached in ((0.0, False, False), (1.0, False, False), (1.5, True, False), (e + 1e-15, True, True)):
        of = alone(answer, 0.0, 1.0, logarithmic=True)
        assert (of.accepts((0,)), of.reaches((0,))) == (accepted, reached)
    assert alone(2.0, 0.0, 1.0, True).says((0,)) == "the logarithm of the output of row 0 is 0.693147, > low = 0"
    assert alone(2.0, 0.0, 1.0).says((0,)) == "the output of row 0 is 2.00000, >= high = 1"
    assert alone(1.0, 0.0, 1.0, True).output(0) == 0
    assert alone(0.0, 0.0, 1.0, True).output(0) == arb(-inf)


@pytest.mark.parametrize("witness", [(), (0, 0), (4,), (-1,), (1,), (9,)])
def test_what_is_no_witness(witness: tuple[int, ...]) -> None:
    of = task([3.0, 3.0, 3.0, 3.0], 1.0, 2.0, read=[0, 2, 3])
    assert not of.accepts(witness)
    assert not of.reaches(witness)
    assert list(of.witnesses()) == [(0,), (2,), (3,)]
    assert all(map(of.reaches, of.witnesses()))


def test_a_promise_is_of_the_rows_that_count() -> None:
    assert task([0.0, 1.5, 3.0], 1.0, 2.0, read=[0, 2]).promised()
    assert not task([0.0, 1.5, 3.0], 1.0, 2.0, read=[0, 1]).promised()
    assert not task([0.0, 1.5, 3.0], 1.0, 2.0).promised()


def test_an_output_is_computed_once_at_each_precision() -> None:
    of = task([3.0, 1.0], 1.0, 2.0)
    with precision(100):
        first = of.output(0)
        assert of.output(0) is first
    with precision(200):
        second = of.output(0)
        assert second is not first
        assert second.rel_accuracy_bits() > first.rel_accuracy_bits()
    assert of.output(1) is not first
    with ctx.workprec(100):
        assert of.output(0) is first


@pytest.mark.parametrize(
    ("low", "high"), [(1.0, 1.0), (2.0, 1.0), (-inf, 1.0), (0.0, inf), (float("nan"), 1.0), (0.0, float("nan"))]
)
def test_what_are_no_thresholds(low: float, high: float) -> None:
    with pytest.raises(BadInput, match="they must be finite with low < high"):
        alone(1.0, low, high)


def test_thresholds_are_floats() -> None:
    of = alone(1.0, 0, np.float32(0.5))  # type: ignore[arg-type]
    assert (type(of.low), type(of.high)) == (float, float)
    assert alone(1.0, 1.0, 1 + 2.0**-52).high > 1.0


def test_tolerances() -> None:
    """(high - low)/2, in logarithms too where it is beyond floats."""
    assert list(additive_tolerance(1.0, 4.0, False)) == pytest.approx([1.5, np.log10(1.5)])
    assert list(additive_tolerance(-1.0, 1e-3, False)) == pytest.approx([1.001 / 2, np.log10(1.001 / 2)])
    assert additive_tolerance(2.0, 2.0, False) == (0.0, -inf)
    for low, high in ((0.0, 1.0), (-3.0, 2.0), (100.0, 100.5)):
        value, log10 = additive_tolerance(low, high, True)
        assert value == pytest.approx((exp(high) - exp(low)) / 2, rel=1e-12, abs=0)
        assert log10 == pytest.approx(np.log10(value))
    for of, expected in ((-2000.0, 0.0), (2000.0, inf)):
        value, log10 = additive_tolerance(of - 1, of, True)
        assert value == expected
        assert log10 == pytest.approx((of + log((1 - 1 / e) / 2)) / log(10))
    most = 700 - log((1 - 1 / e) / 2)
    assert additive_tolerance(most - 1.001, most - 1e-3, True).value == pytest.approx(exp(699.999), rel=1e-2)
    assert additive_tolerance(most - 0.999, most + 1e-3, True).value == inf
    assert alone(1.0, 1.0, 4.0).additive.value == 1.5
    assert alone(1.0, 0.0, 1.0, True).additive.value == pytest.approx((e - 1) / 2)


@pytest.mark.parametrize(("read", "rows"), [([0], 1), ([0, 1, 5], 3), ([5], None), ([0, 1, 2, 3, 4, 5], None)])
@pytest.mark.parametrize("dtype", [np.int64, np.uint8, np.int32])
def test_rows_that_are_listed(read: list[int], rows: int | None, dtype: Any) -> None:
    given = np.array(read, dtype=dtype)
    found = listed(given, rows, 6)
    assert found.tolist() == read
    assert found.dtype == np.int64
    assert not found.flags.writeable
    given[0] += 1
    assert found.tolist() == read


@pytest.mark.parametrize(
    ("read", "rows", "said"),
    [([0, 1], 1, "it lists rows = 1 rows"), ([0], 2, "it lists rows = 2 rows"), ([], None, "and at least one"),
     ([], 0, "at least"), ([[0]], 1, r"shape \(1, 1\)"), (np.int64(3), 1, r"shape \(\)"), ([0.0], 1, "type float64"),
     ([True], 1, "type bool"),
     ([-1, 0], 2, "from -1 to 0: they rise, and are from 0 to n - 1 = 5"), ([0, 6], 2, "from 0 to 6"), ([0, 0], 2, "they rise"),
     ([2, 1], 2, "from 1 to 2: they rise"), ([0, 2, 1, 3], 4, "they rise")],
)  # fmt: skip
def test_what_is_no_list_of_rows(read: Any, rows: int | None, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        listed(np.array(read, dtype=np.int64) if isinstance(read, list) and not read else np.array(read), rows, 6)
