"""The command line, called in this process or as a process of its own."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from hardlab.cli.main import main
from tests.support.kept import TIMES

COMMAND = str(Path(sys.executable).with_name("hardlab"))


@dataclass(frozen=True)
class Answer:
    """What a command gave: exit code, standard output, standard error."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """The record; times in it are those of a command of a test, and not of a clock."""
        record: dict[str, Any] = json.loads(self.out)
        assert all(0 <= seconds < 600 for seconds in times(record)), record
        return record

    def refusal(self) -> str:
        """The message of a command that was refused: exit 2, nothing on stdout, one line on stderr."""
        assert self.code == 2, self
        assert self.out == "", self
        lines = self.err.splitlines()
        assert len(lines) == 1, self
        assert lines[0].startswith("hardlab: "), self
        assert "Traceback" not in self.err
        return lines[0].removeprefix("hardlab: ")


def times(value: Any) -> Iterator[float]:
    """All that is called seconds in a record."""
    if isinstance(value, list):
        for part in value:
            yield from times(part)
    elif isinstance(value, dict):
        for name, part in value.items():
            if name in TIMES and isinstance(part, int | float):
                yield part
            else:
                yield from times(part)


@dataclass(frozen=True)
class Caller:
    """Calls the command line in this process."""

    capfd: pytest.CaptureFixture[str]
    monkeypatch: pytest.MonkeyPatch

    def __call__(self, *words: object, stdin: bytes | None = None) -> Answer:
        if stdin is not None:
            self.monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        self.capfd.readouterr()
        with pytest.raises(SystemExit) as stop:
            main([str(word) for word in words])
        out, err = self.capfd.readouterr()
        assert isinstance(stop.value.code, int)
        return Answer(stop.value.code, out, err)


def process(*words: object, stdin: bytes = b"", **environment: object) -> Answer:
    """Calls the installed command."""
    done = subprocess.run(
        [COMMAND, *map(str, words)],
        input=stdin,
        capture_output=True,
        env={**os.environ, **{name: str(value) for name, value in environment.items()}},
        timeout=120,
        check=False,
    )
    return Answer(done.returncode, done.stdout.decode(), done.stderr.decode())
