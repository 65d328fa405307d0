"""`hardlab replay` through the command line: what is confirmed, what is not, and files that are no counterexamples."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hardlab.claims.claim import Case, Finding, found
from hardlab.claims.replaying import LARGEST_FILE
from tests.support.calling import Caller, process
from tests.support.claims import DOUBLE, FALSE, Formula, Use

# --------------------------------------------------------------------------------------------------------- replay

GOOD: dict[str, Any] = {
    "claim": "T1-double",
    "source": "Toys, Lemma 1",
    "case": {"n": 3},
    "printed": {"verdict": "fails", "detail": "3^2 = 9, bound 6"},
}


def edited(**changes: Any) -> bytes:
    return json.dumps({**GOOD, **changes}).encode()


@pytest.mark.usefixtures("toys")
def test_replay_confirms(call: Caller, tmp_path: Path) -> None:
    (tmp_path / "good.json").write_bytes(edited())
    first = "confirmed: T1-double fails as printed on this case: 3^2 = 9, bound 6\n"
    lines = first + "corrected: it holds on this case: 3^2 = 9, bound 9\n"
    for words, stdin in (([tmp_path / "good.json"], None), (["-"], edited())):
        answer = call("replay", *words, stdin=stdin)
        assert (answer.code, answer.out, answer.err) == (0, lines, "")
    assert call("replay", tmp_path / "good.json", "-q").out == first
    answer = call("replay", tmp_path / "good.json", "--json")
    assert answer.code == 0
    assert answer.json == {
        "claim": "T1-double",
        "source": "Toys, Lemma 1",
        "printed": {"verdict": "fails", "detail": "3^2 = 9, bound 6"},
        "corrected": {"verdict": "holds", "detail": "3^2 = 9, bound 9"},
        "confirmed": True,
    }


@pytest.mark.usefixtures("toys")
def test_replay_takes_what_says_the_same(call: Caller) -> None:
    """Keys for people, further keys, another order, a byte-order mark and UTF-16 do not matter."""
    bare = {"case": {"n": 3, "why": "small"}, "printed": {"verdict": "fails", "seen": [1]}, "claim": "T1-double", "note": None}
    text = json.dumps(bare)
    for content in (text.encode(), b"\xef\xbb\xbf" + text.encode(), text.encode("utf-16"), b"\n " + text.encode() + b"\n"):
        assert call("replay", "-", stdin=content).code == 0


@pytest.mark.usefixtures("toys")
@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"case": {"n": 2}}, "T1-double holds as printed on this case, the file says fails: 2^2 = 4, bound 4"),
        ({"case": {"n": 0}}, "T1-double says nothing as printed on this case, the file says fails: n = 0"),
        ({"printed": {"verdict": "ill-typed"}}, "fails as printed on this case, the file says ill-typed"),
        ({"printed": {"verdict": "holds"}}, "fails as printed on this case, the file says holds"),
        ({"case": {"n": 2}, "printed": {"verdict": "holds"}}, "holds as printed on this case, which is no counterexample"),
        ({"case": {"n": 0}, "printed": {"verdict": "outside"}}, "says nothing as printed on this case, which is no"),
        ({"claim": "T3-square"}, "T3-square holds as printed on this case, the file says fails"),
        ({"claim": "T2-table", "case": {"n": 4}}, "T2-table is ill-typed as printed on this case, the file says fails"),
    ],
)
def test_replay_does_not_confirm_what_is_not_so(call: Caller, changes: dict[str, Any], said: str) -> None:
    answer = call("replay", "-", stdin=edited(**changes))
    assert answer.code == 1
    assert answer.out.startswith("not confirmed: ")
    assert said in answer.out
    assert answer.err == ""
    answer = call("replay", "-", "--json", stdin=edited(**changes))
    assert answer.code == 1
    assert answer.json["confirmed"] is False


def test_replay_says_where_the_correction_fails_too(call: Caller, use: Use) -> None:
    use(FALSE)
    answer = call("replay", "-", stdin=edited(claim="T4-false", case={"n": 4}))
    assert answer.code == 1
    assert answer.out.startswith("not confirmed: T4-false fails as printed on this case, but the corrected statement fails")
    assert "\ncorrected: it fails on this case: 4^2 = 16, bound 12\n" in answer.out


FILES: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "is not JSON"),
    "text": (b"p cnf 1 1\n1 0\n", "is not JSON"),
    "binary": (bytes(range(256)) * 4, "is not JSON"),
    "cut": (edited()[:-1], "is not JSON"),
    "two": (edited() * 2, "is not JSON"),
    "a list": (b"[1, 2]", "holds a list"),
    "a number": (b"3", "holds a number"),
    "null": (b"null", "holds null"),
    "a text": (b'"T1-double"', "holds a text"),
    "no claim": (b'{"case": {"n": 3}, "printed": {"verdict": "fails"}}', "has no 'claim'"),
    "no case": (b'{"claim": "T1-double", "printed": {"verdict": "fails"}}', "has no 'case'"),
    "nothing printed": (b'{"claim": "T1-double", "case": {"n": 3}}', "has no 'printed'"),
    "no verdict": (edited(printed={"detail": "x"}), "has no 'verdict'"),
    "claim is a number": (edited(claim=1), "'claim' is a number, it must be a text"),
    "claim is a list": (edited(claim=["T1-double"]), "'claim' is a list"),
    "case is a list": (edited(case=[3]), "'case' is a list, it must be an object"),
    "case is true": (edited(case=True), "'case' is true or false"),
    "printed is a text": (edited(printed="fails"), "'printed' is a text"),
    "verdict is null": (edited(printed={"verdict": None}), "'verdict' is null"),
    "other verdict": (edited(printed={"verdict": "FAILS\n" * 1000}), "must be one of holds, fails, ill-typed, outside"),
    "unknown claim": (edited(claim="T1-doubel"), "unknown claim 'T1-doubel': did you mean T1-double?"),
    "endless claim": (edited(claim="T1-double" * 10**5), "unknown claim"),
    "hostile claim": (edited(claim="\ud800\x1b[2J\n"), "unknown claim"),
    "case without n": (edited(case={}), "cannot be read as one of T1-double (KeyError: 'n')"),
    "n is a text": (edited(case={"n": "3"}), "cannot be read as one of T1-double (TypeError"),
    "n is a list": (edited(case={"n": [3]}), "cannot be read as one of T1-double"),
    "NaN": (b'{"claim": "T1-double", "case": {"n": NaN}, "printed": {"verdict": "fails"}}', "NaN"),
    "infinity": (b'{"claim": "T1-double", "case": {"n": -Infinity}, "printed": {"verdict": "fails"}}', "-Infinity"),
    "beyond floats": (b'{"claim": "T1-double", "case": {"n": 1e999}, "printed": {"verdict": "fails"}}', "1e999"),
    "many digits": (b'{"claim": "T1-double", "case": {"n": 1' + b"0" * 5000 + b'}, "printed": {}}', "is not JSON"),
    "key twice": (b'{"claim": "T3-square", "claim": "T1-double", "case": {"n": 3}}', "'claim' stands twice"),
    "key twice in the case": (edited().replace(b'"n": 3', b'"n": 2, "n": 3'), "'n' stands twice"),
    "nested": (b"[" * 10**6, "nested too deeply"),
    "nested case": (edited().replace(b"3}", b"[" * 10**5 + b"]" * 10**5 + b"}"), "nested too deeply"),
    "huge": (edited(note="x" * LARGEST_FILE), "has more than 4,194,304 bytes"),
}


@pytest.mark.usefixtures("toys")
@pytest.mark.parametrize("name", FILES)
def test_files_that_are_no_counterexamples(call: Caller, tmp_path: Path, name: str) -> None:
    content, said = FILES[name]
    (tmp_path / "bad.json").write_bytes(content)
    message = call("replay", tmp_path / "bad.json").refusal()
    assert said in message
    assert len(message) < 600
    assert message.isprintable()
    answer = call("replay", "-", "--json", stdin=content)
    assert answer.code == 2
    assert said in answer.json["error"]


@pytest.mark.usefixtures("toys")
def test_paths_that_hold_no_counterexample(call: Caller, tmp_path: Path) -> None:
    assert "no file" in call("replay", tmp_path / "none.json").refusal()
    assert "is a directory" in call("replay", tmp_path).refusal()
    assert call("replay", "a\0b.json").refusal()
    assert "file" in call("replay").refusal().lower()


def test_a_case_on_which_numbers_overflow_is_refused(call: Caller, use: Use) -> None:
    def check(formula: Formula, case: Case) -> Finding:
        return found(bool(np.exp(np.float64(case["n"])) < 1), "")

    use(replace(DOUBLE, check=check))
    assert call("replay", "-", stdin=edited()).code == 1
    assert "overflow" in call("replay", "-", stdin=edited(case={"n": 10**6})).refusal()


@pytest.mark.usefixtures("toys")
def test_words_of_a_file_do_not_move_the_cursor(call: Caller) -> None:
    answer = call("replay", "-", stdin=edited(case={"n": 3, "note": "a\nb\x1b[2Jc\ud800"}))
    assert answer.code == 0
    first, second = answer.out.splitlines()
    assert first.endswith("bound 6 a b?[2Jc?")
    assert second.isprintable()


@pytest.mark.slow
def test_the_installed_command(tmp_path: Path) -> None:
    answer = process("verify", "E19-normaliser", "--counterexamples", tmp_path, "-q")
    assert answer.code == 0
    assert answer.err == ""
    content = (tmp_path / "E19-normaliser.json").read_bytes()
    assert process("replay", "-", stdin=content).out.startswith("confirmed: E19-normaliser fails as printed")
    assert "unknown claim" in process("replay", "-", stdin=content.replace(b"E19-n", b"E91-n")).refusal()


@pytest.mark.parametrize("value", ["1e999999999", "9" * 500, 10**13, [{"deep": [1e300]}]])
def test_numbers_that_only_reading_would_take_for_ever_are_refused(call: Caller, use: Use, value: object) -> None:
    use(DOUBLE)
    assert "too large a number" in call("replay", "-", stdin=edited(case={"n": 3, "other": value})).refusal()


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["time", "memory"])
def test_a_case_may_take_so_much_and_no_more(call: Caller, use: Use, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def check(formula: Formula, case: Case) -> Finding:
        held = []
        while True:
            held.append(bytearray(2**24) if kind == "memory" else 0)
            held = held if kind == "memory" else []

    monkeypatch.setattr("hardlab.claims.replaying.SECONDS", 1 if kind == "time" else 30)
    use(replace(DOUBLE, check=check))
    assert "more than" in call("replay", "-", stdin=edited()).refusal()
    use(DOUBLE)
    assert call("replay", "-", stdin=edited()).code == 0
