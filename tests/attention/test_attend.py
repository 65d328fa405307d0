"""`attend`: right answers for arrays of every kind, and errors that are as promised."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from attention import (
    Attended,
    HyperAttention,
    PlainFunction,
    Polynomial,
    Promise,
    Softmax,
    Trusted,
    attend,
)
from attention.attend import BY_NAME
from instances.coded import Floats
from instances.faults import Declined, PlugInFault
from instances.task import Attention
from tests.support.attending import NAMES, arrays, certainly_within


def naive(Q: Any, K: Any, V: Any, scale: float) -> Any:
    """Attention in float64 by numpy, over any leading axes."""
    q, k, v = (np.asarray(x).astype(np.float64) for x in (Q, K, V))
    scores = scale * q @ np.swapaxes(k, -1, -2)
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return weights / weights.sum(axis=-1, keepdims=True) @ v


# ------------------------------------------------------------------------------------------------------- right answers


@pytest.mark.parametrize("algorithm", NAMES)
def test_every_name(algorithm: str) -> None:
    Q, K, V = arrays(9, 30, 2, 3)
    error = 1e-4
    found = attend(Q, K, V, scale=0.5, error=error, algorithm=algorithm)
    assert found.output.dtype == np.float64
    assert found.output.shape == (9, 3)
    assert 0 < found.promise <= error
    assert np.abs(found.output - naive(Q, K, V, 0.5)).max() <= found.promise + 1e-12
    certainly_within(found, Q, K, V, 0.5, range(9))
    assert found.algorithm == algorithm or algorithm == "auto"


def test_the_names_are_those_tested() -> None:
    assert list(BY_NAME) == NAMES


@pytest.mark.parametrize("error", [1e-2, 1e-5, 1e-9, 1e-12])
@pytest.mark.parametrize(
    "sizes", [(1, 1, 1, 1), (1, 50, 4, 1), (40, 1, 2, 3), (600, 40, 3, 1), (30, 2500, 2, 2), (8, 300, 130, 1)]
)
def test_promises_are_kept(sizes: tuple[int, int, int, int], error: float) -> None:
    Q, K, V = arrays(*sizes)
    found = attend(Q, K, V, error=error)
    assert found.promise <= error
    certainly_within(found, Q, K, V, 1 / np.sqrt(sizes[2]), range(0, sizes[0], max(1, sizes[0] // 3)))


@pytest.mark.parametrize("algorithm", ["auto", "polynomial", "softmax"])
def test_batches_are_head_by_head(algorithm: str) -> None:
    Q, K, V = arrays(4, 6, 3, 2, (2, 3))
    found = attend(Q, K, V, error=1e-7, algorithm=algorithm)
    assert found.output.shape == (2, 3, 4, 2)
    for head in np.ndindex(2, 3):
        alone = attend(Q[head], K[head], V[head], error=1e-7, algorithm=algorithm)
        assert np.array_equal(found.output[head], alone.output)
        assert alone.promise <= found.promise
        assert alone.algorithm in found.algorithm.split("+")
        certainly_within(found_head(found, head), Q[head], K[head], V[head], 1 / np.sqrt(3), range(4))


def found_head(found: Attended, head: tuple[int, ...]) -> Attended:
    return Attended(found.output[head], found.algorithm, found.promise)


def test_heads_of_several_algorithms() -> None:
    """One head has bounded exponents, the other does not: the names of both are told."""
    Q, K, V = arrays(3, 5, 2, 1, (1, 2))
    K[0, 1] *= 300
    algorithms = attend(Q, K, V, error=1e-6).algorithm.split("+")
    assert sorted(set(algorithms)) == algorithms
    with pytest.raises(Declined):
        attend(Q, K, V, error=1e-6, algorithm="polynomial")


def test_scales() -> None:
    Q, K, V = arrays(d=4)
    default = attend(Q, K, V).output
    assert np.array_equal(default, attend(Q, K, V, scale=0.5).output)
    assert np.abs(default - naive(Q, K, V, 0.5)).max() < 1e-6
    for scale in (1 / 4, 0.0, -2.0, 1, np.float32(0.25)):
        assert np.abs(attend(Q, K, V, scale=float(scale)).output - naive(Q, K, V, float(scale))).max() < 1e-6


TYPES = ["float16", "float32", "float64", ">f4", ">f8", "int8", "uint16", "int64"]


@pytest.mark.parametrize(
    "types", [(t, t, t) for t in TYPES] + [("float16", "float32", "float16"), ("float32", "float64", "int8")]
)
def test_types(types: tuple[str, str, str]) -> None:
    given = [(np.round(3 * abs(x)) if "int" in t else x).astype(t) for x, t in zip(arrays(), types, strict=True)]
    found = attend(*given, scale=0.25, error=1e-5)
    narrow = all(np.dtype(t).kind == "f" and np.dtype(t).itemsize <= 4 for t in types)
    assert found.output.dtype == (np.float32 if narrow else np.float64)
    assert found.output.dtype.isnative
    assert 0 < found.promise <= 1e-5
    q, k, v = (x.astype(np.float64) for x in given)
    certainly_within(found, q, k, v, 0.25, range(5))


def layouts(x: Any) -> Iterator[Any]:
    """The same numbers in memory of other shapes."""
    yield np.asfortranarray(x)
    yield np.ascontiguousarray(x.T).T
    strided = np.zeros((2 * x.shape[0], 3 * x.shape[1]))
    strided[::2, ::3] = x
    yield strided[::2, ::3]
    yield np.ascontiguousarray(x[::-1])[::-1]
    yield x.astype(">f8")
    locked = x.copy()
    locked.setflags(write=False)
    yield locked
    yield x.tolist()


@pytest.mark.parametrize("algorithm", ["polynomial", "softmax", "softmax32"])
def test_layouts(algorithm: str) -> None:
    Q, K, V = arrays(6, 40, 3, 2)
    plain = attend(Q, K, V, error=1e-4, algorithm=algorithm).output
    for q, k, v in zip(layouts(Q), layouts(K), layouts(V), strict=True):
        for given in ((q, K, V), (Q, k, V), (Q, K, v), (q, k, v)):
            assert np.array_equal(attend(*given, error=1e-4, algorithm=algorithm).output, plain)


def test_batches_need_not_be_contiguous() -> None:
    Q, K, V = arrays(4, 6, 3, 2, (2, 3))
    plain = attend(Q, K, V).output
    other = [np.ascontiguousarray(x.transpose(0, 2, 1, 3)).transpose(0, 2, 1, 3) for x in (Q, K, V)]
    assert not other[0].flags.c_contiguous
    assert np.array_equal(attend(*other).output, plain)


@pytest.mark.parametrize("algorithm", NAMES)
def test_inputs_are_left_as_they_are(algorithm: str) -> None:
    given = arrays()
    before = [x.copy() for x in given]
    found = attend(*given, error=1e-3, algorithm=algorithm)
    for x, y in zip(given, before, strict=True):
        assert np.array_equal(x, y)
        assert x.flags.writeable
        assert not np.shares_memory(x, found.output)


@pytest.mark.parametrize("v", [0, 1, 2, 8, 9, 13, 17, 40])
@pytest.mark.parametrize("algorithm", ["auto", "polynomial", "softmax", "softmax32"])
def test_any_width(v: int, algorithm: str) -> None:
    Q, K, V = arrays(6, 50, 2, v)
    found = attend(Q, K, V, error=1e-3, algorithm=algorithm)
    assert found.output.shape == (6, v)
    certainly_within(found, Q, K, V, 1 / np.sqrt(2), range(0, 6, 2))


# --------------------------------------------------------------------------------------------------- algorithms as given


@dataclass(frozen=True)
class Boaster:
    """It promises 1e-9 and gives zeros."""

    key: str = "boaster"
    logarithmic: bool = False

    def promise(self, inputs: Attention) -> Promise:
        return Promise(1e-9, 0.0)

    def __call__(self, inputs: Attention) -> Floats:
        return np.zeros((inputs.n, inputs.V.shape[1]))


def test_an_algorithm_is_taken_at_its_word() -> None:
    """A promise is the author's: `keeps_its_promise` is there to test it."""
    found = attend(*arrays(), algorithm=Boaster())
    assert found.algorithm == "boaster"
    assert not found.output.any()
    assert found.promise == pytest.approx(1e-9)


