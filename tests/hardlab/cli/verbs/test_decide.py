"""`hardlab decide` through the real command line: stored instances, own vectors, and the nearest pair."""

import re
from pathlib import Path

import numpy as np
import pytest

from instances.bits import BitMatrix
from instances.cnf import CNF
from instances.dimacs import read
from instances.families import random_hamming
from instances.storage import load, save
from instances.task import AttentionTask
from instances.vectors import BalancedHamming, FarHamming, GapHamming, OrthogonalVectors, ThresholdProduct
from reductions.graph import paths
from solvers.nearest import too_far
from tests.support.calling import Caller
from tests.support.paths import SEEING
from tests.support.places import EXAMPLES, SAT, UNSAT

# ----------------------------------------------------------------------------------------------------- decide


def least(A: BitMatrix, B: BitMatrix) -> int:
    return int((A.bools()[:, None] != B.bools()[None]).sum(axis=2).min())


@pytest.mark.parametrize("verdict", ["yes", "no"])
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("ov", []),
        ("ov", ["--chain", "ov-hamming,hamming-attention"]),
        ("ov", ["--solver", "exhaustive-ov"]),
        ("ov", ["--chain", "ov-hamming", "--solver", "exhaustive-hamming"]),
        ("hamming", []),
        ("hamming", ["--algorithm", "softmax32"]),
        ("hamming", ["--solver", "exhaustive-hamming"]),
        ("hamming", ["--solver", "hamming-balls"]),
        ("balanced", ["--algorithm", "logspace"]),
        ("balanced", ["--solver", "exhaustive-hamming"]),
        ("attention", ["--algorithm", "logspace"]),
        ("attention", ["--algorithm", "certified-log"]),
    ],
)
def test_decide_stored_instances(call: Caller, stored: Path, name: str, verdict: str, words: list[str]) -> None:
    file = next(stored.glob(f"{name}-{verdict}.*"))
    answer = call("decide", file, *words, "--json")
    record = answer.json
    problem = load(file)
    assert answer.code == 0
    assert record["verdict"] == verdict
    assert record["instance"] == problem.identity
    assert record["stages"][0]["problem"] == name
    assert record["model"] is None
    assert all("picture" in stage for stage in record["stages"])  # what the page of the record shows
    assert (record["witness"] is not None) == (verdict == "yes")
    if verdict == "yes":
        assert problem.reaches(tuple(record["witness"]))
    if "--solver" in words and "--chain" not in words:
        assert record["chain"] == ""
        assert record["promise"] is None
    assert call("decide", file, *words, "-q").out == f"{verdict}\n"


def test_decide_takes_formulas_and_families_like_run(call: Caller) -> None:
    record = call("decide", SAT, "--json").json
    assert (record["verdict"], record["oracle"], record["agrees"]) == ("yes", "yes", True)
    assert read(SAT).accepts(tuple(int(literal > 0) for literal in record["model"]))
    words = ["--family", "random-hamming", "--set", "n=20", "--set", "m=20", "--set", "d=40", "--seed", 3]
    for yes in ("true", "false"):
        record = call("decide", *words, "--set", f"yes={yes}", "--json").json
        assert record["verdict"] == {"true": "yes", "false": "no"}[yes]
        assert record["seed"] == 3
    assert call("decide", UNSAT, "--solver", "cadical", "-q").out == "no\n"


def test_decide_text_shows_the_witness(call: Caller, stored: Path) -> None:
    out = call("decide", stored / "ov-yes.npz").out
    witness = re.search(r"^witness: (\d+) (\d+)$", out, re.MULTILINE)
    assert witness is not None
    assert load(stored / "ov-yes.npz").accepts((int(witness[1]), int(witness[2])))
    assert call("decide", stored / "ov-no.npz").out.startswith("NO: ")


@pytest.fixture
def own(tmp_path: Path) -> tuple[Path, BitMatrix, BitMatrix]:
    """A user's own file: A and B and nothing else."""
    rng = np.random.default_rng(5)
    A, B = rng.integers(0, 2, (30, 24)), rng.integers(0, 2, (33, 24))
    np.savez(tmp_path / "own.npz", A=A, B=B)
    return tmp_path / "own.npz", BitMatrix.of(A), BitMatrix.of(B)


