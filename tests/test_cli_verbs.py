"""`hardlab decide`, `reduce`, `chains`, `list` and `graph` through the real command line."""

import re
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hardlab.names.chains import chain as chain_named
from instances.bits import BitMatrix
from instances.cnf import CNF
from instances.dimacs import read
from instances.families import random_hamming, random_ksat, random_ov
from instances.memory import MEMORY_BUDGET
from instances.storage import load, save
from instances.task import AttentionTask
from instances.vectors import BalancedHamming, FarHamming, GapHamming, OrthogonalVectors, ThresholdProduct
from reductions.chain import Chain
from reductions.graph import paths
from reductions.ours import REDUCTIONS
from reductions.pricing import actual, bounds, priced
from solvers.nearest import too_far
from tests.calling import COMMAND, EXAMPLES, Caller
from tests.toys import CnfCases

SAT = EXAMPLES / "random-20-sat.cnf"
UNSAT = EXAMPLES / "random-20-unsat.cnf"

VERBS = ("run", "decide", "reduce", "chains", "list", "graph", "verify", "replay", "check")


@pytest.mark.parametrize("verb", VERBS)
def test_help_has_an_example(call: Caller, verb: str) -> None:
    answer = call(verb, "--help")
    assert answer.code == 0
    assert f"hardlab {verb}" in answer.out.split("Example")[1]
    assert "--json" in answer.out


def test_without_a_verb_there_is_help(call: Caller) -> None:
    answer = call()
    assert answer.code == 0
    assert all(f"\n  {verb} " in answer.out for verb in VERBS)


# ----------------------------------------------------------------------------------------------------- decide


