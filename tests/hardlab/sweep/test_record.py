"""Jobs and records by their content."""

import hashlib
import json
from typing import Any

import pytest

from hardlab.sweep.record import (
    AGAIN,
    STATUSES,
    TIMES,
    canonical,
    failed,
    is_check,
    key_of,
    records_equal_but_for_times,
    timeless,
)

JOB: Any = {"family": "random-ksat", "parameters": {"n": 3, "é": True}, "chain": "auto", "timeout": 1.5, "algorithm": None}


def test_a_key_is_the_digest_of_the_one_text() -> None:
    text = '{"algorithm":null,"chain":"auto","family":"random-ksat","parameters":{"n":3,"\\u00e9":true},"timeout":1.5}'
    assert canonical(JOB) == text
    assert key_of(JOB) == hashlib.sha256(text.encode()).hexdigest()
    assert key_of(json.loads(json.dumps(dict(reversed(JOB.items()))))) == key_of(JOB)
    assert key_of({**JOB, "timeout": 2.5}) != key_of(JOB)
    with pytest.raises(ValueError, match="JSON"):
        canonical(float("nan"))


def test_a_job_that_checks_has_a_target() -> None:
    assert is_check({"target": ""})
    assert not is_check(JOB)


def test_a_record_without_a_decision() -> None:
    assert failed(JOB, "crashed", "why", 2.0) == {
        "key": key_of(JOB), "job": JOB, "status": "crashed", "reason": "why", "seconds": 2.0,
    }  # fmt: skip


def test_records_without_their_times() -> None:
    record = {"a": [{"seconds": 1.0, "b": {"warm": True, "c": 2}}], "decide_seconds": 3.0, "d": ["seconds"]}
    assert timeless(record) == {"a": [{"b": {"c": 2}}], "d": ["seconds"]}
    assert set(TIMES) == {"seconds", "decide_seconds", "warm"}
    assert set(AGAIN) < set(STATUSES)
    assert set(STATUSES) - set(AGAIN) == {"done", "declined", "bad"}


@pytest.mark.parametrize(
    ("others", "same"),
    [
        ([{"x": 2, "seconds": 9.0}, {"x": 1}], True),
        ([{"x": 1}, {"x": 2}, {"x": 2}], False),
        ([{"x": 1}], False),
        ([{"x": 1}, {"x": 3}], False),
    ],
)
def test_the_same_records_in_any_order(others: list[dict[str, Any]], same: bool) -> None:
    assert records_equal_but_for_times([{"x": 1, "warm": True}, {"x": 2}], others) == same