def test_own_vectors_are_completed_by_options(call: Caller, own: tuple[Path, BitMatrix, BitMatrix]) -> None:
    file, A, B = own
    minimum = least(A, B)
    answer = call("decide", file, "--t", minimum, "--t2", minimum + 1, "--json")
    assert answer.json["verdict"] == "yes"
    assert answer.json["instance"] == GapHamming(A, B, minimum, minimum + 1).identity
    assert answer.json["stages"][0]["size"] == {"n": 30, "m": 33, "d": 24, "t": minimum, "t2": minimum + 1}
    i, j = answer.json["witness"]
    assert int((A.bools()[i] != B.bools()[j]).sum()) == minimum
    assert call("decide", file, "--t", minimum - 1, "--t2", minimum, "-q").out == "no\n"
    by_eps = call("decide", file, "--t", minimum, "--eps", 0.5, "--solver", "exhaustive-hamming", "--json").json
    assert by_eps["instance"] == GapHamming.with_eps(A, B, minimum, 0.5).identity
    for kind in ("ov", "OrthogonalVectors"):
        orthogonal = call("decide", file, "--kind", kind, "--json").json
        assert orthogonal["instance"] == OrthogonalVectors(A, B).identity
        truth = bool((A.bools().astype(int) @ B.bools().astype(int).T == 0).any())
        assert orthogonal["verdict"] == ("yes" if truth else "no")
    words = ["decide", "-", "--t", minimum - 1, "--t2", minimum, "-q"]
    assert call(*words, stdin=file.read_bytes()).out == "no\n"


def test_own_balanced_vectors(call: Caller, tmp_path: Path) -> None:
    half = np.array([[0, 1, 1, 0], [1, 1, 0, 0]])
    np.savez(tmp_path / "half.npz", A=half, B=1 - half)
    record = call("decide", tmp_path / "half.npz", "--kind", "balanced", "--t", 2, "--t2", 3, "--json").json
    assert record["instance"] == BalancedHamming(BitMatrix.of(half), BitMatrix.of(1 - half), 2, 3).identity
    assert record["chain"] == "balanced-attention"
    assert record["verdict"] == "yes"


def test_own_vectors_and_the_questions_of_keles(call: Caller, own: tuple[Path, BitMatrix, BitMatrix]) -> None:
    file, A, B = own
    products = A.bools().astype(int) @ B.bools().astype(int).T
    farthest = int((A.bools()[:, None] != B.bools()[None]).sum(axis=2).max())
    largest = int(products.max())
    for t, verdict in ((largest, "yes"), (largest + 1, "no")):
        record = call("decide", file, "--kind", "product", "--t", t, "--json").json
        assert record["instance"] == ThresholdProduct(A, B, t).identity
        assert record["verdict"] == verdict
        words = ["decide", file, "--kind", "product", "--t", t, "--chain", "product-exp", "-q", "--algorithm"]
        assert call(*words, "certified-log").out == f"{verdict}\n"
        assert "computes softmax attention, this is exp" in call(*words, "softmax").refusal()
    for t, verdict in ((farthest, "yes"), (farthest + 1, "no")):
        record = call("decide", file, "--kind", "far", "--t", t, "--t2", t - 1, "--json").json
        assert record["instance"] == FarHamming(A, B, t, t - 1).identity
        assert record["verdict"] == verdict
    assert "in 1..d" in call("decide", file, "--kind", "product", "--t", 99).refusal()


@pytest.mark.parametrize("chain", [chain.keys for chain in paths(CNF, AttentionTask)])
@pytest.mark.parametrize(("name", "verdict"), [("worked-yes", "yes"), ("worked-no", "no")])
def test_every_path_on_the_command_line(call: Caller, chain: str, name: str, verdict: str) -> None:
    algorithm = "certified" if chain.endswith(("hamming-attention", "product-softmax", *SEEING)) else "certified-log"
    answer = call("run", EXAMPLES / f"{name}.cnf", "--chain", chain, "--algorithm", algorithm)
    assert answer.code == 0
    assert answer.out.startswith(verdict.upper())
    assert f"CaDiCaL says {verdict} (agrees)" in answer.out


# ---------------------------------------------------------------------------------------------------- nearest


