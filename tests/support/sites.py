"""The site, built as `make docs` does, from a copy that may be changed."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.support.places import ROOT

SITE = "build/site"


def built(root: Path) -> "subprocess.CompletedProcess[str]":
    """What `make docs` does, in the tree at `root`."""
    return subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "-f", "docs/mkdocs.yml"],
        cwd=root,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def copied(to: Path) -> Path:
    """A tree that can be built and changed: pages and their maker copied, the packages linked."""
    for name in ("docs", "README.md", "CONTRIBUTING.md", "CHANGELOG.md"):
        (shutil.copytree if (ROOT / name).is_dir() else shutil.copy)(ROOT / name, to / name)
    for name in ("instances", "reductions", "attention", "solvers", "hardlab", "pyproject.toml"):
        (to / name).symlink_to(ROOT / name)
    return to
