"""What the sampling algorithms answer is what they answered, of few keys and of many, and what is refused."""

from typing import Any

import numpy as np
import pytest

import attention.sampling.random_features as random_features
import attention.sampling.sort_lsh as sort_lsh
from attention.exact.streaming import BLOCK
from attention.sampling.hyper_attention import HyperAttention
from attention.sampling.kdeformer import KDEformer, probabilities
from attention.sampling.random_features import RandomFeatures, directions
from attention.sampling.sort_lsh import SortedBlocks, gray_rank
from instances.faults import BadInput
from instances.task import Attention
from tests.support.dyadic import dyadic
from tests.support.kept import NumbersKeeper


def drawn(n: int, m: int, d: int = 3, size: float = 1.0, scale: float = 0.75) -> Attention:
    return Attention(size * dyadic(1, (n, d)), dyadic(2, (m, d)), dyadic(3, (m, 2)), scale)


TASKS = {
    "few": drawn(3, 2), "usual": drawn(30, 40), "more keys": drawn(7, BLOCK + 1), "more rows": drawn(BLOCK + 1, 7),
    "negative": drawn(9, 30, scale=-0.5), "large": drawn(9, 30, size=50.0),
    "one column": drawn(20, 20, 1), "one key": drawn(4, 1),
}  # fmt: skip


TASKS["zeros"] = Attention(dyadic(1, (20, 2)) * (np.arange(20) % 3 > 0)[:, None], np.zeros((9, 2)), dyadic(3, (9, 2)), -1.0)


@pytest.mark.parametrize("name", TASKS)
def test_answers(name: str, kept_numbers: NumbersKeeper) -> None:
    of, found = TASKS[name], dict[str, Any]()
    for by in (
        RandomFeatures(8), RandomFeatures(7, seed=3), RandomFeatures(5, orthogonal=False), RandomFeatures(1),
        HyperAttention(4, 5, 2), HyperAttention(8, 3, 3, seed=2), HyperAttention(1, 1, 0), HyperAttention(8, 3, exact_below=30),
        HyperAttention(8, 3, exact_below=31), KDEformer(4, 5, 2), KDEformer(9, 4, 4, seed=5),
    ):  # fmt: skip
        found[str(by)] = by(of)
    kept_numbers(found)


def test_parts(kept_numbers: NumbersKeeper) -> None:
    found: dict[str, Any] = {f"{d} {count}": directions(d, count, True, 1) for d, count in ((1, 3), (3, 3), (3, 7), (4, 2))}
    found["gray"] = gray_rank(np.array([[a, b, c] for a in (False, True) for b in (False, True) for c in (False, True)]))
    for n, m, block in ((9, 9, 4), (3, 10, 2), (10, 3, 3), (1, 1, 1), (8, 8, 8)):
        blocks = SortedBlocks.of(drawn(n, m), block, 3, np.random.default_rng(0)).blocks
        found[f"blocks {n} {m} {block}"] = [(len(queries), queries, len(keys), keys) for queries, keys in blocks]
    V = dyadic(3, (6, 2))
    found["laws"] = [probabilities(size * V) for size in (0.0, 1e-300, 1.0, 1e300)]
    kept_numbers(found)


@pytest.mark.parametrize("module", [random_features, sort_lsh], ids=lambda one: one.__name__)
def test_bytes(module: Any, kept_numbers: NumbersKeeper, monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[int] = []
    monkeypatch.setattr(module, "within", lambda memory, budget, what, size: found.append(memory))
    for of in (TASKS["few"], TASKS["one column"]):
        RandomFeatures(8)(of) if module is random_features else HyperAttention(4, 5, 2)(of)
    kept_numbers({"bytes": found})


@pytest.mark.parametrize(("wrong", "right"), [
    ({"block": 0}, {"block": 1}), ({"samples": 0}, {"samples": 1}), ({"hyperplanes": -1}, {"hyperplanes": 0}),
    ({"hyperplanes": 63}, {"hyperplanes": 62}), ({"seed": -1}, {"seed": 0}), ({"exact_below": -1}, {"exact_below": 0}),
])  # fmt: skip
def test_what_is_refused(wrong: dict[str, Any], right: dict[str, Any]) -> None:
    for by in (HyperAttention, KDEformer):
        if by is HyperAttention or "exact_below" not in wrong:
            by(**right)
            with pytest.raises(BadInput):
                by(**wrong)


@pytest.mark.parametrize("wrong", [{"features": 0}, {"seed": -1}])
def test_what_features_refuse(wrong: dict[str, Any]) -> None:
    RandomFeatures(1, seed=0)
    with pytest.raises(BadInput):
        RandomFeatures(**wrong)
