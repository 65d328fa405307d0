"""What a trial comes to in results, of trials that are made up: the order, the words, what says nothing, the verdict."""

import re
from itertools import pairwise
from typing import Any

import pytest

from hardlab.conformance.laws.found import Fault, Tally
from hardlab.conformance.laws.process import Tried
from hardlab.conformance.laws.results import KIND, NEEDED, SENTENCES, WORST, met, record_of_trial, results, verdict
from hardlab.conformance.result import Result

LAWS = ["pure", "promise_is_kept", "size_is_exact", "complete", "sound", "tight"]
ABOUT = {"kind": "reduction", "problems": ["ov"], "laws": LAWS, "tight": [], "source": "ov", "target": "far"}
COUNTS = {"complete accepted": 1234, "sound accepted": 7, "sound rejected": 3, "pure checked": 10, "size_is_exact checked": 5}


def found(**others: Any) -> Tried:
    tally = Tally(instances=1000, yes=400, no=600, of_laws=dict(COUNTS))
    for name in [name for name in others if hasattr(tally, name)]:
        setattr(tally, name, others.pop(name))
    return Tried("mine.py:Rule", **{"about": ABOUT, "tally": tally, **others})


def fault(name: str, law: str = "sound", **others: Any) -> Fault:
    given = {"problem": "OV", "source": {"x": 1}, "shown": "OV(x=1)", **others}
    return Fault(law, name, "said", **given)


def reasons(tried: Tried) -> dict[str, tuple[str, str]]:
    return {one.name: (one.status, one.reason) for one in results(tried, "again")}


def test_laws_that_hold_say_what_was_looked_at() -> None:
    said = "1,000 instances, 400 with a witness and 600 without one"
    assert reasons(found()) == {
        "pure": ("passed", f"{said}; 10 checked"),
        "promise_is_kept": ("passed", said),
        "size_is_exact": ("passed", f"{said}; 5 checked"),
        "complete": ("passed", f"{said}; 1,234 accepted"),
        "sound": ("passed", f"{said}; 7 accepted; 3 rejected"),
        "tight": ("skipped", "none is declared"),
    }


def test_what_else_is_said_of_them() -> None:
    more = found(
        declined=2000, undecided=4000, unknown=9, remarks={"growth": "grows", "pure": "clean", "limits": "rare", "tight": "t"}
    )
    said = reasons(more)
    declined = "2,000 others were declined, or are beyond its statement"
    assert said["pure"][1].endswith(f"; 10 checked; clean; {declined}")
    assert said["size_is_exact"][1].endswith(f"; 5 checked; grows; {declined}")
    assert said["complete"][1].endswith(f"; 1,234 accepted; {declined}")
    assert said["sound"][1].endswith(f"; {declined}; of 4,000 not all could be tried in the target, which names no referee")
    assert said["tight"] == ("skipped", "none is declared: t")
    declared = found(about={**ABOUT, "tight": ["t2"]}, remarks={"tight": "t2 cannot be moved"})
    assert reasons(declared)["tight"][1].endswith("600 without one; t2 cannot be moved")
    bounded = found(
        about={**ABOUT, "laws": ["size_is_bounded"]}, remarks={"growth": "grows", "size_is_bounded": "not attained"}
    )
    assert reasons(bounded)["size_is_bounded"][1].endswith("; not attained; grows")


SOLVER = {"kind": "solver", "problems": ["ov"], "laws": ["decides", "witnesses", "pure"]}


def test_solvers() -> None:
    tried = found(about=SOLVER, of_laws={"decides YES": 4, "decides NO": 6}, unknown=2, remarks={"limits": "l", "growth": "g"})
    said = "1,000 instances, 400 with a witness and 600 without one"
    assert reasons(tried) == {
        "decides": ("passed", f"{said}; 4 YES; 6 NO; l; g; UNKNOWN of 2"),
        "witnesses": ("passed", said),
        "pure": ("passed", said),
    }
    assert verdict(tried) == "conformant"


@pytest.mark.parametrize(
    ("about", "of_laws", "law", "said"),
    [
        (ABOUT, {}, "complete", "nothing was accepted on 1,000 instances: it says nothing"),
        (ABOUT, {"complete accepted": 1}, "sound", "nothing was accepted or rejected on 1,000 instances: it says nothing"),
        (
            ABOUT,
            {"complete accepted": 1, "sound accepted": 2},
            "sound",
            "nothing was rejected on 1,000 instances: it says nothing",
        ),
        (SOLVER, {"decides YES": 2, "decides NO": 0}, "decides", "nothing was NO on 1,000 instances: it says nothing"),
    ],
)
def test_a_law_that_looked_at_nothing_says_nothing(about: Any, of_laws: dict[str, int], law: str, said: str) -> None:
    tried = found(about=about, of_laws=of_laws)
    assert reasons(tried)[law] == ("skipped", said)
    assert not met(tried, law)
    assert verdict(tried) == "vacuous"
    assert set(NEEDED) == {"complete", "sound", "decides"}


