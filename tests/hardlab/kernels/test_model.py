"""Files with `ModelNew`: how they are built, what they are asked, and one line where they are none."""

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from hardlab.conformance.case import Case
from hardlab.conformance.checks.own import own
from hardlab.conformance.drawing import Draw
from hardlab.conformance.planting import Shape
from hardlab.kernels import model
from hardlab.kernels.kernel import Answer, Conventions, Offer
from hardlab.kernels.model import offered, sizes_of
from hardlab.sweep.record import Stored
from hardlab.work.engine import Engine
from hardlab.work.failure import Failure
from instances.faults import BadInput
from tests.support.generated_kernels import GENERATED, HEAD, generated
from tests.support.processes import child
from tests.support.sweeps import jobs_of, swept

pytestmark = pytest.mark.peers

HOW = Conventions(convention="kernelbench", dtype="float32")

SIZES = (2, 4, 4, 64, 64, 32, 32)

CLASS = "class ModelNew(nn.Module):\n    def forward(self, Q, K, V):\n        return Q\n"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    pytest.importorskip("torch", reason="torch is not installed: it is in the extra peers")
    return generated(tmp_path_factory.mktemp("generated"))


def inputs_of(folder: Path, inputs: str) -> Path:
    pytest.importorskip("torch", reason="torch is not installed: it is in the extra peers")
    file = folder / "inputs.py"
    file.write_text(f"import torch\ndef get_inputs():\n    return {inputs}\n")
    return file


@pytest.mark.parametrize(
    ("inputs", "sizes", "also"),
    [
        ("[torch.rand(2, 4, 64, 32) for _ in range(3)]", SIZES, set()),
        ("[torch.rand(2, 4, 64, 32, device='cuda', dtype=torch.float16) for _ in range(3)]", SIZES, set()),
        ("[torch.rand(2, 4, 64, 32).cuda().half().to('cuda') for _ in range(3)]", SIZES, set()),
        ("[torch.empty(2**15, 2**10, 2**10, 2**10) for _ in range(3)]", (2**15, *[2**10] * 6), set()),
        ("[torch.rand(1, h, n, 8) for h, n in ((4, 5), (2, 5), (2, 5))]", (1, 4, 2, 5, 5, 8, 8), {"gqa"}),
        ("[torch.rand(1, 1, n, d) for n, d in ((4, 8), (5, 8), (5, 3))]", (1, 1, 1, 4, 5, 8, 3), {"cross", "width"}),
        ("missing()", None, set()),
    ],
)
def test_what_a_file_is_asked_is_what_its_inputs_need(tmp_path: Path, inputs: str, sizes: object, also: set[str]) -> None:
    """No memory is taken for the inputs, and none of a device that may not be here."""
    found = sizes_of(str(inputs_of(tmp_path, inputs)), None)
    assert found == sizes
    assert set(offered(dict.fromkeys(("batch", "gqa", "cross", "width"), ()), found)) == {"batch", *also}


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ("[torch.rand(2, 64)]", r"get_inputs gives 1 inputs of shape \(2, 64\), and Q, K and V are wanted"),
        ("[torch.rand(2, 64, 8) for _ in range(3)]", r"3 inputs of shape \(2, 64, 8\), .* wanted with axes \(b, h, n, d\)"),
        ("[torch.rand(b, 2, 4, 8) for b in (1, 2, 1)]", "these are no Q, K and V of one call"),
    ],
)
def test_inputs_that_are_not_those_of_attention(tmp_path: Path, inputs: str, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        sizes_of(str(inputs_of(tmp_path, inputs)), None)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("source", "said"),
    [
        (GENERATED["no_class"].source, "has no ModelNew: name the class that is the kernel, as in .*:Model"),
        (GENERATED["one_input"].source, "ModelNew does not take Q, K and V alone"),
        (GENERATED["not_installed"].source, "No module named 'no_such_compiler'"),
        (HEAD + "ModelNew = 3\n", "ModelNew is a int, and a class is wanted"),
        (
            HEAD + CLASS.replace("    def", "    def __init__(self, block):\n        super().__init__()\n    def", 1),
            "argument: 'block'",
        ),
        (HEAD + "def get_init_inputs():\n    return missing\n" + CLASS, "get_init_inputs cannot be loaded: NameError"),
        (HEAD + "def get_init_inputs():\n    return [1, 2]\n" + CLASS, r"ModelNew\(1, 2\) cannot be loaded: TypeError"),
    ],
)
def test_a_file_that_is_no_kernel_is_refused_in_one_line(files: object, tmp_path: Path, source: str, said: str) -> None:
    file = tmp_path / "kernel.py"
    file.write_text(source)
    with child(str(file), HOW) as kernel, pytest.raises(BadInput, match=said) as refused:
        kernel.load()
    assert "\n" not in str(refused.value)


