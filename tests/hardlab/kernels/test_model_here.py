"""Files with `ModelNew` and models of ONNX on machines without their libraries: classes of plain Python, and stand-ins."""

import sys
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import numpy as np
import pytest

from hardlab.kernels import model
from hardlab.kernels.model import of_class, of_file, offered, sizes_of
from instances.faults import BadInput
from tests.support.stand_ins import module

PLAIN = """
class ModelNew:
    def __init__(self, *given):
        self.given = given
    def __call__(self, Q, K, V, scale=1.0):
        return Q
"""


def written(folder: Path, source: str) -> str:
    """A new file: those that were loaded are not looked at again."""
    file = folder / str(len(list(folder.iterdir()))) / "kernel.py"
    file.parent.mkdir()
    file.write_text(source)
    return str(file)


def of(folder: Path, source: str, name: str = "") -> Any:
    return of_class(written(folder, source) + name, None, "float32", None)


def test_a_class_is_made_of_what_its_file_gives(tmp_path: Path) -> None:
    for inputs, given in (("[1, 'a']", (1, "a")), ("(2,)", (2,)), ("7", ()), ("None", ())):
        assert of(tmp_path, f"{PLAIN}\ndef get_init_inputs():\n    return {inputs}\n").given == given
    assert of(tmp_path, PLAIN).given == ()
    assert type(of(tmp_path, PLAIN.replace("ModelNew", "Mine"), ":Mine")).__name__ == "Mine"


