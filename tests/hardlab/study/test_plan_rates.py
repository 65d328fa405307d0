"""Rates of chains: parts of coded inputs, when a run is long enough, and what is told of chains that are not known."""

from typing import Any

import numpy as np
import pytest

from attention import Softmax
from hardlab import chain
from hardlab.study import plan_rates
from hardlab.study.plan_rates import Rates, check_chain, first_rows, foreseen, rates, seconds
from instances.families import random_ksat, random_ov
from instances.faults import BadInput
from instances.task import Attention
from reductions.edges.cnf_hamming import CnfHamming
from reductions.edges.cnf_ov import CnfOv
from reductions.edges.ov_attention import OvAttention


def task_of(n: int, m: int) -> Any:
    """Coded inputs, as the chain emits them."""
    return OvAttention().apply(random_ov(n, m, 6, seed=1))


def dense(matrix: Any) -> Any:
    return np.concatenate([np.where(block.bits.bools(), block.one, block.zero) for block in matrix])


@pytest.mark.parametrize("rows", [1, 3, 5, 7, 8, 9, 100])
def test_the_first_rows_of_coded_inputs(rows: int) -> None:
    inputs = task_of(5, 8).inputs
    part = first_rows(inputs, rows)
    assert (part.n, part.scale) == (min(rows, 5), inputs.scale)
    np.testing.assert_array_equal(dense(part.Q), dense(inputs.Q)[:rows])
    start = 0
    kept, values = [], []
    for block in inputs.K:
        n = block.bits.n
        kept.append(dense([block])[:rows])
        values.append(inputs.V[start : start + min(n, rows)])
        start += n
    np.testing.assert_array_equal(dense(part.K), np.concatenate(kept))
    np.testing.assert_array_equal(part.V, np.concatenate(values))
    assert start == inputs.m


@pytest.mark.parametrize("keys", ["auto", "cnf-hamming,hamming-attention", "cnf-ov,ov-attention"])
def test_chains_that_are_known(keys: str) -> None:
    check_chain(chain(keys if keys != "auto" else "cnf-hamming,hamming-attention[R0=4]"))


@pytest.mark.parametrize("keys", ["cnf-hamming,hamming-sink", "hamming-attention", "cnf-ov,ov-hamming,hamming-attention"])
def test_chains_that_are_not(keys: str) -> None:
    with pytest.raises(BadInput, match=r"^chain '.*': plan knows auto \(cnf-hamming,.*\) and cnf-ov,ov-attention$"):
        check_chain(chain(keys))
    with pytest.raises(BadInput):
        foreseen(random_ksat(4, 5, 3, seed=0), chain(keys), Softmax())


def run_with(monkeypatch: pytest.MonkeyPatch, n: int, m: int, took: dict[int, list[float]]) -> tuple[Rates, list[int]]:
    """The rates where runs of so many rows take this, and the rows of each run."""
    asked: list[int] = []

    def taken(algorithm: Any, inputs: Attention) -> float:
        rows = max(inputs.n, inputs.m)
        asked.append(rows)
        return took[rows].pop(0)

    monkeypatch.setattr(plan_rates, "seconds", taken)
    monkeypatch.setattr(plan_rates, "first_rows", lambda inputs, rows: _Sized(min(rows, n), min(rows, m)))
    task: Any = _Task(_Sized(n, m))
    return rates(Softmax(), task, 7.0), asked


class _Sized:
    def __init__(self, n: int, m: int) -> None:
        self.n, self.m = n, m


class _Task:
    def __init__(self, inputs: _Sized) -> None:
        self.inputs = inputs


def test_rows_are_doubled_until_a_run_is_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first run loads and compiles what large ones take, the second is the fixed part."""
    found, asked = run_with(monkeypatch, 10_000, 10_000, {64: [0.25, 0.3], 128: [0.999], 256: [1.0], 512: [50.0]})
    assert asked == [512, 64, 64, 128, 256]
    assert found == Rates(7.0, 0.25, 0.75 / 256**2)


def test_where_there_are_no_more_rows_the_last_run_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    found, asked = run_with(monkeypatch, 40, 100, {64: [0.1, 0.2], 100: [9.0, 0.5]})
    assert asked == [100, 64, 64, 100]
    assert (found.reduce, found.fixed) == (7.0, 0.1)
    assert found.pair == pytest.approx(0.4 / (40 * 100))
    found, asked = run_with(monkeypatch, 40, 64, {64: [9.0, 0.3, 0.2]})
    assert asked == [64, 64, 64]
    assert found == Rates(7.0, 0.3, 0.0)


def test_a_run_has_its_promise(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(plan_rates, "perf_counter", lambda: now[0])

    def promised(*given: Any) -> None:
        now[0] += 1.0

    def answers(*given: Any) -> None:
        now[0] += 2.0

    monkeypatch.setattr(plan_rates, "promised", promised)
    monkeypatch.setattr(plan_rates, "answers", answers)
    some: Any = None
    assert seconds(some, some) == 3.0


FIRST = [("cnf-hamming,hamming-attention", CnfHamming()), ("cnf-ov,ov-attention", CnfOv())]


@pytest.mark.parametrize(("keys", "first"), FIRST)
@pytest.mark.parametrize("sample", [8, 2**16])
def test_sizes_are_those_of_the_first_target(keys: str, first: Any, sample: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exact where all rows are in the sample; the reduction's time is for all rows."""
    monkeypatch.setattr(plan_rates, "LONG", 0.0)
    monkeypatch.setattr(plan_rates, "SAMPLE", sample)
    formula = random_ksat(10, 30, 3, seed=2)
    found = foreseen(formula, chain(keys), Softmax())
    target = first.apply(formula)
    assert not found.exact or dict(found.size) == dict(target.size)
    assert found.exact == (isinstance(first, CnfOv) or sample > 8)
    assert found.rates.reduce > 0
    assert found.rates.fixed > 0
