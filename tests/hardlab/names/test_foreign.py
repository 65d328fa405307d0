"""Other people's algorithms and solvers: installed or named by hand, and never believed wrongly."""

import importlib.metadata
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from instances.dimacs import read
from instances.families import random_hamming
from instances.storage import save
from tests.support.calling import Caller, process
from tests.support.places import SAT, UNSAT

CHAINS = ("auto", "cnf-ov,ov-attention")

FUNCTIONS = '''
import sys
import numpy as np


def attention(Q, K, V, scale):
    S = scale * Q @ K.T
    W = np.exp(S - S.max(axis=1, keepdims=True))
    return W @ V / W.sum(axis=1, keepdims=True)


def nan(Q, K, V, scale):
    return np.full((len(Q), V.shape[1]), np.nan)


def one_nan(Q, K, V, scale):
    out = attention(Q, K, V, scale)
    out[-1, 0] = np.nan
    return out


def infinite(Q, K, V, scale):
    return np.full((len(Q), V.shape[1]), np.inf)


def flat(Q, K, V, scale):
    return attention(Q, K, V, scale)[:, 0]


def transposed(Q, K, V, scale):
    return attention(Q, K, V, scale).T


def too_few_rows(Q, K, V, scale):
    return attention(Q, K, V, scale)[:-1]


def ragged(Q, K, V, scale):
    return [[1.0]] * (len(Q) - 1) + [[1.0, 2.0]]


def nothing(Q, K, V, scale):
    return None


def text(Q, K, V, scale):
    return [["high"]] * len(Q)


def unreal(Q, K, V, scale):
    return attention(Q, K, V, scale) + 1j


def raises(Q, K, V, scale):
    raise RuntimeError("no kernel\\nfor this shape")


def exits(Q, K, V, scale):
    sys.exit(0)


def constant(Q, K, V, scale):
    return np.full((len(Q), V.shape[1]), 0.25)


def ones(Q, K, V, scale):
    return np.ones((len(Q), V.shape[1]))


def random(Q, K, V, scale):
    return np.random.default_rng(0).uniform(V.min(), V.max(), (len(Q), V.shape[1]))


def wrong_scale(Q, K, V, scale):
    return attention(Q, K, V, 1 / np.sqrt(Q.shape[1]))


def opposite(Q, K, V, scale):
    return attention(Q, K, V, -scale)


def rounded(X):
    """To the 8 bits of a bfloat16."""
    mantissa, exponent = np.frexp(X)
    return np.ldexp(np.round(mantissa * 256) / 256, exponent)


def bfloat16(Q, K, V, scale):
    S = rounded(scale * rounded(rounded(Q) @ rounded(K).T))
    W = rounded(np.exp(S - S.max(axis=1, keepdims=True)))
    return rounded(rounded(W @ rounded(V)) / rounded(W.sum(axis=1, keepdims=True)))


def writes(Q, K, V, scale):
    Q[:] = 0
    K *= 2
    return attention(Q, K, V, scale)


def looks(Q, K, V, scale):
    for X in (Q, K, V):
        assert X.ndim == 2 and X.flags.c_contiguous and not X.flags.writeable
        assert X.dtype == np.float64
    assert isinstance(scale, float) and len(K) == len(V) and Q.shape[1] == K.shape[1]
    return attention(Q, K, V, scale)


def looks32(Q, K, V, scale):
    assert {X.dtype for X in (Q, K, V)} == {np.dtype(np.float32)}
    return attention(Q, K, V, np.float32(scale))
'''

