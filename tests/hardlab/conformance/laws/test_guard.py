"""Steps of foreign code with a limit on their time, and who raised."""

import signal
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from hardlab.conformance.laws.guard import in_time, said, where
from instances.faults import Late


def foreign(source: str, folder: Path, name: str = "foreign.py") -> Any:
    """A module of somebody else."""
    module: Any = ModuleType("foreign")
    exec(compile(source, str(folder / name), "exec"), module.__dict__)
    return module


CODE = """
import json
from time import sleep
def outer(x):
    return inner(x)
def inner(x):
    raise ValueError("no\\n good")
def reads(text):
    return json.loads(text)
def sleeps():
    sleep(60)
"""


def error_of(code: Any, name: str, *arguments: Any) -> BaseException:
    """What it raises when it is called from here, without this file among the frames."""
    try:
        getattr(code, name)(*arguments)
    except BaseException as error:
        return error.with_traceback(error.__traceback__ and error.__traceback__.tb_next)
    raise AssertionError("it raised nothing")


def test_libraries_are_not_named(tmp_path: Path) -> None:
    code = foreign(CODE, tmp_path)
    assert said(error_of(code, "outer", 1)) == "outer raised ValueError: no good"
    assert said(error_of(code, "reads", "{")).startswith("reads raised JSONDecodeError: ")
    assert said(ValueError("x")) == "raised ValueError: x"
    assert where(error_of(code, "outer", 1)) == "outer"
    assert where(ValueError("x")) == "it"
    inside = foreign(CODE, Path("hardlab").absolute())
    assert said(error_of(inside, "outer", 1)) == "raised ValueError: no good"
    assert where(error_of(inside, "outer", 1)) == "it"
    beside = foreign(CODE, Path("hardlab_of_others").absolute())
    assert where(error_of(beside, "outer", 1)) == "outer"
    unnamed: Any = ModuleType("unnamed")
    exec(compile(CODE, "<string>", "exec"), unnamed.__dict__)
    assert where(error_of(unnamed, "outer", 1)) == "it"


def test_what_takes_too_long_is_interrupted_where_it_is(tmp_path: Path) -> None:
    code = foreign(CODE, tmp_path)
    error = in_time(lambda: error_of(code, "sleeps"), 0.02)
    assert isinstance(error, Late)
    assert where(error) == "sleeps"
    with pytest.raises(Late, match=r"^it did not end in time$"):
        in_time(code.sleeps, 0.02)


def test_what_is_in_time_is_given_and_the_alarm_is_off() -> None:
    assert in_time(lambda: 3, 30.0) == 3
    assert signal.getitimer(signal.ITIMER_REAL)[0] == 0
    with pytest.raises(ZeroDivisionError):
        in_time(lambda: 1 / 0, 30.0)
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
    in_time(lambda: time.sleep(0.001), 0.02)
    time.sleep(0.03)
