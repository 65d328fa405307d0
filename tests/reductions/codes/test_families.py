"""Codes against enumeration: Reed and Solomon's, Hermitian and projective ones."""

import numpy as np
import pytest

from instances.faults import BadInput
from reductions.codes.families import hermitian, hermitian_code, hermitian_k, projective, projective_distance, reed_solomon
from reductions.codes.multiplication import MultiplicationCode

# ------------------------------------------------------------------------------------------------ families


def figures(code: MultiplicationCode) -> tuple[int, int, int, int, int]:
    """L, k, k', D' as designed, D' by enumeration."""
    return code.L, code.k, code.product.k, code.distance, code.product.minimum_distance


@pytest.mark.parametrize("q", [2, 3, 4, 5, 7, 8, 9])
def test_reed_solomon(q: int) -> None:
    for L in range(1, q + 1):
        for k in range(1, (L + 1) // 2 + 1):
            if q ** (2 * k - 1) <= 2**16:
                assert figures(reed_solomon(q, k, L)) == (L, k, 2 * k - 1, L - 2 * k + 2, L - 2 * k + 2)
            assert reed_solomon(q, k, L).code.information == tuple(range(k))
        with pytest.raises(BadInput, match="2k - 1 <= L <= q"):
            reed_solomon(q, (L + 1) // 2 + 1, L)
    with pytest.raises(BadInput, match="2k - 1 <= L <= q"):
        reed_solomon(q, 1, q + 1)


@pytest.mark.parametrize(
    ("q", "alpha", "expected"),
    [
        (4, 0, (8, 1, 1, 8, 8)),
        (4, 2, (8, 2, 3, 4, 4)),
        (4, 3, (8, 3, 6, 2, 2)),
        (9, 3, (27, 2, 3, 21, 21)),
        (9, 4, (27, 3, 6, 19, 19)),
        (16, 4, (64, 2, 3, 56, 56)),
        (25, 5, (125, 2, 3, 115, 115)),
    ],
)
def test_hermitian(q: int, alpha: int, expected: tuple[int, ...]) -> None:
    """The designed distance is exact in all of these."""
    code = hermitian(q, alpha)
    assert figures(code) == expected
    assert code.k == hermitian_k(q, alpha)


def test_hermitian_dimensions() -> None:
    """k = alpha + 1 - g from alpha = 2g - 1 on, g = r (r-1)/2; products of C(alpha) lie in C(2 alpha)."""
    for r in (2, 3, 4, 5):
        genus = r * (r - 1) // 2
        for alpha in range(min(r**3, 30)):
            code = hermitian_code(r * r, alpha)
            assert (code.L, code.k) == (r**3, hermitian_k(r * r, alpha))
            assert code.k == alpha + 1 - genus or alpha < 2 * genus - 1
            if 2 * alpha < min(r**3, 20):
                assert hermitian_code(r * r, 2 * alpha).contains(code.squared().generator)
    for q, alpha, remedy in ((5, 1, "square"), (4, 4, "D'"), (4, -1, "D'")):
        with pytest.raises(BadInput, match=remedy):
            hermitian(q, alpha)
    with pytest.raises(BadInput, match="pole orders"):
        hermitian_code(4, 8)


@pytest.mark.parametrize(("k", "L", "products", "distance"), [(1, 1, 1, 1), (2, 4, 3, 2), (3, 13, 6, 6), (4, 40, 10, 18)])
def test_projective(k: int, L: int, products: int, distance: int) -> None:
    assert figures(projective(k)) == (L, k, products, distance, distance)


def test_projective_of_dimension_five() -> None:
    """Two hyperplanes leave 54 of the 121 points, the designed distance; 3^15 forms are too many to try."""
    code = projective(5)
    assert (code.L, code.k, code.product.k, code.distance) == (121, 5, 15, 54)
    rows = code.code.generator
    assert np.count_nonzero(code.field.times(rows[0], rows[1])) == projective_distance(5) == 54


def test_product_codes_are_checked() -> None:
    code = reed_solomon(5, 2, 5)
    with pytest.raises(BadInput, match="misses a product"):
        MultiplicationCode(code.code, code.code, 4)
    with pytest.raises(BadInput, match="1 <= D' <= L"):
        MultiplicationCode(code.code, code.product, 0)
    with pytest.raises(BadInput, match="k >= 1"):
        projective(0)
