"""`run --page`, `decide --page`, and `report` of what `--json` stored, through the real command line."""

import json
from pathlib import Path

import pytest

from hardlab.runs.page.page import page_of_run
from tests.support.calling import Caller
from tests.support.places import EXAMPLES, SAT, UNSAT
from tests.support.reports import Page

YES, NO = EXAMPLES / "worked-yes.cnf", EXAMPLES / "worked-no.cnf"


@pytest.mark.parametrize(("file", "heading"), [(YES, "YES"), (NO, "NO"), (SAT, "YES"), (UNSAT, "NO")])
def test_a_run_writes_its_page_and_says_what_it_said(call: Caller, tmp_path: Path, file: Path, heading: str) -> None:
    written = tmp_path / "run.html"
    answer = call("run", file, "--page", written)
    assert answer.code == 0
    assert answer.out.splitlines()[:2] == call("run", file).out.splitlines()[:2]
    page = Page(written.read_text())
    assert page.text.startswith(heading)
    assert "h1" in page.tags


def test_a_stored_record_gives_the_same_page(call: Caller, tmp_path: Path) -> None:
    record, written = tmp_path / "r.json", tmp_path / "r.html"
    record.write_text(call("run", YES, "--json", "--page", tmp_path / "at-once.html").out)
    answer = call("report", record, "-o", written)
    assert (answer.code, answer.out.split(":")[0]) == (0, "YES")
    assert written.read_bytes() == (tmp_path / "at-once.html").read_bytes()
    assert written.read_text() == page_of_run(json.loads(record.read_text()))
    assert call("report", record, "-q").out == "yes\n"
    assert call("report", "-", "-o", written, stdin=record.read_bytes()).code == 0
    on_stdout = call("report", record, "-o", "-")
    assert on_stdout.out == written.read_text()
    assert on_stdout.err.startswith("YES: ")


@pytest.mark.parametrize("name", ["ov", "hamming", "balanced", "attention"])
@pytest.mark.parametrize("verdict", ["yes", "no"])
def test_decide_writes_a_page(call: Caller, stored: Path, tmp_path: Path, name: str, verdict: str) -> None:
    file, written = next(stored.glob(f"{name}-{verdict}.*")), tmp_path / "d.html"
    answer = call(
        "decide", file, "--algorithm", "logspace" if name in ("balanced", "attention") else "softmax", "--page", written
    )
    assert answer.code == 0
    assert Page(written.read_text()).text.startswith(f"{verdict.upper()}: ")


def test_what_cannot_be_is_refused_before_anything_runs(call: Caller, stored: Path, tmp_path: Path) -> None:
    formula = tmp_path / "f.cnf"
    formula.write_bytes(YES.read_bytes())
    missing = tmp_path / "nowhere" / "run.html"
    assert "nowhere" in call("run", formula, "--page", missing).refusal()
    assert "is an input" in call("run", formula, "--page", formula).refusal()
    assert "names no file" in call("run", formula, "--page", "").refusal()
    assert "name a file" in call("run", formula, "--page", "-").refusal()
    vectors = next(stored.glob("hamming-yes.*"))
    assert "--nearest" in call("decide", vectors, "--nearest", "--eps", 0.5, "--page", tmp_path / "n.html").refusal()
    assert formula.read_bytes() == YES.read_bytes()


def test_records_that_are_none_of_a_run(call: Caller, tmp_path: Path) -> None:
    record = json.loads(call("run", YES, "--json").out)
    bare, cut, odd = tmp_path / "bare.json", tmp_path / "cut.json", tmp_path / "odd.json"
    bare.write_text(json.dumps({**record, "stages": [{**stage, "picture": 3} for stage in record["stages"]]}))
    cut.write_text(json.dumps(record)[:-20])
    odd.write_text(json.dumps({key: value for key, value in record.items() if key != "verdict"}))
    for file, words in ((bare, "not all is what records hold"), (cut, "is not JSON"), (odd, "not all is what records hold")):
        assert words in call("report", file).refusal()
    assert "by itself" in call("report", bare, bare).refusal()
    assert "by itself" in call("report", bare, "--markdown", tmp_path / "x.md").refusal()
