"""Tensor attention in balls against its definition, coded and plain; what a question about it must be; files."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from instances.bits import BitMatrix
from instances.coded import Coded, Floats, dense
from instances.exact import precision
from instances.exact_tensor import ExactTensor
from instances.faults import BadInput
from instances.mechanism import Mechanism
from instances.ours import PROBLEMS
from instances.storage import load, save
from instances.tensor import TensorAttention, TensorTask
from tests.support.tensors import arrays, drawn, tensor


def exact(of: TensorAttention) -> Floats:
    with precision(128):
        return np.array([[float(ball) for ball in of.exact.row(i)] for i in range(of.n)])


def coded(seed: int, d: int = 70) -> TensorAttention:
    """Columns of all kinds: of one value, of zero, of two; two blocks of each matrix; values that occur again."""
    rng = np.random.default_rng(seed)

    def blocks(*sizes: int) -> tuple[Coded, ...]:
        bits = (BitMatrix.of(rng.integers(0, 2, (size, d))) for size in sizes)
        return tuple(Coded(b, rng.choice([-1.0, 0.0, 0.5], d), rng.choice([0.0, 0.5, 1.0], d)) for b in bits)

    V1, V2 = (rng.integers(-1, 3, (rows, 2)).astype(float) for rows in (5, 4))
    return TensorAttention(blocks(2, 1), blocks(3, 2), V1, 0.2, K2=blocks(1, 3), V2=V2)


@pytest.mark.parametrize("seed", range(3))
def test_plain_and_coded_rows_are_the_definition(seed: int) -> None:
    for of in (drawn(seed), drawn(seed, (1, 1, 1)), coded(seed), coded(seed, 3)):
        by_definition = tensor(*arrays(of))
        assert exact(of) == pytest.approx(by_definition, rel=1e-11, abs=1e-13)


def test_coded_rows_are_the_plain_ones_to_the_last_bit_of_a_ball() -> None:
    of = coded(7)
    Q, K1, K2 = (np.array(dense(matrix, slice(None))) for matrix in (of.Q, of.K, of.K2))
    plain = TensorAttention(Q, K1, of.V, of.scale, K2=K2, V2=of.V2)
    with precision(256):
        for i in range(of.n):
            for one, other in zip(of.exact.row(i), plain.exact.row(i), strict=True):
                assert abs(one - other) < 1e-60


def test_tiles_of_pairs_add_up(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = [exact(of) for of in (drawn(1), coded(1))]
    monkeypatch.setattr("instances.exact_tensor.TILE", 2 * 64)
    assert isinstance(drawn(1).exact, ExactTensor)
    for found, expected in zip((exact(of) for of in (drawn(1), coded(1))), whole, strict=True):
        assert found == pytest.approx(expected, rel=1e-15)


def small(**changed: Any) -> TensorAttention:
    one = np.ones((2, 1))
    return TensorAttention(
        **{**{"Q": np.eye(2), "K": np.eye(2), "V": one, "scale": 1.0, "K2": np.eye(2), "V2": one}, **changed}
    )


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"K2": np.ones((2, 3))}, "K2 has 2 rows and 3 columns"),
        ({"K2": np.ones((0, 2)), "V2": np.ones((0, 1))}, "K2 has 0 rows"),
        ({"V2": np.ones((3, 1))}, "V2 has shape"),
        ({"V2": np.ones((2, 2))}, "V2 has shape"),
        ({"V2": np.array([[1.0], [np.nan]])}, "V2 holds NaN"),
        ({"mechanism": Mechanism("gaussian")}, "tensor attention with gaussian-mean is not known"),
        ({"V": np.ones((3, 1))}, "V has shape"),
    ],
)
def test_inputs_that_do_not_fit(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        small(**changed)


def test_a_question_must_be_one() -> None:
    assert TensorTask(small(), 0.0, 1.0, 2).promised()
    for wrong in ((1.0, 0.0, 1), (0.0, 1.0, 0), (0.0, 1.0, 3), (0.0, 1.0, True)):
        with pytest.raises(BadInput):
            TensorTask(small(), *wrong)
    with pytest.raises(BadInput, match="no column"):
        TensorTask(small(V=np.ones((2, 0)), V2=np.ones((2, 0))), 0.0, 1.0, 1)


def test_parts_copies_and_ranges() -> None:
    of = drawn(3)
    assert exact(of.part([1, 3])) == pytest.approx(exact(of)[[1, 3], :1], rel=1e-15)
    assert exact(of.copied()) == pytest.approx(exact(of), rel=1e-15)
    products = np.einsum("jc,kc->jkc", of.V, of.V2)
    least, most = of.value_range
    assert least <= products[..., 0].min()
    assert most == pytest.approx(products[..., 0].max())
    assert of.largest_value >= np.abs(products).max()
    assert of.plain_mean(1) == pytest.approx(products[..., 1].mean())


def test_files_give_it_back(tmp_path: Path) -> None:
    task = TensorTask(coded(2), -0.5, 0.25, 2)
    save(task, tmp_path / "task.json")
    found = load(tmp_path / "task.json", named={problem.called: problem for problem in PROBLEMS}.get)
    assert found.identity == task.identity
    assert found.size == task.size
    with pytest.raises(BadInput):
        save(task, tmp_path / "task.npz")
