"""Somebody's problems and reductions at the command line: by module:object, by file, and installed."""

import json
from pathlib import Path

import pytest

from instances.storage import save
from reductions.reduction import Reduction
from tests.support.calling import Caller
from tests.support.plugins import handmade
from tests.support.rules.graphs import HamiltonianCircuit, HamiltonianPath, IndependentSet, PathCircuit
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


class Edges(HamiltonianPath):
    """A problem of the name of one of ours."""

    called = "ov"


class KeyOfOurs(PathCircuit):
    """A reduction of the key of one of ours."""

    key = "cnf-ov"


class NameOfOurs(Reduction[Edges, HamiltonianCircuit]):
    """A reduction from a problem of the name of one of ours."""

    key, theorem = "edges-circuit", PathCircuit.theorem
    size, apply, forth, back = PathCircuit.size, PathCircuit.apply, PathCircuit.forth, PathCircuit.back


@pytest.mark.parametrize("verb", [("chains", "cnf", "attention"), ("graph",)])
@pytest.mark.parametrize(
    ("named", "said"),
    [
        ("KeyOfOurs", "two reductions have the key cnf-ov, CnfOv and KeyOfOurs: keys name edges and must differ"),
        ("NameOfOurs", "two problems are called ov, OrthogonalVectors and Edges (of edges-circuit): give one of them another"),
    ],
)
def test_names_that_clash_are_one_line(call: Caller, verb: tuple[str, ...], named: str, said: str) -> None:
    refused = call(*verb, "--with", f"{__name__}:{named}")
    assert (refused.code, refused.out) == (2, "")
    assert refused.err.startswith(f"hardlab: {said}")
    assert refused.err.count("\n") == 1


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


ODD = """
from dataclasses import dataclass
from instances.cnf import CNF
from instances.problem import Problem
from reductions.reduction import Reduction

@dataclass(frozen=True)
class Words(Problem):
    n: int
    @property
    def size(self):
        return {"n": self.n}
    def accepts(self, witness):
        return witness == (1,) * self.n
    def witnesses(self):
        return iter(["0" * self.n, "1" * self.n])

class Raises(Words):
    @property
    def size(self):
        raise RuntimeError("it has none")

class Lists(Words):
    @property
    def size(self):
        return [self.n]

class Halves(Words):
    @property
    def size(self):
        return {"n": 0.5}

@dataclass(frozen=True)
class ToRaises(Reduction):
    source, target = CNF, Raises
    def size(self, of):
        return {"n": 1}
    def apply(self, problem):
        return Raises(1)
    def back(self, problem, witness):
        return (1,) * problem.n
    def forth(self, problem, witness):
        return (1,)

class Fails(ToRaises):
    def apply(self, problem):
        raise RuntimeError("no")
"""


@pytest.mark.parametrize(
    ("kind", "said"),
    [("Raises", "it has none"), ("Lists", "size gave [3], and it gives whole numbers"), ("Halves", "size gave {'n': 0.5}")],
)
def test_sizes_that_are_none(call: Caller, tmp_path: Path, kind: str, said: str) -> None:
    (tmp_path / "odd.py").write_text(ODD)
    (tmp_path / "x.json").write_text(f'{{"problem": "{kind}", "instance": {{"n": 3}}}}')
    assert said in call("decide", tmp_path / "x.json", "--kind", f"{tmp_path}/odd.py:{kind}").refusal()


def test_witnesses_that_are_none_do_not_decide(call: Caller, tmp_path: Path) -> None:
    (tmp_path / "odd.py").write_text(ODD)
    (tmp_path / "x.json").write_text('{"problem": "Words", "instance": {"n": 3}}')
    answer = call("decide", tmp_path / "x.json", "--kind", f"{tmp_path}/odd.py:Words", "--json").json
    assert answer["verdict"] == "unknown"
    assert "'000' is given as a witness, and a witness is a tuple of ints" in answer["reason"]


RAISING = {"ToRaises": "with ToRaises: RuntimeError: it has none", "Fails": "RuntimeError: no"}


@pytest.mark.parametrize(("rule", "said"), RAISING.items())
def test_what_a_reduction_raises_is_one_line(call: Caller, tmp_path: Path, rule: str, said: str) -> None:
    (tmp_path / "odd.py").write_text(ODD)
    (tmp_path / "x.cnf").write_text("p cnf 2 1\n1 2 0\n")
    for words in (("reduce", "-o", tmp_path / "o.json"), ("run", "--solver", "exhaustion")):
        answer = call(words[0], tmp_path / "x.cnf", "--chain", f"{tmp_path}/odd.py:{rule}", *words[1:])
        assert (answer.code, answer.out) != (0, "")
        assert said in answer.err
        assert "Traceback" not in answer.err
    assert not (tmp_path / "o.json").exists()


@pytest.mark.parametrize("name", ["called", "referee", "size", "short", "promised"])
def test_a_field_has_no_name_of_every_problem(name: str) -> None:
    with pytest.raises(TypeError, match=f"Own has a field {name}, which is a word of every Problem"):
        type("Own", (HamiltonianPath,), {"__annotations__": {name: int}})
    assert type("Own", (HamiltonianPath,), {"__annotations__": {"called": "ClassVar[str]"}, "called": "x"})


def test_names_of_ours_are_taken(call: Caller, tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(f'from {GRAPHS} import HamiltonianPath\nclass CNF(HamiltonianPath):\n    called = "cnf"\n')
    (tmp_path / "x.json").write_text('{"problem": "cnf", "instance": {}}')
    assert "one of the lab's own" in call("decide", tmp_path / "x.json", "--kind", f"{tmp_path}/own.py:CNF").refusal()


def test_all_kinds_are_told_apart() -> None:
    assert len({kind.called for kind in (HamiltonianPath, HamiltonianCircuit, IndependentSet, SubsetSum)}) == 4
