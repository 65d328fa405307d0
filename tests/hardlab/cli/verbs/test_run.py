"""`hardlab run` through the real command line."""

import csv
import gzip
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from attention import Softmax
from hardlab import chain
from hardlab.cli.verbs.run import _sat_code
from instances.cnf import CNF, model_literals
from instances.dimacs import read
from instances.families import random_ksat
from reductions.chain import Chain
from solvers import Decision, Sat, Threshold, Through, Verdict
from tests.support.calling import COMMAND, Caller, process
from tests.support.paths import OTHER_MECHANISMS, PATHS
from tests.support.places import EXAMPLES, SAT, UNSAT

CHAINS = (
    "auto",
    "cnf-ov,ov-attention",
    "cnf-hamming[seed=3,cover=left],hamming-attention[R0=4]",
    "cnf-ov,ov-hamming[gadget=single],hamming-attention",
)

KEYS = {
    "verdict", "reason", "model", "oracle", "agrees", "chain", "stages", "algorithm", "promise", "demanded", "delivered",
    "seconds", "versions", "seed", "instance",
}  # fmt: skip


def expected() -> list[tuple[str, str]]:
    with (EXAMPLES / "MANIFEST.csv").open() as file:
        return [(row["file"], {"SAT": "yes", "UNSAT": "no"}[row["status"]]) for row in csv.DictReader(file)]


def as_witness(model: list[int]) -> tuple[int, ...]:
    assert [abs(literal) for literal in model] == list(range(1, len(model) + 1))
    return tuple(int(literal > 0) for literal in model)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "verdict"), expected())
def test_shipped_formulas_get_their_verdict(call: Caller, name: str, verdict: str) -> None:
    answer = call("run", EXAMPLES / name, "--json", "--measure", 0)
    record = answer.json
    assert (answer.code, record["verdict"], record["oracle"], record["agrees"]) == (0, verdict, verdict, True)
    if verdict == "yes":
        assert read(EXAMPLES / name).accepts(as_witness(record["model"]))
    else:
        assert record["model"] is None


@pytest.mark.parametrize("chain", CHAINS)
@pytest.mark.parametrize(("file", "verdict"), [(SAT, "yes"), (UNSAT, "no")])
def test_every_chain_to_attention_decides(call: Caller, chain: str, file: Path, verdict: str) -> None:
    answer = call("run", file, "--chain", chain, "--json", "--measure", 2)
    record = answer.json
    assert (answer.code, record["verdict"], record["agrees"]) == (0, verdict, True)
    assert record["stages"][0]["problem"] == "cnf"
    assert record["stages"][-1]["problem"] == "attention"


@pytest.mark.parametrize(
    ("chain", "solver"),
    [
        ("cnf-hamming", "exhaustive-hamming"),
        ("cnf-ov", "exhaustive-ov"),
        ("cnf-ov,ov-hamming", "exhaustive-hamming"),
        ("cnf-hamming,hamming-balanced", "exhaustive-hamming"),
        ("", "cadical"),
    ],
)
def test_chains_that_end_before_attention_take_a_solver(call: Caller, chain: str, solver: str) -> None:
    for file, verdict in ((SAT, "yes"), (UNSAT, "no")):
        record = call("run", file, "--chain", chain, "--solver", solver, "--json").json
        assert (record["verdict"], record["agrees"], record["algorithm"]) == (verdict, True, solver)
        assert record["promise"] is record["demanded"] is record["delivered"] is None


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.keys)
def test_every_path_runs_with_nothing_else_named(call: Caller, path: Chain) -> None:
    """What serves the task decides it, and is named."""
    for file, verdict in ((EXAMPLES / "worked-yes.cnf", "yes"), (EXAMPLES / "worked-no.cnf", "no")):
        record = call("run", file, "--chain", path.spelled, "--json").json
        assert (record["verdict"], record["agrees"]) == (verdict, True)
        assert record["algorithm"] in (("logspace",) if path.steps[-1].key in OTHER_MECHANISMS else ("softmax", "logspace"))


