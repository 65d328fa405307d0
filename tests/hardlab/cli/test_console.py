"""What every verb shares: exit codes and one line for each kind of error, in text and in JSON."""

import json
import os
import sys
import warnings
from collections.abc import Callable
from typing import Any

import pytest
import typer

from hardlab.cli.console import Interrupted, Told, emit_json, guarded, quiet_stdout
from instances.faults import BadInput, Declined, PlugInFault, Remark


def raising(error: BaseException) -> Callable[[], Any]:
    def main() -> None:
        raise error

    return main


ERRORS: list[tuple[BaseException, int, str]] = [
    (BadInput("bad\n input"), 2, "bad input"),
    (Declined("too large"), 2, "too large"),
    (PlugInFault("it raised"), 1, "it raised"),
    (MemoryError("no\nroom"), 2, "out of memory: no room; take a smaller instance or a smaller --memory"),
    (FileNotFoundError(2, "No such file", "x.cnf"), 2, "x.cnf: No such file"),
    (OSError("odd"), 2, "input/output: odd"),
    (typer.BadParameter("no such thing."), 2, "Invalid value: no such thing; see hardlab --help"),
    (KeyboardInterrupt(), 130, "interrupted"),
    (typer.Abort(), 130, "interrupted"),
]


@pytest.mark.parametrize(("error", "code", "said"), ERRORS, ids=lambda each: type(each).__name__)
def test_an_error_is_one_line_and_an_exit_code(
    error: BaseException, code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for as_json in (False, True):
        assert guarded(raising(error), as_json) == code
        out, err = capsys.readouterr()
        assert err == f"hardlab: {said}\n"
        assert out == ("" if not as_json else json.dumps({"error": said}, indent=2) + "\n")


def test_what_was_reached_is_kept_and_no_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert guarded(raising(Interrupted("go on with x")), True) == 130
    assert capsys.readouterr() == ("", "hardlab: go on with x\n")


@pytest.mark.parametrize(("result", "code"), [(None, 0), ("text", 0), (0, 0), (1, 1), (2, 2), (7, 7)])
def test_what_a_verb_gives_is_the_exit_code(result: Any, code: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert guarded(lambda: result, False) == code
    assert guarded(raising(typer.Exit(5)), False) == 5
    assert capsys.readouterr() == ("", "")


def test_an_answer_that_was_interrupted(capsys: pytest.CaptureFixture[str]) -> None:
    assert guarded(lambda: 130, False) == 130
    assert capsys.readouterr().err == "hardlab: interrupted\n"


def test_other_errors_are_ours_and_pass() -> None:
    with pytest.raises(ZeroDivisionError):
        guarded(raising(ZeroDivisionError()), False)


def test_remarks_are_said_once(capsys: pytest.CaptureFixture[str]) -> None:
    others: list[str] = []

    def main() -> None:
        for text in ("one\n two", "one\n two", "three"):
            warnings.warn(text, Remark, stacklevel=1)
        warnings.warn("another", RuntimeWarning, stacklevel=1)

    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.showwarning = lambda message, *rest: others.append(str(message))
        assert guarded(main, False) == 0
    assert capsys.readouterr().err == "hardlab: one two\nhardlab: three\n"
    assert others == ["another"]


def test_what_waits_is_said_once_a_minute(capsys: pytest.CaptureFixture[str]) -> None:
    told = Told()
    for waited in (1.0, 2.0, 59.9, 60.0, 61.0, 119.9, 180.0):
        told(f"at {waited:g}", waited)
    assert capsys.readouterr().err == "hardlab: at 1\nhardlab: at 60\nhardlab: at 180\n"
    told("now")
    told("now")
    told("again", 181.0)
    assert capsys.readouterr().err == "hardlab: now\nhardlab: now\nhardlab: again\n"


def test_numbers_without_words_are_null(capsys: pytest.CaptureFixture[str]) -> None:
    emit_json({"a": float("inf"), "b": [float("nan"), 1.5]})
    assert json.loads(capsys.readouterr().out) == {"a": None, "b": [None, 1.5]}


def test_nobody_writes_to_stdout_meanwhile(capfd: pytest.CaptureFixture[str]) -> None:
    print("before")
    with quiet_stdout():
        print("inside")
        os.write(1, b"below\n")
    print("after")
    sys.stdout.flush()
    os.write(1, b"stdout\n")
    os.write(2, b"stderr\n")
    out, err = capfd.readouterr()
    assert out.split() == ["before", "after", "stdout"]
    assert sorted(err.split()) == ["below", "inside", "stderr"]
