"""Rows that moments do not certify are left to the definition, where they are few and that is faster."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import attention.polynomial.by_moments as search
import attention.polynomial.plan as planning
import attention.polynomial.search as searching
from attention import Polynomial, Softmax, attend
from attention.attend_files import attend_files
from attention.blas import ONE_BLAS_THREAD
from attention.blocks import Whole
from attention.polynomial.few_rows import by_definition
from attention.polynomial.plan import ByDefinition, Plan
from attention.polynomial.search import Known, Long
from instances.bits import BitMatrix
from instances.coded import Coded
from instances.task import Attention

ERROR = 1e-6
LONG = (7, 300, 1999)


@pytest.fixture(autouse=True)
def _definition_takes_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that few rows pay on inputs that are small enough to be tried."""
    for module in (search, searching, planning):
        monkeypatch.setattr(module, "softmax_seconds", lambda n, m, d, v, precision: 1e-9 * n)


def with_long_queries(factor: float = 3.0) -> Attention:
    rng = np.random.default_rng(4)
    Q, K, V = (rng.uniform(-1, 1, (2000, 8)) for _ in range(3))
    Q[list(LONG)] = factor * np.sign(Q[list(LONG)])
    return Attention(Q, K, V, 1 / 8)


def by_moments(inputs: Attention) -> Plan:
    return Polynomial(ERROR, "moments").plan(inputs)


def few_of(plan: Plan) -> ByDefinition:
    assert plan.few is not None
    return plan.few


def rows_of(plan: Plan) -> Any:
    return np.empty(0, np.int64) if plan.few is None else plan.few.rows


def wide(inputs: Attention) -> tuple[Any, Any]:
    """The definition in extended precision, and the logarithms of its sums."""
    Q, K, V = (np.asarray(X, np.longdouble) for X in (inputs.Q, inputs.K, inputs.V))
    w = np.exp(np.longdouble(inputs.scale) * (Q @ K.T))
    D = w.sum(axis=1)
    return w @ V / D[:, None], np.log(D)


def test_they_are_those_of_long_queries_and_the_promise_is_kept() -> None:
    inputs = with_long_queries()
    plan, algorithm = by_moments(inputs), Polynomial(ERROR, "moments")
    rows = rows_of(plan)
    assert set(LONG) <= set(rows.tolist())
    assert len(rows_of(plan)) < 100
    assert str(plan).endswith(f"proved by moments, but for {len(rows_of(plan))} rows by their definition")
    T, L = wide(inputs)
    found = algorithm.summed(inputs)
    assert np.array_equal(found.T, algorithm(inputs))
    off, of_exact = np.abs(found.T - T), np.abs(found.T[rows] - T[rows])
    assert off.max() <= plan.error <= ERROR
    assert of_exact.max() <= few_of(plan).error < 1e-12
    assert np.delete(off, rows, axis=0).max() <= plan.approximation + plan.rounding == plan.error
    assert np.abs(found.logsumexp - L).max() <= algorithm.logsumexp_error(inputs) < 1e-4
    assert np.abs(found.logsumexp - L)[rows].max() < 1e-13


def test_a_degree_less_is_enough_for_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = by_moments(with_long_queries(1.3))
    monkeypatch.setattr(searching, "FEW", 0)  # no row may be longer
    of_all = by_moments(with_long_queries(1.3))
    assert len(rows_of(of_all)) == 0
    assert "definition" not in str(of_all)
    assert plan.g < of_all.g
    assert plan.scores.M < of_all.scores.M
    assert plan.seconds(2000, 2000, 8) < of_all.seconds(2000, 2000, 8)


def test_what_a_row_costs_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (search, searching, planning):
        monkeypatch.setattr(module, "softmax_seconds", lambda n, m, d, v, precision: 1.0 * n)
    assert len(rows_of(by_moments(with_long_queries(1.3)))) == 0
    assert set(rows_of(by_moments(with_long_queries()))) == set(LONG)  # nothing else is proved


def test_the_definition_takes_what_its_rows_take() -> None:
    plan = by_moments(with_long_queries())
    rows = len(rows_of(plan))
    assert plan.seconds(2000, 2000, 8) - replace(plan, few=None).seconds(2000, 2000, 8) == pytest.approx(1e-9 * rows)


def test_what_is_known_of_the_others() -> None:
    inputs = with_long_queries()
    known = Known.of(Whole(inputs))
    assert known is not None
    rows, others = np.array(LONG), known.most._replace(norm=np.array([1.0, 2.0]))
    found, kept = known.of_others(Long(rows, others, 0.0)), np.delete(inputs.queries(slice(None)), rows, axis=0)
    assert np.array_equal(found.extents.queries, np.abs(kept).max(axis=0))
    assert found.extents.keys is known.extents.keys
    for row in (0, int(np.abs(inputs.queries(slice(None))[:, 3]).argmax())):
        one = known.of_others(Long(np.array([row]), others, 0.0)).extents.queries
        assert np.array_equal(one, np.abs(np.delete(inputs.queries(slice(None)), row, axis=0)).max(axis=0))
    assert found.norms_about(found.moments.centre) == pytest.approx(2.0 * found.moments.radius)