@pytest.mark.parametrize("algorithm", ["softmax", "softmax32", "certified", "certified-log", "logspace"])
def test_our_algorithms_agree_or_say_why_not(call: Caller, algorithm: str) -> None:
    chain = "cnf-ov,ov-attention" if algorithm in ("certified-log", "logspace") else "auto"
    for file, verdict in ((EXAMPLES / "worked-yes.cnf", "yes"), (EXAMPLES / "worked-no.cnf", "no")):
        answer = call("run", file, "--chain", chain, "--algorithm", algorithm, "--json")
        assert answer.code == 0
        assert answer.json["verdict"] == verdict
        assert answer.json["promise"]["source"] == "proved"
        assert answer.json["delivered"]["log10"] is None or answer.json["delivered"]["log10"] < -5


@pytest.mark.parametrize(
    ("words", "verdict"),
    [
        (["random-ksat", "--vars", 12, "--ratio", 3, "--k", 3, "--seed", 1], "yes"),
        (["random-ksat", "--vars", 10, "--clauses", 90, "--k", 3, "--seed", 1], "no"),
        (["random-ksat", "--vars", 10, "--clauses", 40, "--k", 3, "--seed", 4, "--unique"], "yes"),
        (["planted-ksat", "--vars", 12, "--ratio", 4.5, "--k", 4], "yes"),
        (["pigeonhole", "--set", "holes=2"], "no"),
        (["parity", "--vars", 9, "--seed", 2], "no"),
        (["parity", "--vars", 9, "--seed", 2, "--set", "odd=false"], "yes"),
        (["colouring", "--vars", 5, "--set", "edges=4", "--set", "colours=3"], "yes"),
    ],
)
def test_families(call: Caller, words: list[object], verdict: str) -> None:
    answer = call("run", "--family", *words, "--json")
    record = answer.json
    assert (answer.code, record["verdict"], record["agrees"]) == (0, verdict, True)


def test_the_same_seed_gives_the_same_instance(call: Caller) -> None:
    words = ["run", "--family", "random-ksat", "--vars", 8, "--clauses", 20, "--k", 3, "--json", "--seed"]
    first, again, other = (call(*words, seed).json for seed in (7, 7, 8))
    assert first["instance"] == again["instance"] == random_ksat(8, 20, 3, seed=7).identity
    assert other["instance"] != first["instance"]
    assert (first["seed"], other["seed"]) == (7, 8)
    assert call(*words[:-1]).json["seed"] == 0
    assert call("run", "--family", "pigeonhole", "--set", "holes=2", "--json").json["seed"] is None


def test_the_record_has_every_key(call: Caller) -> None:
    record = call("run", SAT, "--json").json
    assert record.keys() >= KEYS
    assert [set(stage) for stage in record["stages"]] == [{"problem", "size", "constants", "seconds", "theorem", "picture"}] * 3
    assert record["stages"][0]["size"] == {"n": 20, "m": 85, "k": 3}
    assert set(record["promise"]) == {"absolute", "relative", "failure", "source"}
    assert set(record["demanded"]) >= {"value", "log10"}
    assert set(record["delivered"]) >= {"value", "log10"}
    assert record["chain"] == "cnf-hamming,hamming-attention"
    assert record["algorithm"] == "softmax"
    assert record["promise"]["failure"] == 0
    assert 0 < record["delivered"]["value"] < record["demanded"]["value"]
    assert record["delivered"]["log10"] < record["demanded"]["log10"]
    assert {"python", "numpy", "hardness-lab"} <= record["versions"].keys()
    assert record["instance"] == read(SAT).identity
    assert record["seed"] is None


def test_demanded_below_the_range_of_floats_is_a_logarithm(call: Caller) -> None:
    chain = "cnf-hamming,hamming-balanced,balanced-attention"
    record = call("run", EXAMPLES / "worked-no.cnf", "--chain", chain, "--algorithm", "logspace", "--json").json
    assert record["verdict"] == "no"
    assert 10 ** record["demanded"]["log10"] == pytest.approx(record["demanded"]["value"], rel=1e-9)
    steep_chain = "cnf-ov,ov-hamming,hamming-balanced,balanced-attention"
    steep = call("run", UNSAT, "--chain", steep_chain, "--algorithm", "softmax", "--json").json
    assert steep["demanded"]["value"] == 0
    assert steep["demanded"]["log10"] < -300
    assert (steep["verdict"], steep["agrees"]) == ("unknown", None)


