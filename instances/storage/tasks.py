"""Tasks of attention as files: Q, K and V in floats, the thresholds and the mechanism beside them."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from instances.coded import Rows, column_count, row_count
from instances.faults import BadInput
from instances.mechanism import Mechanism
from instances.memory import within
from instances.npz import Archive, Array, Header
from instances.storage.fields import SCALARS, checked
from instances.task import Attention, AttentionTask

_TENSOR_TYPES = {"F64": "f8", "F32": "f4", "F16": "f2"}
FIELDS = ("scale", "mechanism", "low", "high", "rows", "logarithmic")
DEFAULTS = {"step": 1}


def task_fields(task: AttentionTask) -> dict[str, Any]:
    inputs = task.inputs
    values = (inputs.scale, str(inputs.mechanism), float(task.low), float(task.high), int(task.rows), task.logarithmic)
    fields = {**dict(zip(FIELDS, values, strict=True)), "step": int(task.step)}
    return {"kind": "AttentionTask", "instance": task.identity, **fields}


def matrices(task: AttentionTask) -> dict[str, Rows]:
    return {"Q": task.inputs.Q, "K": task.inputs.K, "V": task.inputs.V}


def float64(matrix: Rows) -> Header:
    return Header((row_count(matrix), column_count(matrix)), np.dtype(np.float64))


def task_of_arrays(arrays: Archive, memory: int) -> AttentionTask:
    _check_kind(arrays.scalar("kind", *SCALARS["kind"]) if "kind" in arrays.keys else None)
    headers = {key: arrays.table(key) for key in ("Q", "K", "V")}
    price(headers, memory, "reading Q, K and V")
    present = (*FIELDS, *(key for key in DEFAULTS if key in arrays.keys))
    fields = {key: arrays.scalar(key, *SCALARS[key]) for key in present}
    return _task({key: arrays.array(key) for key in headers}, fields, arrays.instance)


def task_of_tensors(tensors: Any, memory: int) -> AttentionTask:
    found = set(tensors.keys())
    if not {"Q", "K", "V"} <= found:
        raise BadInput(f"the tensors are {', '.join(sorted(found)) or 'none'}: an attention task has Q, K and V")
    notes: dict[str, str] = tensors.metadata() or {}
    _check_kind(notes.get("kind"))
    if missing := [key for key in FIELDS if key not in notes]:
        raise BadInput(f"the metadata lacks {', '.join(missing)}: give {', '.join(FIELDS)} as strings")
    headers = {}
    for key in ("Q", "K", "V"):
        part = tensors.get_slice(key)
        if part.get_dtype() not in _TENSOR_TYPES or len(part.get_shape()) != 2:
            raise BadInput(f"{key} is {part.get_dtype()} of shape {part.get_shape()}: give a matrix of F64, F32 or F16")
        headers[key] = Header(tuple(part.get_shape()), np.dtype(_TENSOR_TYPES[part.get_dtype()]))
    price(headers, memory, "reading Q, K and V")
    matrices = {key: tensors.get_tensor(key) for key in headers}
    for matrix in matrices.values():
        matrix.setflags(write=False)
    present = (*FIELDS, *(key for key in DEFAULTS if key in notes))
    return _task(matrices, {key: _parsed(key, notes[key]) for key in present}, notes.get("instance"))


def _check_kind(kind: str | None) -> None:
    """Errors: `BadInput` where a file with Q, K and V says that it is something else."""
    if kind not in (None, AttentionTask.__name__):
        raise BadInput(f"kind = {kind!r}, and there are Q, K and V: that is an AttentionTask")


def _parsed(key: str, text: str) -> Any:
    """The value of a metadata string. Errors: `BadInput`."""
    try:
        if key == "mechanism":
            return text
        if key == "logarithmic":
            return {"true": True, "false": False}[text.lower()]
        return int(text) if key in ("rows", "step") else float(text)
    except (ValueError, KeyError):
        what = {"rows": "an integer", "step": "an integer", "logarithmic": "true or false"}.get(key, "a number")
        raise BadInput(f"the metadata has {key} = {text!r}: give {what}") from None


def price(headers: Mapping[str, Header], memory: int, what: str) -> None:
    size = {"n": headers["Q"].shape[0], "m": headers["K"].shape[0], "d": headers["Q"].shape[1]}
    within(sum(header.price for header in headers.values()), memory, what, size)


def _task(matrices: Mapping[str, Array], fields: Mapping[str, Any], instance: str | None) -> AttentionTask:
    scale, low, high = (float(fields[key]) for key in ("scale", "low", "high"))
    inputs = Attention(matrices["Q"], matrices["K"], matrices["V"], scale, Mechanism.of(fields["mechanism"]))
    fields = {**DEFAULTS, **fields}
    return checked(AttentionTask(inputs, low, high, fields["rows"], fields["logarithmic"], fields["step"]), instance)
