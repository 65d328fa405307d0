"""Shared by the tests: where the real CNF files are, and what the families of tiny formulas look like."""

import os
from pathlib import Path

import pytest

from tests.calling import Caller


@pytest.fixture(scope="session")
def real_cnf() -> Path:
    """The folder of real CNF files, with its MANIFEST.csv; skips, with the reason, where there is none."""
    folder = os.environ.get("HARDLAB_CNF")
    if not folder:
        pytest.skip("HARDLAB_CNF is not set: the folder of real CNF files is not there")
    path = Path(folder)
    if not (path / "MANIFEST.csv").is_file():
        pytest.skip(f"HARDLAB_CNF = {folder} has no MANIFEST.csv")
    return path


@pytest.fixture
def call(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Caller:
    """The command line, called in this process."""
    return Caller(capfd, monkeypatch)
