"""What ONNX Runtime is asked, over a stand-in for it: the mask that says it all, the model of one node, files of models."""

import ctypes
import sys
from math import inf
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from hardlab.kernels.peers import onnx_operator
from hardlab.kernels.peers.onnx_operator import model_inputs, onnx_attention, run_model
from instances.faults import BadInput, Declined
from tests.support.stand_ins import module

Q, K, V = np.ones((2, 4, 3, 5), np.float32), np.ones((2, 2, 6, 5), np.float32), np.ones((2, 2, 6, 7), np.float32)
KEEP = np.arange(6) < np.array([[3], [6]])
MASK = np.random.default_rng(0).random((2, 4, 3, 6)) < 0.5
BIAS = np.random.default_rng(1).normal(size=(2, 4, 3, 6))


def asked(monkeypatch: pytest.MonkeyPatch, scale: float = 0.5, **given: Any) -> tuple[dict[str, Any], tuple[Any, ...]]:
    """What it is fed, and of which model."""
    found: list[Any] = []

    def one_node(*of: Any) -> Any:
        found.append(of)
        return SimpleNamespace(run=lambda names, feed: [(names, feed), "more"])

    monkeypatch.setattr(onnx_operator, "_one_node", one_node)
    names, feed = onnx_attention(Q, K, V, scale, **given)
    assert names is None
    assert feed["Q"] is Q
    assert feed["K"] is K
    assert feed["V"] is V
    return feed, found[0]


def test_the_mask(monkeypatch: pytest.MonkeyPatch) -> None:
    kinds = (("Q", "float32", 4), ("K", "float32", 4), ("V", "float32", 4))
    feed, of = asked(monkeypatch)
    assert set(feed) == {"Q", "K", "V"}
    assert of == (kinds, False, 0.5)
    whole = np.broadcast_to(KEEP[:, None, None, :], (2, 1, 3, 6))
    for given, expected, kind in (
        ({"keep": KEEP}, whole, "bool"), ({"mask": MASK}, MASK, "bool"), ({"keep": KEEP, "mask": MASK}, whole & MASK, "bool"),
        ({"bias": BIAS}, BIAS.astype(np.float32), "float32"),
        ({"bias": BIAS, "mask": MASK}, np.where(MASK, BIAS, -inf).astype(np.float32), "float32"),
        ({"bias": BIAS, "keep": KEEP}, np.where(whole, BIAS, -inf).astype(np.float32), "float32"),
        ({"bias": BIAS, "keep": KEEP, "mask": MASK}, np.where(whole & MASK, BIAS, -inf).astype(np.float32), "float32"),
    ):  # fmt: skip
        feed, of = asked(monkeypatch, **given)
        assert set(feed) == {"Q", "K", "V", "mask"}
        assert np.array_equal(feed["mask"], expected)
        assert of == ((*kinds, ("mask", kind, 4)), False, 0.5)


def test_causal_masks_and_scales(monkeypatch: pytest.MonkeyPatch) -> None:
    feed, of = asked(monkeypatch, 1, causal="top-left")
    assert set(feed) == {"Q", "K", "V"}
    assert of[1:] == (True, 1.0)
    assert type(of[2]) is float
    feed, of = asked(monkeypatch, causal="bottom-right")
    assert feed["keys"].tolist() == [6, 6]
    assert of[0][3:] == (("keys", "int64", 1),)
    assert of[1]
    for scale in (0.0, -1.0):
        with pytest.raises(Declined, match="takes scales above 0"):
            onnx_attention(Q, K, V, scale)


class Errors:
    """Those of the library."""

    NotImplemented, InvalidProtobuf, InvalidGraph = (type(name, (Exception,), {}) for name in "ABC")
    NoModel, NoSuchFile, Fail = (type(name, (Exception,), {}) for name in "DEF")


class Value:
    """A number array of the runtime."""

    def __init__(self, array: Any, kind: str | None = None) -> None:
        self.array, self.kind = array, kind or f"tensor({array.dtype})"

    def data_type(self) -> str:
        return self.kind

    def numpy(self) -> Any:
        return self.array

    def shape(self) -> list[int]:
        return list(self.array.shape)

    def data_ptr(self) -> int:
        return int(self.array.ctypes.data)


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> Any:
    """What it was given; `inputs` and `outputs` are those of models that it loads, `fails` what it says of them."""
    seen = SimpleNamespace(inputs=[], outputs=[], fails=None, models=[], asked=None)

    class Session:
        def __init__(self, model: Any, options: Any, providers: list[str]) -> None:
            seen.models.append((model, options.log_severity_level, providers))
            if seen.fails is not None:
                raise seen.fails

        def get_inputs(self) -> Any:
            return [SimpleNamespace(name=name, type=type_) for name, type_ in seen.inputs]

        def get_outputs(self) -> Any:
            return [SimpleNamespace(name=name) for name in ("first", "second")]

        def run_with_ort_values(self, names: Any, values: Any) -> Any:
            seen.asked = (names, values)
            return seen.outputs

    values = SimpleNamespace(
        ortvalue_from_numpy=Value,
        ortvalue_from_numpy_with_onnx_type=lambda bits, kind: Value(bits, kind),
    )
    runtime = module("onnxruntime", SessionOptions=SimpleNamespace, InferenceSession=Session, OrtValue=values)
    types = SimpleNamespace(DOUBLE=11, FLOAT=1, FLOAT16=10, BOOL=9, INT64=7, BFLOAT16=16)
    helper = module(
        "helper", make_tensor_value_info=lambda *of: of, make_node=lambda *of, **named: (of, named),
        make_opsetid=lambda *of: of, make_graph=lambda *of: of,
        make_model=lambda graph, **named: SimpleNamespace(SerializeToString=lambda: (graph, named)),
    )  # fmt: skip
    for name, made in {
        "onnx": module("onnx", TensorProto=types), "onnx.helper": helper, "onnxruntime": runtime,
        "onnxruntime.capi.onnxruntime_pybind11_state": Errors, "ml_dtypes": module("ml_dtypes", bfloat16=np.dtype("V2")),
    }.items():  # fmt: skip
        monkeypatch.setitem(sys.modules, name, made)
    for kept in (onnx_operator._one_node, onnx_operator._session_from):
        kept.cache_clear()
    yield seen
    for kept in (onnx_operator._one_node, onnx_operator._session_from):
        kept.cache_clear()


