"""Objects found by module or file: what is added to the path, and what cannot be loaded."""

import sys
from pathlib import Path

import pytest

from hardlab.kernels.callee import object_of
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
        ("math:pi", "is a float: a kernel is a function f(Q, K, V, scale) or an Algorithm"),
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
        object_of(target.replace("{folder}", str(file.parent)), None)
    assert said in str(refused.value)
    assert len(str(refused.value).splitlines()) == 1
