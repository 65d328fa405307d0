"""`attend`: what is empty, and clear refusals of what is wrong."""

from typing import Any

import numpy as np
import pytest

from attention import (
    HyperAttention,
    KDEformer,
    Logspace,
    Polynomial,
    RandomFeatures,
    attend,
)
from instances.faults import BadInput, Declined
from tests.support.attending import NAMES, arrays, certainly_within

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
        (((1, 1, 5, 3), (2, 1, 7, 3), (2, 1, 7, 2)), "batch axes"),
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


def test_masks_and_odd_numbers_are_refused() -> None:
    ones = np.ones((2, 2))
    with pytest.raises(BadInput, match="K is a masked array"):
        attend(ones, np.ma.masked_array(ones, mask=np.eye(2, dtype=bool)), ones)
    for error in ("x", 1 + 0j, 10**400, np.array([1e-3])):
        with pytest.raises(BadInput, match="positive finite number"):
            attend(ones, ones, ones, error=error)  # type: ignore[arg-type]
    with pytest.raises(BadInput, match="scale"):
        attend(ones, ones, ones, scale=10**400)
    with pytest.raises(BadInput, match="or give an Algorithm"):
        attend(ones, ones, ones, algorithm=Polynomial)  # type: ignore[arg-type]


# ------------------------------------------------------------------------------------------------ what is advised helps


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("size", [1.0, 1e3, 1e20, 1e30, 1e38, 1e200, 1e300])
def test_an_error_that_is_advised_is_promised(dtype: str, size: float) -> None:
    """Wider arrays are advised where they help; a larger error where it is promised then."""
    if dtype == "float32" and size > 1e38:
        size = 3e38
    Q, K, V = (x.astype(dtype) for x in arrays())
    V = (V * size).astype(dtype)
    with pytest.raises(Declined) as declined:
        attend(Q, K, V, error=1e-17 if dtype == "float64" else 1e-8 * min(size, 100))
    said = str(declined.value)
    if "give float64 arrays" in said:
        assert attend(Q.astype(float), K, V, error=1e-8 * size).output.dtype == np.float64
        return
    enough = float(said.rpartition("give error = ")[2].split()[0])
    assert attend(Q, K, V, error=enough).promise <= enough
    with pytest.raises(Declined):
        attend(Q, K, V, error=enough / 1e6)


@pytest.mark.parametrize("algorithm", ["auto", "softmax", "softmax32"])
def test_values_near_the_end_of_float64_are_to_be_scaled(algorithm: str) -> None:
    """No error is promised of them, so that a larger one is not advised."""
    Q, K, V = arrays()
    with pytest.raises(Declined, match="divide V by its largest entry, and multiply the output") as declined:
        attend(Q, K, V * 1.7e308, algorithm=algorithm)
    assert "raise error" not in str(declined.value)
    assert attend(Q, K, V * 1.7e308 / 1.7e308, error=1e-5, algorithm=algorithm).promise <= 1e-5


@pytest.mark.parametrize("algorithm", ["softmax", "softmax32"])
def test_scores_beyond_rounding_are_for_balls(algorithm: str) -> None:
    """Nobody vouches for what is named: what helps is said instead."""
    Q, K, V = (x * size for x, size in zip(arrays(), (1e20, 1e20, 1), strict=True))
    with pytest.raises(Declined, match="use certified, which takes") as declined:
        attend(Q, K, V, algorithm=algorithm)
    assert "Trusted" not in str(declined.value)
    assert attend(Q, K, V, algorithm="certified").promise <= 1e-6


# --------------------------------------------------------------------------------------------------- one key, no head


@pytest.mark.parametrize("algorithm", NAMES)
@pytest.mark.parametrize("score", [1.0, 1e9, 1e300])
def test_a_single_key_answers_its_value(algorithm: str, score: float) -> None:
    if algorithm == "certified" and score > 1e9:
        score = 1e9
    V = np.array([[2.5, -1.0, 0.3]])
    found = attend(np.full((3, 1), score), np.ones((1, 1)), V, algorithm=algorithm)
    assert np.abs(found.output - V).max() <= found.promise <= 1e-6
    if algorithm.startswith("softmax"):
        assert found.promise <= 2.0**-51
        assert np.array_equal(found.output, np.repeat(V, 3, axis=0))


def test_no_heads_have_a_name_and_are_checked() -> None:
    nothing = arrays(batch=(0, 2))
    for name in NAMES:
        assert attend(*nothing, algorithm=name).algorithm == name
    assert attend(*nothing, algorithm=Polynomial(1e-3)).algorithm == "polynomial"
    with pytest.raises(BadInput, match=r"^K has the type object"):
        attend(nothing[0], nothing[1].astype(object), nothing[2])
