"""Other people's algorithms and solvers, named by hand: kept at arm's length, and never believed wrongly."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support.calling import Caller
from tests.support.places import SAT, UNSAT
from tests.support.plugins import CHAINS, FAULTS, checked


def decided(call: Caller, file: Path, chain: str, name: str, folder: Path, code: int) -> Any:
    """The record of a run with an algorithm of `plain_functions`, which claims no more than is so, and its exit code."""
    answer = call("run", file, "--chain", chain, "--algorithm", f"plain_functions:{name}", "--path", folder, "--json")
    checked(answer.json, file)
    assert answer.code == code
    return answer.json


@pytest.mark.parametrize("chain", CHAINS)
@pytest.mark.parametrize("name", FAULTS)
@pytest.mark.parametrize("file", [SAT, UNSAT])
def test_faults_are_unknown_and_exit_1(call: Caller, folder: Path, file: Path, name: str, chain: str) -> None:
    record = decided(call, file, chain, name, folder, 1)
    assert (record["verdict"], record["agrees"], record["model"]) == ("unknown", None, None)
    assert FAULTS[name] in record["reason"]
    assert "\n" not in record["reason"]


@pytest.mark.parametrize("chain", CHAINS)
@pytest.mark.parametrize("name", ["attention", "looks", "constant", "ones", "random", "wrong_scale", "opposite", "bfloat16"])
@pytest.mark.parametrize("file", [SAT, UNSAT])
def test_without_a_promise_never_no_and_never_wrong(call: Caller, folder: Path, file: Path, name: str, chain: str) -> None:
    record = decided(call, file, chain, name, folder, 0)
    assert record["verdict"] != "no"
    assert record["promise"]["source"] is None
    if name in ("attention", "looks"):
        assert record["verdict"] == ("yes" if file == SAT else "unknown")
        assert record["delivered"]["log10"] < -9
    elif name != "wrong_scale":
        assert record["delivered"]["log10"] > -9
    if record["verdict"] == "unknown":
        assert "makes no promise" in record["reason"]
        assert record["agrees"] is None


def test_single_precision_copies(call: Caller, folder: Path) -> None:
    words = ["run", SAT, "--path", folder, "--json", "--algorithm"]
    record = call(*words, "plain_functions:looks32", "--dtype", "float32").json
    assert record["verdict"] == "yes"
    assert -12 < record["delivered"]["log10"] < -3
    assert call(*words, "plain_functions:looks32").code == 1


# --------------------------------------------------------------------------------------------- kept at arm's length

HOSTILE = '''
import numpy as np
from attention import Promise, Softmax
from instances.cnf import CNF
from solvers import Decision, Verdict

class Base:
    key = "softmax\\nYES: fake"
    logarithmic = False
    def promise(self, inputs): return Promise(1e-6, 0.0)
    def __call__(self, inputs): return Softmax()(inputs)

class Vandal(Base):
    """Makes every value the largest one, in the inputs that it was given, and answers accordingly."""
    def __call__(self, inputs):
        inputs.V.flags.writeable = True
        inputs.V[:] = inputs.V.max()
        object.__setattr__(inputs, "V", inputs.V)
        inputs.__dict__["exact"] = None
        return np.full((inputs.n, 1), inputs.V.max())

class ArrayExits:
    def __array__(self, *args, **kwargs): raise SystemExit(0)

def array_exits(Q, K, V, scale): return ArrayExits()
def generator_exits(Q, K, V, scale): raise GeneratorExit("bye")
class Odd(BaseException):
    def __str__(self): raise RuntimeError("no text")
def odd_error(Q, K, V, scale): raise Odd()

class KeyExits(Base):
    @property
    def key(self): raise SystemExit(0)

class Unlikely(Base):
    def promise(self, inputs): return Promise(1e-6, 0.0, 1.0)
    def __call__(self, inputs): return np.full((inputs.n, 1), inputs.V.min())

class Fickle(Base):
    """Promises much, then nothing, then raises; answers NO to everything."""
    asked = 0
    def promise(self, inputs):
        self.asked += 1
        if self.asked > 2: raise RuntimeError("enough")
        return Promise(1e-3, 0.0) if self.asked == 1 else Promise(float("inf"), 0.0)
    def __call__(self, inputs): return np.full((inputs.n, 1), inputs.V.min())

class Typed(Base):
    def promise(self, inputs): return Promise(np.float32(1e-3), np.float32(0))

class Forger:
    """Replaces the formula by one that any assignment satisfies."""
    problems = (CNF,)
    def solve(self, problem):
        object.__setattr__(problem, "clauses", ())
        return Decision(Verdict.YES, "look:\\nit fits", (0,) * problem.n)

class WrongVerdict(Forger):
    def solve(self, problem): return Decision("no", "r")

class WrongProblems(Forger):
    problems = "cnf"
'''


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    (tmp_path / "hostile.py").write_text(HOSTILE)
    return tmp_path


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Vandal", "promise broken at row"),
        ("Fickle", "promise broken at row"),
        ("array_exits", "raised SystemExit: 0"),
        ("generator_exits", "raised GeneratorExit: bye"),
        ("odd_error", "raised Odd: (no message: its text raises)"),
    ],
)
def test_hostile_algorithms_reach_neither_the_instance_nor_the_exit(call: Caller, hostile: Path, name: str, said: str) -> None:
    for verb in ("run", "decide"):
        answer = call(verb, UNSAT, "--algorithm", f"hostile:{name}", "--path", hostile, "--json")
        assert (answer.code, answer.json["verdict"]) == (1, "unknown")
        assert said in answer.json["reason"]


def test_a_plug_in_goes_by_the_name_that_the_user_gave(call: Caller, hostile: Path) -> None:
    for name in ("Base", "KeyExits", "Typed"):
        answer = call("run", SAT, "--algorithm", f"hostile:{name}", "--path", hostile, "--json")
        assert (answer.code, answer.json["verdict"], answer.json["algorithm"]) == (0, "yes", f"hostile:{name}")


def test_a_promise_that_may_fail_finds_no_nearest_pair(call: Caller, hostile: Path, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    np.savez(tmp_path / "own.npz", A=rng.random((9, 40)) < 0.5, B=rng.random((9, 40)) < 0.5)
    words = ["decide", tmp_path / "own.npz", "--nearest", "--eps", 0.5, "--algorithm", "hostile:Unlikely", "--path", hostile]
    assert "may fail with 1" in call(*words).refusal()


@pytest.mark.parametrize(("name", "said"), [("Forger", "which is no witness of CNF"), ("WrongVerdict", "gave a Decision")])
def test_hostile_solvers_are_not_believed(call: Caller, hostile: Path, name: str, said: str) -> None:
    words = ["--chain", "", "--solver", f"hostile:{name}", "--path", hostile, "--no-oracle", "--json"]
    answer = call("run", UNSAT, *words)
    assert (answer.code, answer.json["verdict"]) == (1, "unknown")
    assert said in answer.json["reason"]
    assert "\n" not in answer.json["reason"]


def test_solvers_name_their_problems(call: Caller, hostile: Path) -> None:
    words = ["--chain", "", "--solver", "hostile:WrongProblems", "--path", hostile]
    assert "names its problem types in a tuple" in call("run", UNSAT, *words).refusal()


def test_trust_and_measure_are_checked(call: Caller) -> None:
    assert (
        "leave it out" in call("run", SAT, "--chain", "cnf-hamming", "--solver", "exhaustive-hamming", "--trust", 5).refusal()
    )
    assert "--measure -1" in call("run", SAT, "--measure", -1).refusal()


@pytest.mark.parametrize("verb", ["run", "decide", "check", "sweep"])
def test_another_signature_is_told_which_is_wanted(call: Caller, tmp_path: Path, verb: str) -> None:
    (tmp_path / "mine.py").write_text("def torchlike(query, key, value, attn_mask=None):\n    return value\n")
    name = f"{tmp_path}/mine.py:torchlike"
    (tmp_path / "grid.toml").write_text(f'[[grid]]\nfamily = "random-ksat"\nvars = 4\nclauses = 9\nalgorithm = "{name}"\n')
    words = {"check": (name,), "sweep": (tmp_path / "grid.toml", "-o", tmp_path / "RUN.db")}
    refusal = call(verb, *words.get(verb, (SAT, "--algorithm", name))).refusal()
    assert f"{name} has 'attn_mask' where scale belongs, and takes (query, key, value, attn_mask=None)" in refusal
    assert "a function f(Q, K, V, scale) -> (n, v)" in refusal
