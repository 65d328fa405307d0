"""Processes of ours: late answers, full disks and Ctrl-C; a process ends with the one that started it."""

import _thread
import gc
import os
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from hardlab.kernels.child import ChildKernel
from hardlab.kernels.external import ExternalKernel
from hardlab.kernels.kernel import Answer, Conventions
from hardlab.kernels.targets import kernel_named
from hardlab.work.child import Child
from instances.faults import BadInput
from tests.support.processes import MEMORY, ONE, child, failure, inputs, right

pytestmark = pytest.mark.usefixtures("nothing_left")


@pytest.mark.slow
def test_an_answer_without_an_end_is_late(file: Path) -> None:
    """A kernel that writes into the pipe of its process, and never ends a line."""
    file.write_text("""
import os, sys, time


def flood(Q, K, V, scale):
    answers = int(sys.argv[2])
    while True:
        os.write(answers, b"x")
        time.sleep(0.01)
""")
    with child(f"{file}:flood", timeout=0.5) as kernel:
        assert failure(kernel).kind == "timeout"


def test_a_disk_that_is_full_is_a_failure(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with child(f"{file}:softmax") as kernel:
        right(kernel)
        with monkeypatch.context() as patched:
            patched.setattr("numpy.save", full)
            assert "No space left" in failure(kernel).reason
        right(kernel)


@pytest.mark.slow
def test_a_module_is_found_in_a_directory_and_sees_the_users_search_path(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTHONPATH", raising=False)
    with child("kernels:search_path", path=file.parent) as kernel:
        answer = kernel(*inputs(), 1.0)
    assert isinstance(answer, Answer)
    assert not answer.output.any()
    monkeypatch.syspath_prepend(str(file.parent))
    with child("kernels:Made") as kernel:
        right(kernel)


def test_it_finds_modules_where_this_process_does(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An empty folder of the search path is the one that this process is in."""
    given: list[str] = []

    def started(command: Any, *, environment: Mapping[str, str], **others: Any) -> Any:
        given.append(environment["PYTHONPATH"])
        raise OSError("enough is seen")

    monkeypatch.setattr("hardlab.work.child.started", started)
    monkeypatch.setattr("sys.path", ["", "/some/where"])
    monkeypatch.chdir(tmp_path)
    with pytest.raises(OSError, match="enough is seen"):
        Child("some.module", "somebody")
    assert given == [f"{tmp_path}{os.pathsep}/some/where"]


@pytest.mark.slow
def test_loading_has_a_limit_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "slow.py").write_text("import time\ntime.sleep(1000)\n")
    monkeypatch.setattr("hardlab.kernels.child.LOADING", 2.0)
    with pytest.raises(BadInput, match="cannot be loaded in 2 seconds"):
        kernel_named(str(tmp_path / "slow.py"))(ONE, ONE, ONE, 1.0)


@pytest.mark.slow
def test_a_kernel_that_is_forgotten_leaves_no_process(file: Path) -> None:
    kernel = child(file)
    right(kernel)
    (process,) = [running.process for running in kernel._running]
    del kernel
    gc.collect()
    assert process.returncode is not None


@pytest.mark.slow
@pytest.mark.parametrize("external", [False, True])
def test_ctrl_c_ends_the_kernel(file: Path, external: bool) -> None:
    command = f"{sys.executable} -c 'import time; time.sleep(1000)' {{input}} {{output}}"
    kernel = ExternalKernel(command, Conventions(), 60.0, MEMORY) if external else child(file).load()
    threading.Timer(1.0, _thread.interrupt_main).start()
    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        kernel(*inputs(what=1), 0.25)
    assert time.monotonic() - start < 30
    if isinstance(kernel, ChildKernel):
        right(kernel)
        kernel.close()
