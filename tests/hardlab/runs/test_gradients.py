"""Formulas through gradients from end to end: verdicts, plug-ins, stored tasks, pages, and what is refused."""

from pathlib import Path

import pytest

from attention import Backward, Certified, Softmax
from hardlab.names.chains import chain
from hardlab.names.deciders import algorithm_named
from hardlab.runs.page.page import page_of_run
from hardlab.runs.running import run
from instances.cnf import CNF
from instances.families import random_ksat
from instances.faults import BadInput, Declined
from reductions.ours import REDUCTIONS
from tests.support.calling import Caller
from tests.support.places import SAT

EDGES = [edge.key for edge in REDUCTIONS if edge.target.called == "gradient"]

FUNCTIONS = """
import numpy as np


def right(Q, K, V, dO, scale):
    S = scale * Q @ K.T
    P = np.exp(S - S.max(axis=1, keepdims=True))
    P /= P.sum(axis=1, keepdims=True)
    f = dO @ V.T
    dS = P * (f - (P * f).sum(axis=1, keepdims=True))
    return scale * dS @ K, scale * dS.T @ Q, P.T @ dO


def exchanged(Q, K, V, dO, scale):
    dQ, dK, dV = right(Q, K, V, dO, scale)
    return np.zeros_like(dQ), np.zeros_like(dK), np.zeros_like(dV)


def named(Q, K, V, dO, *, scale):
    return right(Q, K, V, dO, scale)


def swapped(Q, K, V, scale, dO):
    return Q, K, V


def causal(Q, K, V, dO, causal=False):
    return Q, K, V


def two(Q, K, V, dO, scale):
    return Q, K


def turned(Q, K, V, dO, scale):
    return Q.T, K, V


def forward(Q, K, V, scale):
    return Q
"""


@pytest.fixture
def functions(tmp_path: Path) -> Path:
    file = tmp_path / "mine.py"
    file.write_text(FUNCTIONS)
    return file


@pytest.mark.parametrize("edge", EDGES)
def test_formulas_are_decided_by_default(edge: str) -> None:
    verdicts = set()
    for formula in (*(random_ksat(8, 36, 3, seed=seed) for seed in range(6)), CNF(3, ()), CNF(0, ((),))):
        found = run(formula, chain(f"cnf-hamming,{edge}"), None)
        assert found.record["agrees"] is True
        assert found.record["algorithm"] == "backward"
        assert found.record["own"]["right"] == found.record["own"]["rows"]  # type: ignore[index]
        promise = found.record["promise"]
        assert promise is not None
        assert promise["source"] == "proved"
        verdicts.add(found.record["verdict"])
    assert verdicts == {"yes", "no"}


@pytest.mark.parametrize("edge", EDGES)
def test_plain_functions_win_yes_and_with_trust_no(edge: str, functions: Path) -> None:
    steps = chain(f"cnf-hamming,{edge}")
    for name in ("right", "named"):
        mine = algorithm_named(f"{functions}:{name}", asks="gradients")
        assert run(random_ksat(8, 30, 3, seed=2), steps, mine).record["verdict"] == "yes"
        no = random_ksat(8, 80, 3, seed=1)
        assert run(no, steps, mine).record["verdict"] == "unknown"
        trusting = run(no, steps, mine, trust=1e-6)
        assert (trusting.record["verdict"], trusting.record["claimed"]) == ("no", True)
    wrong = run(random_ksat(8, 80, 3, seed=1), steps, algorithm_named(f"{functions}:exchanged", asks="gradients"), trust=1e-6)
    assert wrong.decision.fault


def test_plug_ins_that_are_no_gradients_are_refused(functions: Path) -> None:
    steps = chain("cnf-hamming,hamming-dq")
    formula = random_ksat(8, 36, 3, seed=0)
    with pytest.raises(BadInput, match=r"a plug-in for gradients is a function f\(Q, K, V, dO, scale\)"):
        algorithm_named(f"{functions}:forward", asks="gradients")
    for name in ("swapped", "causal"):  # a scale where dO or a flag stands would be taken without a word
        with pytest.raises(BadInput, match=r"mine.py:" + name):
            algorithm_named(f"{functions}:{name}", asks="gradients")
    for name, said in (("two", "expected three arrays"), ("turned", "gave dQ of shape")):
        found = run(formula, steps, algorithm_named(f"{functions}:{name}", asks="gradients"))
        assert found.decision.fault
        assert said in found.decision.reason
    with pytest.raises(Declined, match="softmax computes attention, this asks for dQ"):
        run(formula, steps, Softmax())
    with pytest.raises(Declined, match="this is softmax"):
        run(formula, chain("cnf-hamming,hamming-dq[causal=true]"), algorithm_named(f"{functions}:right", asks="gradients"))


def test_ball_arithmetic_decides_it_too() -> None:
    for edge in EDGES:
        found = run(random_ksat(6, 30, 3, seed=0), chain(f"cnf-hamming,{edge}"), Certified())
        assert found.record["agrees"] is True


@pytest.mark.slow
@pytest.mark.parametrize("edge", EDGES)
def test_stored_tasks_and_pages(call: Caller, tmp_path: Path, edge: str) -> None:
    task, page = tmp_path / "task.safetensors", tmp_path / "run.html"
    assert call("reduce", SAT, "--chain", f"cnf-hamming,{edge}", "-o", task).code == 0
    answer = call("decide", task, "--json")
    assert (answer.code, answer.json["verdict"], answer.json["algorithm"]) == (0, "yes", "backward")
    assert "softmax computes attention" in call("decide", task, "--algorithm", "softmax").refusal()
    answer = call("run", SAT, "--chain", f"cnf-hamming,{edge}", "--page", page, "--json")
    assert answer.code == 0
    drawn = page.read_text()
    assert "somebody else" not in drawn
    assert "The gradient of attention" in drawn
    assert f"{answer.json['route'][-1]['says'].partition(' ')[0]}" in drawn


def test_a_page_escapes_what_a_record_says() -> None:
    record = run(random_ksat(6, 20, 3, seed=0), chain("cnf-hamming,hamming-dq"), Backward(), picture=True).record
    record["stages"][-1]["picture"] |= {"gradient": "<b>", "mechanism": "<i>", "ways": {"0": [0]}}
    drawn = page_of_run(record)
    assert "<b>[0" not in drawn
    assert "<i>, scale" not in drawn
