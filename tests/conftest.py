"""Shared by the tests: where the real CNF files are, and what the families of tiny formulas look like."""

import gc
import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# For these processes and those that tests start, before anything of it is loaded: products of tiny matrices take one thread,
# and threads of compiled sums sleep while they wait, where they would take processor time from the tests beside them.
os.environ["OPENBLAS_NUM_THREADS"] = "1"
os.environ["OMP_WAIT_POLICY"] = "passive"

import numba
import pytest

from tests.support.calling import Caller
from tests.support.kept import Keeper, NumbersKeeper

THREADED = (
    "tests.attention.exact",
    "tests.attention.polynomial",
    "tests.attention.test_extents",
    "tests.attention.test_laws",
    "tests.attention.test_promises",
    "tests.hardlab.runs.test_members",
    "tests.solvers.test_popcount",
)
"""Modules, and packages of them, whose tests are about kernels in several threads too."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--few", action="store_true", help="of each test its first case and its last: make quick")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> Iterator[None]:
    """Of what is long all but the first case and the last are exhaustive; with --few, so is what markers leave of each test."""
    ends = _ends(items)
    for item in items:
        if item.get_closest_marker("long") and id(item) not in ends:
            item.add_marker("exhaustive")
    yield
    if not config.getoption("few"):
        return
    kept = _ends(items)
    config.hook.pytest_deselected(items=[item for item in items if id(item) not in kept])
    items[:] = [item for item in items if id(item) in kept]


def _ends(items: list[pytest.Item]) -> set[int]:
    """The first and the last case of each test."""
    cases: dict[str, list[pytest.Item]] = {}
    for item in items:
        cases.setdefault(item.nodeid.partition("[")[0], []).append(item)
    return {id(some[place]) for some in cases.values() for place in (0, -1)}


def pytest_collection_finish() -> None:
    """No search for garbage goes through thousands of tests and their parameters again, which takes a third of a second."""
    gc.collect()
    gc.freeze()


def pytest_configure() -> None:
    """Ctrl-C interrupts, here and in the processes that tests start, also where a shell ignores it (&, nohup)."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def threads(request: pytest.FixtureRequest) -> Iterator[None]:
    """Compiled sums have one thread: on tiny inputs two of them mostly wait for each other, longer where cores are busy."""
    before = numba.get_num_threads()
    if not request.module.__name__.startswith(THREADED):
        numba.set_num_threads(1)
    yield
    numba.set_num_threads(before)


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


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Chromium, as it stands on this machine; fails where it is missing, skips where playwright is."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: make test-web installs it")
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.fail("chromium is not on PATH: install the Debian package chromium", pytrace=False)
    with playwright.sync_playwright() as driver:
        launched = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield launched
        launched.close()


@pytest.fixture
def call(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Caller:
    """The command line, called in this process."""
    return Caller(capfd, monkeypatch)


@pytest.fixture
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Keeper:
    """Compares a long text with what it was (`tests/support/kept.py`)."""
    return Keeper(request.node.nodeid, tmp_path / "now.txt")


@pytest.fixture
def kept_numbers(request: pytest.FixtureRequest) -> NumbersKeeper:
    """Compares numbers with what they were (`tests/support/kept.py`)."""
    return NumbersKeeper(request.node.nodeid)
