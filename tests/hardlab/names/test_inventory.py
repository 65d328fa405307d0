"""What is installed, listed and drawn: good, broken and repeated names."""

import json
import sys
from pathlib import Path

import pytest

from tests.support.calling import Caller
from tests.support.places import UNSAT
from tests.support.plugins import EDGE, handmade


def test_list_shows_what_is_installed_without_importing_it(call: Caller, plugged: Path) -> None:
    record = call("list", "--json").json
    theirs = {item["name"]: item for part in ("algorithms", "solvers") for item in record[part] if "somebodys" in item["from"]}
    assert set(theirs) == {"reference", "careful", "pairs", "guesser", "denier", "crasher", "talker"}
    assert {item["from"] for item in theirs.values()} == {"somebodys-plugins 3.1"}
    assert all(item["problem"] is None for item in theirs.values())
    assert theirs["careful"]["about"] == "somebodys:Careful"
    assert "somebodys" not in sys.modules
    out = call("list", "algorithms").out
    assert "somebodys-plugins 3.1" in out
    assert out.index("softmax") < out.index("careful")


def test_broken_and_repeated_entry_points_are_reported(call: Caller, broken: Path) -> None:
    answer = call("list", "--json")
    record = answer.json
    assert answer.code == 0
    wrong = {(item["name"], item["from"]): item["problem"] for part in record.values() for item in part if item.get("problem")}
    assert "stands twice" in wrong["softmax", "bad-points 0.1"]
    assert "stands twice" in wrong["twice", "good-edge 1.0"]
    assert "stands twice" in wrong["twice", "bad-points 0.1"]
    assert "no module not_there_at_all" in wrong["gone", "bad-points 0.1"]
    assert "not_there_at_all" in wrong["missing-edge", "bad-points 0.1"]
    assert "not a Reduction class" in wrong["no-edge", "bad-points 0.1"]
    assert "falls over" in wrong["falling-edge", "bad-points 0.1"]
    assert ("ov-hamming-again", "good-edge 1.0") not in wrong
    assert not any(name == "falls" for name, _ in wrong)
    text = call("list")
    assert text.code == 0
    assert "problem: gone of bad-points 0.1: there is no module not_there_at_all" in text.out


def test_graph_draws_the_good_edges_and_names_the_bad(call: Caller, broken: Path) -> None:
    answer = call("graph")
    assert answer.code == 0
    assert "ov-hamming-again" in answer.out
    assert "the same once more" in answer.out
    assert "no-edge" in answer.err
    assert "ov-hamming-again" in call("graph", "--svg", "-").out


def test_an_installed_problem_is_told_by_its_own_words(call: Caller, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    points = {"even": "tests.support.rules.hostile:Even", "odd": "tests.support.rules.hostile:Nothing"}
    handmade(tmp_path, "good-problem", "1.0", {"hardlab.problems": points})
    monkeypatch.syspath_prepend(str(tmp_path))
    found = {record["name"]: record for record in call("list", "problems", "--json").json["problems"]}
    assert (found["even"]["about"], found["even"]["title"]) == ("Is n even? A witness is half of it.", "Even")
    assert (found["even"]["from"], found["even"]["problem"]) == ("good-problem 1.0", None)
    assert found["odd"]["problem"]
    assert found["odd"]["title"] == ""


def test_an_installed_edge_is_a_path(call: Caller, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "another_edge.py").write_text(EDGE)
    handmade(tmp_path, "good-edge", "1.0", {"hardlab.reductions": {"ov-hamming-again": "another_edge:Again"}})
    monkeypatch.syspath_prepend(str(tmp_path))
    chain = "cnf-ov,ov-hamming-again[gadget=single],hamming-attention"
    assert call("run", UNSAT, "--chain", chain, "-q").out == "no if a claim holds\n"
    assert "cnf-ov,ov-hamming-again,hamming-attention" in call("chains", "cnf", "attention", "-q").out.splitlines()
    listed = json.loads(call("list", "reductions", "--json").out)["reductions"][-1]
    assert listed["from"] == "good-edge 1.0"
    assert listed["theorem"] == "nobody, Theorem 0"
    assert "ov-hamming-again" in call("graph", "--dot").out
    sys.modules.pop("another_edge", None)
