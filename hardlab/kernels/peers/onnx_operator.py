"""ONNX Runtime on the CPU: its operator Attention as models of one node, and anybody's model of attention from a file.

The operator has one mask, of booleans or of numbers that are added, which ONNX Runtime takes for all n rows only, and scales
above 0. Its causal mask is top-left; it is bottom-right where the node is told how many keys there are (opset 24). Rows that
see no key are given zeros.
"""

import ctypes
from functools import lru_cache
from importlib import import_module
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from instances.faults import BadInput, Declined, one_line

TYPES = {"float64": "DOUBLE", "float32": "FLOAT", "float16": "FLOAT16", "bool": "BOOL", "int64": "INT64"}

NAMES = {
    "tensor(double)": "float64", "tensor(float)": "float32", "tensor(float16)": "float16", "tensor(bfloat16)": "bfloat16",
    "tensor(bool)": "bool",
}  # fmt: skip


def onnx_attention(
    Q: NDArray[Any],
    K: NDArray[Any],
    V: NDArray[Any],
    scale: float,
    *,
    causal: str | None = None,
    keep: NDArray[np.bool_] | None = None,
    mask: NDArray[np.bool_] | None = None,
    bias: NDArray[Any] | None = None,
) -> NDArray[Any]:
    """(b, H, n, d), (b, G, m, d), (b, G, m, v) to (b, H, n, v). Errors: `Declined` for a scale that is not above 0."""
    if not scale > 0:
        raise Declined(f"ONNX Runtime takes scales above 0, and this is {scale}")
    (b, _, n, _), m = Q.shape, K.shape[2]
    feed = {"Q": Q, "K": K, "V": V}
    added = _mask(keep, mask, bias, n, Q.dtype)
    if added is not None:
        feed["mask"] = added
    if causal == "bottom-right":
        feed["keys"] = np.full(b, m)
    kinds = tuple((name, array.dtype.name, array.ndim) for name, array in feed.items())
    output: NDArray[Any] = _one_node(kinds, causal is not None, float(scale)).run(None, feed)[0]
    return output


def run_model(
    path: str | Path, Q: NDArray[Any], K: NDArray[Any], V: NDArray[Any], mask: NDArray[Any] | None = None
) -> NDArray[Any]:
    """The first output of a model file whose first inputs are Q, K, V and, if it is given, the mask, in this order; their names
    do not matter. bfloat16 comes as its bits or as ml_dtypes has it, and is given back so.

    Errors: `BadInput` for a file that is no model, or takes another number of inputs; `Declined` for another type.
    """
    session = _session_of(path)
    arrays = [Q, K, V] if mask is None else [Q, K, V, mask]
    inputs = session.get_inputs()
    if len(inputs) != len(arrays):
        given = ", ".join(["Q", "K", "V", "mask"][: len(arrays)])
        raise BadInput(f"{path} takes {len(inputs)} inputs ({', '.join(model_inputs(path))}), and {given} are given")
    for found, array in zip(inputs, arrays, strict=True):
        dtype = "bfloat16" if array.dtype == np.uint16 else array.dtype.name
        if NAMES.get(found.type) != dtype:
            raise Declined(f"{path} takes {found.type} as {found.name}, and {dtype} is given")
    values = {found.name: _value(array) for found, array in zip(inputs, arrays, strict=True)}
    return _numbers(session.run_with_ort_values([session.get_outputs()[0].name], values)[0])


def model_inputs(path: str | Path) -> tuple[str, ...]:
    """The names of what a model file takes, in order: a fourth is a mask. Errors: `BadInput` for a file that is no model."""
    return tuple(found.name for found in _session_of(path).get_inputs())


def _mask(keep: Any, mask: Any, bias: Any, n: int, dtype: Any) -> NDArray[Any] | None:
    """The one mask that says it all: booleans, or numbers with minus infinity for what is not seen."""
    seen = mask
    if keep is not None:
        kept = np.repeat(keep[:, None, None, :], n, axis=2)
        seen = kept if mask is None else kept & mask
    if bias is None or seen is None:
        return seen if bias is None else np.asarray(bias, dtype)
    return np.where(seen, bias, -np.inf).astype(dtype)


@lru_cache(256)
def _one_node(kinds: tuple[tuple[str, str, int], ...], causal: bool, scale: float) -> Any:
    """A session of one node for inputs of these names, types and numbers of axes, whatever their shapes."""
    onnx = import_module("onnx")
    of, helper = onnx.TensorProto, import_module("onnx.helper")
    given = {name: (getattr(of, TYPES[dtype]), axes) for name, dtype, axes in kinds}
    inputs = [
        helper.make_tensor_value_info(name, type_, [f"{name}{axis}" for axis in range(axes)])
        for name, (type_, axes) in given.items()
    ]
    order = ["Q", "K", "V", *(name if name in given else "" for name in ("mask", "past_key", "past_value", "keys"))]
    while not order[-1]:
        order.pop()
    node = helper.make_node("Attention", order, ["Y"], is_causal=int(causal), scale=scale)
    output = helper.make_tensor_value_info("Y", given["Q"][0], [f"Y{axis}" for axis in range(4)])
    opset = helper.make_opsetid("", 24 if "keys" in given else 23)
    model = helper.make_model(helper.make_graph([node], "attention", inputs, [output]), opset_imports=[opset], ir_version=11)
    return _session(model.SerializeToString())


def _value(array: NDArray[Any]) -> Any:
    made = import_module("onnxruntime").OrtValue
    if array.dtype != np.uint16 and array.dtype.name != "bfloat16":
        return made.ortvalue_from_numpy(array)
    bits = np.ascontiguousarray(array).view(np.uint16)
    return made.ortvalue_from_numpy_with_onnx_type(bits, import_module("onnx").TensorProto.BFLOAT16)


def _numbers(value: Any) -> NDArray[Any]:
    """The numbers of a value as an array; those of bfloat16, which the library does not give, from its memory."""
    if value.data_type() != "tensor(bfloat16)":
        output: NDArray[Any] = value.numpy()
        return output
    shape = value.shape()
    memory = (ctypes.c_uint16 * prod(shape)).from_address(value.data_ptr())
    return np.array(memory, np.uint16).reshape(shape).view(import_module("ml_dtypes").bfloat16)


def _session_of(path: str | Path) -> Any:
    try:
        return _session_from(str(path), Path(path).stat().st_mtime_ns)
    except OSError as error:
        raise BadInput(f"{path}: {one_line(error.strerror)}") from None


@lru_cache(8)
def _session_from(path: str, _: int) -> Any:
    return _session(path)


def _session(model: str | bytes) -> Any:
    """Errors: `Declined` where ONNX Runtime has no kernel for it, `BadInput` where it is no model."""
    runtime = import_module("onnxruntime")
    errors = import_module("onnxruntime.capi.onnxruntime_pybind11_state")
    options = runtime.SessionOptions()
    options.log_severity_level = 4
    try:
        return runtime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except errors.NotImplemented as error:
        raise Declined(f"ONNX Runtime has no kernel: {one_line(error)}") from None
    except (errors.InvalidProtobuf, errors.InvalidGraph, errors.NoModel, errors.NoSuchFile, errors.Fail) as error:
        raise BadInput(f"ONNX Runtime cannot load the model: {one_line(error)}") from None
