"""Jobs within their limits, with processes that are made up: which are kept for the next job, and what their ends come to."""

from typing import Any, ClassVar

import pytest

from hardlab.sweep import limits
from hardlab.sweep.limits import IDLE, STARTS, Limited, end_all
from hardlab.sweep.record import key_of
from hardlab.work.child import Gone
from hardlab.work.failure import Failure
from hardlab.work.limits import LOADING
from instances.faults import BadInput, Declined

JOB: Any = {"family": "x", "timeout": 5.0, "memory": 100}
CHECK: Any = {"target": "x", "timeout": 5.0, "memory": 100}


class Made:
    """A process that answers each request with what is told of it, or raises that."""

    made: ClassVar[list["Made"]]
    tells: ClassVar[Any]
    here: ClassVar[bool]

    def __init__(self, module: str, who: str, environment: Any) -> None:
        assert (module, who) == ("hardlab.sweep.job_process", "the job")
        assert set(environment.values()) == {"1"}
        self.asked: list[tuple[Any, float, int]] = []
        self.ends, self.process = 0, self
        type(self).made.append(self)

    def ask(self, request: Any, seconds: float, memory: int) -> Any:
        self.asked.append((request, seconds, memory))
        told: Any = {"environment": {"number": len(type(self).made)}} if request == {} else type(self).tells(request)
        if request == {} and not type(self).here:
            told = Gone(Failure("crashed", "gone"))
        if isinstance(told, BaseException):
            raise told
        return told

    def end(self) -> None:
        self.ends += 1


@pytest.fixture
def processes(monkeypatch: pytest.MonkeyPatch) -> type[Made]:
    class Here(Made):
        made: ClassVar[list[Made]] = []
        tells = staticmethod(lambda request: {"key": key_of(request["job"]), "status": "done"})
        here = True

    monkeypatch.setattr(limits, "Child", Here)
    monkeypatch.setattr(limits, "ended", lambda process, seconds: process.ends > 0)
    monkeypatch.setattr(limits, "_waiting", [])
    return Here


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    found = [1000.0]
    monkeypatch.setattr("hardlab.sweep.limits.time.monotonic", lambda: found[0])
    return found


def test_a_process_is_kept_for_the_next_job(processes: type[Made]) -> None:
    limited = Limited("folder", "one")
    for _ in range(3):
        record, environment = limited(JOB)
        assert (record["status"], environment) == ("done", {"number": 1})
    [process] = processes.made
    assert process.asked[0] == ({}, LOADING, 0)
    assert process.asked[1] == ({"job": JOB, "path": "folder"}, 5.0, 100)
    assert process.ends == 0
    end_all()
    assert (process.ends, limits._waiting) == (1, [])


def test_a_check_may_end_its_last_call(processes: type[Made]) -> None:
    Limited()(CHECK)
    assert processes.made[0].asked[1][1] == 10.0


@pytest.mark.parametrize(("idle", "again"), [(0.0, True), (IDLE / 2 - 0.01, True), (IDLE / 2, False), (IDLE, False)])
def test_a_process_that_is_about_to_end_itself_is_not_taken(
    idle: float, again: bool, processes: type[Made], now: list[float]
) -> None:
    limited = Limited(sweep="one")
    limited(JOB)
    now[0] += idle
    limited(JOB)
    assert (len(processes.made) == 1) == again
    assert (processes.made[0].ends == 0) == again


def test_processes_of_other_sweeps_are_ended(processes: type[Made]) -> None:
    Limited(sweep="one")(JOB)
    Limited(sweep="two")(JOB)
    assert [process.ends for process in processes.made] == [1, 0]
    processes.made[1].ends = 1
    Limited(sweep="two")(JOB)
    assert len(processes.made) == 3
    assert Limited().sweep != Limited().sweep


@pytest.mark.parametrize(("status", "kept"), [("done", 1), ("declined", 1), ("fault", 1), ("memory", 0), ("crashed", 0)])
def test_a_process_is_replaced_after_a_failure(status: str, kept: int, processes: type[Made]) -> None:
    processes.tells = staticmethod(lambda request: {"key": key_of(request["job"]), "status": status})
    record, _ = Limited()(JOB)
    assert record["status"] == status
    assert len(limits._waiting) == kept
    assert processes.made[0].ends == 1 - kept


@pytest.mark.parametrize("kind", ["timeout", "memory", "crashed"])
def test_the_end_of_a_process_is_a_record(kind: Any, processes: type[Made], now: list[float]) -> None:
    def tells(request: Any) -> Any:
        now[0] += 2.5
        return Gone(Failure(kind, "why"))

    processes.tells = staticmethod(tells)
    record, environment = Limited()(JOB)
    assert record == {"key": key_of(JOB), "job": JOB, "status": kind, "reason": "why", "seconds": 2.5}
    assert environment == {"number": 1}
    assert processes.made[0].ends == 1
    assert limits._waiting == []


def test_another_answer_is_no_record(processes: type[Made]) -> None:
    processes.tells = staticmethod(lambda request: {"key": "other", "status": "done"})
    record, _ = Limited()(JOB)
    assert (record["status"], record["reason"]) == ("crashed", "the job wrote into the pipe of its process")


def test_whoever_is_interrupted_leaves_no_process(processes: type[Made]) -> None:
    processes.tells = staticmethod(lambda request: KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        Limited()(JOB)
    assert processes.made[0].ends == 1
    assert limits._waiting == []


def test_another_process_is_started_where_one_ended_at_once(processes: type[Made], monkeypatch: pytest.MonkeyPatch) -> None:
    processes.here = False
    with pytest.raises(Declined, match=r"^no process for jobs can be started \(gone\): what is done is kept$"):
        Limited()(JOB)
    assert [process.ends for process in processes.made] == [1] * STARTS
    real = processes.ask

    def second(self: Made, request: Any, seconds: float, memory: int) -> Any:
        type(self).here = len(type(self).made) > STARTS + 1
        return real(self, request, seconds, memory)

    monkeypatch.setattr(processes, "ask", second)
    assert Limited()(JOB)[0]["status"] == "done"
    assert len(processes.made) == STARTS + 2


def test_where_the_system_starts_none_nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = []

    def none(*given: Any) -> Any:
        tried.append(given)
        raise OSError(11, "no more")

    monkeypatch.setattr(limits, "Child", none)
    monkeypatch.setattr(limits, "_waiting", [])
    with pytest.raises(Declined, match="no process for jobs can be started"):
        Limited()(JOB)
    assert len(tried) == 1


@pytest.mark.parametrize(
    ("told", "said"),
    [({}, ""), ({"cannot": None}, ""), ({"cannot": "x is not there"}, "x is not there"), (Gone(Failure("crashed", "y")), "y")],
)
def test_whether_jobs_can_be_loaded(told: Any, said: str, processes: type[Made]) -> None:
    processes.tells = staticmethod(lambda request: told)
    if said:
        with pytest.raises(BadInput) as caught:
            Limited("p").able([JOB, JOB])
        assert str(caught.value) == f"a job cannot be loaded there: {said}"
    else:
        Limited("p").able([JOB, JOB])
    [process] = processes.made
    assert process.asked[1] == ({"able": [JOB, JOB], "path": "p"}, LOADING, 0)
    assert process.ends == 1
    assert limits._waiting == []
