"""Somebody's problems and reductions at the command line: by module:object, by file, and installed."""

import json
from pathlib import Path

import pytest

from instances.storage import save
from tests.support.calling import Caller
from tests.support.plugins import handmade
from tests.support.rules.graphs import HamiltonianCircuit, HamiltonianPath, IndependentSet
from tests.support.rules.sums import SubsetSum

GRAPHS, SUMS = "tests.support.rules.graphs", "tests.support.rules.sums"
PATH = f"{GRAPHS}:HamiltonianPath"

LINE = HamiltonianPath(4, ((0, 1), (1, 2), (2, 3)))
STAR = HamiltonianPath(4, ((0, 1), (0, 2), (0, 3)))


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    save(LINE, tmp_path / "yes.json")
    save(STAR, tmp_path / "no.json")
    return tmp_path


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    points = {
        "hardlab.problems": {"HamiltonianPath": PATH, "SubsetSum": f"{SUMS}:SubsetSum", "lost": "not_there_at_all:P"},
        "hardlab.reductions": {"path-circuit": f"{GRAPHS}:PathCircuit"},
    }
    (tmp_path / "site").mkdir()
    handmade(tmp_path / "site", "own-problems", "1.0", points)
    monkeypatch.syspath_prepend(str(tmp_path / "site"))


@pytest.mark.parametrize("how", [("--kind", PATH), ("--chain", f"{GRAPHS}:PathCircuit")])
def test_an_instance_is_decided(call: Caller, stored: Path, how: tuple[str, str]) -> None:
    for file, problem in (("yes.json", LINE), ("no.json", STAR)):
        answer = call("decide", stored / file, *how, "--json").json
        assert answer["verdict"] == file.removesuffix(".json")
        assert answer["instance"] == problem.identity
        assert answer["algorithm"] == "exhaustion"
        assert answer["witness"] is None or problem.accepts(tuple(answer["witness"]))
        assert answer["claimed"] == (how[0] == "--chain" and file == "no.json")


def test_a_formula_goes_through_somebodys_reduction(call: Caller) -> None:
    for clauses, verdict in ((b"1 2 0\n-1 0\n", "yes"), (b"1 2 0\n-1 0\n-2 0\n", "no")):
        text = b"p cnf 2 %d\n" % clauses.count(b"\n") + clauses
        answer = call("run", "-", "--chain", f"{GRAPHS}:CnfIndependent", "--json", stdin=text)
        assert (answer.code, answer.json["verdict"], answer.json["agrees"]) == (0, verdict, True)
    assert answer.json["reason"].startswith("NO if the claim of cnf-independent holds: ")


def test_it_is_reduced_to_a_file(call: Caller, stored: Path) -> None:
    made = call("reduce", stored / "no.json", "--chain", f"{GRAPHS}:PathCircuit", "-o", stored / "circuit.json", "-q")
    assert made.out.startswith("HamiltonianCircuit ")
    held = json.loads((stored / "circuit.json").read_bytes())
    assert (held["problem"], held["metadata"]["source"]) == ("HamiltonianCircuit", STAR.identity)
    assert call("decide", stored / "circuit.json", "--kind", f"{GRAPHS}:HamiltonianCircuit", "-q").out == "no\n"


def test_a_file_names_no_code(call: Caller, stored: Path) -> None:
    said = call("decide", stored / "yes.json").refusal()
    assert "HamiltonianPath, which nobody knows here" in said
    (stored / "evil.json").write_text(json.dumps({"problem": PATH, "instance": LINE.as_json()}))
    assert "which nobody knows here" in call("decide", stored / "evil.json").refusal()


def test_an_installed_problem_is_known_by_its_name(call: Caller, stored: Path, installed: None) -> None:
    assert call("decide", stored / "yes.json", "-q").out == "yes\n"
    assert call("decide", stored / "no.json", "--chain", "path-circuit", "-q").out == "no if a claim holds\n"
    assert call("decide", stored / "no.json", "--kind", "HamiltonianPath", "-q").out == "no\n"


def test_it_is_a_node_of_the_graph(call: Caller, installed: None) -> None:
    answer = call("graph", "--json")
    assert {"HamiltonianPath", "HamiltonianCircuit", "SubsetSum"} <= set(answer.json["nodes"])
    assert "lost of own-problems 1.0: there is no module not_there_at_all" in answer.err
    assert '"HamiltonianPath" -> "HamiltonianCircuit" [label="path-circuit"]' in call("graph", "--dot").out
    assert all(f">{name}<" in call("graph", "--svg", "-").out for name in ("HamiltonianPath", "SubsetSum"))
    found = call("chains", "HamiltonianPath", "HamiltonianCircuit", "-q").out
    assert found == "path-circuit\n"


