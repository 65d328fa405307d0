"""Shapes, types and equal calls, of kernels that give what they are told to."""

from collections.abc import Callable
from typing import Any, get_args

import numpy as np
import pytest

from hardlab.conformance.checks.shapes import SHAPES, determinism, shapes
from hardlab.conformance.result import Result
from hardlab.kernels.kernel import Answer, Conventions, Dtype, Outcome
from hardlab.work.failure import Failure
from instances.coded import Floats
from tests.support.kernels import OneHead


class Giving(OneHead):
    """A kernel that gives what the function of the number of the call, n and v gives."""

    name = "giving"

    def __init__(self, gives: Callable[[int, int, int], Any], dtype: Dtype = "float32", seed: int | None = None) -> None:
        self.conventions, self.gives, self.calls = Conventions(dtype=dtype, seed=seed), gives, 0
        self.asked: list[Any] = []

    def __call__(self, Q: Floats, K: Floats, V: Floats, scale: float) -> Outcome:
        self.calls += 1
        self.asked.append((len(Q), len(K), Q.shape[1], V.shape[1], float(Q.sum() + K.sum() + V.sum()), scale))
        given = self.gives(self.calls, len(Q), V.shape[1])
        return given if isinstance(given, Answer | Failure) else Answer(given, self.conventions.dtype, 0.0)


def test_every_shape_is_asked() -> None:
    kernel = Giving(lambda call, n, v: np.ones((n, v)))
    found = list(shapes(kernel))
    assert [one[:4] for one in kernel.asked] == list(SHAPES)
    assert [one.name for one in found] == [f"shapes/n={n},m={m},d={d},v={v}" for n, m, d, v in SHAPES]
    assert {one.status for one in found} == {"passed"}
    assert found[0].reason == "(5, 3) of float32"
    assert [one[5] for one in kernel.asked] == [1 / d for _, _, d, _ in SHAPES]


@pytest.mark.parametrize(
    ("gives", "status", "reason"),
    [
        (lambda call, n, v: np.ones((v, n)), "wrong", "the output has shape (3, 5), not (5, 3)"),
        (lambda call, n, v: Failure("declined", "no"), "declined", "declined: no"),
        (lambda call, n, v: Answer(np.ones((n, v)), "float16", 0.0), "wrong", "the output is float16, the inputs were float32"),
        (lambda call, n, v: Answer(np.ones((n, v)), "int64", 0.0), "wrong", "the output is int64, the inputs were float32"),
        (lambda call, n, v: np.where(np.arange(n * v).reshape(n, v) == 7, np.nan, 1), "wrong", "the output is nan at (2, 1)"),
        (lambda call, n, v: np.where(np.arange(n * v).reshape(n, v) >= 3, -np.inf, 1), "wrong", "the output is -inf at (1, 0)"),
    ],
)
def test_what_is_wrong_with_a_shape(gives: Any, status: str, reason: str) -> None:
    first = next(shapes(Giving(gives)))
    assert (first.status, first.reason) == (status, reason)


WIDER: dict[Dtype, tuple[str, ...]] = {
    "bfloat16": ("bfloat16", "float16", "float32", "float64", "torch.bfloat16", "longdouble"),
    "float16": ("bfloat16", "float16", "float32", "float64", "float128"),
    "float32": ("float32", "float64", "torch.float32", "longdouble", "float128"),
    "float64": ("float64", "torch.float64", "longdouble", "float128"),
}


@pytest.mark.parametrize("dtype", get_args(Dtype))
def test_an_output_is_no_narrower_than_the_inputs(dtype: Dtype) -> None:
    names = {"torch.bfloat16", "torch.float32", "torch.float64", "longdouble", "float128", "bool", "complex64", "int32", ""}
    for name in names | set(get_args(Dtype)):
        found = next(shapes(Giving(lambda call, n, v, name=name: Answer(np.ones((n, v)), name, 0.0), dtype)))  # type: ignore[misc]
        assert (found.status == "passed") == (name in WIDER[dtype] or name == f"torch.{dtype}" or is_wide(name, dtype))


def is_wide(name: str, dtype: Dtype) -> bool:
    """Of the names with a module before them, and the widest ones."""
    short = name.rpartition(".")[2]
    return short in WIDER[dtype] or short in ("longdouble", "float128")


def test_equal_calls_are_equal() -> None:
    kernel = Giving(lambda call, n, v: np.ones((n, v)))
    found = list(determinism(kernel))
    assert [one.name for one in found] == ["determinism/n=9,m=33", "determinism/n=70,m=300"]
    assert {one.reason for one in found} == {"two equal calls gave equal outputs, no seed declared"}
    assert kernel.asked[0] == kernel.asked[1] != kernel.asked[2] == kernel.asked[3]
    seeded = next(determinism(Giving(lambda call, n, v: np.full((n, v), np.nan), seed=3)))
    assert (seeded.status, seeded.reason) == ("passed", "two equal calls gave equal outputs, seed 3 set before each")


def test_equal_calls_that_differ() -> None:
    found = next(determinism(Giving(lambda call, n, v: np.full((n, v), 0.25 * call), seed=3)))
    assert found == Result(
        "determinism/n=9,m=33", "wrong",
        "nondeterministic: two equal calls differ by 0.25, seed 3 set before each", 0.0, 0.25,
    )  # fmt: skip
    found = next(determinism(Giving(lambda call, n, v: np.ones((n, v + call)))))
    assert (found.status, found.delivered) == ("wrong", 0.0)
    for failing in (1, 2):
        gives = [np.ones((9, 3)), np.ones((9, 3))]
        gives[failing - 1] = Failure("raised", "x")  # type: ignore[call-overload]
        found = next(determinism(Giving(lambda call, n, v, gives=gives: gives[call - 1])))  # type: ignore[misc]
        assert (found.status, found.reason) == ("crashed", "raised: x")
