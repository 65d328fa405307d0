"""The plug-in for pytest, in runs of pytest of its own."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from hardlab.conformance import check_algorithm
from hardlab.kernels.targets import target_of
from instances.faults import BadInput
from tests.support import kernels
from tests.support.places import ROOT

KERNEL = """
import numpy as np


def right(Q, K, V, scale):
    S = (Q * Q.dtype.type(scale)) @ K.T
    W = np.exp(S - S.max(axis=1, keepdims=True))
    return (W @ V) / W.sum(axis=1, keepdims=True)


def wrong(Q, K, V, scale):
    return right(Q, K, V, scale / 2)


class Declined(Exception):
    pass


def never(Q, K, V, scale):
    raise Declined("not today")


def causal(Q, K, V, scale, causal=None):
    S = scale * Q @ K.swapaxes(2, 3)
    n, m = S.shape[2:]
    S = np.where(np.tri(n, m, m - n if causal == "bottom-right" else 0, dtype=bool) | (causal is None), S, -1e30)
    W = np.exp(S - S.max(axis=3, keepdims=True))
    return W / W.sum(axis=3, keepdims=True) @ V


def strict(Q, K, V, scale, causal=None):
    S = scale * Q @ K.swapaxes(2, 3)
    n, m = S.shape[2:]
    S = np.where(np.tri(n, m, (m - n if causal == "bottom-right" else 0) - 1, dtype=bool) | (causal is None), S, -1e30)
    W = np.exp(S - S.max(axis=3, keepdims=True))
    return W / W.sum(axis=3, keepdims=True) @ V
"""

MARKED = """
import pytest


@pytest.mark.attention_kernel({arguments})
def test_kernel(hardlab_check):
    hardlab_check()
"""


def run(folder: Path, test: str, *words: str) -> "subprocess.CompletedProcess[str]":
    (folder / "kernel.py").write_text(KERNEL)
    (folder / "test_it.py").write_text(test)
    command = [sys.executable, "-m", "pytest", "-q", "-rA", "-p", "no:cacheprovider", "--strict-markers", *words, "test_it.py"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)


def outcomes(done: "subprocess.CompletedProcess[str]") -> dict[str, str]:
    """What became of each check."""
    lines = (line.split(maxsplit=1) for line in done.stdout.splitlines() if line.startswith(("PASSED ", "FAILED ", "SKIPPED ")))
    return {where.partition("[")[2].partition("]")[0]: word for word, where in lines}


def marked(kernel: str, **options: object) -> str:
    return MARKED.format(arguments=", ".join([repr(kernel), *(f"{name}={value!r}" for name, value in options.items())]))


@pytest.mark.slow
def test_a_right_kernel_passes_every_check(tmp_path: Path) -> None:
    done = run(tmp_path, marked("kernel.py:right", dtype="float32", sizes=(16,), quick=True))
    assert done.returncode == 0, done.stdout
    passed = {name for name, word in outcomes(done).items() if word == "PASSED"}
    assert {"shapes", "definition", "decisions/T5/worst/n=16/R0=1.05/d=48,gap=16"} <= passed
    assert "kernel makes no promise" in done.stdout


@pytest.mark.slow
def test_a_wrong_kernel_fails_with_reasons(tmp_path: Path) -> None:
    done = run(tmp_path, marked("kernel.py:wrong", dtype="float32", sizes=(16,)), "-k", "definition or worst or shapes")
    assert done.returncode == 1
    found = outcomes(done)
    assert (found["shapes"], found["definition"]) == ("PASSED", "FAILED")
    assert "decisions/T5/worst/n=16/R0=1.05/d=48,gap=16 is wrong: at B = " in done.stdout


ASKED = {"convention": "heads", "dtype": "float32", "features": ("causal", "batch", "heads"), "quick": True, "seed_of_check": 7}


@pytest.mark.slow
@pytest.mark.parametrize(("kernel", "word"), [("causal", "PASSED"), ("strict", "FAILED")])
def test_the_marker_takes_what_the_command_does(tmp_path: Path, kernel: str, word: str) -> None:
    done = run(tmp_path, marked(f"kernel.py:{kernel}", only="visibility/*", **ASKED))
    assert outcomes(done) == {"visibility": word}, done.stdout
    assert ("(seed_of_check=7)" in done.stdout) == (word == "FAILED")


@pytest.mark.slow
def test_processes_of_xdist_collect_the_same_tests(tmp_path: Path) -> None:
    pytest.importorskip("xdist", reason="pytest-xdist, of the extra dev")
    words = {name: value for name, value in ASKED.items() if name != "seed_of_check"}
    done = run(
        tmp_path, marked("kernel.py:causal", sizes=(16,), **words), "-p", "xdist", "-n", "2", "-k", "heads or visibility"
    )
    assert done.returncode == 0, done.stdout
    assert outcomes(done) == {"heads": "PASSED", "visibility": "PASSED"}


@pytest.mark.slow
def test_what_is_declined_is_skipped(tmp_path: Path) -> None:
    done = run(tmp_path, marked("kernel.py:never", sizes=(16,)), "-k", "definition")
    assert done.returncode == 0
    assert "not today" in done.stdout
    assert "1 skipped" in done.stdout


@pytest.mark.slow
def test_the_function_itself_without_the_marker(tmp_path: Path) -> None:
    test = """
