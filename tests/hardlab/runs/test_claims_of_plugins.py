"""What other people's algorithms and reductions promise is a claim, and said to be one."""

from pathlib import Path

import pytest

from tests.support.calling import Caller
from tests.support.places import SAT, UNSAT
from tests.support.plugins import CHAINS, FAULTS, checked, handmade


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
    assert answer.json["reason"].startswith("promise broken at row 1: promising:Low answered")
    assert answer.json["promise"]["source"] == "plug-in"
    assert answer.json["delivered"]["value"] > 1
    words[5:6] = ["0"]  # nothing is measured, and few rows are compared: the claim stands until the oracle speaks
    call.monkeypatch.setattr("solvers.own.WORK", 0)
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