ALGORITHMS = '''
import numpy as np
from attention import Promise
from attention.exact.certified import certified_row
from plain_functions import attention


class Good:
    """Exact, and says so."""

    key = "good"
    logarithmic = False

    def promise(self, inputs):
        return Promise(0.0, 1e-9)

    def __call__(self, inputs):
        n, m = inputs.n, inputs.m
        return attention(inputs.queries(slice(0, n)), inputs.keys(slice(0, m)), inputs.V, inputs.scale)


class Between(Good):
    """Answers in the middle of V, where no row with such a promise can be."""

    key = "between"

    def __call__(self, inputs):
        return np.full((inputs.n, 1), (inputs.V.max() + inputs.V.min()) / 2 + 1e-3)


class Low(Good):
    """Answers the least value everywhere: NO to everything."""

    key = "low"

    def __call__(self, inputs):
        return np.full((inputs.n, 1), inputs.V.min())


class High(Good):
    """Answers the largest value everywhere: YES to everything."""

    key = "high"

    def __call__(self, inputs):
        return np.full((inputs.n, 1), inputs.V.max())


class Beyond(Good):
    """Answers more than every value."""

    key = "beyond"

    def __call__(self, inputs):
        return np.full((inputs.n, 1), 2 * inputs.V.max())


class Weak(Good):
    """Promises next to nothing."""

    key = "weak"

    def promise(self, inputs):
        return Promise(1e6, 0.0)


class Unlikely(Good):
    """Promises with a failure that is too large for NO."""

    key = "unlikely"

    def promise(self, inputs):
        return Promise(0.0, 1e-9, failure=0.01)


class Numbers(Good):
    """Gives numbers for a promise."""

    key = "numbers"

    def promise(self, inputs):
        return (0.0, 1e-9)


class Negative(Good):
    """Promises less than nothing."""

    key = "negative"

    def promise(self, inputs):
        return Promise(-1.0, 0.0)
'''


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A directory with the modules above; sys.path and sys.modules are as before afterwards."""
    found = tmp_path_factory.mktemp("plugins")
    (found / "plain_functions.py").write_text(FUNCTIONS)
    (found / "promising.py").write_text(ALGORITHMS)
    path = list(sys.path)
    yield found
    sys.path[:] = path
    for name in ("plain_functions", "promising"):
        sys.modules.pop(name, None)


def checked(record: dict[str, Any], file: Path) -> None:
    """The verdict is not wrong, and a YES has a model."""
    truth = "yes" if file == SAT else "no"
    assert record["oracle"] == truth
    assert record["verdict"] in (truth, "unknown")
    if record["verdict"] == "yes":
        assert read(file).accepts(tuple(int(literal > 0) for literal in record["model"]))


# --------------------------------------------------------------------------------------------- plain functions

FAULTS = {
    "nan": "not finite",
    "one_nan": "not finite",
    "infinite": "not finite",
    "flat": "gave shape",
    "transposed": "gave shape",
    "too_few_rows": "gave shape",
    "ragged": "raised ValueError",
    "nothing": "of type object",
    "text": "gave an array of type",
    "unreal": "complex",
    "raises": "raised RuntimeError: no kernel for this shape",
    "exits": "raised SystemExit",
    "writes": "read-only",
}


@pytest.mark.parametrize("chain", CHAINS)
@pytest.mark.parametrize("name", FAULTS)
@pytest.mark.parametrize("file", [SAT, UNSAT])
def test_faults_are_unknown_and_exit_1(call: Caller, folder: Path, file: Path, name: str, chain: str) -> None:
    words = ["run", file, "--chain", chain, "--algorithm", f"plain_functions:{name}", "--path", folder]
    answer = call(*words, "--json")
    record = answer.json
    checked(record, file)
    assert answer.code == 1
    assert (record["verdict"], record["agrees"], record["model"]) == ("unknown", None, None)
    assert FAULTS[name] in record["reason"]
    assert "\n" not in record["reason"]


@pytest.mark.parametrize("chain", CHAINS)
@pytest.mark.parametrize("name", ["attention", "looks", "constant", "ones", "random", "wrong_scale", "opposite", "bfloat16"])
@pytest.mark.parametrize("file", [SAT, UNSAT])
def test_without_a_promise_never_no_and_never_wrong(call: Caller, folder: Path, file: Path, name: str, chain: str) -> None:
    words = ["run", file, "--chain", chain, "--algorithm", f"plain_functions:{name}", "--path", folder]
    answer = call(*words, "--json")
    record = answer.json
    checked(record, file)
    assert answer.code == 0
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


@pytest.mark.parametrize("chain", CHAINS)
def test_trust_lets_no_stand_on_a_claim(call: Caller, folder: Path, chain: str) -> None:
    words = ["--chain", chain, "--algorithm", "plain_functions:attention", "--path", folder, "--json"]
    answer = call("run", UNSAT, *words, "--trust", 1e-6)
    record = answer.json
    assert (answer.code, record["verdict"], record["agrees"]) == (0, "no", True)
    assert record["reason"].startswith("NO if the claim that plain_functions:attention errs by at most 1e-06 holds: ")
    assert record["promise"] == {"absolute": 1e-6, "relative": 0.0, "failure": 0.0, "source": "user"}
    yes = call("run", SAT, *words, "--trust", 1e-6).json
    assert yes["verdict"] == "yes"
    assert "claim" not in yes["reason"]
    weak = call("run", UNSAT, *words, "--trust", 1e6)
    assert (weak.code, weak.json["verdict"]) == (0, "unknown")
    assert "too weak" in weak.json["reason"]


def test_trust_stands_in_for_the_promise_of_ours_too(call: Caller) -> None:
    record = call("run", UNSAT, "--algorithm", "softmax32", "--trust", 0.5, "--json").json
    assert record["verdict"] == "no"
    assert record["promise"]["source"] == "user"
    assert record["reason"].startswith("NO if the claim that softmax32 errs by at most 0.5 holds: ")
    assert "claim" not in call("run", UNSAT, "--algorithm", "softmax32", "--json").json["reason"]


@pytest.mark.parametrize("file", [SAT, UNSAT])
@pytest.mark.parametrize("name", FAULTS)
def test_trust_weakens_no_check(call: Caller, folder: Path, file: Path, name: str) -> None:
    words = ["run", file, "--algorithm", f"plain_functions:{name}", "--path", folder, "--trust", 1e-6, "--json"]
    answer = call(*words)
    checked(answer.json, file)
    assert answer.code == 1
    assert answer.json["verdict"] == "unknown"


@pytest.mark.parametrize("name", ["constant", "random"])
def test_a_trusted_answer_between_the_bands_breaks_the_claim(call: Caller, folder: Path, name: str) -> None:
    for file in (SAT, UNSAT):
        words = ["run", file, "--algorithm", f"plain_functions:{name}", "--path", folder, "--trust", 1e-6, "--json"]
        answer = call(*words)
        assert answer.code == 1
        assert answer.json["verdict"] == "unknown"
        assert "promise broken at row" in answer.json["reason"]


# --------------------------------------------------------------------------------- algorithms with a promise


@pytest.mark.parametrize("chain", CHAINS)
@pytest.mark.parametrize(("file", "verdict"), [(SAT, "yes"), (UNSAT, "no")])
def test_an_algorithm_that_keeps_its_promise_decides(call: Caller, folder: Path, chain: str, file: Path, verdict: str) -> None:
    answer = call("run", file, "--chain", chain, "--algorithm", "promising:Good", "--path", folder, "--json")
    record = answer.json
    checked(record, file)
    assert (answer.code, record["verdict"], record["agrees"]) == (0, verdict, True)
    assert record["algorithm"] == "promising:Good"
    assert record["promise"] == {"absolute": 0.0, "relative": 1e-9, "failure": 0.0, "source": "plug-in"}
    assert record["reason"].startswith("NO if the claim of promising:Good holds: ") == (verdict == "no")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Between", "promise broken at row 0"),
        ("Beyond", "promise broken at row 0"),
        ("Numbers", "promised a tuple, expected a Promise"),
        ("Negative", "raised BadInput"),
    ],
)
@pytest.mark.parametrize("file", [SAT, UNSAT])
def test_lies_that_show_are_faults(call: Caller, folder: Path, file: Path, name: str, said: str) -> None:
    answer = call("run", file, "--algorithm", f"promising:{name}", "--path", folder, "--json")
    checked(answer.json, file)
    assert answer.code == 1
    assert answer.json["verdict"] == "unknown"
    assert said in answer.json["reason"]


def test_yes_to_everything_is_found_out(call: Caller, folder: Path) -> None:
    answer = call("run", UNSAT, "--algorithm", "promising:High", "--path", folder, "--json")
    assert answer.code == 1
    assert answer.json["verdict"] == "unknown"
    assert "promise broken at row" in answer.json["reason"]


def test_no_to_everything_is_named_a_claim_and_refuted_by_the_oracle(call: Caller, folder: Path) -> None:
    words = ["--algorithm", "promising:Low", "--path", folder, "--measure", 1000, "--json"]
    answer = call("run", SAT, *words)
    assert answer.code == 1
    assert (answer.json["verdict"], answer.json["oracle"], answer.json["agrees"]) == ("unknown", "yes", None)
    assert answer.json["reason"].startswith("promise broken at row 0: promising:Low answered")
    assert answer.json["promise"]["source"] == "plug-in"
    assert answer.json["delivered"]["value"] > 1
    words[5:6] = ["0"]  # nothing is measured: the claim stands until the oracle speaks
    unseen = call("run", SAT, *words)
    assert (unseen.code, unseen.json["verdict"], unseen.json["agrees"]) == (1, "no", False)
    assert unseen.json["reason"].startswith("NO if the claim of promising:Low holds: ")
    assert call("run", SAT, *words[:-1]).out.count("DISAGREES") == 1
    for more in ((), ("--no-oracle",)):
        codes = call("run", SAT, *words[:-1], "--sat-codes", *more)
        assert (codes.code, codes.out) == (0, "s UNKNOWN\n")
    assert call("run", SAT, *words[:-1], "--no-oracle", "-q").out == "no if a claim holds\n"


def test_weak_and_unlikely_promises_cannot_say_no(call: Caller, folder: Path) -> None:
    for name, said in (("Weak", "too weak"), ("Unlikely", "may fail with 0.01")):
        answer = call("run", UNSAT, "--algorithm", f"promising:{name}", "--path", folder, "--json")
        assert answer.code == 0
        assert answer.json["verdict"] == "unknown"
        assert said in answer.json["reason"]
    assert call("run", SAT, "--algorithm", "promising:Unlikely", "--path", folder, "-q").out == "yes\n"


def test_path_is_all_that_is_added(call: Caller, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    (tmp_path / "beside_the_user.py").write_text("def f(Q, K, V, scale): return V")
    assert "No module named" in call("run", SAT, "--algorithm", "beside_the_user:f").refusal()
    before = list(sys.path)
    assert call("run", SAT, "--algorithm", "beside_the_user:f", "--path", tmp_path).code == 1
    assert [entry for entry in sys.path if entry not in before] == [str(tmp_path)]
    sys.modules.pop("beside_the_user")


# ------------------------------------------------------------------------------------- installed distributions

MODULE = '''
"""An attention function, an algorithm and a solver of somebody else."""

import numpy as np
from attention import Promise
from instances.vectors import GapHamming
from solvers import Decision, Verdict


def reference(Q, K, V, scale):
    S = scale * Q @ K.T
    W = np.exp(S - S.max(axis=1, keepdims=True))
    return W @ V / W.sum(axis=1, keepdims=True)


class Careful:
    key = "careful"
    logarithmic = False

    def promise(self, inputs):
        return Promise(1e-6, 1e-9)

    def __call__(self, inputs):
        return reference(inputs.queries(slice(0, inputs.n)), inputs.keys(slice(0, inputs.m)), inputs.V, inputs.scale)


class Pairs:
    key = "pairs"
    problems = (GapHamming,)

    def solve(self, problem):
        for i, a in enumerate(problem.A.bools()):
            for j, b in enumerate(problem.B.bools()):
                if (a != b).sum() <= problem.t:
                    return Decision(Verdict.YES, "seen", (i, j))
        return Decision(Verdict.NO, "looked at every pair")


class Guesser(Pairs):
    key = "guesser"

    def solve(self, problem):
        return Decision(Verdict.YES, "guessed", (0, 0))


class Denier(Pairs):
    key = "denier"

    def solve(self, problem):
        return Decision(Verdict.NO, "denied")


class Crasher(Pairs):
    key = "crasher"

    def solve(self, problem):
        raise ZeroDivisionError("crashed")


class Talker(Pairs):
    key = "talker"

    def solve(self, problem):
        return "yes"
'''

PROJECT = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "somebodys-plugins"
version = "3.1"

[tool.hatch.build.targets.wheel]
include = ["somebodys.py"]
"""

