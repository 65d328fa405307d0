"""What `attend` gave, measured and drawn: the rows that are taken, faults in them, and what cannot be measured.

The reference itself is held against balls in `test_options`, for all that rows may see, and in `files/test_sampled`.
"""

import sys
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from attention import attend
from attention.attended import Attended
from attention.measured import Measured, plotted
from instances.faults import BadInput
from tests.support import fake_torch
from tests.support.attending import arrays


def test_rows_of_one_head() -> None:
    found = attend(*arrays(20, 7), scale=0.5)
    assert found.measure().rows == found.measure(16).rows
    assert len(found.measure().rows) == 16
    assert found.measure(3).rows == (0, 9, 19)
    assert found.measure(99).rows == tuple(range(20))
    assert found.measure(99).error <= found.promise


def test_rows_of_all_heads() -> None:
    """They are numbered through, so that a fault in one of them is found where it stands."""
    found = attend(*arrays(4, 6, 3, 2, (2, 3)), error=1e-9)
    assert found.measure(24).rows == tuple(range(24))
    assert found.measure(4).rows == (0, 7, 15, 23)
    for at in (0, 9, 23):
        output = found.output.copy()
        output.reshape(24, 2)[at, 1] += 1e-3
        errors = replace(found, output=output).measure(24).errors
        assert errors[at] == pytest.approx(1e-3, rel=1e-5)
        assert max(errors[:at] + errors[at + 1 :]) < 1e-9
    output[0, 1, 2] = np.nan
    assert replace(found, output=output).measure(24).errors[6] == np.inf


def test_a_row_that_is_wrong_in_every_chunk_of_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    Q, K, V = arrays(5, 9)
    asked: dict[str, Any] = {"mask": np.random.default_rng(3).random((5, 9)) < 0.5, "blind": 0.0}
    whole = attend(Q, K, V, **asked).measure()
    for chunk in (1, 2, 5):
        monkeypatch.setattr("attention.measured.CHUNK", chunk)
        assert attend(Q, K, V, **asked).measure().error == pytest.approx(whole.error, abs=1e-17)


def test_of_many_heads_the_worst_bound() -> None:
    parts = Measured((0, 2), (1e-9, 2e-9), 1e-17), Measured((), (), 0.0), Measured((7,), (5e-10,), 3e-17)
    assert Measured.all_of(parts) == Measured((0, 2, 7), (1e-9, 2e-9, 5e-10), 3e-17)
    assert Measured((), (), 0.0).error == 0.0


@pytest.mark.parametrize("shape", [(0, 3), (2, 0, 4, 3)])
def test_nothing_to_measure(shape: tuple[int, ...]) -> None:
    K = np.ones((*shape[:-2], 5, 3))
    assert attend(np.ones(shape), K, K).measure() == Measured((), (), 0.0)


def test_outputs_of_sixteen_bits_are_tensors(monkeypatch: pytest.MonkeyPatch) -> None:
    fake_torch.installed(monkeypatch)
    for name in ("float16", "bfloat16"):
        Q, K, V = (fake_torch.tensor(x, name) for x in arrays(6, 5))
        found = attend(Q, K, V, error=0.1)
        assert 1e-5 < found.measure().error <= found.promise


def test_what_cannot_be_measured() -> None:
    found = attend(*arrays(3, 4))
    with pytest.raises(BadInput, match=r"^rows 0: it must be at least 1$"):
        found.measure(0)
    with pytest.raises(BadInput, match=r"^this was not made by attend"):
        Attended(found.output, "mine", 1e-6).measure()


def test_the_plot() -> None:
    found = attend(*arrays(20, 7), error=1e-6)
    (axes,) = found.plot_error(5).axes
    points, *lines = axes.lines
    measured = found.measure(5)
    assert points.get_xdata().tolist() == list(measured.rows)
    assert points.get_ydata().tolist() == [max(error, measured.bound) for error in measured.errors]
    assert [line.get_ydata()[0] for line in lines] == [found.promise, measured.bound]
    assert (axes.get_yscale(), axes.get_xlabel()) == ("log", "row")
    assert len(plotted(Measured((0,), (0.0,), 0.0), np.inf, "mine").axes[0].lines) == 2


def test_without_matplotlib_one_line_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(BadInput, match=r"^plots need matplotlib: pip install 'hardness-lab\[plots\]'$"):
        attend(*arrays(3, 4)).plot_error()