@pytest.mark.slow
def test_a_module_is_in_evaluation_and_its_buffers_in_the_dtype(files: dict[str, Path]) -> None:
    for dtype in ("float64", "bfloat16"):
        with child(str(files["causal"]), Conventions(convention="kernelbench", dtype=dtype)) as kernel:
            Q = np.ones((4, 8))
            first, second = kernel(Q, Q, Q, 1.0), kernel(Q, Q, Q, 1.0)
            assert isinstance(first, Answer)
            assert isinstance(second, Answer)
            assert np.array_equal(first.output, second.output)  # nothing is dropped
            assert first.dtype == dtype
            assert kernel.offer.sizes == SIZES
            assert {"cross", "width", "gqa"} & set(kernel.offer.features) == set()


@pytest.mark.slow
def test_what_is_raised_at_other_sizes_is_a_way_of_declining(files: dict[str, Path]) -> None:
    with child(str(files["fixed"]), HOW) as kernel:
        Q = np.ones((64, 32))
        refused = kernel(Q, Q, Q, 1.0)
        assert isinstance(refused, Failure)
        assert refused.kind == "declined"
        (case, *_) = own(Draw(1, "own", kernel.offer), kernel.offer)
        assert isinstance(kernel.call(case.planted(kernel.conventions).call), Answer)


def test_a_call_of_its_own_sizes_is_left_out_where_it_is_too_large() -> None:
    def cases(*sizes: int) -> list[Case]:
        offer = Offer(sizes=sizes)  # type: ignore[arg-type]
        return list(own(Draw(1, "own", offer), offer))

    assert [case.shape for case in cases(*SIZES)] == [Shape(*SIZES)] * 6
    assert [case.gradients for case in cases(*SIZES)] == [False] * 5 + [True]
    assert cases(32, 32, 32, 512, 512, 1024, 1024) == []
    assert cases(1, 1, 1, 2**14, 2**14, 8, 8) == []
    assert list(own(Draw(1, "own", Offer()), Offer())) == []


@pytest.mark.slow
def test_a_folder_of_generated_kernels_is_swept(files: dict[str, Path], tmp_path: Path) -> None:
    folder = files["naive"].parent
    grid = (
        f'[[grid]]\ntarget = "{folder}/*.py"\nconvention = "kernelbench"\ndtype = "float32"\nquick = true\nseed_of_check = 5\n'
    )
    jobs = jobs_of(grid, tmp_path)
    assert len(jobs) == 12
    found: dict[str, Stored] = {
        Path(record["job"]["target"]).stem: record for record in swept(jobs, tmp_path / "run.db", Engine("processes", 2))
    }
    verdicts = {name: record.get("verdict") or record["status"] for name, record in found.items()}
    assert verdicts == {name: kernel.verdict for name, kernel in GENERATED.items()}
    for name, kernel in GENERATED.items():
        told = [found[name]["reason"], *(one["sentence"] for one in found[name].get("diagnosis", ()))]
        assert any(kernel.said in sentence for sentence in told), (name, told)
    own_sizes = {check["name"]: check["status"] for check in found["fixed"]["checks"] if check["name"].startswith("own")}
    assert list(own_sizes.values()) == ["passed"] * 5


@pytest.mark.parametrize("names", [["Q", "K", "V"], ["Q", "K", "V", "mask"]])
def test_a_model_without_a_mask_sees_all_keys(names: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three inputs are given three arrays, four of them a mask too, in which all is seen where there is none."""
    given: list[Any] = []
    (tmp_path / "m.onnx").write_bytes(b"model")
    monkeypatch.setitem(sys.modules, "onnxruntime", ModuleType("onnxruntime"))
    monkeypatch.setattr(model, "model_inputs", lambda file: names)
    monkeypatch.setattr(model, "run_model", lambda file, *arrays: given.append(arrays))
    Q, K, V = np.ones((2, 3, 5, 8)), np.ones((2, 3, 7, 8)), np.ones((2, 3, 7, 4))
    model.of_file(tmp_path / "m.onnx")(Q, K, V)
    assert [X.shape for X in given[0]] == [X.shape for X in (Q, K, V)] + [(1, 1, 5, 7)] * (len(names) - 3)
    assert all(X.flags.c_contiguous for X in given[0])
    assert len(names) == 3 or (given[0][3].dtype == np.bool_ and given[0][3].all())
    if len(names) == 4:
        mask = np.zeros((2, 1, 5, 7), dtype=np.bool_)
        model.of_file(tmp_path / "m.onnx")(Q, K, V, mask)
        assert np.array_equal(given[1][3], mask)


@pytest.mark.parametrize("names", [["Q", "K"], ["Q", "K", "V", "mask", "more"]])
def test_a_model_of_other_inputs_is_refused(names: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "m.onnx").write_bytes(b"model")
    monkeypatch.setitem(sys.modules, "onnxruntime", ModuleType("onnxruntime"))
    monkeypatch.setattr(model, "model_inputs", lambda file: names)
    with pytest.raises(BadInput, match="a model of attention has Q, K, V and perhaps a mask"):
        model.of_file(tmp_path / "m.onnx")