ENTRY_POINTS = {
    "hardlab.attention": {"reference": "somebodys:reference", "careful": "somebodys:Careful"},
    "hardlab.solvers": {name.lower(): f"somebodys:{name}" for name in ("Pairs", "Guesser", "Denier", "Crasher", "Talker")},
}


def handmade(site: Path, name: str, version: str, points: dict[str, dict[str, str]]) -> None:
    """A distribution of nothing but its metadata."""
    info = site / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    lines = [f"[{group}]\n" + "".join(f"{key} = {value}\n" for key, value in of.items()) for group, of in points.items()]
    (info / "entry_points.txt").write_text("\n".join(lines))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory into which the distribution is installed, by pip where hatchling can build it without a network."""
    source, site = tmp_path_factory.mktemp("somebodys"), tmp_path_factory.mktemp("site")
    if not {"hatchling", "pip"} <= {found.name.lower() for found in importlib.metadata.distributions()}:
        (site / "somebodys.py").write_text(MODULE)
        handmade(site, "somebodys-plugins", "3.1", ENTRY_POINTS)
        return site
    (source / "somebodys.py").write_text(MODULE)
    points = [
        f'[project.entry-points."{group}"]\n' + "".join(f'{key} = "{value}"\n' for key, value in of.items())
        for group, of in ENTRY_POINTS.items()
    ]
    (source / "pyproject.toml").write_text("\n".join([PROJECT, *points]))
    words = ["install", "--no-build-isolation", "--no-deps", "--no-index", "--disable-pip-version-check", "--quiet"]
    subprocess.run([sys.executable, "-m", "pip", *words, "--target", site, source], check=True, timeout=120)
    return site


@pytest.fixture
def plugged(site: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """With the distribution on the path."""
    monkeypatch.syspath_prepend(str(site))
    yield site
    sys.modules.pop("somebodys", None)


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


def test_an_installed_algorithm_decides(call: Caller, plugged: Path) -> None:
    for file, verdict in ((SAT, "yes"), (UNSAT, "no")):
        answer = call("run", file, "--algorithm", "careful", "--json")
        checked(answer.json, file)
        assert (answer.code, answer.json["verdict"], answer.json["promise"]["source"]) == (0, verdict, "plug-in")
        plain = call("run", file, "--algorithm", "reference", "--json")
        checked(plain.json, file)
        assert plain.json["verdict"] == ("yes" if verdict == "yes" else "unknown")


def test_an_installed_solver_decides_hamming(call: Caller, plugged: Path, tmp_path: Path) -> None:
    for yes in (True, False):
        save(random_hamming(12, 12, 30, seed=4, yes=yes), tmp_path / "h.npz")
        for file, chain in ((tmp_path / "h.npz", None), (SAT if yes else UNSAT, "cnf-hamming")):
            words = ["decide", file, "--solver", "pairs", "--json", *(["--chain", chain] if chain else [])]
            answer = call(*words)
            assert answer.code == 0
            assert answer.json["verdict"] == ("yes" if yes else "no")
            assert answer.json["reason"].startswith("NO if the claim of pairs holds: ") != yes


@pytest.mark.parametrize(
    ("solver", "said"),
    [
        ("guesser", "which is no witness"),
        ("crasher", "raised ZeroDivisionError: crashed"),
        ("talker", "gave a str, expected a Decision"),
    ],
)
def test_solvers_are_not_believed(call: Caller, plugged: Path, solver: str, said: str) -> None:
    for file in (SAT, UNSAT):
        answer = call("run", file, "--chain", "cnf-hamming", "--solver", solver, "--json")
        checked(answer.json, file)
        assert answer.code == 1
        assert answer.json["verdict"] == "unknown"
        assert said in answer.json["reason"]
    denied = call("run", SAT, "--chain", "cnf-hamming", "--solver", "denier", "--json")
    assert (denied.code, denied.json["agrees"]) == (1, False)
    assert denied.json["reason"] == "NO if the claim of denier holds: denied"


def test_the_nearest_name_may_be_a_plug_in(call: Caller, plugged: Path) -> None:
    assert "did you mean careful?" in call("run", SAT, "--algorithm", "carefull").refusal()
    assert "did you mean guesser?" in call("run", SAT, "--chain", "cnf-hamming", "--solver", "guessser").refusal()


def test_the_installed_command_finds_what_is_on_the_python_path(site: Path) -> None:
    listed = process("list", "solvers", "-q", PYTHONPATH=site)
    assert "pairs" in listed.out.split()
    answer = process("run", UNSAT, "--algorithm", "careful", "-q", PYTHONPATH=site)
    assert (answer.code, answer.out) == (0, "no if a claim holds\n")


# ----------------------------------------------------------------------------------- broken and repeated names

EDGE = """
from dataclasses import dataclass
from typing import ClassVar