def least(A: BitMatrix, B: BitMatrix) -> int:
    return int((A.bools()[:, None] != B.bools()[None]).sum(axis=2).min())


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Instances of every problem: for YES and NO, from OV to attention."""
    folder = tmp_path_factory.mktemp("stored")
    steps = chain_named("cnf-ov,ov-hamming,hamming-balanced,balanced-attention").steps
    for verdict, file in (("yes", EXAMPLES / "worked-yes.cnf"), ("no", EXAMPLES / "worked-no.cnf")):
        trace = Chain(steps).trace(read(file))
        for stage, name in zip(trace[1:], ("ov", "hamming", "balanced", "attention"), strict=True):
            save(stage.problem, folder / f"{name}-{verdict}{'.safetensors' if name == 'attention' else '.npz'}")
    return folder


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
    algorithm = "certified" if chain.endswith(("hamming-attention", "product-softmax")) else "certified-log"
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


# ----------------------------------------------------------------------------------------------------- reduce


@pytest.mark.parametrize(
    ("chain", "name", "kind"),
    [
        ("cnf-ov", "o.npz", OrthogonalVectors),
        ("cnf-hamming", "h.npz", GapHamming),
        ("cnf-hamming,hamming-balanced", "b.npz", BalancedHamming),
        ("auto", "a.safetensors", AttentionTask),
        ("cnf-ov,ov-attention[R0=4]", "a.npz", AttentionTask),
        ("", "copy.cnf.gz", CNF),
    ],
)
def test_reduce_writes_the_target_with_its_history(call: Caller, tmp_path: Path, chain: str, name: str, kind: type) -> None:
    answer = call("reduce", SAT, "--chain", chain, "-o", tmp_path / name, "--json")
    record, written = answer.json, load(tmp_path / name)
    formula = read(SAT)
    assert answer.code == 0
    assert type(written) is kind
    assert written.identity == record["instance"] == chain_named(chain).trace(formula)[-1].problem.identity
    assert record["source"] == formula.identity
    assert record["stages"][-1]["size"] == dict(written.size)
    assert str(tmp_path / name) in record["command"]
    if name.endswith(".npz"):
        metadata = str(np.load(tmp_path / name)["metadata"])
        assert formula.identity in metadata
        assert "hardlab reduce" in metadata


def test_reduce_to_standard_output_and_on_to_decide() -> None:
    pipe = f"{COMMAND} reduce {UNSAT} --chain cnf-hamming -o - | {COMMAND} decide - -q"
    done = subprocess.run(pipe, shell=True, capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (0, b"no\n")
    assert b"written to -" in done.stderr


def test_reduce_shows_the_stages(call: Caller, tmp_path: Path) -> None:
    out = call("reduce", SAT, "--chain", "cnf-hamming", "-o", tmp_path / "h.npz").out
    assert "n=20 m=85 k=3" in out
    assert f"written to {tmp_path / 'h.npz'}" in out
    family = ["reduce", "--family", "random-ksat", "--vars", 8, "--clauses", 20, "--k", 3, "--seed", 4]
    record = call(*family, "--chain", "cnf-ov", "-o", tmp_path / "o.npz", "--json").json
    assert record["source"] == random_ksat(8, 20, 3, seed=4).identity
    assert record["seed"] == 4


def test_reduce_refuses_disjunctions(call: Caller, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hardlab.names.chains.reductions", lambda: (*REDUCTIONS, CnfCases))
    refused = call("reduce", SAT, "--chain", "cnf-cases,cnf-ov", "-o", tmp_path / "o.npz").refusal()
    assert "cnf-cases makes a disjunction" in refused
    assert not list(tmp_path.iterdir())
    answer = call("run", SAT, "--chain", "cnf-cases,cnf-hamming,hamming-attention", "--json")
    assert (answer.json["verdict"], answer.json["agrees"]) == ("yes", True)


# ----------------------------------------------------------------------------------------------------- chains


def hop(path: dict[str, Any], problem: str) -> dict[str, Any]:
    found: dict[str, Any] = next(hop for hop in path["hops"] if hop["problem"] == problem)
    return found


def test_chains_lists_every_path_with_its_price(call: Caller) -> None:
    record = call("chains", "cnf", "attention", "--vars", 12, "--clauses", 51, "--k", 3, "--seeds", 3, "--json").json
    assert [path["chain"] for path in record["paths"]] == [chain.keys for chain in paths(CNF, AttentionTask)]
    assert record["size"] == {"n": 12, "m": 51, "k": 3}
    assert record["seeds"] == [0, 1, 2]
    formulas = [random_ksat(12, 51, 3, seed=seed) for seed in range(3)]
    for path in record["paths"]:
        assert (path["declined"] is not None) == ("ov-gap" in path["chain"] or "product-softmax" in path["chain"])
        if path["declined"] is not None:
            continue
        traces = [chain_named(path["chain"]).trace(formula) for formula in formulas]
        for place, found in enumerate(path["hops"]):
            for letter, bound in traces[0][place].size.items():
                mean = sum(trace[place].size[letter] for trace in traces) / 3
                assert found["actual"][letter] == pytest.approx(mean)
                assert found["bound"][letter] >= mean if letter != "t2" else bound
            if found["problem"] == "attention":
                tasks = [trace[place].problem for trace in traces]
                exponents = [task.additive.log10 for task in tasks if isinstance(task, AttentionTask)]
                assert found["actual"]["margin_log10"] == pytest.approx(sum(exponents) / 3)
                B = sum(trace[place].constants["B"] for trace in traces) / 3
                assert found["actual"]["B"] == pytest.approx(B)
            memory = sum(type(trace[place].problem).memory(trace[place].size) for trace in traces) / 3
            assert found["actual"]["bytes"] == pytest.approx(memory)


def test_chains_of_a_file(call: Caller, stored: Path) -> None:
    record = call("chains", "cnf", "hamming", SAT, "--json").json
    auto, _, pair, _ = record["paths"]
    assert "ov-gap" in record["paths"][1]["declined"]
    trace = chain_named("cnf-hamming").trace(read(SAT))
    size = trace[-1].size
    found = hop(auto, "hamming")
    assert {letter: found["actual"][letter] for letter in size} == dict(size)
    assert found["actual"]["eps"] == 2 / size["t"]
    assert found["actual"]["pairs"] == size["n"] * size["m"]
    assert found["bound"]["n"] == 2**10
    assert hop(pair, "hamming")["bound"] == hop(pair, "hamming")["actual"]
    assert hop(pair, "hamming")["bound"]["t"] == 43
    record = call("chains", "hamming", "attention", stored / "hamming-no.npz", "--json").json
    assert {path["chain"] for path in record["paths"]} == {
        "hamming-attention", "hamming-gaussian", "hamming-kde", "hamming-sink", "hamming-balanced,balanced-attention",
    }  # fmt: skip
    task = chain_named("hamming-attention").trace(load(stored / "hamming-no.npz"))[-1].problem
    assert isinstance(task, AttentionTask)
    assert hop(record["paths"][0], "attention")["actual"]["margin"] == pytest.approx(task.additive.value)


def test_chains_given_with_parameters(call: Caller) -> None:
    words = ["chains", "cnf", "hamming", "--vars", 12, "--clauses", 51, "--k", 3, "--seeds", 2, "--seed", 5]
    single = call(*words, "--chain", "cnf-ov,ov-hamming[gadget=single]", "--chain", "cnf-hamming", "--json").json
    assert [path["chain"] for path in single["paths"]] == ["cnf-ov,ov-hamming[gadget=single]", "cnf-hamming"]
    keles, ours = (hop(path, "hamming")["actual"] for path in single["paths"])
    assert (keles["n"], keles["d"], keles["t"], keles["eps"]) == (64, 153, 51, 2 / 51)
    sizes = [chain_named("cnf-hamming").trace(random_ksat(12, 51, 3, seed=seed))[-1].size for seed in (5, 6)]
    assert ours["n"] == sum(size["n"] for size in sizes) / 2
    assert single["seeds"] == [5, 6]


def test_bounds_need_no_instance(call: Caller) -> None:
    record = call("chains", "cnf", "attention", "--vars", 60, "--ratio", 4.26, "--k", 3, "--seeds", 0, "--json").json
    for path in record["paths"]:
        if "ov-gap" in path["chain"] or "product-softmax" in path["chain"]:
            assert path["declined"]
            continue
        assert path["declined"] is None
        assert all(hop["actual"] is None for hop in path["hops"])
        sizes = chain_named(path["chain"]).sizes(record["size"])
        assert [hop["bound"]["n"] for hop in path["hops"]] == [size["n"] for size in sizes]
    out = call("chains", "cnf", "attention").out
    assert "Williams" in out
    assert call("chains", "cnf", "attention", "-q").out.splitlines()[0] == "cnf-hamming,hamming-attention"


def test_a_path_that_declines_says_why_and_the_others_show(call: Caller) -> None:
    words = ["chains", "cnf", "attention", "--vars", 40, "--ratio", 2, "--k", 3, "--seeds", 1, "--memory", "64K"]
    answer = call(*words, "--json")
    filtering, listing = (
        next(path for path in answer.json["paths"] if path["chain"] == chain)
        for chain in ("cnf-hamming,hamming-attention", "cnf-ov,ov-attention")
    )
    assert answer.code == 0
    assert "survive the clauses" in filtering["declined"]
    assert hop(filtering, "hamming")["actual"] is None
    assert hop(filtering, "hamming")["bound"]["n"] == 2**20
    assert listing["declined"] is None
    assert hop(listing, "ov")["actual"]["n"] == 2**20
    assert "declined: more than" in call(*words).out
    wide = call("chains", "cnf", "attention", "--vars", 1900, "--ratio", 1, "--k", 3, "--seeds", 0)
    assert (wide.code, "10^57" in wide.out) == (0, True)
    huge = call("chains", "cnf", "attention", "--vars", 5000, "--ratio", 1, "--k", 3, "--seeds", 0, "--json")
    assert huge.code == 0
    assert all("10^300" in path["declined"] for path in huge.json["paths"])


def test_only_the_first_of_several_filtering_edges_is_free() -> None:
    formula = random_ksat(8, 30, 3, seed=0)
    cases = Chain((CnfCases(), *chain_named("cnf-hamming").steps))
    [record] = priced([cases], formula.size, [formula], MEMORY_BUDGET)
    assert "2 instances to count" in str(record["declined"])
    exact = Chain((CnfCases(), *chain_named("cnf-ov").steps))
    bound, found = bounds(exact, formula.size), actual(exact, formula, MEMORY_BUDGET)
    assert bound == found
    assert (found[1]["count"], found[2]["count"]) == (2, 2)
    assert found[2]["pairs"] == 2 * 16 * 16


def test_bounds_hold_for_every_path_and_formula() -> None:
    for seed in range(4):
        formula = random_ksat(9, 12 + 8 * seed, 3, seed=seed)
        for path in paths(CNF, AttentionTask):
            if {"ov-gap", "product-softmax"} & {step.key for step in path.steps}:
                formula = CNF(9, formula.clauses[:8])
            for bound, found in zip(bounds(path, formula.size), actual(path, formula, MEMORY_BUDGET), strict=True):
                assert all(found[letter] <= bound[letter] for letter in ("n", "m", "d", "t", "bytes") if letter in found)


def test_random_ov_is_priced_from_its_own_size(call: Caller, tmp_path: Path) -> None:
    save(random_ov(9, 17, 12, seed=1), tmp_path / "o.npz")
    [direct, *_] = call("chains", "ov", "attention", tmp_path / "o.npz", "--json").json["paths"]
    assert direct["chain"] == "ov-attention"
    found = hop(direct, "attention")["actual"]
    assert (found["n"], found["m"], found["d"]) == (9, 18, 12)
    assert found["margin"] == pytest.approx((1 / 2 - 1 / 17) / 2, rel=1e-5)


# ------------------------------------------------------------------------------------------------------- list


def test_list_has_everything(call: Caller) -> None:
    record = call("list", "--json").json
    assert set(record) == {"algorithms", "solvers", "families", "reductions", "claims"}
    assert {"softmax", "softmax32", "logspace", "certified"} <= {item["name"] for item in record["algorithms"]}
    assert {"cadical", "exhaustive-ov", "exhaustive-hamming", "hamming-balls"} <= {item["name"] for item in record["solvers"]}
    assert [item["name"] for item in record["reductions"]][: len(REDUCTIONS)] == [reduction.key for reduction in REDUCTIONS]
    families = {item["name"]: item for item in record["families"]}
    assert [p["name"] for p in families["random-ksat"]["parameters"]] == ["n", "m", "k", "seed", "unique"]
    assert families["random-ksat"]["parameters"][4] == {"name": "unique", "type": "bool", "required": False, "default": False}
    assert families["random-ov"]["makes"] == "ov"
    for item in record["reductions"]:
        assert item["claim"]
        assert item["theorem"]
        assert item["problem"] is None
    assert {"hardness-lab"} <= {item["from"] for item in record["algorithms"]}


@pytest.mark.parametrize("part", ["algorithms", "solvers", "families", "reductions"])
def test_list_one_part(call: Caller, part: str) -> None:
    record = call("list", part, "--json").json
    assert list(record) == [part]
    names = [item["name"] for item in record[part]]
    assert call("list", part, "-q").out.splitlines() == names
    out = call("list", part).out
    assert out.startswith(part)
    assert all(name in out for name in names)
