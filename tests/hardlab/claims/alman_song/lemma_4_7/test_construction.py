"""The letters, the vectors and the formulas of Lemma 4.7, from their definitions."""

from math import comb, exp, log
from typing import Any

import numpy as np
import pytest
from flint import arb

from hardlab.claims.alman_song.lemma_4_7.construction import CORRECTED, PRINTED, balanced, distance, inner, mass, output, words


class Shuffled:
    """A generator that ends."""

    def __init__(self) -> None:
        self.left, self.rng = 400, np.random.default_rng(1)

    def permutation(self, bits: list[int]) -> Any:
        self.left -= 1
        assert self.left
        return self.rng.permutation(bits)


@pytest.mark.parametrize(("n", "d", "found"), [(1, 2, 1), (2, 2, 2), (3, 2, 2), (5, 4, 5), (9, 4, 6), (0, 4, 0)])
def test_random_vectors_are_different_and_as_many_as_there_are(n: int, d: int, found: int) -> None:
    rng: Any = Shuffled()
    vectors = balanced(rng, n, d)
    assert len({*vectors}) == len(vectors) == found
    assert all(len(vector) == d and vector.count("1") == d // 2 for vector in vectors)


@pytest.mark.parametrize("d", [2, 4, 6])
def test_words_are_all_of_half_the_weight(d: int) -> None:
    assert len({*words(d)}) == len(words(d)) == comb(d, d // 2)
    assert all(word.count("1") == d // 2 for word in words(d))
    assert words(d)[0] == "1" * (d // 2) + "0" * (d // 2)


def test_products_and_distances() -> None:
    assert (inner("1101", "1011"), distance("1101", "1011")) == (2, 2)
    assert (inner("00", "11"), distance("00", "11"), distance("01", "01")) == (0, 2, 0)


def test_formulas_in_floats() -> None:
    n, d, t, eps = 3, 8, 2, 0.5
    beta = 40 * d / (t * eps) * log(n)
    assert float(PRINTED.beta(n, d, t, arb(eps)).mid()) == pytest.approx(beta)
    assert float((CORRECTED.tau(arb(3)) / arb("1.5").exp()).mid()) == pytest.approx(1)
    assert float((PRINTED.tau(arb(3)) / arb(3).exp()).mid()) == pytest.approx(1)
    threshold = exp(1.6 / 4 * (1 - t / d)) / (2 * n * 5.0) / 3
    assert float(PRINTED.threshold(n, d, t, arb("1.6"), arb(5)).mid()) == pytest.approx(threshold)


def test_outputs_from_the_definition() -> None:
    """Weights e^(beta <a, b> / 2d) of the keys, and n paddings of e^(beta/2); rows after the n-th have products 0."""
    case = {"A": ["1100", "1010"], "B": ["1100", "0110"], "t": 1, "eps": 40 * 4 * log(2)}
    beta = 1.0
    keys = exp(beta * 2 / 8) + exp(beta * 1 / 8)
    assert float(mass(case, 0, arb(1)).mid()) == pytest.approx(keys + 2 * exp(0.5))
    assert float(mass(case, 2, arb(1)).mid()) == pytest.approx(2 + 2 * exp(0.5))
    assert float(output(CORRECTED, case, 0).mid()) == pytest.approx(keys / (keys + 2 * exp(0.5)))