def test_trust_has_a_figure() -> None:
    found = attend(*arrays(), error=1e-2, algorithm=Trusted(HyperAttention(), 1e-3))
    assert found.promise == pytest.approx(1e-3)
    with pytest.raises(Declined, match=r"promises 0\.1"):
        attend(*arrays(), error=1e-2, algorithm=Trusted(HyperAttention(), 0.1))


def test_algorithms_as_objects() -> None:
    Q, K, V = arrays()
    for chosen in (Polynomial(1e-7), Softmax(), Softmax("float32")):
        found = attend(Q, K, V, error=1e-4, algorithm=chosen)
        assert found.algorithm == chosen.key
        certainly_within(found, Q, K, V, 1 / np.sqrt(3), range(5))
    with pytest.raises(Declined, match="raise error"):
        attend(Q, K, V, error=1e-9, algorithm=Polynomial(1e-3))


def test_answers_that_cannot_be_are_a_fault() -> None:
    """An object may promise what it likes; NaN, or an answer far outside of V, proves it wrong."""
    generator = np.random.default_rng(0)
    Q, K, V = (generator.normal(size=(9, 3)) for _ in range(3))
    for value in (np.nan, np.inf, 100.0):
        wrong = Trusted(PlainFunction(lambda q, k, v, s, value=value: np.full((9, 3), value), "mine"), 1e-9)
        with pytest.raises(PlugInFault, match="mine promised an error of 1e-09"):
            attend(Q, K, V, algorithm=wrong)


def test_the_result_is_shown_in_a_line() -> None:
    found = attend(np.ones((50, 4)), np.ones((60, 4)), np.ones((60, 3)), error=1e-3, algorithm="softmax")
    assert repr(found).startswith("Attended(50 x 3 of float64, algorithm='softmax', promise=")


def test_plans_say_how() -> None:
    """One of each head, of those that plan."""
    q, k, v = arrays(batch=(2, 2))
    found = attend(q, k, v, error=1e-3, algorithm="polynomial")
    assert len(found.plans) == 4
    assert all(plan.error <= 1e-3 and str(plan).startswith(f"degree {plan.g}, rank {plan.r}") for plan in found.plans)
    assert attend(q, k, v, error=1e-3, algorithm="softmax").plans == ()
    (split,) = attend(q[0, 0], k[0, 0], v[0, 0], error=1e-3, algorithm="split").plans
    assert "rows by their definition" in str(split)