from instances.vectors import GapHamming, OrthogonalVectors
from reductions.edges.ov_hamming import OvHamming
from reductions.reduction import Theorem


@dataclass(frozen=True)
class Again(OvHamming):
    key: ClassVar[str] = "ov-hamming-again"
    theorem: ClassVar[Theorem] = Theorem("the same once more", "nobody, Theorem 0")
"""


@pytest.fixture
def broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Two distributions with a good edge, and with everything wrong that an entry point can be."""
    (tmp_path / "another_edge.py").write_text(EDGE)
    (tmp_path / "falls_over.py").write_text("raise RuntimeError('falls over')")
    handmade(
        tmp_path,
        "good-edge",
        "1.0",
        {"hardlab.reductions": {"ov-hamming-again": "another_edge:Again"}, "hardlab.attention": {"twice": "json:dumps"}},
    )
    handmade(
        tmp_path,
        "bad-points",
        "0.1",
        {
            "hardlab.attention": {"softmax": "json:loads", "twice": "json:dumps", "gone": "not_there_at_all:f"},
            "hardlab.solvers": {"odd": "json", "falls": "falls_over:S"},
            "hardlab.reductions": {
                "missing-edge": "not_there_at_all:E",
                "no-edge": "json:loads",
                "falling-edge": "falls_over:E",
            },
        },
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path
    for name in ("another_edge", "falls_over"):
        sys.modules.pop(name, None)


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


def test_our_own_names_work_beside_broken_plug_ins(call: Caller, broken: Path) -> None:
    assert call("run", UNSAT, "-q").out == "no\n"
    assert "cannot be loaded" in call("run", SAT, "--chain", "no-such-edge").refusal()
    assert "repeats a name" in call("run", SAT, "--algorithm", "twice").refusal()


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


EVIL = """
from dataclasses import dataclass
from instances.bits import BitMatrix
from instances.cnf import CNF
from instances.vectors import GapHamming
from reductions.reduction import Reduction, Theorem

@dataclass(frozen=True)
class Evil(Reduction):
    mode: str = "no"
    key = "evil"
    source = CNF
    target = GapHamming
    theorem = Theorem("nothing fits", "nobody")
    def size(self, of): return {"n": 1, "m": 1, "d": 3, "t": 1, "t2": 3}
    def apply(self, problem):
        if self.mode == "raise":
            raise RuntimeError("boom")
        return None if self.mode == "none" else GapHamming(BitMatrix.of(["000"]), BitMatrix.of(["111"]), 1, 3)
    def forth(self, problem, witness): return witness
    def back(self, problem, witness): return witness
"""


def test_a_reduction_of_others_is_a_claim_too(call: Caller, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "evil_edge.py").write_text(EVIL)
    handmade(tmp_path, "evil-edge", "1.0", {"hardlab.reductions": {"evil": "evil_edge:Evil"}})
    monkeypatch.syspath_prepend(str(tmp_path))
    words = ["run", SAT, "--no-oracle", "--chain", "evil,hamming-attention"]
    answer = call(*words, "--json")
    assert answer.json["reason"].startswith("NO if the claim of evil holds: ")
    assert call(*words, "-q").out == "no if a claim holds\n"
    assert (call(*words, "--sat-codes").code, call(*words, "--sat-codes").out) == (0, "s UNKNOWN\n")
    for mode, said in (("raise", "with evil: RuntimeError: boom"), ("none", "with evil: AttributeError")):
        broken = call(*words[:-1], f"evil[mode={mode}],hamming-attention", "--json")
        assert broken.code == 1
        assert broken.json["error"].startswith(said)
