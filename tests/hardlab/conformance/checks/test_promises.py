"""Promises of kernels: kept, broken, and broken on inputs from reductions alone."""

from math import inf, isfinite, nan

import numpy as np
import pytest

from hardlab.conformance.checks.promises import promises, sampled
from tests.support.formulas import Toy, not_a_number, sampling_keys, softmax, statuses

# ------------------------------------------------------------------------------------------------ promises


def test_a_promise_kept() -> None:
    results = list(promises(Toy(softmax(), promised=1e-9)))
    assert statuses(results) == {"passed"}
    assert {result.name.split("/")[1] for result in results} == {"gaussian", "T5", "sink", "lemma-4.7"}
    assert all(result.delivered is not None and result.delivered <= 1e-9 for result in results)


@pytest.mark.parametrize("promised", [1e-18, nan, -1.0])
def test_a_promise_broken(promised: float) -> None:
    assert "wrong" in statuses(list(promises(Toy(softmax(np.float32), promised=promised))))


def test_a_promise_that_only_reductions_break() -> None:
    """Right to 0.5 where softmax is flat."""
    results = list(promises(Toy(sampling_keys, promised=1.5)))
    assert {result.status for result in results if "gaussian/n=64" in result.name} == {"passed"}
    assert "wrong" in {result.status for result in results if "worst" in result.name}


def test_an_output_that_is_no_number_breaks_every_promise() -> None:
    results = list(promises(Toy(not_a_number, promised=1e300)))
    assert statuses(results) == {"wrong"}
    assert not any(isfinite(result.delivered or 0) for result in results)


@pytest.mark.parametrize("promised", [None, inf])
def test_no_promise_is_not_checked(promised: float | None) -> None:
    assert statuses(list(promises(Toy(not_a_number, promised=promised), list(sampled())[:2]))) == {"skipped"}
