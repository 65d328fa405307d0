"""`attend`: right answers for arrays of every kind, clear refusals, and errors that are as promised."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite
from typing import Any

import numpy as np
import pytest
from flint import ctx

from attention import (
    Attended,
    HyperAttention,
    KDEformer,
    Logspace,
    PlainFunction,
    Polynomial,
    Promise,
    RandomFeatures,
    Softmax,
    Trusted,
    attend,
)
from attention.attend import BY_NAME
from attention.laws import BITS
from instances.coded import Floats
from instances.faults import BadInput, Declined, PlugInFault
from instances.task import Attention

NAMES = ["auto", "polynomial", "taylor", "taylor-from-below", "softmax", "softmax32", "certified"]


def naive(Q: Any, K: Any, V: Any, scale: float) -> Any:
    """Attention in float64 by numpy, over any leading axes."""
    q, k, v = (np.asarray(x).astype(np.float64) for x in (Q, K, V))
    scores = scale * q @ np.swapaxes(k, -1, -2)
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return weights / weights.sum(axis=-1, keepdims=True) @ v


def arrays(n: int = 5, m: int = 7, d: int = 3, v: int = 2, batch: tuple[int, ...] = (), seed: int = 0) -> list[Floats]:
    rng = np.random.default_rng(seed)
    return [rng.uniform(-1, 1, (*batch, *axes)) for axes in ((n, d), (m, d), (m, v))]


def certainly_within(found: Attended, Q: Any, K: Any, V: Any, scale: float, rows: range) -> None:
    """|output - Att| <= promise in ball arithmetic."""
    inputs = Attention(np.array(Q), np.array(K), np.array(V), scale)
    for i in rows:
        with ctx.workprec(BITS):
            for exact, given in zip(inputs.exact.row(i), found.output[i].tolist(), strict=True):
                assert isfinite(given)
                assert abs(exact - given) <= found.promise


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


# ---------------------------------------------------------------------------------------------------------- empty axes


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("algorithm", NAMES)
def test_no_queries_or_no_columns(algorithm: str, dtype: str) -> None:
    for n, v in ((0, 2), (4, 0), (0, 0)):
        found = attend(*(x.astype(dtype) for x in arrays(n=n, v=v)), error=1e-3, algorithm=algorithm)
        assert found.output.shape == (n, v)
        assert found.output.dtype == dtype
        assert found.promise <= 1e-3


@pytest.mark.parametrize("batch", [(0, 2), (2, 0), (0, 0)])
def test_no_heads(batch: tuple[int, int]) -> None:
    found = attend(*arrays(batch=batch))
    assert found.output.shape == (*batch, 5, 2)
    assert found.promise == 0


@pytest.mark.parametrize(
    "sizes", [{"m": 0}, {"d": 0}, {"m": 0, "d": 0, "n": 0}, {"m": 0, "batch": (1, 2)}, {"d": 0, "batch": (0, 1)}]
)
def test_no_keys_or_no_dimensions(sizes: Any) -> None:
    with pytest.raises(BadInput, match="at least one key"):
        attend(*arrays(**sizes))


# -------------------------------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize("name", ["Q", "K", "V"])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("batch", [(), (2, 2)])
@pytest.mark.parametrize("dtype", ["float16", "float64"])
def test_what_is_not_finite_is_refused_by_name(name: str, value: float, batch: tuple[int, ...], dtype: str) -> None:
    given = [x.astype(dtype) for x in arrays(batch=batch)]
    given["QKV".index(name)][..., -1, -1] = value
    with pytest.raises(BadInput, match=f"^{name} holds NaN or an infinity"):
        attend(*given)


@pytest.mark.parametrize(
    ("shapes", "message"),
    [
        (((5, 3), (7, 4), (7, 2)), "same d"),
        (((5, 3), (7, 3), (6, 2)), "same m"),
        (((3,), (7, 3), (7, 2)), "give"),
        (((5, 3), (7, 3), (7,)), "give"),
        (((), (), ()), "give"),
        (((5,), (5,), (5,)), "give"),
        (((1, 5, 3), (1, 7, 3), (1, 7, 2)), "give"),
        (((1, 1, 1, 5, 3), (1, 1, 1, 7, 3), (1, 1, 1, 7, 2)), "give"),
        (((1, 1, 5, 3), (7, 3), (7, 2)), "give"),
        (((2, 1, 5, 3), (1, 1, 7, 3), (2, 1, 7, 2)), "batch axes"),
        (((2, 3, 5, 3), (2, 3, 7, 3), (3, 2, 7, 2)), "batch axes"),
    ],
)
def test_shapes_that_do_not_fit(shapes: tuple[tuple[int, ...], ...], message: str) -> None:
    with pytest.raises(BadInput, match=message):
        attend(*(np.ones(shape) for shape in shapes))


@pytest.mark.parametrize(
    "wrong",
    [
        np.ones((5, 3)) * 1j, np.ones((5, 3), dtype=object), np.full((5, 3), "1.0"), np.ones((5, 3), dtype=bool),
        np.ones((5, 3), dtype=np.longdouble), np.zeros((5, 3), dtype="M8[s]"),
    ],
    ids=lambda x: x.dtype.name,
)  # fmt: skip
@pytest.mark.parametrize("place", [0, 1, 2])
def test_types_that_are_not_numbers(wrong: Any, place: int) -> None:
    given: list[Any] = [np.ones((5, 3))] * 3
    given[place] = wrong
    with pytest.raises(BadInput, match=f"^{'QKV'[place]} has the type"):
        attend(*given)


@pytest.mark.parametrize("wrong", ["text", None, [[1.0, 2.0, 3.0], [1.0]]])
def test_what_is_no_array(wrong: Any) -> None:
    with pytest.raises(BadInput):
        attend(wrong, np.ones((5, 3)), np.ones((5, 3)))


@pytest.mark.parametrize("error", [0, 0.0, -1e-6, float("nan"), float("inf"), -float("inf")])
def test_errors_must_be_positive_and_finite(error: float) -> None:
    with pytest.raises(BadInput, match="positive finite number"):
        attend(*arrays(), error=error)


@pytest.mark.parametrize("scale", [float("nan"), float("inf"), -float("inf")])
def test_scales_must_be_finite(scale: float) -> None:
    with pytest.raises(BadInput, match="scale"):
        attend(*arrays(), scale=scale)


def test_names_must_be_known() -> None:
    with pytest.raises(BadInput, match="known are") as caught:
        attend(*arrays(), algorithm="fastest")
    assert all(name in str(caught.value) for name in NAMES)


@pytest.mark.parametrize("algorithm", [RandomFeatures(), KDEformer(), HyperAttention()], ids=lambda algorithm: algorithm.key)
def test_what_promises_nothing_is_declined(algorithm: Any) -> None:
    with pytest.raises(Declined, match="promises nothing certain"):
        attend(*arrays(), error=1e30, algorithm=algorithm)


def test_logarithms_are_no_answer() -> None:
    Q, K, V = arrays()
    with pytest.raises(BadInput, match="logarithms"):
        attend(Q, K, abs(V), algorithm=Logspace())


def test_polynomials_decline_hopeless_ranges() -> None:
    """With the range, or the degree and the rank; and how far from the regime of the theorem that is."""
    Q, K, V = arrays(20, 30, 2, 1)
    with pytest.raises(Declined, match=r"M = .*B = sqrt\(M\) = .*sqrt\(ln n\)"):
        attend(100 * Q, K, V, algorithm="polynomial")
    Q, K, V = arrays(20, 30, 40, 1)
    with pytest.raises(Declined, match=r"g = \d+ and rank r = binom\(.*sqrt\(ln n\)"):
        attend(Q, K, V, scale=0.2, error=1e-3, algorithm="polynomial")
    Q, K, V = arrays(20, 30, 1, 1)
    with pytest.raises(Declined, match="cannot be promised"):
        attend(Q, K, V, error=1e-16, algorithm="polynomial")


def test_no_algorithm_promises_less_than_rounding() -> None:
    with pytest.raises(Declined, match="no algorithm promises an error of 1e-18") as caught:
        attend(*arrays(), error=1e-18)
    for key in ("polynomial", "softmax32", "softmax", "boolean"):
        assert key in str(caught.value)


def test_float32_output_cannot_be_more_exact_than_float32() -> None:
    Q, K, V = (x.astype(np.float32) for x in arrays())
    with pytest.raises(Declined, match="float32 output"):
        attend(Q, K, V, error=1e-9)
    assert attend(Q.astype(np.float64), K, V, error=1e-9).promise <= 1e-9
    found = attend(Q, K, V, error=1e-6)
    assert 2.0**-25 < found.promise <= 1e-6
    certainly_within(found, Q.astype(np.float64), K.astype(np.float64), V.astype(np.float64), 1 / np.sqrt(3), range(5))


@pytest.mark.parametrize("factor", [1e30, 1e-30, 1e-42])
def test_float32_values_of_any_size(factor: float) -> None:
    Q, K, V = arrays()
    V = (V * factor).astype(np.float32)
    found = attend(Q.astype(np.float32), K.astype(np.float32), V, error=max(1e-5 * factor, 1e-44))
    q, k, v = (x.astype(np.float32).astype(np.float64) for x in (Q, K, V))
    certainly_within(found, q, k, v, 1 / np.sqrt(3), range(5))


@pytest.mark.parametrize(("size", "steepness"), [(1e300, 30), (1e300, 1), (1e-300, 1), (1e-310, 1)])
def test_float64_values_of_any_size(size: float, steepness: int) -> None:
    """Steep scores and tiny values together are beyond what the definition promises."""
    Q, K, V = arrays()
    found = attend(Q, steepness * K, V * size, error=1e-6 * size)
    certainly_within(found, Q, steepness * K, V * size, 1 / np.sqrt(3), range(5))


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


def test_masks_and_odd_numbers_are_refused() -> None:
    ones = np.ones((2, 2))
    with pytest.raises(BadInput, match="K is a masked array"):
        attend(ones, np.ma.masked_array(ones, mask=np.eye(2, dtype=bool)), ones)
    for error in ("x", None, 1 + 0j, 10**400, np.array([1e-3])):
        with pytest.raises(BadInput, match="positive finite number"):
            attend(ones, ones, ones, error=error)  # type: ignore[arg-type]
    with pytest.raises(BadInput, match="scale"):
        attend(ones, ones, ones, scale=10**400)
    with pytest.raises(BadInput, match="or give an Algorithm"):
        attend(ones, ones, ones, algorithm=Polynomial)  # type: ignore[arg-type]
