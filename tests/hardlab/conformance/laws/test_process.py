"""Trials in processes of their own: each way of misbehaving is one line with its name, and none hangs."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from hardlab.conformance.laws.found import Fault
from hardlab.conformance.laws.process import GRACE, STEP, _longest, repeated, tried
from hardlab.conformance.laws.results import record_of_trial, results, verdict
from instances.faults import BadInput

MEMORY = 2**30
HERE = "tests.support.rules.hostile"

HOSTILE = (
    ("Sleeps", "timed out", "apply did not end"),
    ("Ends", "crashed", "exit code 3"),
    ("Changes", "changed its input", ""),
    ("Wavers", "not deterministic", ""),
    ("Gives", "crashed", "which is no Problem"),
    ("Grows", "timed out", "apply did not end"),
    ("Words", "crashed", "TypeError"),
    ("Leaves", "crashed", "SystemExit"),
    ("OfRaises", "crashed", "never asked"),
    ("Denies", "wrong NO", "NO"),
    ("Agrees", "wrong YES", "YES"),
    ("Halves", "wrong witness", "not accepted"),
    ("Answers", "crashed", "expected a Decision"),
    ("Loops", "timed out", "solve did not end"),
)


def trial(name: str, seconds: float = 3.0) -> Any:
    return tried(f"{HERE}:{name}", seconds, 1, 0.5, MEMORY)


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.parametrize(("name", "fault", "said"), HOSTILE, ids=[each[0] for each in HOSTILE])
def test_what_misbehaves_is_named(name: str, fault: str, said: str) -> None:
    found = trial(name)
    assert fault in [one.fault for one in found.faults]
    blamed = next(one for one in found.faults if one.fault == fault)
    assert said in f"{blamed.said} {blamed.found}"
    assert verdict(found) != "conformant"


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Same", "conformant"),
        ("Parity", "conformant"),
        ("OfEndless", "vacuous"),
        ("OfBoundless", "vacuous"),
        ("Shrugs", "vacuous"),
    ],
)
def test_what_is_right_is_conformant_where_it_was_tried(name: str, said: str) -> None:
    found = trial(name, 2.0)
    assert found.faults == []
    assert verdict(found) == said


@pytest.mark.slow
def test_without_instances_nothing_is_said() -> None:
    found = trial("OfUntold", 1.0)
    assert verdict(found) == "vacuous"
    assert all("there are no instances" in result.reason for result in results(found, ""))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["Nobody", "Even", "HOSTILE"])
def test_what_is_no_subject_is_refused(name: str) -> None:
    with pytest.raises(BadInput):
        trial(name)


@pytest.mark.slow
def test_a_counterexample_is_confirmed_and_another_is_not() -> None:
    found = trial("Denies")
    record = record_of_trial(found, seconds=1.0, versions={}, command="", seed=1)
    (given,) = [check["counterexample"] for check in record["checks"] if check["counterexample"]]
    assert record["verdict"] == "wrong NO"
    assert given["source"] == {"n": 8}
    assert repeated(given, 1.0, MEMORY)[0]
    holds, said = repeated({**given, "source": {"n": 6}}, 1.0, MEMORY)
    assert not holds
    assert "nothing of decides" in said
    with pytest.raises(BadInput, match="no instance"):
        repeated({**given, "source": {"m": 6}}, 1.0, MEMORY)


@pytest.mark.slow
def test_loading_may_take_longer_than_a_call(tmp_path: Path) -> None:
    (tmp_path / "slow_to_load.py").write_text(f"import time\ntime.sleep(0.7)\nfrom {HERE} import Same\n")
    assert tried("slow_to_load:Same", 1.0, 1, 0.3, MEMORY, tmp_path).faults == []


@pytest.mark.parametrize(("seconds", "timeout", "smaller"), [(60.0, 5.0, 10.0), (6.0, 0.5, 2.0), (12.0, 9.0, 9.0)])
def test_an_answer_may_take_a_step_a_call_and_what_makes_failures_smaller(
    seconds: float, timeout: float, smaller: float
) -> None:
    assert _longest(seconds, timeout) == STEP + smaller + timeout + GRACE


def test_faults_are_plain() -> None:
    fault = Fault("sound", "unsound", "it is", "Even", {"n": 1}, "Even(n=1)")
    assert Fault(**asdict(fault)) == fault
