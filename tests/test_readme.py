"""The README is true: its examples run, its table is the registry, the files it names are there."""

import doctest
import re
from pathlib import Path

import pytest

import attention.ours
import hardlab
import instances
import reductions
import solvers.ours
from reductions.ours import REDUCTIONS
from tests.support.places import ROOT

README = (ROOT / "README.md").read_text()


@pytest.mark.slow
def test_the_examples_run() -> None:
    result = doctest.testfile(str(ROOT / "README.md"), module_relative=False)
    assert result.attempted >= 10
    assert result.failed == 0


def test_the_table_holds_every_reduction_and_no_other() -> None:
    rows = re.findall(r"^\| `([a-z-]+)` \| (\w+), (\w+) \|", README, flags=re.MULTILINE)
    assert rows == [(r.key, r.source.__name__, r.target.__name__) for r in sorted(REDUCTIONS, key=lambda r: _place(r.key))]


def _place(key: str) -> int:
    return README.index(f"| `{key}` |")


def test_the_files_it_names_exist() -> None:
    named = re.findall(r"`((?:reductions|attention|solvers|instances)/\w+\.py)`|\]\((\w[\w/.]+)\)|(benchmarks/\w+\.py)", README)
    files = {name for groups in named for name in groups if name}
    assert len(files) >= 5
    assert [name for name in files if not (ROOT / name).exists()] == []


def test_the_algorithms_and_solvers_it_names_are_installed() -> None:
    keys = [algorithm.key for algorithm in attention.ours.ALGORITHMS] + [solver.key for solver in solvers.ours.SOLVERS]
    assert [key for key in keys if f"`{key}`" not in README] == []


def test_each_package_comes_from_this_checkout() -> None:
    for package in (instances, reductions, attention, solvers, hardlab):
        assert package.__file__ is not None
        assert Path(package.__file__).parent.parent == ROOT
        assert (Path(package.__file__).parent / "py.typed").exists()


def test_every_reduction_states_its_theorem() -> None:
    for reduction in REDUCTIONS:
        assert len(reduction.theorem.claim) > 20
        assert reduction.theorem.source
        assert reduction.__doc__