@pytest.mark.parametrize("eps", [0.2, 0.5, 1.5])
@pytest.mark.parametrize(
    "words", [[], ["--chain", "hamming-balanced,balanced-attention", "--algorithm", "logspace"], ["--algorithm", "certified"]]
)
def test_nearest_finds_a_pair_that_is_near_enough(
    call: Caller, own: tuple[Path, BitMatrix, BitMatrix], eps: float, words: list[str]
) -> None:
    file, A, B = own
    answer = call("decide", file, "--nearest", "--eps", eps, *words, "--json")
    record, minimum = answer.json, least(A, B)
    i, j = record["pair"]
    assert answer.code == 0
    assert record["distance"] == int((A.bools()[i] != B.bools()[j]).sum())
    assert record["at_least"] <= minimum <= record["distance"] < (1 + eps) * minimum
    assert (record["minimum"], record["holds"]) == (minimum, True)
    assert record["asked"][0]["t"] == 0
    assert {"t", "yes", "by"} == set(record["asked"][1])
    assert any(ask["yes"] for ask in record["asked"])
    assert call("decide", file, "--nearest", "--eps", eps, *words, "-q").out == f"{i} {j} {record['distance']}\n"


def test_nearest_of_stored_instances_and_families(call: Caller, tmp_path: Path) -> None:
    problem = random_hamming(20, 25, 30, seed=2)
    save(problem, tmp_path / "h.npz")
    from_file = call("decide", tmp_path / "h.npz", "--nearest", "--eps", 0.4, "--json").json
    options = [word for name, value in (("n", 20), ("m", 25), ("d", 30)) for word in ("--set", f"{name}={value}")]
    from_family = call("decide", "--family", "random-hamming", *options, "--seed", 2, "--nearest", "--eps", 0.4, "--json").json
    assert from_file["pair"] == from_family["pair"]
    assert from_file["minimum"] == least(problem.A, problem.B)
    streamed = call("decide", "-", "--nearest", "--eps", 0.4, "-q", stdin=(tmp_path / "h.npz").read_bytes())
    assert streamed.out.split()[:2] == [str(value) for value in from_file["pair"]]


def test_nearest_of_equal_vectors(call: Caller, tmp_path: Path) -> None:
    rows = np.random.default_rng(1).integers(0, 2, (6, 20))
    np.savez(tmp_path / "equal.npz", A=rows[:4], B=rows[3:])
    record = call("decide", tmp_path / "equal.npz", "--nearest", "--eps", 1, "--json").json
    assert (record["pair"], record["distance"], record["minimum"], record["holds"]) == ([3, 0], 0, 0, True)


def test_nearest_text_and_no_oracle(call: Caller, own: tuple[Path, BitMatrix, BitMatrix]) -> None:
    file, A, B = own
    out = call("decide", file, "--nearest", "--eps", 0.5).out
    assert f"the least distance of all pairs is {least(A, B)}: the guarantee holds" in out
    assert "Hamming balls" in out
    assert "softmax" in out
    record = call("decide", file, "--nearest", "--eps", 0.5, "--no-oracle", "--json").json
    assert record["minimum"] is record["holds"] is None


LIES = """
import numpy as np

def always_no(Q, K, V, scale):
    return np.full((len(Q), V.shape[1]), -np.abs(V).max())

def always_yes(Q, K, V, scale):
    return np.full((len(Q), V.shape[1]), np.abs(V).max())
"""


def test_nearest_by_a_lie_is_a_failure(call: Caller, own: tuple[Path, BitMatrix, BitMatrix], tmp_path: Path) -> None:
    (tmp_path / "nearest_lies.py").write_text(LIES)
    words = ["decide", own[0], "--nearest", "--eps", 0.1, "--path", tmp_path, "--trust", 1e-6, "--json", "--algorithm"]
    wrong = call(*words, "nearest_lies:always_no")
    assert wrong.code == 1
    assert (wrong.json["pair"], wrong.json["holds"]) == (None, None)
    assert "answered that there is no pair nearer than" in wrong.json["reason"]
    broken = call(*words, "nearest_lies:always_yes")
    assert broken.code == 1
    assert broken.json["pair"] is None
    assert "answered YES at t = 2" in broken.json["reason"]
    assert call(*words[:-2], "--algorithm", "nearest_lies:always_yes").out.startswith("UNKNOWN: ")


@pytest.mark.parametrize(
    ("distance", "minimum", "eps", "far"),
    [(0, 0, 1, False), (1, 0, 9, True), (11, 10, 0.1, True), (10, 10, 0.1, False), (14, 10, 0.5, False), (15, 10, 0.5, True)],
)
def test_too_far_is_at_least_one_plus_eps_times_the_minimum(distance: int, minimum: int, eps: float, far: bool) -> None:
    assert too_far(distance, minimum, eps) is far