def test_it_is_listed(call: Caller, installed: None) -> None:
    listed = {item["name"]: item for item in call("list", "problems", "--json").json["problems"]}
    assert listed["HamiltonianPath"]["about"].startswith("YES iff the n >= 1 vertices stand in an order")
    assert listed["HamiltonianPath"]["from"] == "own-problems 1.0"
    assert listed["lost"]["problem"] == "there is no module not_there_at_all"
    assert listed["cnf"]["from"] == "hardness-lab"


def test_a_reduction_beside_those_installed(call: Caller, stored: Path) -> None:
    words = ("--with", f"{GRAPHS}:PathCircuit")
    assert "path-circuit" in call("graph", *words).out
    ends = (PATH, f"{GRAPHS}:HamiltonianCircuit")
    priced = call("chains", *ends, stored / "yes.json", *words, "--json").json["paths"]
    assert [path["chain"] for path in priced] == ["path-circuit"]
    assert [hop["actual"]["n"] for hop in priced[0]["hops"]] == [4, 5]


def test_a_referee_decides_where_nobody_is_named(call: Caller, tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(REFEREED)
    (tmp_path / "x.json").write_text('{"problem": "Own", "instance": {"n": 3, "edges": []}}')
    answer = call("decide", tmp_path / "x.json", "--kind", f"{tmp_path}/own.py:Own", "--json")
    assert (answer.json["algorithm"], answer.json["verdict"]) == ("judge", "no")
    assert answer.json["reason"] == "NO if the claim of judge holds: I say so"


REFEREED = f"""
from {GRAPHS} import HamiltonianPath
from solvers import Decision, Verdict


class Judge:
    key = "judge"
    problems = (HamiltonianPath,)

    def solve(self, problem):
        return Decision(Verdict.NO, "I say so")


class Own(HamiltonianPath):
    referee = Judge
"""

BAD = {
    "no class": (("decide", "{yes}", "--kind", "json:dumps"), "a problem is a class that inherits from Problem"),
    "not there": (("decide", "{yes}", "--kind", f"{GRAPHS}:Nothing"), "cannot be loaded: AttributeError"),
    "abstract": (("decide", "{yes}", "--kind", f"{GRAPHS}:Graph"), "lacks accepts"),
    "another": (("decide", "{yes}", "--kind", f"{GRAPHS}:HamiltonianCircuit"), "holds an instance of HamiltonianPath"),
    "thresholds": (("decide", "{yes}", "--kind", PATH, "--t", "3"), "leave them out"),
    "unknown kind": (("decide", "{yes}", "--kind", "HamiltonianPth"), "unknown kind 'HamiltonianPth'"),
    "other start": (("decide", "{yes}", "--kind", PATH, "--chain", f"{SUMS}:PartitionSubset"), "starts from Partition"),
    "no reduction": (("decide", "{yes}", "--kind", PATH, "--chain", PATH), "is not a Reduction class"),
    "wrong parameter": (("decide", "{yes}", "--chain", f"{GRAPHS}:PathCircuit[a=1]"), "unknown parameter"),
    "wrong solver": (("decide", "{yes}", "--kind", PATH, "--solver", "cadical"), "decides cnf"),
    "no suffix": (("reduce", "{yes}", "--chain", f"{GRAPHS}:PathCircuit", "-o", "{yes}.npz"), "is named .json"),
    "no edge": (("graph", "--with", "nothing"), "unknown reduction"),
    "no problem": (("chains", "cnf", "HamiltonianPath"), "unknown problem 'HamiltonianPath'"),
}


@pytest.mark.parametrize(("words", "said"), BAD.values(), ids=list(BAD))
def test_bad_input_is_one_line(call: Caller, stored: Path, words: tuple[str, ...], said: str) -> None:
    assert said in call(*(word.format(yes=stored / "yes.json") for word in words)).refusal()


def test_names_of_ours_are_taken(call: Caller, tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(f'from {GRAPHS} import HamiltonianPath\nclass CNF(HamiltonianPath):\n    called = "cnf"\n')
    (tmp_path / "x.json").write_text('{"problem": "cnf", "instance": {}}')
    assert "one of the lab's own" in call("decide", tmp_path / "x.json", "--kind", f"{tmp_path}/own.py:CNF").refusal()


def test_all_kinds_are_told_apart() -> None:
    assert len({kind.called for kind in (HamiltonianPath, HamiltonianCircuit, IndependentSet, SubsetSum)}) == 4
