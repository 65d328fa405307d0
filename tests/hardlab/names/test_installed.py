"""Other people's distributions: their algorithms and solvers by name, and never believed wrongly."""

from pathlib import Path

import pytest

from instances.families import random_hamming
from instances.storage import save
from tests.support.calling import Caller, process
from tests.support.places import SAT, UNSAT
from tests.support.plugins import checked


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


@pytest.mark.slow
def test_the_installed_command_finds_what_is_on_the_python_path(site: Path) -> None:
    listed = process("list", "solvers", "-q", PYTHONPATH=site)
    assert "pairs" in listed.out.split()
    answer = process("run", UNSAT, "--algorithm", "careful", "-q", PYTHONPATH=site)
    assert (answer.code, answer.out) == (0, "no if a claim holds\n")


def test_our_own_names_work_beside_broken_plug_ins(call: Caller, broken: Path) -> None:
    assert call("run", UNSAT, "-q").out == "no\n"
    assert "cannot be loaded" in call("run", SAT, "--chain", "no-such-edge").refusal()
    assert "repeats a name" in call("run", SAT, "--algorithm", "twice").refusal()
