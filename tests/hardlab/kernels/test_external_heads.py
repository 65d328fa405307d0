"""Commands that are given the whole call: what the file says, each feature, and what is refused."""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load

from hardlab.conformance.asking import read
from hardlab.conformance.case import Case
from hardlab.conformance.planting import Shape
from hardlab.kernels.call import Call
from hardlab.kernels.external import ExternalKernel
from hardlab.kernels.kernel import Answer, Conventions
from hardlab.work.failure import Failure
from instances.faults import BadInput
from tests.support.calling import Caller
from tests.support.places import ROOT
from tests.support.processes import MEMORY

pytestmark = pytest.mark.usefixtures("nothing_left")

COMMAND = f"""
import json, sys

import numpy as np
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

sys.path.insert(0, {str(ROOT)!r})
from tests.support.bed.backward_numpy import gradients_of_everything
from tests.support.bed.right_numpy import everything

given, output, lost = sys.argv[1:]
arrays = load_file(given)
with safe_open(given, "numpy") as file:
    notes = file.metadata()
Q, K, V = (arrays.pop(name) for name in "QKV")
dO = arrays.pop("dO", None)
words = dict(arrays)
if "cu_queries" in words:
    words["cu_seqlens"] = words.pop("cu_queries"), words.pop("cu_keys")
if "window" in notes:
    words["window"] = tuple(json.loads(notes["window"]))
if "causal" in notes:
    words["causal"] = notes["causal"]
words.pop(lost, None)
scale = float(notes.get("scale", 1 / np.sqrt(Q.shape[-1])))
if lost == "always":
    words["causal"] = "top-left"
tensors = {{"T": everything(Q, K, V, scale, **words)}}
if dO is not None and lost != "dO":
    tensors |= dict(zip(("dQ", "dK", "dV"), gradients_of_everything(Q, K, V, dO, scale, **words)))
if lost == "dK":
    del tensors["dK"]
if lost == "dV":
    tensors["dV"] = tensors["dV"][:, :, :-1]
save_file({{name: np.ascontiguousarray(X) for name, X in tensors.items()}}, output)
"""

SHAPE = Shape(2, 4, 2, 19, 23, 64, 64)
SQUARE = Shape(2, 2, 2, 21, 21, 64, 64)
ALONE = Shape(1, 2, 1, 24, 24, 64, 64)

CASES: dict[str, Case] = {
    "causal": Case("causal", SHAPE, "outside", (1,), causal="top-left"),
    "window": Case("window", SQUARE, "outside", (2,), window=(3, None)),
    "keep": Case("keep", SHAPE, "outside", (3,), keep="some"),
    "mask": Case("mask", SHAPE, "outside", (4,), mask="heads"),
    "bias": Case("bias", SHAPE, "spread", (5,), bias="pairs"),
    "alibi": Case("alibi", SQUARE, "spread", (6,), alibi=True, causal="top-left"),
    "cu_seqlens": Case("cu_seqlens", ALONE, "outside", (7,), packed=3),
}


def command(folder: Path, lost: str = "", **conventions: Any) -> ExternalKernel:
    script = folder / "command.py"
    script.write_text(COMMAND)
    how = Conventions(**{"dtype": "float32", "convention": "heads", **conventions})
    return ExternalKernel(f"{sys.executable} '{script}' {{input}} {{output}} '{lost}'", how, 60.0, MEMORY)


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.parametrize("gradients", [False, True])
@pytest.mark.parametrize("feature", CASES)
def test_each_feature_reaches_the_command(tmp_path: Path, feature: str, gradients: bool) -> None:
    """A right command is right, and one that does not heed the feature is not."""
    case = Case(**{**CASES[feature].__dict__, "gradients": gradients})
    assert read(command(tmp_path), case).status == "passed"
    assert read(command(tmp_path, feature), case).status == "wrong"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("lost", "kind", "said"),
    [
        ("dO", "declined", "the command gave no gradients"),
        ("dK", "shape", "the output has the tensors T, dQ, dV: dK is missing"),
        ("dV", "shape", "for dV, expected (2, 2, 23, 64)"),
    ],
)
def test_gradients_that_are_none(tmp_path: Path, lost: str, kind: str, said: str) -> None:
    call = Case("gradients", SHAPE, "spread", (1,), gradients=True).planted(Conventions(dtype="float32")).call
    outcome = command(tmp_path, lost).call(call)
    assert isinstance(outcome, Failure)
    assert outcome.kind == kind
    assert said in outcome.reason


@pytest.mark.slow
def test_a_scale_that_is_built_in_is_made_up_for(tmp_path: Path) -> None:
    kernel = command(tmp_path, scale="1/sqrt(d)")
    assert "scale" not in kernel.offer.features
    call = Case("gradients", SHAPE, "spread", (1,), gradients=True).planted(Conventions(dtype="float32")).call
    usual, halved = (kernel.call(Call(call.Q * factor, call.K, call.V, call.scale / factor, dO=call.dO)) for factor in (1, 2))
    assert isinstance(usual, Answer)
    assert isinstance(halved, Answer)
    assert usual.gradients
    assert halved.gradients
    np.testing.assert_allclose(usual.output, halved.output, rtol=1e-6)
    np.testing.assert_allclose(usual.gradients[0], 2 * halved.gradients[0], rtol=1e-6)
    np.testing.assert_allclose(usual.gradients[1], halved.gradients[1], rtol=1e-6)


