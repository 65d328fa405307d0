"""Formulas through three lists from end to end: verdicts and models, plug-ins, stored instances, pages, and what is refused."""

from pathlib import Path

import pytest

from hardlab.names.chains import chain
from hardlab.names.deciders import algorithm_named
from hardlab.runs.page.page import page_of_run
from hardlab.runs.running import run
from instances.cnf import CNF
from instances.families import pigeonhole, random_ksat
from instances.faults import BadInput
from tests.support.calling import Caller
from tests.support.places import SAT

CHAINS = ["cnf-3ov,3ov-tensor", "cnf-3ov[parts=2:5:1],3ov-tensor[matched=true]", "cnf-3ov,3ov-tensor[R0=1000,names=true]"]

NETWORKS = [
    "cnf-3ov,3ov-transformer[layers=2,heads=3]",
    "cnf-3ov[parts=4:3:1],3ov-transformer",
    "cnf-3ov[parts=3:3:2],3ov-transformer[layers=2,heads=1,residual=false]",
]

FUNCTIONS = """
import numpy as np


def right(Q, K1, K2, V1, V2, scale):
    S = scale * np.einsum("ic,jc,kc->ijk", Q, K1, K2)
    W = np.exp(S - S.max(axis=(1, 2), keepdims=True))
    return np.einsum("ijk,jc,kc->ic", W, V1, V2) / W.sum(axis=(1, 2))[:, None]


def zero(Q, K1, K2, V1, V2, scale):
    return np.zeros((len(Q), V1.shape[1]))


def network(X, WQ, WK, WV, WO, residual, scale):
    for layer in range(len(WQ)):
        S = scale * (X @ WQ[layer]) @ (X @ WK[layer]).transpose(0, 2, 1)
        W = np.exp(S - S.max(axis=-1, keepdims=True))
        heads = W / W.sum(axis=-1, keepdims=True) @ (X @ WV[layer]) @ WO[layer]
        X = heads.sum(axis=0) + (X if residual else 0)
    return X


def forward(Q, K, V, scale):
    return V
"""


@pytest.fixture
def functions(tmp_path: Path) -> Path:
    file = tmp_path / "mine.py"
    file.write_text(FUNCTIONS)
    return file


@pytest.mark.slow
@pytest.mark.parametrize("steps", [*CHAINS, *NETWORKS])
def test_formulas_are_decided_by_default(steps: str) -> None:
    verdicts = set()
    for formula in (random_ksat(8, clauses, 3, seed=seed) for seed in range(6) for clauses in (30, 46)):
        found = run(formula, chain(steps), None)
        assert found.record["agrees"] is True
        assert found.record["algorithm"] == ("layers" if steps in NETWORKS else "tensor")
        assert found.record["own"]["right"] == found.record["own"]["rows"] > 0  # type: ignore[index]
        assert found.record["promise"]["source"] == "proved"  # type: ignore[index]
        verdicts.add(found.record["verdict"])
    assert verdicts == {"yes", "no"}


def test_few_variables_and_odd_formulas() -> None:
    for formula, verdict in (
        (CNF(0, ()), "yes"), (CNF(0, ((),)), "no"), (CNF(1, ((1,), (-1,))), "no"), (CNF(2, ((1, 2), (-1,))), "yes"),
        (pigeonhole(2), "no"),
    ):  # fmt: skip
        for steps in (CHAINS[0], NETWORKS[0], "cnf-3ov,3ov-transformer[residual=false]"):
            found = run(formula, chain(steps), None)
            assert (found.record["verdict"], found.record["agrees"]) == (verdict, True)


