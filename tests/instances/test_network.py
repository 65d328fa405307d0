"""Networks in balls against their definition; what a network and a question about it must be; files."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from instances.coded import Floats
from instances.exact import precision
from instances.exact_network import ExactNetwork
from instances.faults import BadInput
from instances.mechanism import SOFTMAX, Mechanism
from instances.network import Network, TransformerTask
from instances.ours import PROBLEMS
from instances.storage import load, save
from tests.support.networks import arrays, drawn, network


def exact(of: Network) -> Floats:
    with precision(128):
        return np.array([[float(of.exact.row(i)[0])] for i in range(of.n)])


def by_definition(of: Network) -> Floats:
    return network(*arrays(of))[:, [of.column]]


@pytest.mark.parametrize("residual", [True, False])
@pytest.mark.parametrize(("L", "H"), [(1, 1), (1, 3), (3, 1), (2, 2)])
def test_entries_are_the_definition(L: int, H: int, residual: bool) -> None:
    for seed in range(2):
        for column in (0, 3):
            of = drawn(seed, L=L, H=H, residual=residual, column=column)
            assert exact(of) == pytest.approx(by_definition(of), rel=1e-11, abs=1e-13)


def test_columns_that_are_not_read_and_not_written() -> None:
    """Of sparse weights: a head that reads nothing has equal weights; tokens stay as they are where no head writes."""
    of = drawn(1, L=2, H=2)
    WQ, WK, WV, WO = (W.copy() for W in (of.WQ, of.WK, of.WV, of.WO))
    WQ[:, 0], WK[0, 1, 2:], WV[:, :, 1:], WO[..., 1:3] = 0, 0, 0, 0
    for residual in (True, False):
        for column in range(4):
            sparse = Network.of(of.tokens, 0.6, (WQ, WK, WV, WO), residual=residual, column=column)
            assert exact(sparse) == pytest.approx(by_definition(sparse), rel=1e-11, abs=1e-13)


def test_precisions_are_kept_apart() -> None:
    of = drawn(2, L=3)
    with precision(64):
        rough = of.exact.row(0)[0]
    with precision(300):
        fine = of.exact.row(0)[0]
    assert isinstance(of.exact, ExactNetwork)
    assert float(fine.rad()) < 1e-60
    assert float(rough.rad()) > float(fine.rad())
    assert rough.overlaps(fine)


def small(**changed: Any) -> Network:
    ones: Any = np.ones((1, 1, 2, 2))
    given = {"X": np.eye(2), "WQ": ones, "WK": ones, "WV": ones, "WO": ones, "residual": True, "column": 0, **changed}
    X, mechanism = given.pop("X"), given.pop("mechanism", SOFTMAX)
    return Network(X, X, X, 1.0, mechanism, **given)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"WQ": np.ones((1, 1, 3, 2))}, "WQ has shape"),
        ({"WK": np.ones((1, 1, 2, 3))}, "WK"),
        ({"WQ": np.ones((2, 2)), "WK": np.ones((2, 2))}, "WQ has shape"),
        ({"WV": np.ones((1, 2, 2, 2))}, "WV has shape"),
        ({"WO": np.ones((1, 1, 2, 3))}, "WO has shape"),
        ({"WO": np.full((1, 1, 2, 2), np.inf)}, "WO holds NaN"),
        ({"X": np.ones((0, 2))}, "m = 0"),
        ({"column": 2}, "column = 2"),
        ({"column": True}, "column = True"),
        ({"residual": 1}, "residual = 1"),
        ({"mechanism": Mechanism("gaussian")}, "networks with gaussian-mean are not known"),
    ],
)
def test_what_does_not_fit(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        small(**changed)


def test_a_question_must_be_one() -> None:
    task = TransformerTask(small(), 0.0, 1.0, 2)
    assert dict(task.size) == {"n": 2, "d": 2, "layers": 1, "heads": 1, "rows": 2}
    for wrong in ((1.0, 0.0, 1), (0.0, 1.0, 0), (0.0, 1.0, 3)):
        with pytest.raises(BadInput):
            TransformerTask(small(), *wrong)
    assert task.says((0,)).startswith("column 0 of token 0 after the last layer is ")


def test_copies_and_files(tmp_path: Path) -> None:
    of = drawn(3)
    assert np.array_equal(exact(of.copied()), exact(of))
    task = TransformerTask(of, -0.5, 0.25, 2)
    save(task, tmp_path / "task.json")
    found = load(tmp_path / "task.json", named={problem.called: problem for problem in PROBLEMS}.get)
    assert (found.identity, found.size) == (task.identity, task.size)
    other = TransformerTask(drawn(3, column=2), -0.5, 0.25, 2)
    assert other.identity != task.identity


def test_what_algorithms_see() -> None:
    of = drawn(3, N=5, L=2, H=3, column=1)
    assert (of.n, of.d, of.layers, of.heads, of.shape) == (5, 4, 2, 3, (5, 1))
    assert (of.asked, of.tiny, of.averages) == ("a network of attention", "", False)
    assert of.tokens is of.V
    assert repr(of) == "Network(n = 5, d = 4, layers = 2, heads = 3, scale = 0.6, column 1, residual)"
    assert repr(drawn(3, residual=False)).endswith("column 1)")
    task = TransformerTask(of, -0.5, 0.25, 4)
    assert list(task.counted) == [0, 1, 2, 3]
    assert TransformerTask.memory(task.size) == 8 * (5 * 4 + 4 * (2 * 3 * 4 * 4))
    copied = of.copied()
    assert (copied.residual, copied.column, copied.scale) == (True, 1, 0.6)
    assert not np.shares_memory(copied.WQ, of.WQ)
