"""Compiled code is kept until anything that it is made of changes, wherever that stands."""

import importlib
import subprocess
import sys
from pathlib import Path
from types import FunctionType
from typing import Any

import pytest

from instances.fingerprint import fingerprint


def made(text: str) -> dict[str, Any]:
    """A module of that text."""
    names: dict[str, Any] = {"__name__": "somewhere"}
    exec(text, names)
    return names


CALLED = """
BASE = (2, 3.5)
def inner(x): return x + BASE[0]
def outer(x):
    def within(y): return inner(y) * 2
    return within(x)
def other(x): return x
"""


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        ("(2, 3.5)", "(2, 3.25)"),
        ("x + BASE", "x - BASE"),
        ("BASE[0]", "BASE[1]"),
        ("* 2", "* 3"),
        ("return within(x)", "return within(-x)"),
        ("return inner(y)", "return other(y)"),
    ],
)
def test_what_is_called_and_named_counts(was: str, becomes: str) -> None:
    assert CALLED.count(was) == 1
    assert fingerprint(made(CALLED)["outer"]) != fingerprint(made(CALLED.replace(was, becomes))["outer"])


def test_what_is_not_used_does_not_count() -> None:
    changed = CALLED.replace("def other(x): return x", "def other(x): return -x").replace("BASE = ", "\n\nBASE = ")
    assert fingerprint(made(CALLED)["outer"]) == fingerprint(made(changed)["outer"])


def test_closures_count() -> None:
    def maker(width: int) -> FunctionType:
        def kernel(x: int) -> int:
            return x * width

        assert isinstance(kernel, FunctionType)
        return kernel

    assert fingerprint(maker(2)) == fingerprint(maker(2)) != fingerprint(maker(3))


def test_arrays_count_by_their_values() -> None:
    text = "import numpy as np\nTABLE = np.array([1.0, 2.0])\ndef kernel(x): return TABLE[x]"
    assert fingerprint(made(text)["kernel"]) == fingerprint(made(text)["kernel"])
    assert fingerprint(made(text)["kernel"]) != fingerprint(made(text.replace("2.0", "3.0"))["kernel"])


def test_functions_that_call_one_another() -> None:
    text = "def one(x): return other(x - 1)\ndef other(x): return one(x) if x else 0"
    assert fingerprint(made(text)["one"]) != fingerprint(made(text.replace("else 0", "else 1"))["one"])


def test_compiled_functions_and_intrinsics_count(monkeypatch: pytest.MonkeyPatch) -> None:
    sums: Any = importlib.import_module("attention.polynomial.sums")
    tasks: Any = importlib.import_module("attention.mixed.tasks")
    kernel = sums._key_kernel(2, 8).kernel.py_func
    before = fingerprint(kernel)
    monkeypatch.setattr(sums, "times", sums.load)
    assert fingerprint(kernel) != before
    monkeypatch.undo()
    assert fingerprint(kernel) == before
    assert fingerprint(tasks.tasks.kernel.py_func) != fingerprint(tasks.items.kernel.py_func)


PROGRAM = """
import beside
from instances.compiling import njit

@njit()
def kernel(x):
    return beside.helper(x)

print(kernel(2), sum(kernel.stats.cache_hits.values()))
"""

HELPER = """
from instances.compiling import njit

@njit()
def helper(x):
    return x {sign} 1
"""


@pytest.mark.slow
def test_a_change_in_another_file_is_compiled_again(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(PROGRAM.replace("import beside", "from beside import helper").replace("beside.", ""))

    def run(sign: str) -> str:
        (tmp_path / "beside.py").write_text(HELPER.format(sign=sign))  # of another size, or Python takes it for the same
        done = subprocess.run([sys.executable, "program.py"], cwd=tmp_path, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    assert [run("+"), run("+"), run("- "), run("- "), run("+")] == ["3 0", "3 1", "1 0", "1 1", "3 0"]