def node(library: Any, *kinds: tuple[str, str, int], causal: bool = False) -> Any:
    onnx_operator._one_node(kinds, causal, 0.5)
    (model, level, providers) = library.models[-1]
    assert (level, providers) == (4, ["CPUExecutionProvider"])
    return model


def test_the_model_of_one_node(library: Any) -> None:
    three = (("Q", "float32", 4), ("K", "float32", 4), ("V", "float32", 4))
    info = [(name, 1, [f"{name}{i}" for i in range(4)]) for name in "QKV"]
    (nodes, name, inputs, outputs), named = node(library, *three)
    assert nodes == [(("Attention", ["Q", "K", "V"], ["Y"]), {"is_causal": 0, "scale": 0.5})]
    assert (name, inputs, outputs) == ("attention", info, [("Y", 1, ["Y0", "Y1", "Y2", "Y3"])])
    assert named == {"opset_imports": [("", 23)], "ir_version": 11}
    (nodes, _, inputs, _), named = node(library, *three, ("mask", "bool", 4), causal=True)
    assert nodes == [(("Attention", ["Q", "K", "V", "mask"], ["Y"]), {"is_causal": 1, "scale": 0.5})]
    assert inputs == [*info, ("mask", 9, ["mask0", "mask1", "mask2", "mask3"])]
    assert named["opset_imports"] == [("", 23)]
    (nodes, _, inputs, _), named = node(library, *three, ("keys", "int64", 1), causal=True)
    assert nodes[0][0][1] == ["Q", "K", "V", "", "", "", "keys"]
    assert inputs == [*info, ("keys", 7, ["keys0"])]
    assert named["opset_imports"] == [("", 24)]
    (_, _, _, outputs), _ = node(library, ("Q", "float64", 4), *three[1:])
    assert outputs[0][1] == 11
    assert {kind: onnx_operator.TYPES[kind] for kind in ("float64", "float16", "bool")} == {
        "float64": "DOUBLE",
        "float16": "FLOAT16",
        "bool": "BOOL",
    }


def test_files_of_models(library: Any, tmp_path: Path) -> None:
    file = tmp_path / "m.onnx"
    X: Any = [np.full((1, 2), float(i), np.float32) for i in range(3)]
    file.write_text("a model")
    library.inputs = [("a", "tensor(float)"), ("b", "tensor(float)"), ("c", "tensor(float)")]
    library.outputs = [Value(np.ones((1, 2))), Value(np.zeros(1))]
    assert run_model(file, *X).tolist() == [[1.0, 1.0]]
    names, values = library.asked
    assert names == ["first"]
    assert {name: value.array.tolist() for name, value in values.items()} == {
        "a": X[0].tolist(),
        "b": X[1].tolist(),
        "c": X[2].tolist(),
    }
    assert model_inputs(file) == ("a", "b", "c")
    assert [model for model, *_ in library.models] == [str(file)]
    with pytest.raises(BadInput, match=r"takes 3 inputs \(a, b, c\), and Q, K, V, mask are given"):
        run_model(file, X[0], X[1], X[2], X[0])
    with pytest.raises(Declined, match=r"takes tensor\(float\) as b, and float64 is given"):
        run_model(file, X[0], X[1].astype(float), X[2])
    library.inputs.append(("d", "tensor(bool)"))
    assert run_model(file, X[0], X[1], X[2], np.ones((1, 2), np.bool_)).tolist() == [[1.0, 1.0]]
    with pytest.raises(BadInput, match=r"takes 4 inputs \(a, b, c, d\), and Q, K, V are given"):
        run_model(file, *X)
    with pytest.raises(BadInput, match=r"none\.onnx: No such file"):
        run_model(tmp_path / "none.onnx", *X)


def test_bits_of_bfloat16(library: Any, tmp_path: Path) -> None:
    file, bits = tmp_path / "m.onnx", np.array([[0x3F80, 0xC000, 1]], np.uint16)
    file.write_text("a model")
    library.inputs = [(name, "tensor(bfloat16)") for name in "abc"]
    library.outputs = [Value(bits, "tensor(bfloat16)")]
    found = run_model(file, bits, bits, bits)
    assert (found.dtype, found.tobytes()) == (np.dtype("V2"), bits.tobytes())
    for value in library.asked[1].values():
        assert (value.kind, value.array.dtype, value.array.tolist()) == (16, np.uint16, bits.tolist())
    assert ctypes.sizeof(ctypes.c_uint16) == 2


def test_what_it_cannot_load(library: Any) -> None:
    library.fails = Errors.NotImplemented("for that")
    with pytest.raises(Declined, match=r"^ONNX Runtime has no kernel: for that$"):
        onnx_operator._session(b"")
    for name in ("InvalidProtobuf", "InvalidGraph", "NoModel", "NoSuchFile", "Fail"):
        library.fails = getattr(Errors, name)("of it")
        with pytest.raises(BadInput, match=r"^ONNX Runtime cannot load the model: of it$"):
            onnx_operator._session(b"")
