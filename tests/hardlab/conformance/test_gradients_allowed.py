"""What is allowed of gradients, written down once more: four times the error of the definition in that dtype, and a floor."""

from dataclasses import replace
from functools import partial
from math import sqrt

import numpy as np
import pytest

from hardlab.conformance.arithmetic import representable
from hardlab.conformance.case import Case
from hardlab.conformance.evidence import evidence, held_gradients
from hardlab.conformance.planting import Shape
from hardlab.kernels.kernel import Answer, Conventions, Dtype

UNITS: dict[Dtype, tuple[float, float, type]] = {
    "float32": (2.0**-24, 2.0**-24, np.float32), "bfloat16": (2.0**-8, 2.0**-24, np.float32),
    "float64": (2.0**-53, 2.0**-53, np.float64),
}  # fmt: skip
CASE = Case("gradients/x", Shape(1, 2, 1, 6, 9, 16, 16), "spread", (3, 1), gradients=True)


@pytest.mark.parametrize("dtype", UNITS)
def test_the_allowance(dtype: Dtype) -> None:
    u, w, sums = UNITS[dtype]
    reading = CASE.planted(Conventions(dtype=dtype)).reading
    rough = replace(reading, rounding=partial(representable, dtype=dtype), sums=sums)
    found = held_gradients(reading, dtype)
    both = zip(reading.gradients(), rough.gradients(), reading.gradients(absolute=True), found, strict=True)
    for right, other, absolute, (expected, allowed) in both:
        assert (expected == right).all()
        floor = (4 * u + 8 * 14 * sqrt(16 + 2) * w) * np.abs(absolute).max()
        assert allowed == pytest.approx(4 * np.abs(other - right).max() + floor, rel=1e-9)


@pytest.mark.parametrize("factor", [0.99, 1.01])
def test_an_error_is_held_against_it(factor: float) -> None:
    planted = CASE.planted(Conventions(dtype="float32"))
    held = held_gradients(planted.reading, "float32")
    gradients = [expected.copy() for expected, _ in held]
    gradients[1][0, 0, 2, 3] += factor * held[1][1]
    found = evidence(CASE, planted, Answer(planted.reading.output(), "float32", 0.0, tuple(gradients)), "float32")  # type: ignore[arg-type]
    assert [one.part for one in found] == ["output", "dQ", "dK", "dV"]
    assert [int(one.wrong.sum()) for one in found] == [0, 0, int(factor > 1), 0]
    assert factor < 1 or found[2].place == (0, 0, 2, 3)