REFUSED: dict[str, tuple[str, str]] = {
    "none": ("def attention(Q, K, V): return Q\n", r"ModelNew.*: name the class that is the kernel, as in .*kernel\.py:Model$"),
    "no class": ("ModelNew = 3\n", "ModelNew is a int, and a class is wanted, whose objects are kernels"),
    "odd inputs": (PLAIN + "\ndef get_init_inputs():\n    return missing\n", "get_init_inputs cannot be loaded: NameError"),
    "raises": (PLAIN.replace("self.given = given", "1/0"), r"ModelNew\(\) cannot be loaded: ZeroDivisionError"),
    "said": (
        PLAIN.replace("self.given = given", "1/0") + "\ndef get_init_inputs():\n    return [1, 2]\n",
        r"ModelNew\(1, 2\) cannot be loaded",
    ),
    "not called": ("class ModelNew: pass\n", r"ModelNew has no forward\(Q, K, V\), and cannot be called"),
    "unimplemented": (
        "class ModelNew:\n    def _forward_unimplemented(self): pass\n    forward = _forward_unimplemented\n",
        r"ModelNew has no forward\(Q, K, V\)",
    ),
    "one input": ("class ModelNew:\n    def forward(self, Q): return Q\n", "ModelNew does not take Q, K and V alone: too many"),
    "four": (
        "class ModelNew:\n    def forward(self, Q, K, V, mask): return Q\n",
        "ModelNew does not take Q, K and V alone: missing",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_kernel(name: str, tmp_path: Path) -> None:
    source, said = REFUSED[name]
    with pytest.raises(BadInput, match=said):
        of(tmp_path, source)


def test_a_module_of_torch_is_in_evaluation_and_in_the_dtype(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Module:
        asked: ClassVar[list[Any]] = []

        def named_buffers(self) -> None: ...

        def eval(self) -> "Module":
            self.asked.append("eval")
            return self

        def to(self, **given: Any) -> "Module":
            self.asked.append(given)
            return self

        def forward(self, Q: Any, K: Any, V: Any) -> Any:
            return Q

    monkeypatch.setitem(sys.modules, "torch", module("torch", nn=SimpleNamespace(Module=Module), float32="f32"))
    monkeypatch.setitem(sys.modules, "of_torch_here", module("of_torch_here", Module=Module))
    file = written(tmp_path, "from of_torch_here import Module\nclass ModelNew(Module): pass\n")
    of_class(file, None, "float32", "cuda:1")
    assert Module.asked == ["eval", {"device": "cuda:1", "dtype": "f32"}]
    of_class(written(tmp_path, PLAIN + "    named_buffers = 3\n"), None, "float32", None)
    assert len(Module.asked) == 2


@pytest.fixture
def torch(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Its functions give things with a shape, through whoever listens to them; `devices` are where they were made."""
    seen = SimpleNamespace(devices=[], modes=[], moved=[])

    class Mode:
        def __enter__(self) -> None:
            seen.modes.append(self)

        def __exit__(self, *_: object) -> None:
            seen.modes.pop()

    class Tensor:
        def __init__(self, *shape: int) -> None:
            self.shape = shape

        def cuda(self) -> Any:
            return through(Tensor.cuda, self)

        def to(self, *where: Any) -> Any:
            return through(Tensor.to, self, *where)

        def cpu(self) -> Any:
            return through(Tensor.cpu, self)

    def made(*shape: int, **given: Any) -> Tensor:
        seen.devices.append(given)
        return Tensor(*shape)

    def through(function: Any, *given: Any, **named: Any) -> Any:
        return seen.modes[-1].__torch_function__(function, (), given, named) if seen.modes else seen.moved.append(function)

    monkeypatch.setitem(sys.modules, "torch", module(
        "torch", Tensor=Tensor, overrides=SimpleNamespace(TorchFunctionMode=Mode), rand=lambda *s, **g: through(made, *s, **g),
        device=lambda where: seen.devices.append(where) or nullcontext(),
    ))  # fmt: skip
    return seen


def sizes(folder: Path, inputs: str) -> Any:
    return sizes_of(written(folder, f"import torch\ndef get_inputs():\n    return {inputs}\n"), None)


def test_sizes_of_inputs(tmp_path: Path, torch: Any) -> None:
    assert sizes(tmp_path, "[torch.rand(2, 4, 5, 3), torch.rand(2, 2, 7, 3), torch.rand(2, 2, 7, 6)]") == (2, 4, 2, 5, 7, 3, 6)
    assert torch.devices == ["meta", {}] * 3
    torch.devices.clear()
    found = sizes(tmp_path, "[torch.rand(1, 1, 1, 1, device='cuda', dtype=3).cuda().cpu().to('cuda') for _ in range(3)]")
    assert found == (1,) * 7
    assert torch.devices == ["meta", {"device": "meta", "dtype": 3}] * 3
    assert torch.moved == []
    for none in ("missing()", "None"):
        assert sizes(tmp_path, none) is None
    assert sizes_of(written(tmp_path, "def get_init_inputs(): pass\n"), None) is None


SHAPES = [(2, 4, 5, 3), (2, 2, 7, 3), (2, 2, 7, 6)]


@pytest.mark.parametrize(("shapes", "said"), [
    (SHAPES[:2], "gives 2 inputs of shape .*wanted with axes"), ([*SHAPES, SHAPES[0]], "gives 4 inputs"),
    ([], "gives no inputs, and"), ([(2, 4, 5), *SHAPES[1:]], "wanted with axes"), ([*SHAPES[:2], (2, 2, 7, 6, 1)], "with axes"),
    *(([SHAPES[0], K, V], "these are no Q, K and V of one call") for K, V in (
        ((1, 2, 7, 3), SHAPES[2]), ((2, 2, 7, 4), SHAPES[2]), (SHAPES[1], (2, 2, 8, 6)), (SHAPES[1], (2, 1, 7, 6)),
        (SHAPES[1], (1, 2, 7, 6)), (SHAPES[1], (2, 2, 7, 0)))),
    ([(2, 3, 5, 3), *SHAPES[1:]], "of one call"), ([(2, 4, 0, 3), *SHAPES[1:]], "of one call"),
])  # fmt: skip
def test_sizes_that_are_none(shapes: Any, said: str, tmp_path: Path, torch: Any) -> None:
    with pytest.raises(BadInput, match=said):
        sizes(tmp_path, f"[{', '.join(f'torch.rand{shape}' for shape in shapes)}]")


def test_what_is_offered() -> None:
    every = dict.fromkeys(("batch", "gqa", "cross", "width", "causal"), ())
    for of_inputs, more in (
        (None, set()), ((2, 4, 4, 5, 5, 3, 3), set()), ((2, 4, 2, 5, 5, 3, 3), {"gqa"}), ((2, 4, 4, 5, 6, 3, 3), {"cross"}),
        ((2, 4, 4, 5, 5, 3, 4), {"width"}),
    ):  # fmt: skip
        assert set(offered(every, of_inputs)) == {"batch", "causal", *more}


def test_models_of_onnx(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, names, ran = tmp_path / "m.onnx", ["Q", "K", "V"], list[Any]()
    with pytest.raises(BadInput, match="there is no such file"):
        of_file(file)
    file.write_bytes(b"1234")
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(BadInput, match="is run by onnxruntime, which cannot be imported"):
        of_file(file)
    monkeypatch.setitem(sys.modules, "onnxruntime", module("onnxruntime"))
    monkeypatch.setattr(model, "model_inputs", lambda path: tuple(names))

    def run(*given: Any) -> str:
        ran.append(given)
        return "it ran"

    monkeypatch.setattr(model, "run_model", run)
    X = np.ones((2, 4, 5, 3)).swapaxes(2, 3)
    assert of_file(file)(X, X, X) == "it ran"
    names.append("mask")
    Y = np.ones((2, 4, 7, 5))
    assert of_file(file)(X, Y, Y) == of_file(file)(X, Y, Y, mask=np.zeros(1)) == "it ran"
    assert [len(given) for given in ran] == [4, 5, 5]
    assert all(part.flags.c_contiguous for given in ran for part in given[1:])
    assert (ran[1][4].shape, ran[1][4].dtype, bool(ran[1][4].all())) == ((1, 1, 3, 7), np.bool_, True)
    assert not ran[2][4].any()
    for odd in (["a", "b"], ["a", "b", "c", "d", "e"]):
        names[:] = odd
        with pytest.raises(BadInput, match=f"has the inputs {', '.join(odd)}: a model of attention has Q, K, V"):
            of_file(file)
    assert model.LARGEST_MODEL == 2**26
    names[:] = ["Q", "K", "V"]
    for largest, fine in ((4, True), (3, False)):
        monkeypatch.setattr(model, "LARGEST_MODEL", largest)
        if fine:
            of_file(file)
        else:
            with pytest.raises(BadInput, match="has 4 bytes: a model of one operator has less than 3"):
                of_file(file)
