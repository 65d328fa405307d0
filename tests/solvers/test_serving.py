"""What serves a task where no algorithm is named."""

import numpy as np
import pytest

from instances.cnf import CNF
from instances.mechanism import NAMES, Mechanism
from instances.task import Attention, AttentionTask
from reductions.chain import Chain
from reductions.edges.cnf_hamming import CnfHamming
from reductions.edges.hamming_attention import HammingAttention
from solvers import Threshold, Verdict
from solvers.serving import serving

ONES = np.ones((3, 1))


def task(low: float, high: float, mechanism: str = "softmax", logarithmic: bool = False, V: object = None) -> AttentionTask:
    inputs = Attention(ONES, ONES, np.array([[1.0], [2.0], [3.0]]) if V is None else V, 1.0, Mechanism.of(mechanism))  # type: ignore[arg-type]
    return AttentionTask(inputs, low, high, 3, logarithmic)


@pytest.mark.parametrize("mechanism", NAMES)
def test_it_decides_where_it_serves(mechanism: str) -> None:
    """Each row weighs the three keys alike: 2 where rows are normalised, 6 times the weight where not."""
    mean = 2.0 if Mechanism.of(mechanism).normalised else 6.0 * (np.e if mechanism == "exp" else 1.0)
    for low, high, verdict in ((mean - 1, mean - 0.5, Verdict.YES), (mean + 0.5, mean + 1, Verdict.NO)):
        question = task(low, high, mechanism)
        assert Threshold(serving(question)).solve(question).verdict is verdict
        logs = task(float(np.log(low)), float(np.log(high)), mechanism, logarithmic=True)
        assert Threshold(serving(logs)).solve(logs).verdict is verdict


def test_the_first_that_tells_yes_from_no() -> None:
    assert serving(task(1.0, 1.5)).key == "softmax"
    assert serving(task(1.0, 1.5, "exp")).key == "logspace"
    assert serving(task(-900.0, -800.0, logarithmic=True)).key == "logspace"
    close = 2.0 * (1 + 2.0**-40)
    assert serving(task(2.0, close)).key == "softmax"
    assert serving(task(2.0, 2.0 * (1 + 2.0**-47))).key == "certified"
    assert serving(task(-1.0, 1.0, "exp", V=np.array([[1.0], [-2.0], [3.0]]))).key == "certified", "none tells"
    assert serving(task(2.0, float(np.nextafter(2.0, 3.0)))).key == "softmax", "none tells"


def test_coded_tasks_of_the_reductions() -> None:
    chain = Chain((CnfHamming(), HammingAttention()))
    last = chain.trace(CNF(3, ((1, 2), (-1, 3))))[-1].problem
    assert isinstance(last, AttentionTask)
    assert serving(last).key == "softmax"
