"""The house: files stand where their names say, stay small, and nothing is loaded before it is used."""

import importlib
import re
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest

from docs.site.rooms import DRAWING, drawn
from hardlab.cli.main import VERBS, verb
from hardlab.cli.options import PROBLEMS_TEXT
from hardlab.conformance.ladder import SIZES
from hardlab.kernels.kernel import Dtype, Scale
from instances.ours import PROBLEMS
from reductions.ours import REDUCTIONS

ROOT = Path(__file__).parents[1]
PACKAGES = ("instances", "reductions", "attention", "solvers", "hardlab")
SOURCES = [file for package in PACKAGES for file in sorted((ROOT / package).rglob("*.py"))]

LONG: dict[str, int] = {}
"""Files above 250 lines and how long they are. The list only shrinks: cut a file when it is next touched."""

HEAVY = {"numpy", "numba", "scipy", "networkx", "flint", "pysat", "joblib"}


def test_the_edges_are_those_of_the_graph() -> None:
    files = {f"reductions.edges.{file.stem}" for file in (ROOT / "reductions/edges").glob("*.py") if file.stem != "__init__"}
    assert files == {reduction.__module__ for reduction in REDUCTIONS}
    named = {re.sub("^3", "three_", reduction.key.replace("-", "_")) for reduction in REDUCTIONS}  # modules begin with a letter
    assert {file.rpartition(".")[2] for file in files} == named


def test_files_are_small() -> None:
    lengths = {str(file.relative_to(ROOT)): len(file.read_text().splitlines()) for file in SOURCES}
    assert {file: length for file, length in lengths.items() if length > LONG.get(file, 250)} == {}
    assert [file for file in LONG if lengths.get(file, 0) <= 250] == []  # cut by now: off the list
    everything = [*SOURCES, *(file for folder in ("tests", "docs", "benchmarks") for file in (ROOT / folder).rglob("*.py"))]
    assert [str(file) for file in everything if len(file.read_text().splitlines()) > 500] == []


def test_the_names_that_people_import_stay() -> None:
    given = set(importlib.import_module("hardlab").__all__)
    assert given == {
        "CNF", "Auto", "Boolean", "Certified", "Decision", "Logspace", "PlainFunction", "Polynomial", "Promise", "Softmax",
        "Threshold", "Through", "Trusted", "Verdict", "attend", "attend_backward", "chain", "kde", "random_ksat",
        "read_dimacs",
    }  # fmt: skip
    assert {"ALGORITHMS", "Attended", "HyperAttention", "Taylor"} <= set(importlib.import_module("attention").__all__)
    assert {"SOLVERS", "Sat", "NearestByAttention", "Through"} <= set(importlib.import_module("solvers").__all__)


def test_every_room_says_what_it_is() -> None:
    for folder in {file.parent for file in SOURCES}:
        said = importlib.import_module(".".join(folder.relative_to(ROOT).parts)).__doc__
        assert said, folder


def test_no_loose_module_in_hardlab_but_its_doors() -> None:
    assert {file.stem for file in (ROOT / "hardlab").glob("*.py")} == {"__init__", "__main__", "pytest_plugin"}


@pytest.mark.parametrize("package", ["attention", "hardlab", "hardlab.claims", "hardlab.conformance", "reductions", "solvers"])
def test_a_face_gives_what_it_names(package: str) -> None:
    face = importlib.import_module(package)
    assert [name for name in face.__all__ if getattr(face, name).__class__.__name__ == "module"] == []
    block = (ROOT / package.replace(".", "/") / "__init__.py").read_text().partition("if TYPE_CHECKING:")[2]
    assert sorted(re.findall(r"import (\w+) as \1$", block, re.MULTILINE)) == face.__all__  # what type checkers see
    assert set(face.__all__) <= set(dir(face))
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = face.nothing


def test_a_module_does_not_hide_the_function_of_its_name() -> None:
    importlib.import_module("attention.attend")
    from attention import attend

    assert callable(attend)


def test_the_map_is_drawn_from_the_contracts() -> None:
    assert DRAWING.read_text() == drawn(), "run make drawn"


def loaded_by(code: str, prints: str = "") -> set[str]:
    """The heavy packages that another process has loaded after this, which prints that."""
    asked = f"{code}\nimport sys\nprint('loaded:', *({HEAVY!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True, cwd=ROOT, timeout=120)
    assert prints in done.stdout
    return set(done.stdout.rpartition("loaded:")[2].split())


def test_help_and_completion_load_nothing_heavy() -> None:
    asked = ["--help", *(f"{name} --help" for name in VERBS), "study transition --help", "study plan --help"]
    calls = "\n".join(f"try: main({words.split()!r})\nexcept SystemExit as stop: assert stop.code == 0" for words in asked)
    assert loaded_by(f"from hardlab.cli.main import main\n{calls}") == set()
    complete = "import os\nos.environ.update(_HARDLAB_COMPLETE='complete_bash', COMP_WORDS='hardlab run --al', COMP_CWORD='2')"
    completing = f"{complete}\nfrom hardlab.cli.main import main\ntry: main([])\nexcept SystemExit: pass"
    assert loaded_by(completing, "--algorithm") == set()


@pytest.mark.slow
def test_the_front_door_loads_numba_when_it_computes() -> None:
    assert "numba" not in loaded_by("from hardlab import attend, Softmax, Threshold, Through, chain, random_ksat")
    assert "numba" in loaded_by(
        "import numpy as np\nfrom hardlab import attend\nX = np.ones((300, 4))\nattend(X, X, X, algorithm='softmax')"
    )


def test_what_help_says_is_so() -> None:
    """Texts that are written out, since making them would load what they are about."""
    assert PROBLEMS_TEXT.split(", ") == [problem.called for problem in PROBLEMS]
    options = {parameter.name: parameter for parameter in verb("check").params}
    assert options["sizes"].default == ",".join(map(str, SIZES))
    assert f"has its scale: {', '.join(get_args(Scale))}." in options["scale"].help
    assert options["dtype"].help == f"The precision: {', '.join(get_args(Dtype))}."
    from attention.attend_files import ALGORITHMS_OF_FILES

    assert {p.name: p.help for p in verb("attend").params}["algorithm"].startswith(f"{' or '.join(ALGORITHMS_OF_FILES)};")


def test_what_depends_on_an_instance_is_kept_where_it_can_be_forgotten() -> None:
    """By `instances.kept`: else a sweep charges it to the job that came first."""
    rooms = [file for file in SOURCES if file.relative_to(ROOT).parts[0] != "hardlab" and file.name != "kept.py"]
    assert [str(file) for file in rooms if "lru_cache" in file.read_text()] == []
    assert any("@kept(" in file.read_text() for file in rooms)
