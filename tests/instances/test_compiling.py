"""Long compilation is said once, on stderr, and what is compiled already is not spoken of."""

import logging
import subprocess
import sys
import time
from pathlib import Path

import pytest

from instances import compiling
from instances.compiling import KEPT, SAID, Patience

PROGRAM = """
from instances import compiling

compiling.AFTER = {after}


@compiling.njit()
def twice(x):
    return 2 * x


print(twice(2), twice(2.0))
"""


@pytest.mark.slow
def test_it_is_said_once_on_stderr_and_not_of_what_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "program.py"

    def run(after: float) -> tuple[str, str]:
        file.write_text(PROGRAM.format(after=after))
        done = subprocess.run([sys.executable, file], capture_output=True, text=True, check=True)
        return done.stdout, done.stderr

    assert run(60) == ("4 4.0\n", "")
    assert run(0) == ("4 4.0\n", f"{SAID}; {KEPT}\n")  # another text: compiled again
    done = subprocess.run([sys.executable, file], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("4 4.0\n", "")


def test_seconds_add_up(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(compiling, "AFTER", 0.15)
    patience = Patience()
    for _ in range(3):
        patience.on_start(None)
        patience.on_start(None)  # what is compiled for it
        time.sleep(0.03)
        patience.on_end(None)
        patience.on_end(None)
    time.sleep(0.2)  # in which nothing is compiled
    assert not patience.said
    for _ in range(2):
        patience.on_start(None)
        time.sleep(0.3)
        patience.on_end(None)
    said = [(record.name, record.levelno, record.message) for record in caplog.records]
    assert said == [("hardlab", logging.WARNING, f"{SAID}; {KEPT}")]


def test_processes_that_others_started_are_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiling, "parent_process", lambda: object())
    assert Patience().said
