"""Objects found by module or file: what is added to the path, and what cannot be loaded."""

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from hardlab.kernels.conventions import PLAIN
from hardlab.kernels.kernel import Conventions
from hardlab.kernels.offering import object_of
from hardlab.names.loading import loaded
from instances.faults import BadInput
from tests.support.calling import Caller
from tests.support.places import SAT


def test_path_is_all_that_is_added(call: Caller, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    (tmp_path / "beside_the_user.py").write_text("def f(Q, K, V, scale): return V")
    assert "No module named" in call("run", SAT, "--algorithm", "beside_the_user:f").refusal()
    before = list(sys.path)
    assert call("run", SAT, "--algorithm", "beside_the_user:f", "--path", tmp_path).code == 1
    assert [entry for entry in sys.path if entry not in before] == [str(tmp_path)]
    sys.modules.pop("beside_the_user")


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("softmaxx", "did you mean softmax?"),
        ("polynomial[eror=1]", "unknown parameter of polynomial 'eror'"),
        ("no_such_module:kernel", "cannot be loaded: ModuleNotFoundError"),
        ("math:pi", "is a float: a kernel is a function f(Q, K, V, scale) or an Algorithm, a reduction inherits"),
        ("no_such_file.py", "there is no such file"),
        ("{folder}/kernels.py:missing", "cannot be loaded: AttributeError"),
        ("{folder}/two.py", "two.py defines first, second: name the kernel, as in"),
        ("{folder}/broken.py", "cannot be loaded: SyntaxError"),
        ("{folder}/exiting.py", "cannot be loaded: SystemExit: 5"),
    ],
)
def test_what_cannot_be_loaded_is_refused_in_one_sentence(
    file: Path, target: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    for name, text in (
        ("two", "def first(): pass\ndef second(): pass\n"),
        ("broken", "def"),
        ("exiting", "raise SystemExit(5)"),
    ):
        (file.parent / f"{name}.py").write_text(text)
    with pytest.raises(BadInput) as refused:
        object_of(target.replace("{folder}", str(file.parent)), None, PLAIN, Conventions())
    assert said in str(refused.value)
    assert len(str(refused.value).splitlines()) == 1


MINE = """
import numpy as np

LOADED = []
LOADED.append(1)


def mine(Q, K, V, scale):
    weights = np.exp(scale * Q @ K.T)
    return weights / weights.sum(axis=1, keepdims=True) @ V


class Whole:
    problems = ()

    def solve(self, problem):
        raise AssertionError
"""


def test_a_file_is_an_algorithm_as_it_is_a_kernel(call: Caller, tmp_path: Path) -> None:
    file = tmp_path / "a kernel, mine.py"
    file.write_text(MINE)
    for name in (f"{file}:mine", f"{file}:Whole"):
        answer = call("run", SAT, "-q", "--algorithm", name)
        assert (answer.out == "yes\n") == name.endswith("mine"), answer
    answer = call("run", SAT, "-q", "--algorithm", file)
    assert "defines mine, Whole: name the algorithm, as in" in answer.refusal()
    assert "no such file" in call("run", SAT, "--algorithm", tmp_path / "other.py").refusal()
    assert "mine.py has no other" in call("run", SAT, "--algorithm", f"{file}:other").refusal()
    assert "names its problem types in a tuple" in call("decide", SAT, "--chain", "", "--solver", f"{file}:Whole").refusal()


@pytest.mark.slow
def test_a_file_goes_to_other_processes_by_its_name(call: Caller, tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(MINE)
    words = ["--chain", "cnf-cubes[fix=2],auto", "--backend", "processes", "--workers", 2]
    answer = call("run", SAT, "-q", "--algorithm", f"{file}:mine", *words)
    assert (answer.code, answer.out) == (0, "yes\n"), answer


def test_a_module_of_a_file_is_run_once_and_not_kept_when_it_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "once.py"
    file.write_text(MINE)
    assert object_of(f"{file}:mine", None, PLAIN, Conventions()) is object_of(f"{file}:mine", None, PLAIN, Conventions())
    assert sys.modules["plug_in_once"].LOADED == [1]
    broken = tmp_path / "broken.py"
    broken.write_text("raise SystemExit(3)")
    for _ in range(2):
        with pytest.raises(BadInput, match="cannot be loaded: SystemExit: 3"):
            object_of(f"{broken}:mine", None, PLAIN, Conventions())
    assert "plug_in_broken" not in sys.modules
    interrupting = tmp_path / "interrupting.py"
    interrupting.write_text("raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        object_of(f"{interrupting}:mine", None, PLAIN, Conventions())


def beside(folder: Path, whose: str) -> Path:
    """A kernel that imports from beside itself, in a folder of its own, with files named like modules that everybody uses."""
    folder.mkdir()
    (folder / "helper_of_a_kernel.py").write_text(f"WHOSE = {whose!r}")
    for name in ("numpy", "json", "hardlab", "instances"):
        (folder / f"{name}.py").write_text("raise RuntimeError('this is nobody's module')")
    file = folder / "attention.py"
    file.write_text("import helper_of_a_kernel\n\n\ndef attention(Q, K, V, scale):\n    return helper_of_a_kernel.WHOSE\n")
    return file


def test_files_have_what_stands_beside_them_and_hide_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two that import a module of one name get each its own, though one of that name comes earlier on the path."""
    files = {whose: beside(tmp_path / whose, whose) for whose in ("one", "other")}
    path = [str(tmp_path / "other"), str(tmp_path / "one"), *sys.path]
    monkeypatch.setattr(sys, "path", path)
    for whose in ("one", "other", "one"):
        found = loaded(str(files[whose]), "algorithm", {}, ())
        assert found(0, 0, 0, 0) == whose
        assert sys.path == path
        assert "helper_of_a_kernel" not in sys.modules


def test_a_kernel_alone_in_its_process_may_import_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "later.py"
    file.write_text("def attention(Q, K, V, scale):\n    import helper_that_is_late\n\n    return helper_that_is_late.X\n")
    (tmp_path / "helper_that_is_late.py").write_text("X = 5")
    monkeypatch.setattr(sys, "path", list(sys.path))
    assert object_of(str(file), None, PLAIN, Conventions())(0, 0, 0, 0) == 5
    assert sys.path[0] == str(tmp_path)


@pytest.mark.slow
def test_a_file_called_like_a_package_of_the_lab_goes_to_other_processes(call: Caller, tmp_path: Path) -> None:
    file = tmp_path / "attention.py"
    file.write_text(MINE)
    (tmp_path / "json.py").write_text("raise RuntimeError")
    words = ["--chain", "cnf-cubes[fix=2],auto", "--backend", "processes", "--workers", 2]
    assert call("run", SAT, "-q", "--algorithm", f"{file}:mine", *words).out == "yes\n"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("{file}:", "write FILE.py or FILE.py:object"),
        ("{file}:mine:mine", "write FILE.py or FILE.py:object"),
        (".py:f", "write FILE.py or FILE.py:object"),
        ("{folder}/empty.py", "defines no function and no class"),
        ("{folder}/folder.py", "is a directory: give a file"),
    ],
)
def test_files_that_are_not_named_rightly(call: Caller, tmp_path: Path, name: str, said: str) -> None:
    (tmp_path / "mine.py").write_text(MINE)
    (tmp_path / "empty.py").write_text("")
    (tmp_path / "folder.py").mkdir()
    word = name.replace("{file}", str(tmp_path / "mine.py")).replace("{folder}", str(tmp_path))
    assert said in call("run", SAT, "--algorithm", word).refusal()


def test_threads_that_want_one_file_get_the_whole_of_it(tmp_path: Path) -> None:
    file = tmp_path / "slow_to_load.py"
    file.write_text("import time\ntime.sleep(0.3)\n\n\ndef attention(Q, K, V, scale):\n    return V\n")
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: object_of(str(file), None, PLAIN, Conventions()), range(4)))
    assert all(kernel is found[0] for kernel in found)


def test_a_solver_in_a_file(call: Caller, tmp_path: Path) -> None:
    file = tmp_path / "two.py"
    file.write_text(
        "from solvers import Sat\n\n\ndef attention(Q, K, V, scale):\n    return V\n\n\n"
        "class solver:\n    key, problems = 'mine', Sat.problems\n\n"
        "    def solve(self, problem):\n        return Sat().solve(problem)\n"
    )
    assert call("run", SAT, "--chain", "", "--solver", file, "-q").out == "yes\n"
    assert call("decide", SAT, "--solver", file, "-q").out == "yes\n"