import pytest
from hardlab.conformance import Conventions, check_algorithm
from kernel import right


@pytest.mark.parametrize("check", check_algorithm(right, Conventions(dtype="float32"), sizes=(16,)), ids=str)
def test_kernel(check):
    check()
"""
    done = run(tmp_path, test, "-k", "definition or shapes")
    assert done.returncode == 0, done.stdout
    assert outcomes(done) == {"shapes": "PASSED", "definition": "PASSED"}


RULE = """
from tests.support.rules.graphs import PathCircuit as Right
from tests.support.rules.graphs import CircuitFromItsFirst as Wrong
"""


@pytest.mark.slow
@pytest.mark.parametrize(("rule", "failed"), [("Right", set()), ("Wrong", {"sound"})])
def test_a_reduction_on_trial(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rule: str, failed: set[str]) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    (tmp_path / "rules.py").write_text(RULE)
    marker = f"@pytest.mark.on_trial('rules.py:{rule}', time=1, seed_of_check=1)"
    done = run(tmp_path, f"import pytest\n{marker}\ndef test_rule(hardlab_check):\n    hardlab_check()\n")
    found = outcomes(done)
    assert {name for name, word in found.items() if word == "FAILED"} == failed, done.stdout
    assert {"pure", "complete", "size_is_exact"} <= {name for name, word in found.items() if word == "PASSED"}
    assert ("wrong way back" in done.stdout, "(seed_of_check=1)" in done.stdout) == (bool(failed), bool(failed))


WRONG = (
    (MARKED.format(arguments=""), "attention_kernel"),
    (marked("kernel.py:right", dtype="int8"), "dtype = 'int8'"),
    (marked("kernel.py:right", size=(16,)), "size"),
    ("import pytest\n@pytest.mark.on_trial('r.py:R', time=0)\ndef test_kernel(hardlab_check):\n    pass\n", "time = 0"),
    ("def test_kernel(hardlab_check):\n    hardlab_check()\n", "mark it with @pytest.mark.attention_kernel"),
)


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> "subprocess.CompletedProcess[str]":
    """A run over all of them, each in a file of its own."""
    folder = tmp_path_factory.mktemp("wrong")
    for i, (test, _) in enumerate(WRONG):
        (folder / f"test_wrong_{i}.py").write_text(test)
    return run(folder, "", *(f"test_wrong_{i}.py" for i in range(len(WRONG))))


@pytest.mark.slow
@pytest.mark.parametrize("i", range(len(WRONG)))
def test_a_wrong_marker_is_said(collected: "subprocess.CompletedProcess[str]", i: int) -> None:
    assert collected.returncode != 0
    _, of_it, rest = collected.stdout.partition(f"ERROR collecting test_wrong_{i}.py")
    assert of_it
    (said,) = [line for line in rest.partition("ERROR collecting")[0].splitlines() if line.startswith("E  ")]
    assert said.startswith(f"E   pytest.UsageError: test_wrong_{i}.py::test_kernel")
    assert WRONG[i][1] in said


@pytest.mark.slow
def test_a_kernel_that_is_not_there_is_said(tmp_path: Path) -> None:
    done = run(tmp_path, marked("no_such_module:f", sizes=(16,)), "-x")
    assert done.returncode != 0
    assert "no_such_module" in done.stdout + done.stderr


def test_the_plug_in_alone_imports_nothing_of_the_lab() -> None:
    program = (
        "import sys, hardlab.pytest_plugin; print([name for name in ('numpy', 'numba', 'attention') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_functions_go_by_their_module_or_file() -> None:
    assert target_of("softmax") == "softmax"
    assert target_of(subprocess.run) == "subprocess:run"
    assert target_of(kernels.right) in ("tests.support.kernels:right", f"{kernels.__file__}:right")
    nobodys: list[Any] = [lambda Q, K, V, scale: V, "".join, 3]
    for nobody in nobodys:
        with pytest.raises(BadInput, match="at the top of a module"):
            check_algorithm(nobody)
