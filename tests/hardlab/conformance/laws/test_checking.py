"""Trials in one's own tests."""

from typing import Any
from unittest import SkipTest

import pytest

from hardlab.conformance.laws import checking
from hardlab.conformance.laws.checking import LAWS, check_laws
from hardlab.conformance.laws.process import Tried
from hardlab.conformance.result import Result
from hardlab.work.limits import MEMORY
from instances.faults import BadInput

HERE = "tests.support.rules.hostile"


def said(name: str) -> dict[str, str]:
    """What each law comes to when it is called."""
    found = {}
    for law in check_laws(f"{HERE}:{name}", time=2.0, timeout=0.5, seed_of_check=3):
        try:
            law()
            found[str(law)] = "passed"
        except SkipTest:
            found[str(law)] = "skipped"
        except AssertionError:
            found[str(law)] = "failed"
    return found


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "failed", "passed"),
    [
        ("Same", set(), {"pure", "promise_is_kept", "size_is_exact", "complete", "sound"}),
        ("Changes", {"pure"}, set()),
        ("Parity", set(), {"decides", "witnesses"}),
        ("Denies", {"decides"}, {"witnesses"}),
        ("Ends", {"others"}, set()),
        ("Shrugs", {"decides"}, set()),
        ("OfEndless", {"sound"}, set()),
    ],
)
def test_each_law_says_its_own(name: str, failed: set[str], passed: set[str]) -> None:
    found = said(name)
    assert set(found) == {*LAWS, "others"}
    assert failed <= {law for law, what in found.items() if what == "failed"}
    assert passed <= {law for law, what in found.items() if what == "passed"}
    assert failed or not [law for law, what in found.items() if what == "failed"]


def found(monkeypatch: pytest.MonkeyPatch, *of: Result, met: bool = True) -> tuple[dict[str, str], list[Any]]:
    """What each law says of these results, and how the trial was asked for."""
    asked: list[Any] = []

    def tried(*given: Any) -> Tried:
        asked.append(given)
        return Tried("it", {"laws": ["pure", "sound", "size_is_exact"]})

    monkeypatch.setattr(checking, "tried", tried)
    monkeypatch.setattr(checking, "results", lambda found, command: [*of])
    monkeypatch.setattr(checking, "met", lambda found, law: met)
    said = {}
    for law in check_laws("a:b", time=3.0, timeout=2.0, memory=2**30, seed_of_check=7):
        try:
            law()
            said[str(law)] = "passed"
        except (AssertionError, SkipTest) as error:
            said[str(law)] = f"{type(error).__name__} {error}"
    return said, asked


def test_results_go_to_their_laws(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is of no law goes to the others; a law with a result that failed fails; one without any is skipped."""
    said, asked = found(
        monkeypatch,
        Result("pure", "passed", "so"), Result("sound/a", "passed", "so"), Result("sound/b", "wrong", "no"),
        Result("sound/c", "crashed", "ends"), Result("time/x", "timeout", "late"), Result("tight", "skipped", "for it"),
        Result("decides", "declined", "will not"),
    )  # fmt: skip
    assert asked == [("a:b", 3.0, 7, 2.0, 2**30, None)]
    nothing = {law: f"SkipTest {law} says nothing of it" for law in LAWS}
    assert said == {
        **nothing, "pure": "passed", "tight": "SkipTest for it", "decides": "SkipTest will not",
        "sound": "AssertionError sound/b is wrong: no; sound/c is crashed: ends (seed_of_check=7)",
        "others": "AssertionError time/x is timeout: late (seed_of_check=7)",
    }  # fmt: skip


def test_a_law_that_met_nothing_is_vacuous(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the laws that it has."""
    said, _ = found(monkeypatch, Result("pure", "skipped", "none was met"), Result("tight", "skipped", "none"), met=False)
    assert said["pure"] == "AssertionError pure is vacuous: none was met (seed_of_check=7)"
    assert said["sound"] == "AssertionError sound is vacuous: sound says nothing of it (seed_of_check=7)"
    assert said["tight"] == "SkipTest none"


def test_seeds_and_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "new_seed", lambda: 5)
    assert {law.seed for law in check_laws("a:b")} == {5}
    assert {law.seed for law in check_laws("a:b", seed_of_check=0)} == {0}
    assert [str(law) for law in check_laws("a:b")] == [*LAWS, "others"]
    asked: list[Any] = []

    def tried(*given: Any) -> Tried:
        asked.append(given)
        return Tried("it")

    monkeypatch.setattr(checking, "tried", tried)
    for law in check_laws("a:b"):
        with pytest.raises(SkipTest):
            law()
    assert asked == [("a:b", 10.0, 5, 5.0, MEMORY, None)]
    for given in ({"time": 0.0}, {"timeout": 0.0}, {"memory": 0}):
        with pytest.raises(BadInput):
            check_laws("a:b", **given)