def test_plain_functions_win_yes_and_with_trust_no(functions: Path) -> None:
    steps, mine = chain(CHAINS[0]), algorithm_named(f"{functions}:right", asks="tensors")
    assert run(random_ksat(6, 20, 3, seed=2), steps, mine).record["verdict"] == "yes"
    no = random_ksat(6, 60, 3, seed=1)
    assert run(no, steps, mine).record["verdict"] == "unknown"
    trusting = run(no, steps, mine, trust=1e-6)
    assert (trusting.record["verdict"], trusting.record["claimed"]) == ("no", True)
    missed = run(random_ksat(6, 20, 3, seed=2), steps, algorithm_named(f"{functions}:zero", asks="tensors"), trust=1e-6)
    assert missed.decision.fault
    with pytest.raises(BadInput, match=r"is a function f\(Q, K1, K2, V1, V2, scale\)"):
        algorithm_named(f"{functions}:forward", asks="tensors")


@pytest.mark.parametrize("steps", NETWORKS[1:])
def test_networks_win_yes_and_with_trust_no(steps: str, functions: Path) -> None:
    mine = algorithm_named(f"{functions}:network", asks="networks")
    assert run(random_ksat(8, 24, 3, seed=2), chain(steps), mine).record["verdict"] == "yes"
    no = random_ksat(8, 80, 3, seed=1)
    assert run(no, chain(steps), mine).record["verdict"] == "unknown"
    assert run(no, chain(steps), mine, trust=1e-6).record["verdict"] == "no"
    with pytest.raises(BadInput, match=r"is a function f\(X, WQ, WK, WV, WO, residual, scale\)"):
        algorithm_named(f"{functions}:forward", asks="networks")


@pytest.mark.slow
def test_stored_instances_and_pages(call: Caller, tmp_path: Path) -> None:
    small = tmp_path / "small.cnf"
    small.write_text("p cnf 4 4\n1 2 3 0\n-1 2 0\n-2 3 4 0\n-3 -4 0\n")
    for steps, target in (("cnf-3ov", "3ov"), ("cnf-3ov,3ov-tensor", "tensor")):
        file, page = tmp_path / f"{target}.json", tmp_path / f"{target}.html"
        assert call("reduce", small, "--chain", steps, "-o", file).code == 0
        answer = call("decide", file, "--json", "--page", page)
        assert (answer.code, answer.json["verdict"], answer.json["algorithm"]) == (0, "yes", "tensor")
        assert "pairs of keys" in page.read_text()
    from hardlab.names.problems import known_among
    from instances.storage import load, save
    from instances.threshold import ThresholdTask

    built = chain(NETWORKS[0]).trace(random_ksat(4, 8, 3, seed=0))[-1].problem.member(0)  # type: ignore[attr-defined]
    save(built, tmp_path / "network.json")
    kept = load(tmp_path / "network.json", named=known_among(()))
    assert isinstance(kept, ThresholdTask)
    assert kept.identity == built.identity
    answer = call("decide", tmp_path / "network.json", "--json")
    assert (answer.code, answer.json["algorithm"]) == (0, "layers")
    page_of_run(run(random_ksat(6, 60, 3, seed=1), chain(CHAINS[0]), None, picture=True).record)
    whole = call("run", SAT, "--chain", CHAINS[0], "--json")
    assert (whole.code, whole.json["verdict"], whole.json["agrees"]) == (0, "yes", True)


def test_bad_input_is_one_sentence(call: Caller) -> None:
    for words, said in (
        (("--chain", "cnf-3ov[parts=1:2],3ov-tensor"), "give three numbers of variables"),
        (("--chain", "cnf-3ov[parts=1:2:3],3ov-tensor"), "the formula has 20"),
        (("--chain", "cnf-3ov,3ov-tensor[R0=1]"), "at least 3"),
        (("--chain", "cnf-3ov,ov-attention"), "must meet"),
        (("--chain", "cnf-3ov"), "exhaustive-3ov"),
        (("--chain", "cnf-3ov,3ov-tensor", "--algorithm", "softmax"), "use tensor or certified"),
        (("--chain", "cnf-3ov[parts=0:0:20],3ov-tensor", "--memory", "1M"), "bytes"),
    ):
        answer = call("run", SAT, *words)
        assert answer.code == 2, words
        assert said in answer.err.replace("\n", " ") or "MiB" in answer.err, (words, answer.err)
