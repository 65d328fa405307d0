"""What is shown of reductions and solvers on trial: in a terminal, as Markdown, as a page."""

from typing import Any

import pytest

from hardlab.conformance.laws.found import Fault, Tally
from hardlab.conformance.laws.process import Tried
from hardlab.conformance.laws.results import record_of_trial, verdict
from hardlab.conformance.report.markdown import markdown
from hardlab.conformance.report.page import page_of_checks
from hardlab.conformance.report.terminal import text_of_checks

ABOUT = {
    "kind": "reduction",
    "problems": ["Cover"],
    "source": "Cover",
    "target": "Set",
    "tight": [],
    "laws": ["pure", "complete", "sound", "tight"],
}
MET = {"pure checked": 9, "complete accepted": 5, "sound accepted": 5, "sound rejected": 4}

UNSOUND = Fault(
    "sound", "unsound", "", "Cover", {"n": 1}, "Cover(n=1, k=0)", "Set(n=1; k=1)", [0], "NO: it has none",
    "the target accepts (0,)", 7, 0.25,
)  # fmt: skip


def record(faults: list[Fault], met: dict[str, int], beyond: tuple[Fault, ...] = (), **more: Any) -> Any:
    tally = Tally(instances=9, yes=5, no=4, of_laws=met, **more)
    found = Tried("cover.py:Rule", ABOUT, tally, faults, list(beyond))
    return record_of_trial(found, seconds=1.5, versions={}, command="hardlab check cover.py:Rule", seed=3)


def test_a_failure_is_shown_a_fact_a_line() -> None:
    said = text_of_checks([record([UNSOUND], MET)], False, False)
    assert said.startswith("Unsound: a NO becomes a YES: cover.py:Rule from Cover to Set\n")
    lines = [line.strip() for line in said.splitlines()]
    assert "sound/unsound is wrong: unsound: a NO becomes a YES" in lines
    for fact in (
        "source:      Cover(n=1, k=0)",
        "target:      Set(n=1; k=1)",
        "witness:     (0,)",
        "should be:   NO: it has none",
        "is:          the target accepts (0,)",
        "found after: 7 instances, 0.2 s",
    ):
        assert fact in lines


def test_a_law_says_what_it_was_held_against() -> None:
    said = text_of_checks([record([], MET)], False, False)
    assert said.startswith("Conformant: cover.py:Rule")
    assert "sound     1 passed: 9 instances, 5 with a witness and 4 without one; 5 accepted; 4 rejected" in said
    assert "tight     1 skipped: none is declared" in said


def test_what_was_left_out_is_said() -> None:
    said = text_of_checks([record([], MET, declined=3, undecided=2)], False, False)
    assert "3 others were declined, or are beyond its statement" in " ".join(said.split())
    assert "of 2 not all could be tried in the target, which names no referee" in " ".join(said.split())


@pytest.mark.parametrize(
    ("missing", "law"), [("complete accepted", "complete"), ("sound accepted", "sound"), ("sound rejected", "sound")]
)
def test_what_decides_must_be_met(missing: str, law: str) -> None:
    met = {name: count for name, count in MET.items() if name != missing}
    found = record([], met)
    assert found["verdict"] == "vacuous"
    (said,) = [check["reason"] for check in found["checks"] if check["name"] == law]
    assert said == f"nothing was {missing.split()[1]} on 9 instances: it says nothing"
    assert verdict(Tried("x", ABOUT, Tally(instances=9, of_laws=MET))) == "conformant"


def test_what_is_beyond_does_not_decide() -> None:
    found = record([], MET, (UNSOUND,))
    assert found["verdict"] == "conformant"
    said = "unsound on Cover(n=1, k=0), which is neither listed nor drawn: if that is no instance, let its class refuse it"
    assert said in text_of_checks([found], False, False)


def test_many_are_a_table_and_those_that_fail() -> None:
    good, bad = record([], MET), record([UNSOUND], MET)
    said = text_of_checks([good, bad], True, False)
    first, *_, failed = said.split("\n\n", 1)
    assert first.splitlines()[0].split() == [
        "target",
        "verdict",
        "between",
        "passed",
        "instances",
        "failed",
        "first",
        "failure",
    ]
    assert [line.split("  ")[0] for line in first.splitlines()[1:]] == ["cover.py:Rule"] * 2
    assert failed.startswith("Unsound")
    assert "Conformant: cover.py:Rule" not in said
    assert text_of_checks([good, bad], True, True) == "cover.py:Rule conformant\ncover.py:Rule unsound"


def test_pages_and_markdown_have_the_facts() -> None:
    bad = record([UNSOUND], MET)
    html, text = page_of_checks([bad]), markdown([bad])
    assert "<code>Set(n=1; k=1)</code></td>" in html
    assert "- target: Set(n=1; k=1)" in text
    assert text.startswith("# Reductions and solvers on trial")
    for both in (page_of_checks([bad, record([], MET)]), markdown([bad, record([], MET)])):
        assert "first failure" in both
        assert "where it ends" not in both
        assert "Reductions and solvers on trial" in both
    assert "the target" in html