def test_a_weak_promise_is_unknown_and_no_failure(call: Caller) -> None:
    words = ["run", UNSAT, "--chain", "cnf-hamming,hamming-balanced,balanced-attention", "--algorithm", "softmax32"]
    answer = call(*words, "--json")
    assert answer.code == 0
    assert answer.json["verdict"] == "unknown"
    assert answer.json["agrees"] is None
    assert answer.json["oracle"] == "no"
    assert "promise is too weak" in answer.json["reason"]
    codes = call(*words, "--sat-codes")
    assert (codes.code, codes.out) == (0, "s UNKNOWN\n")


def test_quiet_prints_the_verdict_alone(call: Caller) -> None:
    assert call("run", SAT, "-q").out == "yes\n"
    assert call("run", UNSAT, "-q").out == "no\n"


def test_text_shows_verdict_model_stages_and_accuracy(call: Caller) -> None:
    out = call("run", SAT).out
    assert out.startswith("YES: ")
    model = next(line for line in out.splitlines() if line.startswith("model: "))
    assert read(SAT).accepts(as_witness([int(word) for word in model.split()[1:-1]]))
    assert "oracle: CaDiCaL says yes (agrees)" in out
    for word in ("n=20 m=85 k=3", "hamming", "attention", "eps=", "demanded:", "promised:", "delivered:"):
        assert word in out
    assert call("run", UNSAT).out.startswith("NO: ")


def test_sat_codes(call: Caller) -> None:
    yes = call("run", SAT, "--sat-codes")
    status, values = yes.out.splitlines()
    assert (yes.code, status) == (10, "s SATISFIABLE")
    assert values.startswith("v ")
    assert values.endswith(" 0")
    assert read(SAT).accepts(as_witness([int(word) for word in values.split()[1:-1]]))
    no = call("run", UNSAT, "--sat-codes")
    assert (no.code, no.out) == (20, "s UNSATISFIABLE\n")
    both = call("run", UNSAT, "--sat-codes", "--json")
    assert both.code == 20
    assert both.json["verdict"] == "no"


def test_standard_input(call: Caller) -> None:
    for content in (SAT.read_bytes(), gzip.compress(SAT.read_bytes())):
        record = call("run", "-", "--json", stdin=content).json
        assert record["verdict"] == "yes"
        assert record["instance"] == read(SAT).identity


def test_measure_chooses_the_rows(call: Caller) -> None:
    assert call("run", SAT, "--measure", 0, "--json").json["delivered"] is None
    assert call("run", SAT, "--measure", 3, "--json").json["delivered"]["rows"] <= 3


def test_memory_is_a_budget_and_not_an_amount(call: Caller) -> None:
    small = call("run", SAT, "--memory", "64K", "--json").json
    large = call("run", SAT, "--memory", "2G", "--json").json
    assert small["verdict"] == large["verdict"] == "yes"
    assert small["stages"][-1]["size"] == large["stages"][-1]["size"]


def test_variables_that_no_clause_uses_are_in_the_model(call: Caller) -> None:
    record = call("run", EXAMPLES / "unused-variables.cnf", "--json").json
    assert len(record["model"]) == 12


NO_PYSAT = """
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "pysat":
            raise ModuleNotFoundError("No module named 'pysat'", name="pysat")

sys.meta_path.insert(0, Absent())
"""


