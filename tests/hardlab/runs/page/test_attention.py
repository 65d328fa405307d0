"""Which values of V a page tells of, and that each row's weights are told by value, the largest among keys of the data."""

from math import exp

import numpy as np
import pytest

from hardlab.runs.page.attention import seen
from hardlab.runs.weights import VALUES
from instances.task import Attention, AttentionTask


@pytest.mark.parametrize("different", [1, 2, VALUES - 1, VALUES, VALUES + 1, 2 * VALUES])
def test_few_values_are_told_each_and_many_only_counted(different: int) -> None:
    V = np.repeat(np.arange(float(different)), 2)[:, None]
    m = len(V)
    Q, K = np.linspace(-1, 1, 3)[:, None], np.linspace(0, 1, m)[:, None]
    task = AttentionTask(Attention(Q, K, V, 0.5), 0.25, 0.75, 3)
    picture = seen(task, {0: (0,), 2: (2,)}, [])
    assert picture["different"] == different
    told = [[float(value), 2] for value in range(different)]
    assert picture["values"] == (told if different <= VALUES else [])
    assert [*picture["weights"]] == ["0", "2"]
    for row in (0, 2):
        w = np.exp(Q[row] * K[:, 0] * 0.5)
        by_value = (w / w.sum()).reshape(-1, 2).sum(axis=1)
        found = [exp(x) for x in picture["weights"][str(row)]["ln_values"]]
        assert found == pytest.approx(by_value if different <= VALUES else [], rel=1e-3)
        of_data = V[:, 0] == different - 1 if different <= VALUES else np.ones(m, np.bool_)
        assert picture["weights"][str(row)]["best"] == int(np.argmax(np.where(of_data, w, 0)))
