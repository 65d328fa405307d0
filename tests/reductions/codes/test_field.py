"""Fields against FLINT, and linear algebra over them."""

from itertools import combinations_with_replacement, product
from typing import Any

import numpy as np
import pytest
from flint import fq_default_ctx, nmod_mat

from instances.faults import BadInput, Declined
from reductions.codes.families import projective
from reductions.codes.field import FIELDS, field
from reductions.codes.linear import LinearCode, kernel, reduced, span

# ------------------------------------------------------------------------------------------------ fields


def test_the_prime_powers() -> None:
    assert len(FIELDS) == 27
    assert FIELDS[:9] == (2, 3, 4, 5, 7, 8, 9, 11, 13)
    for q in (-1, 0, 1, 6, 12, 63, 65, 81):
        with pytest.raises(BadInput, match=f"q = {q}: "):
            field(q)


@pytest.mark.parametrize("q", FIELDS)
def test_tables_are_those_of_flint(q: int) -> None:
    F = field(q)
    context = fq_default_ctx(F.p, F.e)
    z = context.gen()
    elements = [sum((z**i * (a // F.p**i % F.p) for i in range(F.e)), context.zero()) for a in range(q)]

    def number(element: Any) -> int:
        return sum(int(c) * F.p**i for i, c in enumerate(element.to_list()))

    assert [number(element) for element in elements] == list(range(q))
    assert F.sums.tolist() == [[number(a + b) for b in elements] for a in elements]
    assert F.products.tolist() == [[number(a * b) for b in elements] for a in elements]
    assert F.negatives.tolist() == [number(-a) for a in elements]
    assert F.inverses.tolist() == [0, *(number(1 / a) for a in elements[1:])]
    a, b = np.arange(q)[:, None], np.arange(q)
    assert (F.plus(F.minus(a, b), b) == a).all()
    assert not F.sums.flags.writeable
    assert not F.products.flags.writeable


@pytest.mark.parametrize("q", FIELDS)
def test_multipliers_are_free_of_zero_sums(q: int) -> None:
    F = field(q)
    most = F.most_multipliers
    assert most == F.e * (F.p - 1)
    for T in range(most + 1):
        assert 0 not in F.subset_sums(F.zero_sum_free(T))
    with pytest.raises(BadInput, match="lower T"):
        F.zero_sum_free(most + 1)


@pytest.mark.parametrize("q", [2, 3, 4, 5, 7, 8, 9])
def test_no_longer_sequence_is_free_of_zero_sums(q: int) -> None:
    F = field(q)
    for elements in combinations_with_replacement(range(1, q), F.most_multipliers + 1):
        assert 0 in F.subset_sums(elements)
    sums = {sum(chosen) % 7 for chosen in ([1], [5], [1, 5])}
    assert field(7).subset_sums([1, 5]) == sums


# ------------------------------------------------------------------------------------------------ linear algebra


@pytest.mark.parametrize("q", [2, 3, 4, 5, 8, 9, 25])
def test_row_reduction_and_kernel(q: int) -> None:
    F, rng = field(q), np.random.default_rng(q)
    for _ in range(40):
        rows, columns = rng.integers(1, 6, 2)
        matrix = (rng.integers(0, q, (rows, columns)) * rng.integers(0, 2, (rows, columns))).astype(np.uint8)
        first = rng.permutation(columns)[: columns // 2].tolist()
        echelon, pivots = reduced(F, matrix, first)
        assert (echelon[:, list(pivots)] == np.eye(len(pivots))).all()
        nullspace = kernel(F, matrix)
        assert not F.matmul(matrix, np.ascontiguousarray(nullspace.T)).any()
        assert len(pivots) + len(nullspace) == columns
        assert len(reduced(F, nullspace)[1]) == len(nullspace)
        assert len(reduced(F, np.concatenate([matrix, echelon]))[1]) == len(pivots)
        if F.e == 1:
            assert nmod_mat(int(rows), int(columns), matrix.ravel().tolist(), q).rank() == len(pivots)
        if q**columns <= 1024:
            vectors = np.array(list(product(range(q), repeat=int(columns))), dtype=np.uint8)
            zeros = ~F.matmul(vectors, np.ascontiguousarray(matrix.T)).any(axis=1)
            assert zeros.sum() == q ** len(nullspace) == len(span(F, nullspace))


def test_matrix_product_over_a_prime_field() -> None:
    rng = np.random.default_rng(1)
    A, B = rng.integers(0, 13, (5, 6)), rng.integers(0, 13, (6, 7))
    assert (field(13).matmul(A.astype(np.uint8), B.astype(np.uint8)) == A @ B % 13).all()


def test_a_linear_code() -> None:
    F = field(5)
    code = LinearCode.spanned(F, np.array([[0, 1, 1, 2], [0, 2, 2, 4], [0, 0, 3, 1]], dtype=np.uint8))
    assert (code.k, code.L, code.information) == (2, 4, (1, 2))
    assert len({tuple(word) for word in code.words().tolist()}) == 25
    assert code.contains(code.words())
    assert not code.contains(np.array([1, 0, 0, 0], dtype=np.uint8))
    assert (code.words()[:, [1, 2]] == [[i % 5, i // 5] for i in range(25)]).all()
    assert code.minimum_distance == min(np.count_nonzero(word) for word in code.words()[1:])
    basis, positions = code.vanishing([1])
    assert len(basis) == 1
    assert positions == (2,)
    assert basis[0, 1] == 0
    with pytest.raises(BadInput, match="zero word"):
        LinearCode.spanned(F, np.zeros((2, 3), dtype=np.uint8))
    with pytest.raises(BadInput, match="not the identity"):
        LinearCode(F, code.generator, (0, 1))
    with pytest.raises(Declined, match=r"3\^21 codewords"):
        _ = projective(6).product.minimum_distance