@pytest.mark.slow
def test_a_command_that_is_always_causal_is_not_told(tmp_path: Path) -> None:
    kernel = command(tmp_path, "always", features=("batch", "heads", "gqa", "cross", "causal-bottom-right"))
    assert (kernel.offer.always, kernel.offer.features) == ("bottom-right", ("batch", "heads", "gqa", "cross", "scale"))
    outcome = kernel.call(Case("c", SQUARE, "inside", (1,), causal="bottom-right").planted(kernel.conventions).call)
    assert isinstance(outcome, Answer)


def seen(folder: Path, call: Call, **conventions: Any) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The metadata and the tensors of the file that a command is given."""
    content = folder / "seen"
    script = folder / "copy.py"
    script.write_text(f"import shutil, sys; shutil.copy(sys.argv[1], {str(content)!r})")
    how = Conventions(**{"convention": "heads", **conventions})
    outcome = ExternalKernel(f"{sys.executable} '{script}' {{input}} {{output}}", how, 60.0, MEMORY).call(call)
    assert outcome == Failure("crashed", "the command wrote no output file")
    data = content.read_bytes()
    header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    kinds = {name: (each["dtype"], each["shape"]) for name, each in header.items() if name != "__metadata__"}
    arrays = load(data) if "BF16" not in {kind for kind, _ in kinds.values()} else {}
    return {"notes": header["__metadata__"], "kinds": kinds}, arrays


def test_the_file_says_what_is_asked(tmp_path: Path) -> None:
    case = Case("all", ALONE, "inside", (1,), "bottom-right", (5, None), "some", "heads", "pairs", True, 3, True)
    call = case.planted(Conventions()).call
    said, arrays = seen(tmp_path, call, seed=4)
    assert said["notes"] == {"scale": "0.125", "seed": "4", "causal": "bottom-right", "window": "[5, null]"}
    assert said["kinds"] == {
        "Q": ("F64", [1, 2, 24, 64]),
        "K": ("F64", [1, 1, 24, 64]),
        "V": ("F64", [1, 1, 24, 64]),
        "dO": ("F64", [1, 2, 24, 64]),
        "keep": ("BOOL", [1, 24]),
        "mask": ("BOOL", [1, 2, 24, 24]),
        "bias": ("F64", [24, 24]),
        "alibi": ("F64", [2]),
        "cu_queries": ("I32", [4]),
        "cu_keys": ("I32", [4]),
    }
    assert np.array_equal(arrays["Q"], call.Q)
    assert np.array_equal(arrays["mask"], np.asarray(call.options.mask))
    assert arrays["cu_keys"].tolist() == np.asarray(call.options.cu_seqlens[1]).tolist()  # type: ignore[index]


def test_sixteen_bits_and_the_scale(tmp_path: Path) -> None:
    case = Case("bits", ALONE, "spread", (1,), bias="heads", alibi=True)
    said, _ = seen(tmp_path, case.planted(Conventions(dtype="bfloat16")).call, dtype="bfloat16", scale="1/sqrt(d)")
    assert said["notes"] == {}
    assert {name: kind for name, (kind, _) in said["kinds"].items()} == {
        **dict.fromkeys(("Q", "K", "V", "bias"), "BF16"),
        "alibi": "F32",
    }


def test_what_a_command_offers() -> None:
    cat = "cat {input} {output}"
    kernel = ExternalKernel(cat, Conventions(convention="heads"), 60.0, MEMORY)
    offer = kernel.offer
    assert (kernel.name, kernel.seed_of_check) == (cat, 0)
    assert set(offer.features) >= {"batch", "gqa", "scale", "causal", "window", "keep", "bias", "packed", "backward"}
    assert offer.missing == {"layouts": "the tensors of a file are packed"}
    assert not offer.watched
    plain = ExternalKernel(cat, Conventions(), 60.0, MEMORY).offer
    assert plain.features == ("cross", "width", "scale")
    assert (plain.missing or {})["causal"] == "the convention plain has no such thing"


@pytest.mark.parametrize(
    ("conventions", "said"),
    [
        ({"convention": "sdpa"}, "--convention sdpa: the command"),
        ({"convention": "heads", "backward": "m:f"}, "--backward m:f"),
        ({"convention": "heads", "device": "cuda"}, "--device cuda"),
        ({"convention": "heads", "features": ("layouts",)}, "--features layouts: the tensors of a file are packed"),
        ({"features": ("backward",)}, "--features backward: a command gives gradients by the convention heads"),
        ({"features": ("heads",)}, "--features heads: the convention plain has it not; there are cross, width, scale"),
    ],
)
def test_what_is_no_command(conventions: dict[str, Any], said: str) -> None:
    with pytest.raises(BadInput, match="--") as refused:
        ExternalKernel("cat {input} {output}", Conventions(**conventions), 60.0, MEMORY)
    assert said in str(refused.value)


@pytest.mark.exhaustive
@pytest.mark.slow
def test_a_check_of_a_command(call: Caller, tmp_path: Path) -> None:
    target = command(tmp_path).name
    words = ["--convention", "heads", "--dtype", "float32", "--quick", "--json"]
    record = call("check", target, *words, "--only", "masks/*", "--features", "mask,cross").json
    assert record["verdict"] == "conformant"
    assert record["features"]["checked"] == ["cross", "mask"]
    assert record["not_offered"]["layouts"] == "the tensors of a file are packed"
    wrong = call("check", command(tmp_path, "mask").name, *words, "--only", "masks/*", "--features", "mask,cross").json
    assert wrong["verdict"] == "wrong"
    library = call("check", target, *words, "--only", "library").json["checks"]
    assert [(one["status"], one["reason"]) for one in library] == [
        ("skipped", "nobody sees what is called where the kernel runs")
    ]
