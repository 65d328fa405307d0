"""What the tests of plug-ins and of processes share."""

import gc
import importlib.metadata
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.plugins import ALGORITHMS, EDGE, ENTRY_POINTS, FUNCTIONS, MODULE, PROJECT, handmade
from tests.support.processes import KERNELS


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A directory with the modules above; sys.path and sys.modules are as before afterwards."""
    found = tmp_path_factory.mktemp("plugins")
    (found / "plain_functions.py").write_text(FUNCTIONS)
    (found / "promising.py").write_text(ALGORITHMS)
    path = list(sys.path)
    yield found
    sys.path[:] = path
    for name in ("plain_functions", "promising"):
        sys.modules.pop(name, None)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory into which the distribution is installed, by pip where hatchling can build it without a network."""
    source, site = tmp_path_factory.mktemp("somebodys"), tmp_path_factory.mktemp("site")
    if not {"hatchling", "pip"} <= {found.name.lower() for found in importlib.metadata.distributions()}:
        (site / "somebodys.py").write_text(MODULE)
        handmade(site, "somebodys-plugins", "3.1", ENTRY_POINTS)
        return site
    (source / "somebodys.py").write_text(MODULE)
    points = [
        f'[project.entry-points."{group}"]\n' + "".join(f'{key} = "{value}"\n' for key, value in of.items())
        for group, of in ENTRY_POINTS.items()
    ]
    (source / "pyproject.toml").write_text("\n".join([PROJECT, *points]))
    words = ["install", "--no-build-isolation", "--no-deps", "--no-index", "--disable-pip-version-check", "--quiet"]
    subprocess.run([sys.executable, "-m", "pip", *words, "--target", site, source], check=True, timeout=120)
    return site


@pytest.fixture
def plugged(site: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """With the distribution on the path."""
    monkeypatch.syspath_prepend(str(site))
    yield site
    sys.modules.pop("somebodys", None)


@pytest.fixture
def broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Two distributions with a good edge, and with everything wrong that an entry point can be."""
    (tmp_path / "another_edge.py").write_text(EDGE)
    (tmp_path / "falls_over.py").write_text("raise RuntimeError('falls over')")
    handmade(
        tmp_path,
        "good-edge",
        "1.0",
        {"hardlab.reductions": {"ov-hamming-again": "another_edge:Again"}, "hardlab.attention": {"twice": "json:dumps"}},
    )
    handmade(
        tmp_path,
        "bad-points",
        "0.1",
        {
            "hardlab.attention": {"softmax": "json:loads", "twice": "json:dumps", "gone": "not_there_at_all:f"},
            "hardlab.solvers": {"odd": "json", "falls": "falls_over:S"},
            "hardlab.reductions": {
                "missing-edge": "not_there_at_all:E",
                "no-edge": "json:loads",
                "falling-edge": "falls_over:E",
            },
        },
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path
    for name in ("another_edge", "falls_over"):
        sys.modules.pop(name, None)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "kernels.py"
    path.write_text(KERNELS)
    return path


@pytest.fixture
def nothing_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """After each test there is no process and no file of it."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    before = children()
    yield
    gc.collect()
    assert not list(scratch.iterdir())
    assert children() <= before


def children() -> set[str]:
    """Processes of ours, those among them that have ended and were not waited for."""
    return {pid for task in Path("/proc/self/task").iterdir() for pid in (task / "children").read_text().split()}