@pytest.mark.parametrize("of_exact", [0.9, 1.1])
def test_what_the_definition_promises_of_them_counts(of_exact: float, monkeypatch: pytest.MonkeyPatch) -> None:
    true = by_definition
    monkeypatch.setattr(searching, "by_definition", lambda *given: true(*given)._replace(error=of_exact * ERROR))  # type: ignore[union-attr]
    plan = by_moments(with_long_queries(1.3))
    assert (len(rows_of(plan)) > 0) == (of_exact < 1)
    few = ByDefinition(np.arange(3), 0.5, 0.0, 1.0)
    assert replace(plan, few=few, approximation=0.1, rounding=0.2).error == 0.5
    assert replace(plan, few=few, approximation=0.4, rounding=0.2).error == pytest.approx(0.6)


def test_of_files_no_row_is_left_to_it(tmp_path: Path) -> None:
    inputs = with_long_queries(1.3)
    files = [str(tmp_path / f"{name}.npy") for name in "QKVT"]
    for file, X in zip(files, (inputs.queries(slice(None)), inputs.keys(slice(None)), inputs.V), strict=False):
        np.save(file, X)
    found = attend_files(*files, scale=inputs.scale, error=ERROR, algorithm="polynomial")
    assert "definition" not in (found.plan or "definition")
    assert "definition" in str(Polynomial(ERROR).plan(inputs))


@pytest.mark.parametrize("fault", ["a row is forgotten", "no row is given", "another row"])
def test_faults_are_caught(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    inputs = with_long_queries(6.0)
    T, _ = wide(inputs)
    true = by_moments(inputs)
    few, rows = few_of(true), rows_of(true)
    given = {"a row is forgotten": rows[1:], "no row is given": rows[:0], "another row": rows - 1}[fault]
    assert np.abs(Polynomial(ERROR, "moments")(inputs) - T).max() <= true.error
    monkeypatch.setattr(Polynomial, "plan", lambda self, inputs: replace(true, few=few._replace(rows=given)))
    assert np.abs(Polynomial(ERROR, "moments")(inputs) - T).max() > true.error


def test_a_user_sees_them() -> None:
    inputs = with_long_queries()
    found = attend(
        inputs.queries(slice(None)), inputs.keys(slice(None)), inputs.V, scale=inputs.scale, error=ERROR, algorithm="polynomial"
    )
    assert "rows by their definition" in str(found.plans[0])


def test_blas_keeps_to_one_thread_while_moments_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its threads go on looking for work after a product, and keep those of the next pass waiting."""
    inside, true = [], np.linalg.eigh

    def eigh(A: Any) -> Any:
        inside.append(ONE_BLAS_THREAD._inside)
        return true(A)

    monkeypatch.setattr(np.linalg, "eigh", eigh)
    by_moments(with_long_queries())
    assert inside
    assert min(inside) >= 1
    assert ONE_BLAS_THREAD._inside == 0


@pytest.mark.parametrize("blocks", [1, 2])
def test_coded_queries_of_plain_keys(blocks: int) -> None:
    """Moments are those of the keys; queries may be coded, and those are not looked at one by one."""
    rng = np.random.default_rng(3)
    bits, low, high = rng.integers(0, 2, (2000, 8)), np.full(8, -1.0), np.append(np.ones(7), 6.0)
    bits[:, 7] = np.arange(2000) == 7  # alone it is long
    Q = tuple(Coded(BitMatrix.of(["".join(map(str, row)) for row in part]), low, high) for part in np.split(bits, blocks))
    inputs = Attention(Q, rng.uniform(-1, 1, (2000, 8)), rng.normal(size=(2000, 2)), 1 / 8)
    algorithm = Polynomial(1e-4, "moments")
    plan = algorithm.plan(inputs)
    assert (plan.certificate, plan.few) == ("moments", None)
    plain = Attention(np.where(bits, high, low), inputs.K, inputs.V, 1 / 8)
    assert rows_of(algorithm.plan(plain)).tolist() == [7]
    assert np.abs(algorithm(inputs) - Softmax()(plain)).max() <= plan.error <= 1e-4
    of_plain = Known.of(Whole(plain))
    of_coded = Known.of(Whole(inputs))
    assert of_plain is not None
    assert of_coded is not None
    assert np.allclose(of_coded.each, of_plain.each, rtol=1e-13)
    assert np.allclose(of_coded.some, of_plain.some, rtol=1e-13)
    assert np.allclose(of_coded.most, of_plain.most, rtol=1e-13)
