"""`hardlab reduce` through the real command line."""

import subprocess
from pathlib import Path

import numpy as np
import pytest

from hardlab.names.chains import chain as chain_named
from instances.cnf import CNF
from instances.dimacs import read
from instances.families import random_ksat
from instances.storage import load
from instances.task import AttentionTask
from instances.vectors import BalancedHamming, GapHamming, OrthogonalVectors
from reductions.ours import REDUCTIONS
from tests.support.calling import COMMAND, Caller
from tests.support.places import SAT, UNSAT
from tests.support.toys import CnfCases

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


@pytest.mark.slow
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
