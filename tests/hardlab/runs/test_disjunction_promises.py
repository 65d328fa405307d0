"""Members of a disjunction are judged by the promises made for each of them, and measured one by one."""

from pathlib import Path

import pytest

from tests.support.calling import Caller
from tests.support.places import EXAMPLES

PLUG_INS = """
import numpy as np
from attention import Logspace, Promise

class Small(Logspace):
    '''Exact, but promises something for a single row only.'''
    def promise(self, inputs):
        return Promise(0.0, 1e-9) if inputs.n <= 1 else Promise(np.inf, np.inf)
    def __call__(self, inputs):
        return super().__call__(inputs) if inputs.n <= 1 else np.full((inputs.n, inputs.V.shape[1]), -1e6)

class Liar(Logspace):
    '''Promises a tiny error and answers that all is 0.'''
    def promise(self, inputs):
        return Promise(0.0, 1e-9)
    def __call__(self, inputs):
        return np.full((inputs.n, inputs.V.shape[1]), -np.inf)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "members_plug.py").write_text(PLUG_INS)
    return tmp_path


@pytest.mark.parametrize("seed", range(6))
def test_the_promise_for_one_member_is_not_believed_of_another(call: Caller, folder: Path, seed: int) -> None:
    words = ["run", "--family", "random-ksat", "--vars", 8, "--clauses", 24, "--k", 3, "--seed", seed, "--path", folder]
    words += ["--chain", "cnf-sparse[thresholds=2:2],cnf-hamming,hamming-kde", "--algorithm", "members_plug:Small", "--json"]
    answer = call(*words)
    assert answer.json["verdict"] in ("yes", "unknown")
    assert answer.json["agrees"] is not False


@pytest.mark.parametrize("chain", ["cnf-hamming,hamming-kde", "cnf-sparse[thresholds=1:1],cnf-hamming,hamming-kde"])
def test_a_liars_no_does_not_stand_against_a_measured_row(call: Caller, folder: Path, chain: str) -> None:
    words = ["run", EXAMPLES / "worked-yes.cnf", "--chain", chain, "--algorithm", "members_plug:Liar", "--path", folder]
    answer = call(*words, "--json")
    assert answer.code == 1
    assert answer.json["verdict"] == "unknown"
    assert "promise broken at row" in answer.json["reason"]


@pytest.mark.slow
@pytest.mark.parametrize(("seed", "clauses", "thresholds"), [(635, 34, "4:4"), (260, 34, "3:3")])
def test_our_own_algorithm_keeps_a_different_promise_for_each_member(
    call: Caller, seed: int, clauses: int, thresholds: str
) -> None:
    chain = f"cnf-sparse[thresholds={thresholds}],cnf-hamming,hamming-attention[R0=1.001]"
    words = ["--vars", 8, "--clauses", clauses, "--k", 3, "--seed", seed, "--chain", chain, "--algorithm", "polynomial"]
    answer = call("run", "--family", "random-ksat", *words, "--json")
    assert answer.code == 0
    assert answer.json["agrees"] is not False
    assert answer.json["promise"]["source"] == "proved"
