"""Laws of softmax attention: what is put together in each adds up for the definition, and for nothing that is not linear."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from hardlab.conformance.checks.invariances import LAWS, REACHES, SIZES, Case, Law, invariances
from hardlab.kernels.kernel import Conventions
from instances.coded import Floats
from tests.support import kernels
from tests.support.kernels import InProcess

Formula = Callable[[Floats, Floats, Floats], Floats]


def softmax(Q: Floats, K: Floats, V: Floats) -> Floats:
    scores = 0.25 * Q @ K.T
    weights = np.exp(scores - scores.max(axis=1, keepdims=True))
    return weights / weights.sum(axis=1, keepdims=True) @ V  # type: ignore[no-any-return]


def left(law: Law, formula: Formula, seed: int) -> float:
    """How far the sum of the terms is off."""
    random = np.random.default_rng(seed)
    K, Q = random.integers(-8, 9, size=(20, 6)) / 8, random.integers(-8, 9, size=(9, 6)) / 8
    terms, total = law(Case(Q, K, random.integers(-16, 17, size=(20, 2)) / 4, random))
    assert terms[0].factor == 1.0
    outputs = [formula(term.Q, term.K, term.V) for term in terms]
    parts = [
        term.factor * (output if term.rows is None else output[term.rows]) for term, output in zip(terms, outputs, strict=True)
    ]
    return float(np.abs(sum(parts) - total).max())


@pytest.mark.parametrize("law", LAWS)
def test_the_definition_keeps_every_law(law: Law) -> None:
    assert max(left(law, softmax, seed) for seed in range(20)) < 1e-12


def by_place(Q: Floats, K: Floats, V: Floats) -> Floats:
    """Keys further back weigh less."""
    return softmax(Q, K, V * np.linspace(1, 2, len(V))[:, None])


def of_norms(Q: Floats, K: Floats, V: Floats) -> Floats:
    return softmax(Q, K * (1 + (K**2).sum(axis=1, keepdims=True)), V)


def squared(Q: Floats, K: Floats, V: Floats) -> Floats:
    return softmax(Q, K, V) ** 2


def doubled(Q: Floats, K: Floats, V: Floats) -> Floats:
    return 2 * softmax(Q, K, V)


def summed(Q: Floats, K: Floats, V: Floats) -> Floats:
    return softmax(Q, K, V) * len(K)


def of_all_queries(Q: Floats, K: Floats, V: Floats) -> Floats:
    return softmax(Q - Q.mean(axis=0), K, V)


BROKEN: dict[str, list[Formula]] = {
    "permuted_keys": [by_place], "shifted_keys": [of_norms], "row_stochastic": [doubled, summed],
    "additive_in_values": [squared], "homogeneous_in_values": [squared], "duplicated_keys": [summed],
    "independent_queries": [of_all_queries],
}  # fmt: skip


@pytest.mark.parametrize("law", LAWS)
def test_each_law_is_broken_by_something(law: Any) -> None:
    for formula in BROKEN[law.__name__]:
        assert min(left(law, formula, seed) for seed in range(5)) > 1e-3


def test_every_law_is_asked_of_both_sizes_and_three_reaches() -> None:
    asked: list[tuple[int, int, int, float]] = []

    def heard(Q: Floats, K: Floats, V: Floats, scale: float) -> Floats:
        asked.append((len(Q), len(K), K.shape[1], float(np.abs(K).max())))
        found: Floats = kernels.right(Q, K, V, scale)
        return found

    found = list(invariances(InProcess(heard, Conventions(dtype="float64"))))
    assert [one.name for one in found] == [f"invariances/{law.__name__.replace('_', ' ')}" for law in LAWS]
    assert {one.status for one in found} == {"passed"}
    assert {(m, d) for _, m, d, _ in asked} == {(m, d) for _, m, d in SIZES} | {(2 * m, d) for _, m, d in SIZES}
    reaches = {reach / 8 for reach in REACHES}
    assert reaches <= {reach for *_, reach in asked}
    assert len(asked) == len(SIZES) * len(REACHES) * (2 + 2 + 1 + 3 + 2 + 2 + 2)