@pytest.mark.slow
def test_without_python_sat_the_oracle_is_all_that_is_missing(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(NO_PYSAT)
    answer = process("run", SAT, "--no-oracle", "--json", PYTHONPATH=tmp_path)
    assert answer.code == 0
    assert (answer.json["verdict"], answer.json["oracle"], answer.json["agrees"]) == ("yes", None, None)
    refused = process("run", SAT, PYTHONPATH=tmp_path).refusal()
    assert "pysat" in refused
    assert "--no-oracle" in refused


LOUD = """
import os, sys, subprocess
print("imported")

def loud(Q, K, V, scale):
    import numpy as np
    print("computing")
    sys.stdout.write("even more\\n")
    os.write(1, b"below Python\\n")
    subprocess.run(["echo", "from a child"], check=True)
    W = np.exp(scale * Q @ K.T)
    return W @ V / W.sum(axis=1, keepdims=True)
"""


@pytest.mark.slow
def test_what_a_plug_in_prints_never_reaches_stdout(call: Caller, tmp_path: Path) -> None:
    (tmp_path / "loud_attention.py").write_text(LOUD)
    answer = process("run", SAT, "--algorithm", "loud_attention:loud", "--path", tmp_path, "--json")
    assert answer.code == 0
    assert answer.json["verdict"] == "yes"
    for words in ("imported", "computing", "even more", "below Python", "from a child"):
        assert words in answer.err
        assert words not in answer.out


@pytest.mark.slow
def test_the_installed_command(tmp_path: Path) -> None:
    answer = process("run", "-", "-q", stdin=UNSAT.read_bytes())
    assert (answer.code, answer.out, answer.err) == (0, "no\n", "")
    assert process("run", tmp_path / "none.cnf").refusal() == f"there is no file {tmp_path / 'none.cnf'}: check the path"


@pytest.mark.slow
def test_what_is_printed_after_the_answer_is_not_on_stdout(tmp_path: Path) -> None:
    (tmp_path / "late.py").write_text(
        "import atexit\nfrom attention import Softmax\natexit.register(print, 'late')\n"
        "def late(Q, K, V, scale):\n    return V[:1].repeat(len(Q), 0)\n"
    )
    answer = process("run", UNSAT, "--algorithm", "late:late", "--json", PYTHONPATH=tmp_path)
    assert answer.json["verdict"] == "unknown"
    assert "late" in answer.err


def test_the_version(call: Caller) -> None:
    assert call("--version").out == "0.2.0\n"


@pytest.mark.slow
def test_a_closed_pipe_is_no_traceback() -> None:
    done = subprocess.run(f"{COMMAND} run {SAT} | true", shell=True, capture_output=True, timeout=60, check=False)
    assert b"Traceback" not in done.stderr


def test_formulas_of_every_odd_shape_are_decided_like_their_brute_force(call: Caller, tmp_path: Path) -> None:
    accepted = rejected = 0
    for seed in range(6):
        formula = random_ksat(5, 12 + 4 * seed, 3, seed=seed)
        odd = CNF(6, (*formula.clauses, (2, -2), (1, 1, 3)))
        file = tmp_path / f"{seed}.cnf"
        lines = [f"p cnf 6 {len(odd.clauses)}", *(" ".join(map(str, (*clause, 0))) for clause in odd.clauses)]
        file.write_text("\n".join(lines))
        truth = any(map(odd.accepts, odd.witnesses()))
        record = call("run", file, "--no-oracle", "--json").json
        assert record["verdict"] == ("yes" if truth else "no")
        accepted, rejected = accepted + truth, rejected + (not truth)
    assert accepted
    assert rejected


@pytest.mark.parametrize(("file", "verdict"), [(SAT, "yes"), (UNSAT, "no")])
@pytest.mark.parametrize("lie", ["yes", "no", "unknown"])
def test_a_lying_oracle_changes_no_verdict_and_no_model(
    call: Caller, file: Path, verdict: str, lie: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The model comes from the row of attention through the way back, never from the SAT solver."""
    honest = call("run", file, "--json").json

    def solve(self: Sat, problem: CNF) -> Decision:
        witness = (0,) * problem.n if lie == "yes" else None
        return Decision(Verdict(lie), "a lie", witness)

    monkeypatch.setattr(Sat, "solve", solve)
    answer = call("run", file, "--json")
    assert (answer.json["verdict"], answer.json["model"]) == (verdict, honest["model"])
    assert answer.json["oracle"] == lie
    assert answer.json["agrees"] is (None if lie == "unknown" else lie == verdict)
    assert answer.code == (1 if answer.json["agrees"] is False else 0)
    found = Through(chain("auto"), Threshold(Softmax())).solve(read(file))
    assert honest["model"] == (None if found.witness is None else model_literals(found.witness))


@pytest.mark.parametrize("agrees", [True, False, None])
@pytest.mark.parametrize("claimed", [True, False])
@pytest.mark.parametrize("code", [0, 1])
def test_exit_codes_of_sat_competitions(code: int, claimed: bool, agrees: bool | None) -> None:
    """Nothing is known where the run failed, or where a claim was needed and no oracle agrees."""
    for verdict, known in (("yes", 10), ("no", 20), ("unknown", 0)):
        run: Any = SimpleNamespace(exit_code=code, record={"verdict": verdict, "claimed": claimed, "agrees": agrees})
        assert _sat_code(run) == (0 if code == 1 or (claimed and agrees is not True) else known)
