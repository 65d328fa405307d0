"""From a function to the name by which another process finds it, and from a name to a kernel."""

import json
import sys
from functools import partial
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from hardlab.kernels.child import ChildKernel
from hardlab.kernels.external import ExternalKernel
from hardlab.kernels.kernel import Conventions
from hardlab.kernels.targets import kernel_named, target_of
from instances.faults import BadInput


def module(file: Path) -> Any:
    """The module `somebodys_f` in this file, with a function `f`, and one under the name `other` that says it is `f`."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("def f(): ...\ndef other(): ...\nother.__qualname__ = 'f'\n")
    spec = spec_from_file_location("somebodys_f", file)
    assert spec is not None
    assert spec.loader is not None
    sys.modules["somebodys_f"] = found = module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


@pytest.fixture(autouse=True)
def _nobodys_module(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test puts there is gone after it."""
    monkeypatch.setitem(sys.modules, "somebodys_f", ModuleType("somebodys_f"))


@pytest.mark.parametrize("file", ["somebodys_f.py", "somebodys_f/__init__.py"])
@pytest.mark.parametrize("folder", ["", "there"])
def test_functions_go_by_their_module_where_its_folder_is_on_the_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str, file: str
) -> None:
    """The folder "" is the one of now."""
    made = module(tmp_path / "there" / file)
    monkeypatch.chdir(tmp_path / "there" if folder == "" else tmp_path)
    monkeypatch.setattr(sys, "path", [other for other in sys.path if other])
    assert target_of(made.f) == f"{made.__file__}:f"
    monkeypatch.setattr(sys, "path", [*sys.path, folder])
    assert target_of(made.f) == "somebodys_f:f"


def test_functions_of_packages_of_the_library_go_by_their_module() -> None:
    names = ["json:loads", "json.decoder:JSONDecoder", "functools:partial"]
    assert [target_of(f) for f in (json.loads, json.JSONDecoder, partial)] == names


class Held:
    def f(self) -> None: ...


@pytest.mark.parametrize("nobody", [len, partial(len), Held().f, Held.f, 3, lambda: None])
def test_what_does_not_stand_at_the_top_of_a_module_has_no_name(nobody: Any) -> None:
    with pytest.raises(BadInput, match="is no function or class at the top of a module"):
        target_of(nobody)


def test_a_function_under_anothers_name_has_no_name(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="is no function or class at the top of a module"):
        target_of(module(tmp_path / "somebodys_f.py").other)


def test_a_command_is_what_has_a_place_for_a_file(tmp_path: Path) -> None:
    assert type(kernel_named("cp {input} {output}")) is ExternalKernel
    for half in ("cat {input}", "touch {output}"):
        with pytest.raises(BadInput, match=r"must name \{input\} and \{output\}"):
            kernel_named(half)
    assert type(kernel_named("softmax")) is type(kernel_named("softmax", path=tmp_path)) is ChildKernel
    with pytest.raises(BadInput, match="there is no such directory"):
        kernel_named("softmax", path=tmp_path / "none")


@pytest.mark.parametrize("target", ["softmax", "cp {input} {output}"])
def test_conventions_are_those_that_are_given(target: str) -> None:
    given = Conventions(scale="1/d")
    for kernel, expected in ((kernel_named(target, given), given), (kernel_named(target), Conventions())):
        assert isinstance(kernel, ChildKernel | ExternalKernel)
        assert kernel.conventions == expected