def test_without_instances_nothing_is_met() -> None:
    none = found(instances=0, about={**ABOUT, "problems": ["ov", "far"]})
    assert not met(none, "pure")
    assert verdict(none) == "vacuous"
    assert set(reasons(none).values()) == {
        ("skipped", "there are no instances: ov, far has neither instances(limit) nor drawn(limit, seed)")
    }
    none.faults.append(fault("crashed", "instances"))
    assert reasons(none)["pure"] == ("skipped", "no instance came so far")
    assert verdict(Tried("x")) == "conformant"
    assert results(Tried("x"), "") == []


@pytest.mark.parametrize(("first", "second"), [*pairwise(WORST), ("slack in t2", "crashed"), ("slack", "new")])
def test_the_worst_comes_first(first: str, second: str) -> None:
    for order in ((first, second), (second, first)):
        tried = found(faults=[fault(name) for name in order])
        assert verdict(tried) == first.partition(" in ")[0]
        assert [one.name for one in results(tried, "")][:2] == [
            f"sound/{re.sub('[^a-z2A-Z]+', '-', name)}" for name in (first, second)
        ]
        assert "sound" not in reasons(tried)
        assert "complete" in reasons(tried)


def test_a_failure_with_all_that_is_known() -> None:
    one = fault("wrong way back", witness=[1, 2], target="T()", should="a witness", found="none", instances=12345, seconds=1.26)
    [result, *_] = results(found(faults=[one]), "hardlab check")
    assert result == Result(
        "sound/wrong-way-back",
        "wrong",
        "wrong way back: some witness of the target comes back as none; source: OV(x=1); target: T(); witness: (1, 2); "
        "should be: a witness; is: none; found after: 12,345 instances, 1.3 s",
        repeat="hardlab check",
        counterexample={
            "kind": KIND, "of": "mine.py:Rule", "law": "sound", "fault": "wrong way back", "problem": "OV", "source": {"x": 1},
            "witness": [1, 2],
        },
    )  # fmt: skip
    [result, *_] = results(found(faults=[fault("new", source=None, witness="w")]), "")
    assert result.counterexample is None
    assert result.reason == "new: ; source: OV(x=1); witness: w; found after: 0 instances, 0.0 s"


@pytest.mark.parametrize(
    ("name", "status"), [("crashed", "crashed"), ("timed out", "timeout"), ("slack", "wrong"), ("x", "wrong")]
)
def test_the_status_of_a_fault(name: str, status: str) -> None:
    assert results(found(faults=[fault(name)]), "")[0].status == status


def test_what_is_beyond_comes_last_and_decides_nothing() -> None:
    tried = found(beyond=[fault("crashed", shown="A()"), fault("unsound", shown="B()")])
    last = [(one.name, one.status) for one in results(tried, "")][-2:]
    assert last == [("odd/unsound", "beyond"), ("odd/crashed", "beyond")]
    assert results(tried, "")[-1].reason == (
        "crashed on A(), which is neither listed nor drawn: if that is no instance, let its class refuse it, else say "
        "all_are_instances = True there"
    )
    assert verdict(tried) == "conformant"


def test_the_record() -> None:
    tried = found(part="interrupted", faults=[fault("unsound")])
    record: Any = record_of_trial(tried, seconds=2.5, versions={"a": "1"}, command="again", seed=9)
    assert (record["target"], record["kind"], record["verdict"], record["part"]) == (
        "mine.py:Rule", "reduction", "unsound", "interrupted",
    )  # fmt: skip
    assert record["conventions"] == {"source": "ov", "target": "far"}
    assert (record["seconds"], record["versions"], record["command"], record["seed_of_check"]) == (2.5, {"a": "1"}, "again", 9)
    assert record["calls"] == 1000
    assert len(record["checks"]) == len(results(tried, "again"))
    empty: Any = record_of_trial(Tried("x"), seconds=0.0, versions={}, command="", seed=0)
    assert (empty["kind"], empty["conventions"], empty["calls"]) == ("", {}, 0)
    assert set(SENTENCES) == set(WORST)
