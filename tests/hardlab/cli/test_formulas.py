"""Formulas as they come from elsewhere, on the command line: lenient where that is asked for, and what is dropped is said."""

from pathlib import Path

import pytest

from tests.support.calling import Caller

WRONG = b"c p show 1 0\np cnf 3 5\n1 -2 0 c so\n3 00\n\x1a"
VERBS = (["run"], ["decide"], ["chains", "cnf", "attention"], ["reduce", "-o", "{}/task.npz"])


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb[0])
@pytest.mark.parametrize("piped", [False, True])
def test_lenient(call: Caller, tmp_path: Path, verb: list[str], piped: bool) -> None:
    """Refused in one line that says how; with --lenient read, and one line each says what is wrong and what is dropped."""
    words = [word.format(tmp_path) for word in verb]
    (tmp_path / "f.cnf").write_bytes(WRONG)
    file, stdin = ("-", WRONG) if piped else (str(tmp_path / "f.cnf"), None)
    assert "announces 5 clauses and the file has 2: correct the header" in call(*words, file, stdin=stdin).refusal()
    answer = call(*words, file, "--lenient", stdin=stdin)
    assert answer.code == 0
    name = "standard input" if piped else file
    assert answer.err.splitlines() == [
        f"hardlab: {name}, line 2: the header announces 5 clauses and the file has 2: they are what is read",
        f"hardlab: {name}: a projection (line 1: c p show ...): dropped, the formula alone is read",
    ]


def test_json_stays_alone_on_stdout(call: Caller, tmp_path: Path) -> None:
    (tmp_path / "f.cnf").write_bytes(WRONG)
    assert call("run", tmp_path / "f.cnf", "--lenient", "--json").json["verdict"] == "yes"


def test_a_sound_formula_says_nothing(call: Caller, tmp_path: Path) -> None:
    (tmp_path / "f.cnf").write_bytes(b"c first\np cnf 3 2\n1 -2 0 c so\n3 0\n")
    assert call("run", tmp_path / "f.cnf", "--quiet", "--lenient").err == ""


def test_other_formats_are_named(call: Caller, tmp_path: Path) -> None:
    (tmp_path / "f.wcnf").write_bytes(b"h 1 2 0\n3 1 0\n")
    (tmp_path / "f.gcnf").write_bytes(b"{0} 1 0\n{1} -1 0\n")  # a brace where safetensors have one
    for verb in ("run", "decide"):
        assert "WCNF, for MaxSAT" in call(verb, tmp_path / "f.wcnf", "--lenient").refusal()
        assert "a clause of a group (GCNF)" in call(verb, tmp_path / "f.gcnf").refusal()


def test_the_model_of_nothing_is_its_end_alone(call: Caller) -> None:
    answer = call("run", "-", stdin=b"p cnf 0 0\n")
    assert answer.out.splitlines()[1] == "model: 0"
    assert call("run", "-", "--sat-codes", stdin=b"p cnf 0 0\n").out.splitlines() == ["s SATISFIABLE", "v 0"]
    explained = call("run", "-", "--explain", stdin=b"p cnf 0 0\n").out.splitlines()
    assert [line for line in explained if line != line.rstrip()] == []
