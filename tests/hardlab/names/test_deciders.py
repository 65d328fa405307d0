"""Parameters in brackets after the name of an attention algorithm, on the command line; who decides where nobody is named."""

from pathlib import Path
from typing import Any

import pytest

from hardlab.names.deciders import algorithm_named, referee_of
from instances.brackets import fields_of
from instances.cnf import CNF
from instances.faults import BadInput
from reductions.edges.cnf_hamming import CnfHamming
from solvers.exhaustion import Exhaustion
from tests.support.calling import Caller
from tests.support.places import SAT

RUN = ("run", "instances/examples/worked-yes.cnf", "-q")


@pytest.mark.parametrize(("name", "shown"), [
    ("polynomial[error=1e-3]", "Polynomial(error=0.001, certificate='either')"),
    ("polynomial[]", "Polynomial(error=1e-06, certificate='either')"),
    ("taylor[ error = 0.5 ]", "Taylor(error=0.5, certificate='either')"),
    ("performer[features=8,orthogonal=false,seed=3]", "RandomFeatures(features=8, orthogonal=False, seed=3)"),
    ("softmax[precision=float32]", "Softmax(precision='float32')"),
    ("softmax32[]", "Softmax(precision='float32')"),
    ("certified-log[]", "Certified(logarithmic=True)"),
])  # fmt: skip
def test_parameters_are_taken(name: str, shown: str) -> None:
    assert repr(algorithm_named(name, None, "float64", 2**30)) == shown


def test_lists_of_numbers() -> None:
    assert fields_of(CnfHamming, "cnf-hamming", "split=1:2:5,seed=4") == {"split": (1, 2, 5), "seed": 4}


@pytest.mark.parametrize(("name", "says"), [
    ("polynomial[error=x]", "the value must be a number"),
    ("polynomial[error=0]", "must be a positive finite number"),
    ("polynomial[error=nan]", "must be a positive finite number"),
    ("polynomial[error]", "name=value"),
    ("polynomial[errors=1]", "did you mean error"),
    ("polynomial[error=1,error=2]", "given twice"),
    ("performer[features=1.5]", "a whole number"),
    ("performer[orthogonal=yes]", "true or false"),
    ("softmax[precision=int8]", "float64 or float32"),
    ("polynomial[error=1", "unknown algorithm"),
    ("polynomial[error=1],softmax[precision=float32]", "write one"),
])  # fmt: skip
def test_what_is_wrong_is_said_in_one_line(call: Caller, name: str, says: str) -> None:
    assert says in call(*RUN, "--algorithm", name).refusal()
    with pytest.raises(BadInput):
        algorithm_named(name, None, "float64", 2**30)


def test_boolean_decides_from_the_command_line(call: Caller) -> None:
    answer = call(*RUN, "--algorithm", "boolean")
    assert (answer.code, answer.out) == (0, "yes\n")
    answer = call("run", "instances/examples/worked-no.cnf", "-q", "--algorithm", "boolean")
    assert (answer.code, answer.out) == (0, "no\n")


SOLVER = """
from instances.cnf import CNF
from solvers import Sat


class Mine:
    key, problems = "mine", (CNF,)

    def solve(self, problem):
        return Sat().solve(problem)
"""


@pytest.mark.parametrize("verb", ["run", "decide"])
def test_a_solver_that_takes_the_formula_needs_no_chain(call: Caller, tmp_path: Path, verb: str) -> None:
    (tmp_path / "mine.py").write_text(SOLVER)
    for solver in ("cadical", f"{tmp_path}/mine.py:Mine"):
        record = call(verb, SAT, "--solver", solver, "--json").json
        assert (record["verdict"], record["chain"], len(record["stages"])) == ("yes", "", 1)
    assert "the chain ends in attention" in call(verb, SAT, "--solver", "cadical", "--chain", "auto").refusal()
    assert "the chain ends in attention" in call(verb, SAT, "--solver", "exhaustive-ov").refusal()


@pytest.mark.parametrize(("options", "says"), [
    (("--chain", "cnf"), "cnf is a problem, not a reduction: `hardlab chains cnf attention`"),
    (("--chain", "cnf-ov,hamming"), "hamming is a problem, not a reduction: `hardlab chains hamming attention`"),
    (("--chain", "attention"), "attention is a problem, not a reduction: `hardlab chains cnf attention`"),
    (("--chain", "cnf-oz"), "did you mean cnf-ov?"),
    (("--algorithm", "cadical"), "use --solver cadical"),
    (("--solver", "softmax"), "use --algorithm softmax"),
])  # fmt: skip
def test_words_for_something_else_are_told(call: Caller, options: tuple[str, str], says: str) -> None:
    for verb in ("run", "decide"):
        assert says in call(verb, SAT, *options).refusal()


class Graph:
    """A problem of somebody's, as far as its referee goes."""

    called = "a graph"
    referee: Any = None


class Deciding:
    """A referee of theirs."""

    problems = (CNF,)

    def solve(self, problem: Any) -> Any:
        return None


class Named(Deciding):
    key = "mine"


@pytest.mark.parametrize(
    ("named", "is_called"),
    [(Deciding, "the referee of a graph"), (Deciding(), "the referee of a graph"), (Named, "mine"), (Named(), "mine")],
)
def test_a_referee_of_theirs(named: Any, is_called: str) -> None:
    kind: Any = type("Kind", (Graph,), {"referee": named})
    assert referee_of(kind).key == is_called


def test_a_referee_that_is_ours() -> None:
    kind: Any = type("Kind", (Graph,), {"referee": "cadical"})
    assert isinstance(referee_of(Graph), Exhaustion)  # type: ignore[arg-type]
    assert referee_of(kind).key == "cadical"


@pytest.mark.parametrize("named", [7, Graph, Graph(), lambda problem: None, "softmax", "no such"])
def test_what_is_no_referee(named: Any) -> None:
    kind: Any = type("Kind", (Graph,), {"referee": named})
    with pytest.raises(BadInput, match=r"a graph has referee = |not a solver|no such"):
        referee_of(kind)
