"""The README is true: its examples run, and it is short; its links and commands are tested with those of docs/."""

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
    assert result.attempted >= 9
    assert result.failed == 0


def test_it_is_of_one_screen_and_three_doors() -> None:
    assert README.count("\n") <= 150
    assert README.count("![") == 1
    assert re.findall("^### (.*)$", README, flags=re.MULTILINE) == [
        "Understand a reduction",
        "Check my kernel",
        "Attention with a promised error",
    ]


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
